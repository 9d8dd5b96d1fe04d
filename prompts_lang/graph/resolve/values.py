"""Reads one property's value as the property table says, or says what it should have been."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from prompts_lang.graph.interface import NameKind, Scope
from prompts_lang.graph.model import SplitByColumn, SplitByRatio, TokenPrice
from prompts_lang.graph.problem import Check, suggestion
from prompts_lang.graph.properties import Property, Takes
from prompts_lang.graph.resolve.report import Report, rename_fix
from prompts_lang.graph.types import JsonValue
from prompts_lang.syntax import nodes

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
BYTES = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30}


@dataclass(frozen=True, slots=True)
class Variable:
    """`env NAME`."""

    name: str


@dataclass(frozen=True, slots=True)
class FileFunction:
    """`"file.py:function"`, the path as written."""

    path: str
    function: str


@dataclass(frozen=True, slots=True)
class Calls:
    """`300 calls`."""

    count: int


@dataclass(frozen=True, slots=True)
class EmbeddingIndex:
    """`embedding NAME` of a declared model, or `embedding "MODEL"` with the model's id itself."""

    model: str
    declared: bool


PropertyValue: TypeAlias = (
    bool
    | int
    | float
    | str
    | tuple[str, ...]
    | Decimal
    | Calls
    | Variable
    | FileFunction
    | EmbeddingIndex
    | SplitByRatio
    | SplitByColumn
    | TokenPrice
    | dict[str, JsonValue]
)


def read_value(rule: Property, written: nodes.Property, scope: Scope, report: Report) -> PropertyValue | None:
    """The value, or None and a problem."""
    values = written.values
    if rule.takes is Takes.NAME:
        return _name(rule, values, written, scope, report)
    if rule.takes is Takes.CASE:
        return _case(values, written, report)
    if rule.takes is Takes.INDEX and len(values) == 2 and isinstance(values[1], nodes.Word | nodes.Reference):
        return _declared_index(rule, values, written, scope, report)
    value = _plain(rule, values)
    if value is None:
        word = _word(values[0]) if rule.takes is Takes.WORD and len(values) == 1 else None
        fix = None if word is None else rename_fix(nodes.Name(word, values[0].span), rule.words)
        report.add(Check.BAD_VALUE, written.span, expectation(rule), fix=fix)
    elif rule.range is not None and isinstance(value, int | float) and not rule.range.contains(value):
        report.add(Check.BAD_VALUE, written.span, f"'{rule.word}' is {rule.range}, as in `{rule.example}`.")
        return None
    return value


def expectation(rule: Property) -> str:
    """What a property takes, in one sentence."""
    if rule.words:
        *others, last = rule.words
        choices = f"{', '.join(others)} or {last}" if others else f"only `{last}`"
        return f"'{rule.word}' takes {choices}, as in `{rule.example}`."
    shown = "" if "such as" in rule.takes.value else f", as in `{rule.example}`"
    return f"'{rule.word}' takes {rule.takes.value}{shown}."


def _plain(rule: Property, values: tuple[nodes.Value, ...]) -> PropertyValue | None:  # noqa: C901  one case per kind of value
    match rule.takes, values:
        case Takes.NOTHING, ():
            return True
        case Takes.INTEGER, (nodes.Number(int() as value, None),) if value >= 0:
            return value
        case Takes.NUMBER, (nodes.Number(value, None),):
            return value
        case Takes.DURATION, (nodes.Number(value, unit),) if unit in SECONDS and value > 0:
            return value * SECONDS[unit]
        case Takes.SIZE, (nodes.Number(value, unit),) if unit and unit.lower() in BYTES and value > 0:
            return int(value * BYTES[unit.lower()])
        case Takes.BUDGET, (nodes.Money(amount),):
            return amount
        case Takes.BUDGET, (nodes.Number(int() as count, None), nodes.Word("calls" | "call")):
            return Calls(count)
        case Takes.BUDGET, (nodes.Number(int() as count, "calls"),):
            return Calls(count)
        case Takes.PRICE, (nodes.Money(tokens_in), nodes.Word("in"), nodes.Money(tokens_out), nodes.Word("out")):
            return TokenPrice(tokens_in, tokens_out)
        case Takes.TEXT, (nodes.String(value),):
            return value
        case Takes.TEXTS, _:
            return _all_strings(values)
        case Takes.FILE_FUNCTION, (nodes.String(value),):
            return file_function(value)
        case Takes.ADDRESS, (nodes.String(value),):
            return value
        case ((Takes.ADDRESS | Takes.ENVIRONMENT), (nodes.Word("env"), name)):
            variable = _word(name)
            return None if variable is None else Variable(variable)
        case Takes.WORD, (value,):
            word = _word(value)
            return word if word in rule.words else None
        case ((Takes.COLUMN | Takes.INPUT), (value,)):
            return _column(value)
        case Takes.COLUMNS, _:
            columns = tuple(column for value in values if (column := _column(value)) is not None)
            return columns if columns and len(columns) == len(values) else None
        case Takes.SPLIT, _:
            return _split(values)
        case Takes.INDEX, (nodes.Word("bm25"),):
            return "bm25"
        case Takes.INDEX, (nodes.Word("embedding"), nodes.String(model)):
            return EmbeddingIndex(model, declared=False)
        case _:
            return None


def file_function(text: str) -> FileFunction | None:
    """Splits `file.py:function`; None where it is not of that form."""
    path, colon, function = text.rpartition(":")
    return FileFunction(path, function) if colon and path.endswith(".py") and function.isidentifier() else None


def _word(value: nodes.Value) -> str | None:
    if isinstance(value, nodes.Word):
        return value.text
    return value.text if isinstance(value, nodes.Reference) and len(value.parts) == 1 else None


def _column(value: nodes.Value) -> str | None:
    return value.value if isinstance(value, nodes.String) else _word(value)


def _all_strings(values: tuple[nodes.Value, ...]) -> tuple[str, ...] | None:
    texts = tuple(value.value for value in values if isinstance(value, nodes.String))
    return texts if texts and len(texts) == len(values) else None


def _split(values: tuple[nodes.Value, ...]) -> SplitByRatio | SplitByColumn | None:
    match values:
        case (nodes.Ratio((int() as train, int() as validation, int() as test)),) if train + validation + test > 0:
            return SplitByRatio(train, validation, test)
        case (nodes.Word("by"), value):
            column = _column(value)
            return None if column is None else SplitByColumn(column)
        case _:
            return None


def _name(
    rule: Property, values: tuple[nodes.Value, ...], written: nodes.Property, scope: Scope, report: Report
) -> str | None:
    name = _word(values[0]) if len(values) == 1 else None
    if name is None or rule.names is None:
        message = f"'{rule.word}' takes the name of a {rule.names}, as in `{rule.example}`"
        if rule.names == "model" and len(values) == 1 and isinstance(values[0], nodes.String):
            message += f', which is declared by a line such as `model student = "{values[0].value}"`'
        report.add(Check.BAD_VALUE, written.span, f"{message}.")
        return None
    return resolve_name(nodes.Name(name, values[0].span), NameKind(rule.names), scope, report)


def _declared_index(
    rule: Property, values: tuple[nodes.Value, ...], written: nodes.Property, scope: Scope, report: Report
) -> EmbeddingIndex | None:
    name = _word(values[1])
    if name is None or _word(values[0]) != "embedding":
        report.add(Check.BAD_VALUE, written.span, expectation(rule))
        return None
    model = resolve_name(nodes.Name(name, values[1].span), NameKind.MODEL, scope, report)
    return None if model is None else EmbeddingIndex(model, declared=True)


def resolve_name(name: nodes.Name, kind: NameKind, scope: Scope, report: Report) -> str | None:
    """Checks that a file-level name exists and is of the right kind; returns it, or None and a problem where there is none already."""
    found = scope.names.get(name.text)
    if found is not None and found.kind is kind:
        return name.text
    if scope.is_unknown(name.text):
        return None
    known = scope.named(kind)
    if found is None:
        message = f"There is no {kind.value} '{name.text}'.{suggestion(name.text, known)}"
        report.add(Check.UNKNOWN_NAME, name.span, message, fix=rename_fix(name, known))
        return None
    message = f"'{name.text}' is a {found.kind.value}; a {kind.value} is needed here.{suggestion(name.text, known)}"
    report.add(Check.WRONG_KIND, name.span, message, fix=rename_fix(name, known))
    return None


def _case(values: tuple[nodes.Value, ...], written: nodes.Property, report: Report) -> dict[str, JsonValue] | None:
    row: dict[str, JsonValue] = {}
    for value in values:
        if not isinstance(value, nodes.Assignment) or value.value is None:
            message = 'A case gives each column a value, as in `case question = "1 + 1", answer = "2"`.'
            report.add(Check.BAD_VALUE, value.span, message)
            return None
        row[value.name.text] = as_json(value.value)
    if not row:
        report.add(Check.BAD_VALUE, written.span, 'A case needs at least one value, as in `case question = "1 + 1"`.')
        return None
    return row


def as_json(value: nodes.Value) -> JsonValue:
    """A written value as JSON: lists, objects, numbers, texts, and the words true, false and null."""
    match value:
        case nodes.String(text):
            return text
        case nodes.Number(number):
            return number
        case nodes.Money(amount):
            return float(amount)
        case nodes.Ratio(parts):
            return "/".join(map(str, parts))
        case nodes.ListValue(items):
            return [as_json(item) for item in items]
        case nodes.ObjectValue(entries):
            return {
                entry.key.value if isinstance(entry.key, nodes.String) else entry.key.text: None
                if entry.value is None
                else as_json(entry.value)
                for entry in entries
            }
        case nodes.Assignment(name, inner):
            return {name.text: None if inner is None else as_json(inner)}
        case nodes.Word(text):
            return {"true": True, "false": False, "null": None}.get(text, text)
        case nodes.Reference():
            return value.text
