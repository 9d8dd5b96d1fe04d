"""Checks on nodes that need more than the file: the rows of their examples, the window of their model, the function that they run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prompts_lang.analysis.python_checks import check_run
from prompts_lang.analysis.rows import RowCache
from prompts_lang.analysis.view import View
from prompts_lang.graph.model import Section
from prompts_lang.graph.module import Entry
from prompts_lang.graph.problem import Check, Problem, did_you_mean
from prompts_lang.graph.resolve.draft import CodeDraft, DatasetDraft, ExamplesDraft, LlmDraft, ModelDraft, NodeDraft
from prompts_lang.graph.types import OptionalType
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit

CHARACTERS_PER_TOKEN = 4
"""The usual middle for English text."""
SHORTEST_WINDOW = 512
"""Tokens that every chat model takes: shorter texts need no look into the table."""


def check_node(view: View, cache: RowCache, entry: Entry, draft: NodeDraft) -> Iterator[Problem]:
    """One node."""
    match draft.body:
        case LlmDraft() as body:
            yield from _window(view, entry, body)
            for part in body.parts:
                if isinstance(part, ExamplesDraft):
                    yield from _examples(view, cache, entry, draft, part)
        case CodeDraft():
            yield from check_run(view, entry, draft)
        case _:
            pass


def _window(view: View, entry: Entry, body: LlmDraft) -> Iterator[Problem]:
    """Whether the text that stands in the file fits the model."""
    size = sum(len(text) for part in body.parts if isinstance(part, Section) for text in _literal(part))
    if size < SHORTEST_WINDOW * CHARACTERS_PER_TOKEN:
        return
    model, table = view.find(body.model, ModelDraft), view.samples.models()
    facts = None if model is None or table is None else table.facts.get(model.draft.id)
    tokens = size // CHARACTERS_PER_TOKEN
    if facts is not None and facts.window is not None and tokens > facts.window:
        message = f"The text alone has about {tokens:,} tokens, and '{body.model}' takes {facts.window:,}; shorten it, or change the model."
        yield Problem(Check.PROMPT_TOO_LONG, entry.declaration.head_span, message)


def _literal(section: Section) -> Iterator[str]:
    return (part for part in section.template.parts if isinstance(part, str))


def _examples(view: View, cache: RowCache, entry: Entry, node: NodeDraft, examples: ExamplesDraft) -> Iterator[Problem]:
    """The ids of an examples section that no row has, and rows that do not say what the node should answer."""
    declared = view.find(examples.dataset, DatasetDraft)
    rows = None if declared is None else cache.rows(view, declared)
    section = next((section for section in entry.declaration.sections if section.word.text == "examples"), None)
    if declared is None or rows is None or section is None or not rows.rows:
        return
    if not any(_says_answer(row.values, node, declared.draft.expect) for row in rows.rows):
        names = ", ".join(f"'{port.name}'" for port in node.outputs)
        needed = f"the columns {names}" if len(node.outputs) > 1 else f"a column {names}, or one that `expect` names"
        message = f"No row of '{examples.dataset}' says what '{node.name}' should answer: an example needs {needed}."
        yield Problem(Check.COLUMN_MISSING, section.head_span, message)
    if rows.complete:
        yield from _missing_rows(section, examples, {row.id for row in rows.rows})


def _says_answer(values: Mapping[str, object], node: NodeDraft, expect: tuple[str, ...]) -> bool:
    needed = [port.name for port in node.outputs if not isinstance(port.type, OptionalType)]
    if all(values.get(name) is not None for name in needed):
        return True
    return len(node.outputs) == 1 and len(expect) == 1 and values.get(expect[0]) is not None


def _missing_rows(section: nodes.Section, examples: ExamplesDraft, known: set[str]) -> Iterator[Problem]:
    for line in section.lines:
        name = line.text.strip()
        if not name or name in known:
            continue
        span = section.source_span(line.text_start, line.text_start + len(line.text))
        meant = did_you_mean(name, known)
        hint = f" Did you mean '{meant}'?" if meant else " Take it out, or put the row back."
        fix = None if meant is None else Fix(f"Change to '{meant}'", (Edit(span, meant),))
        yield Problem(Check.ROW_MISSING, span, f"'{examples.dataset}' has no row '{name}'.{hint}", fix=fix)
