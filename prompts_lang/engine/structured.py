"""Reads the outputs of an llm node from the text of a reply.

A node whose only output is one text takes the reply as it is. Any other node asks for a JSON object with one field per output. Reading
is tolerant of packaging (code fences, a sentence before the object, a bare value for a single output) and strict about content: what
does not fit is named exactly, so that the message can be shown to a person and sent back to the model.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from prompts_lang.data.json_values import DECODER, TooDeepError, is_too_deep
from prompts_lang.data.values import fitted
from prompts_lang.engine.values import Problem, ProblemKind, Values
from prompts_lang.graph.types import (
    Field,
    JsonValue,
    OptionalType,
    TextType,
    misfit,
    record_schema,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompts_lang.graph.model import Port

_LANGUAGE = re.compile(r"[A-Za-z0-9_-]*[ \t]*")


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a reply could not be read: one sentence, ready for people and for the model."""

    message: str

    def problem(self) -> Problem:
        """The misfit as the problem of an event."""
        return Problem(ProblemKind.SCHEMA, self.message, detail=re.sub(r"\d+|'[^']*'", "…", self.message))


Reading: TypeAlias = "Values | Misfit"


def is_plain(outputs: Sequence[Port]) -> bool:
    """Whether the reply itself is the one output."""
    return len(outputs) == 1 and isinstance(outputs[0].type, TextType)


def reply_schema(outputs: Sequence[Port]) -> dict[str, JsonValue] | None:
    """The JSON schema to ask for, or None for a plain text."""
    return None if is_plain(outputs) else record_schema(tuple(Field(port.name, port.type) for port in outputs))


def read_reply(text: str, outputs: Sequence[Port]) -> Reading:
    """The outputs by name, without those that are optional and absent."""
    if is_plain(outputs):
        return {outputs[0].name: text.strip()}
    value = _parse(text, outputs)
    return value if isinstance(value, Misfit) else fit_outputs(value, outputs, "the reply")


def fit_outputs(value: JsonValue, outputs: Sequence[Port], what: str) -> Reading:
    """The outputs out of one JSON value: an object with their names, or, for a single output, the value itself."""
    if len(outputs) == 1 and not (isinstance(value, dict) and outputs[0].name in value):
        bare = fitted(outputs[0].type, value)
        if misfit(outputs[0].type, bare) is None:
            return _present({outputs[0].name: bare})
    if not isinstance(value, dict):
        names = ", ".join(f"'{port.name}'" for port in outputs)
        return Misfit(f"{what} must be an object with {names}, not {_shown(value)}")
    found: dict[str, JsonValue] = {}
    for port in outputs:
        if port.name not in value and not isinstance(port.type, OptionalType):
            return Misfit(f"{what} has no field '{port.name}'")
        found[port.name] = fitted(port.type, value.get(port.name))
        if complaint := misfit(port.type, found[port.name], f"'{port.name}'"):
            return Misfit(complaint)
    return _present(found)


def as_reply(values: Values, outputs: Sequence[Port]) -> str | None:
    """The reply that would give these outputs; None where a needed one is missing. The opposite of `read_reply`."""
    if is_plain(outputs):
        value = values.get(outputs[0].name)
        return None if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if any(values.get(port.name) is None and not isinstance(port.type, OptionalType) for port in outputs):
        return None
    return json.dumps({port.name: values.get(port.name) for port in outputs}, ensure_ascii=False)


def fenced(text: str) -> Iterator[str]:
    """The contents of a text's code fences, one that is not closed included.

    In one pass: models that fill a reply with blanks until the token limit are common, and a regular expression took minutes for them.
    """
    opened = False
    for piece in text.split("```"):
        if not opened:
            opened = True
            continue
        language, line_end, content = piece.partition("\n")
        if line_end and _LANGUAGE.fullmatch(language):
            opened = False
            yield content.strip()


def _present(values: dict[str, JsonValue]) -> Values:
    return {name: value for name, value in values.items() if value is not None}


def _parse(text: str, outputs: Sequence[Port]) -> JsonValue | Misfit:
    """The first of the reply's readings as JSON that works: as it is, in a code fence, or from the first brace on."""
    stripped = text.strip().lstrip("\ufeff")
    failure: ValueError | RecursionError | None = None
    for candidate in (stripped, *fenced(stripped), stripped[stripped.find("{") :] if "{" in stripped else ""):
        try:
            value, end = cast("tuple[JsonValue, int]", DECODER.raw_decode(candidate.strip()))
        except (ValueError, RecursionError) as error:
            failure = error if candidate else failure
            continue
        if is_too_deep(value):
            failure = TooDeepError()
            continue
        if candidate is stripped and candidate.strip()[end:].strip() and not isinstance(value, dict):
            continue  # "12 apples" starts with a JSON number, and is none
        return value
    if len(outputs) == 1 and misfit(outputs[0].type, stripped) is None:
        return stripped  # a bare word where one of a few literal texts was asked for
    return Misfit(_not_json(stripped, failure))


def _not_json(text: str, failure: ValueError | RecursionError | None) -> str:
    if not text:
        return "the reply is empty; it must be a JSON object"
    if isinstance(failure, json.JSONDecodeError) and "{" in text:
        return f"the reply is not JSON: {failure.msg.lower()} at line {failure.lineno}, column {failure.colno}"
    if isinstance(failure, RecursionError | TooDeepError):
        return "the reply is nested too deeply to be read"
    if failure is not None and not isinstance(failure, json.JSONDecodeError):
        return f"the reply is not JSON: {failure}"
    return f"the reply is not a JSON object but {_shown(text)}"


def _shown(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
