"""Resolves what a node does: the messages of an llm node, the code of a code node, the query of a retrieval."""

from __future__ import annotations

import re

from prompts_lang.graph.interface import NameKind, Scope
from prompts_lang.graph.model import History, Section
from prompts_lang.graph.order import names_in
from prompts_lang.graph.problem import Check, suggestion
from prompts_lang.graph.resolve.draft import CodeDraft, ExamplesDraft, LlmDraft, RetrieveDraft
from prompts_lang.graph.resolve.properties import Given
from prompts_lang.graph.resolve.report import Report, rename_fix
from prompts_lang.graph.resolve.text import Around, read_section, section_names
from prompts_lang.graph.resolve.values import FileFunction, resolve_name
from prompts_lang.graph.types import ChatType, OptionalType, Type, accepts, describe
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit

DEFAULT_TOP = 3
"""How many documents a retrieval returns where it does not say."""


def read_body(
    declaration: nodes.NodeDeclaration, given: Given, scope: Scope, ports: dict[str, Type], report: Report
) -> LlmDraft | CodeDraft | RetrieveDraft | None:
    """The body of the node's kind; None where it cannot be read."""
    match declaration.kind:
        case nodes.NodeKind.LLM:
            return _llm(declaration, given, scope, ports, report)
        case nodes.NodeKind.CODE:
            return _code(declaration, given, report)
        case nodes.NodeKind.RETRIEVE:
            return _retrieve(declaration, given, scope, ports, report)


def _llm(
    declaration: nodes.NodeDeclaration, given: Given, scope: Scope, ports: dict[str, Type], report: Report
) -> LlmDraft | None:
    parts: list[Section | History | ExamplesDraft] = []
    names = iter(section_names(section for section in given.sections if section.word.text != "examples"))
    for item in declaration.items:
        if isinstance(item, nodes.Section) and item.word.text == "examples":
            if item in given.items and (examples := _examples(item, scope, report)):
                parts.append(examples)
        elif isinstance(item, nodes.Section) and item in given.items:
            parts.append(read_section(item, next(names), ports, report, Around(declaration, scope)))
        elif isinstance(item, nodes.Property) and item.word.text == "history" and "history" in given.values:
            parts.extend(_history(item, given, ports, report))
    # A node without any line lacks its model as well, and that message says both; a misspelt section was told already.
    strange = any(isinstance(item, nodes.Section) and item not in given.items for item in declaration.items)
    if (
        declaration.items
        and not strange
        and not any(isinstance(part, History) or (isinstance(part, Section) and part.template.source) for part in parts)
    ):
        report.add(
            Check.EMPTY_NODE,
            declaration.head_span,
            "The node sends nothing: add a section such as `user: {{question}}`.",
        )
    model = given.get("model", str)
    return None if model is None else LlmDraft(model, tuple(parts))


def _history(item: nodes.Property, given: Given, ports: dict[str, Type], report: Report) -> tuple[History, ...]:
    name = given.get("history", str) or ""
    written = nodes.Name(name, item.values[0].span)
    if name not in ports:
        chats = [port for port, type_ in ports.items() if accepts(OptionalType(ChatType()), type_)]
        message = f"'{name}' is not an input of this node.{suggestion(name, chats)}"
        report.add(Check.UNKNOWN_NAME, written.span, message, fix=rename_fix(written, chats))
        return ()
    if not accepts(OptionalType(ChatType()), ports[name]):
        message = f"'{name}' is of type {describe(ports[name])}; `history` needs a chat."
        report.add(Check.TYPE_MISMATCH, written.span, message)
    return (History(name),)


def _examples(item: nodes.Section, scope: Scope, report: Report) -> ExamplesDraft | None:
    words = tuple(value for phrase in item.phrases for value in phrase.values)
    match words:
        case (nodes.Word("from"), dataset, nodes.Word("at"), nodes.Word("most"), nodes.Number(int() as count)) if (
            count > 0
        ):
            pass
        case _:
            message = "Examples are written `examples from DATASET, at most 3:` with row ids below, one a line."
            report.add(Check.BAD_VALUE, item.head_span, message)
            return None
    text = dataset.text if isinstance(dataset, nodes.Word | nodes.Reference) else ""
    name = resolve_name(nodes.Name(text, dataset.span), NameKind.DATASET, scope, report)
    rows = tuple(line.strip() for line in item.text.splitlines() if line.strip())
    if len(rows) > count:
        report.add(Check.BAD_VALUE, item.text_span, f"There are {len(rows)} examples, but at most {count} are allowed.")
    return None if name is None else ExamplesDraft(name, count, rows, item.learn is not None)


def _code(declaration: nodes.NodeDeclaration, given: Given, report: Report) -> CodeDraft:
    function = given.get("run", FileFunction)
    source = next((section.text for section in given.sections if section.word.text == "python"), None)
    if function is not None and source is not None:
        message = "A code node has either `run` or `python:`, not both."
        section = next(section for section in given.sections if section.word.text == "python")
        report.add(Check.DUPLICATE_PROPERTY, section.word.span, message)
    if function is None and source is None and not {"run", "python"} & {item.word.text for item in declaration.items}:
        message = 'The node runs nothing: add `run "file.py:function"` or a `python:` section.'
        report.add(Check.EMPTY_NODE, declaration.head_span, message)
    return CodeDraft(function, source, given.number("timeout"), given.get("memory", int))


def _retrieve(
    declaration: nodes.NodeDeclaration, given: Given, scope: Scope, ports: dict[str, Type], report: Report
) -> RetrieveDraft | None:
    written = next((section for section in given.sections if section.word.text == "query"), None)
    if written is None or not written.text.strip():
        if declaration.items:
            message = "The node asks for nothing: add a section such as `query: {{question}}`."
            report.add(Check.EMPTY_NODE, declaration.head_span, message)
        return None
    corpus = given.get("from", str)
    query = read_section(written, "query", ports, report, Around(declaration, scope))
    top = given.get("top", int)
    return None if corpus is None else RetrieveDraft(corpus, DEFAULT_TOP if top is None else top, query)


def warn_of_unused_inputs(
    declaration: nodes.NodeDeclaration, given: Given, ports: dict[str, Type], report: Report
) -> None:
    """Warns of inputs that no text and no contract uses. Code takes all its inputs as arguments or variables."""
    if declaration.kind is nodes.NodeKind.CODE or report.failed:
        return
    used = {placeholder.reference.parts[0].text for section in given.sections for placeholder in section.placeholders}
    used.update(given.every("history", str))
    for item in given.conditions("ensure"):
        used.update(names_in(item.condition))
    for parameter in declaration.inputs:
        name = parameter.name
        if name.text in ports and name.text not in used:
            message = f"The input '{name.text}' is not used in any text; write `{{{{{name.text}}}}}` where it belongs, or remove it."
            report.add(Check.INPUT_NOT_IN_TEXT, name.span, message, fix=_second_braces(name.text, given))


def _second_braces(name: str, given: Given) -> Fix | None:
    """A fix for whoever wrote `{name}`, which is plain text."""
    single = f"{{{name}}}"
    edits = tuple(
        Edit(section.source_span(found.start(), found.end()), f"{{{single}}}")
        for section in given.sections
        for found in re.finditer(re.escape(single), section.text)
    )
    return Fix(f"Write `{{{single}}}`", edits) if edits else None
