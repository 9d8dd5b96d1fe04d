"""Reads heads: the first line of a declaration, with its name, its signature and what else it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import (
    CallDeclaration,
    CorpusDeclaration,
    DatasetDeclaration,
    Declaration,
    Fix,
    GraphDeclaration,
    GraphOutput,
    LanguageDeclaration,
    MetricDeclaration,
    ModelDeclaration,
    Name,
    NodeDeclaration,
    NodeKind,
    OptimizeDeclaration,
    Parameter,
    ProblemKind,
    Source,
    String,
    Type,
    UnknownDeclaration,
    UseDeclaration,
    decode,
)
from prompts_lang.syntax.read_types import read_type
from prompts_lang.syntax.read_values import read_number, read_source, read_string
from prompts_lang.syntax.reading import after, named
from prompts_lang.text.span import Edit, Span

if TYPE_CHECKING:
    from tree_sitter import Node

    from prompts_lang.syntax.reading import Reading

FORMS: Final = {
    "language": "language 1",
    "use": 'use NAME, NAME from "./other.prompt"',
    "model": 'model NAME = "provider/model"',
    "corpus": 'corpus NAME from "path"',
    "dataset": 'dataset NAME from "path"',
    "graph": "graph NAME(inputs) -> outputs",
    "llm": "llm NAME(inputs) -> outputs",
    "code": "code NAME(inputs) -> outputs",
    "retrieve": "retrieve NAME(inputs) -> passages",
    "call": "call NAME = GRAPH(inputs)",
    "metric": "metric NAME(output, expected) = f1",
    "optimize": "optimize GRAPH on DATASET",
}
"""The words that start a declaration, and how its first line reads."""

HEADS: Final = frozenset(
    {
        "language_declaration",
        "use_declaration",
        "model_declaration",
        "corpus_declaration",
        "dataset_declaration",
        "graph_declaration",
        "node_declaration",
        "call_declaration",
        "metric_declaration",
        "optimize_declaration",
        "unknown_declaration",
    }
)
"""The types of tree nodes that `read_head` takes."""

_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*")
_DECLARED: Final = re.compile(rb"[ \t]*(%s)[ \t]+(?=\w+[ \t]*(?:[(=]|->|from\b))" % "|".join(FORMS).encode())


def read_head(reading: Reading, node: Node, place: Span) -> Declaration | None:
    """The declaration that a head says, without its items; `place` is the head line. None where there is no keyword."""
    keyword = reading.name(node.child_by_field_name("keyword"))
    if keyword is None:
        return None
    name = reading.name(node.child_by_field_name("name"))
    match node.type:
        case "language_declaration":
            number = node.child_by_field_name("version")
            version = None if number is None else read_number(reading, number)
            if version is None:
                _report_missing(reading, keyword, "The number of the language is missing")
            return LanguageDeclaration(keyword=keyword, head_span=place, span=place, version=version)
        case "use_declaration":
            return _read_use(reading, node, place, keyword)
        case "model_declaration":
            _require_name(reading, keyword, name)
            missing = "The model's id is missing (and a node's `model NAME` stands at column 2)"
            model_id = _read_string_part(reading, node, "id", keyword, missing)
            return ModelDeclaration(keyword=keyword, name=name, head_span=place, span=place, model_id=model_id)
        case "corpus_declaration":
            _require_name(reading, keyword, name)
            path = _read_string_part(reading, node, "path", keyword, "The path to the documents is missing")
            return CorpusDeclaration(keyword=keyword, name=name, head_span=place, span=place, path=path)
        case "dataset_declaration":
            _require_name(reading, keyword, name)
            missing = "The path to the rows is missing" if _has(node, "from") else None
            path = _read_string_part(reading, node, "path", keyword, missing)
            return DatasetDeclaration(keyword=keyword, name=name, head_span=place, span=place, path=path)
        case "graph_declaration":
            _require_name(reading, keyword, name)
            inputs = _read_inputs(reading, node, name)
            outputs = _read_graph_outputs(reading, node, keyword)
            return GraphDeclaration(
                keyword=keyword, name=name, head_span=place, span=place, inputs=inputs, outputs=outputs
            )
        case "node_declaration":
            _require_name(reading, keyword, name)
            return NodeDeclaration(
                keyword=keyword,
                name=name,
                head_span=place,
                span=place,
                kind=NodeKind(keyword.text),
                inputs=_read_inputs(reading, node, name),
                outputs=_read_outputs(reading, node, keyword),
            )
        case "call_declaration":
            return _read_call(reading, node, place, keyword, name)
        case "metric_declaration":
            return _read_metric(reading, node, place, keyword, name)
        case "optimize_declaration":
            graph = reading.name(node.child_by_field_name("graph"))
            dataset = reading.name(node.child_by_field_name("dataset"))
            if graph is None or dataset is None:
                _report_missing(reading, keyword, "The graph or its dataset is missing")
            return OptimizeDeclaration(keyword=keyword, head_span=place, span=place, graph=graph, dataset=dataset)
        case _:
            return _read_unknown(reading, node, place, keyword)


def _has(node: Node, word: str) -> bool:
    return any(child.type == word for child in node.children)


def _report_missing(reading: Reading, keyword: Name, what: str, kind: ProblemKind = ProblemKind.MISSING_PART) -> None:
    reading.report(kind, keyword.span, f"{what}: write `{FORMS[keyword.text]}`.")


def _require_name(reading: Reading, keyword: Name, name: Name | None) -> None:
    if name is None:
        _report_missing(reading, keyword, "A name is missing", ProblemKind.MISSING_NAME)


def _read_string_part(reading: Reading, node: Node, part: str, keyword: Name, missing: str | None) -> String | None:
    child = node.child_by_field_name(part)
    if child is not None:
        return read_string(reading, child)
    if missing is not None:
        _report_missing(reading, keyword, missing)
    return None


def _read_use(reading: Reading, node: Node, place: Span, keyword: Name) -> UseDeclaration:
    names = tuple(Name(reading.word(child), reading.span(child)) for child in node.children_by_field_name("name"))
    if not names:
        _report_missing(reading, keyword, "The names to use are missing", ProblemKind.MISSING_NAME)
    path = _read_string_part(reading, node, "path", keyword, "The path of the file is missing")
    return UseDeclaration(keyword=keyword, head_span=place, span=place, names=names, path=path)


def _read_call(reading: Reading, node: Node, place: Span, keyword: Name, name: Name | None) -> CallDeclaration:
    _require_name(reading, keyword, name)
    graph = reading.name(node.child_by_field_name("graph"))
    if graph is None:
        _report_missing(reading, keyword, "The graph to call is missing")
        return CallDeclaration(keyword=keyword, name=name, head_span=place, span=place, graph=None, inputs=())
    inputs = _read_inputs(reading, node, graph)
    return CallDeclaration(keyword=keyword, name=name, head_span=place, span=place, graph=graph, inputs=inputs)


def _read_metric(reading: Reading, node: Node, place: Span, keyword: Name, name: Name | None) -> MetricDeclaration:
    _require_name(reading, keyword, name)
    inputs = _read_inputs(reading, node, name)
    builtin = reading.name(node.child_by_field_name("builtin"))
    judge = reading.name(node.child_by_field_name("judge"))
    path = _read_string_part(reading, node, "path", keyword, None)
    if builtin is None and judge is None and path is None:
        ways = '`= f1`, `from "metrics.py:score"` or `judged by MODEL`'
        reading.report(
            ProblemKind.MISSING_PART, keyword.span, f"How this scores is missing: write {ways} at the end of the line."
        )
    return MetricDeclaration(
        keyword=keyword, name=name, head_span=place, span=place, inputs=inputs, builtin=builtin, path=path, judge=judge
    )


def _read_unknown(reading: Reading, node: Node, place: Span, keyword: Name) -> UnknownDeclaration:
    rest = node.child_by_field_name("rest")
    name = None
    if rest is not None:
        span = reading.span(rest)
        words = span.of(reading.text)
        before = _DECLARED.match(words)
        start = span.start + (len(words) - len(words.lstrip(b" \t")) if before is None else before.end())
        if match := _IDENTIFIER.match(decode(reading.text[start : span.end])):
            name = Name(match[0], Span(start, start + len(match[0].encode())))
    return UnknownDeclaration(keyword=keyword, name=name, head_span=place, span=place)


def declared_behind(reading: Reading, keyword: Name) -> str | None:
    """The word that starts a declaration behind a word that starts none, as `llm` in `learn llm plan(question)`."""
    match = _DECLARED.match(reading.text, keyword.span.end)
    return None if match is None else match[1].decode()


# --- signatures


def _read_inputs(reading: Reading, node: Node, behind: Name | None) -> tuple[Parameter, ...]:
    child = node.child_by_field_name("inputs")
    if child is not None:
        reading.report_unclosed(child, "(", ")")
        return tuple(_read_parameter(reading, parameter) for parameter in named(child, "parameter"))
    if behind is not None:
        message = f"The inputs are missing: write them in brackets, or `{behind.text}()` where there are none."
        fix = Fix("Insert `()`", (Edit(after(behind.span), "()"),))
        reading.report(ProblemKind.MISSING_INPUTS, behind.span, message, fix)
    return ()


def _read_outputs(reading: Reading, node: Node, keyword: Name) -> tuple[Parameter, ...]:
    outputs = tuple(
        _read_parameter(reading, child) for child in named(node.child_by_field_name("outputs"), "parameter")
    )
    if not outputs:
        _report_missing(reading, keyword, "The outputs are missing", ProblemKind.MISSING_OUTPUTS)
    return outputs


def _read_graph_outputs(reading: Reading, node: Node, keyword: Name) -> tuple[GraphOutput, ...]:
    outputs = tuple(
        _read_graph_output(reading, child) for child in named(node.child_by_field_name("outputs"), "graph_output")
    )
    if not outputs:
        _report_missing(reading, keyword, "The outputs are missing", ProblemKind.MISSING_OUTPUTS)
    return outputs


def _read_parameter(reading: Reading, node: Node) -> Parameter:
    name = reading.name(node.child_by_field_name("name")) or Name("", reading.span(node))
    return Parameter(
        name, _read_type_part(reading, node, name), _read_source_part(reading, node, name), reading.span(node)
    )


def _read_graph_output(reading: Reading, node: Node) -> GraphOutput:
    name = reading.name(node.child_by_field_name("name"))
    if name is None:
        child = node.child_by_field_name("source")
        return GraphOutput(None, None, None if child is None else read_source(reading, child), reading.span(node))
    return GraphOutput(
        name, _read_type_part(reading, node, name), _read_source_part(reading, node, name), reading.span(node)
    )


def _read_type_part(reading: Reading, node: Node, name: Name) -> Type | None:
    child = node.child_by_field_name("type")
    if child is not None:
        return read_type(reading, child)
    if _has(node, ":"):
        reading.report(
            ProblemKind.MISSING_PART,
            name.span,
            f"A type is missing: write `{name.text}: text`, or leave out the colon.",
        )
    return None


def _read_source_part(reading: Reading, node: Node, name: Name) -> Source | None:
    child = node.child_by_field_name("source")
    if child is not None:
        return read_source(reading, child)
    if _has(node, "="):
        message = f"What feeds `{name.text}` is missing: write `{name.text} = NODE.OUTPUT`."
        reading.report(ProblemKind.MISSING_PART, name.span, message)
    return None
