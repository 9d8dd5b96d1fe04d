"""What stands between the words: inferred types, the size of texts, and what runs have shown of a node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from prompts_lang.features.hover import FactsOf, NodeFacts, never_run
from prompts_lang.graph.model import Port
from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.resolve.draft import NodeDraft
from prompts_lang.graph.resolve.heads import output_name
from prompts_lang.graph.types import AnyType, Type, describe
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span

CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English. Models differ; a tokenizer for each of them would cost more than the hint is worth."""


class HintKind(StrEnum):
    """What a hint tells."""

    TYPE = "type"
    TOKENS = "tokens"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class InlayHint:
    """A few words that are shown at an offset, and a sentence that explains them."""

    offset: int
    text: str
    kind: HintKind
    explanation: str = ""


def inlay_hints(meaning: FileMeaning, span: Span, facts_of: FactsOf = never_run) -> tuple[InlayHint, ...]:
    """The hints of the declarations that a span touches, in order of place."""
    found: list[InlayHint] = []
    for entry, resolved in zip(meaning.module.entries, meaning.resolution.resolved, strict=True):
        offset = meaning.syntax.offsets[entry.index]
        if not entry.declaration.span.shift(offset).overlaps(span):
            continue
        draft = resolved.draft if isinstance(resolved.draft, NodeDraft) else None
        hints = (*_types(meaning, entry, draft), *_sizes(entry), *_score(entry, facts_of))
        found.extend(InlayHint(hint.offset + offset, hint.text, hint.kind, hint.explanation) for hint in hints)
    return tuple(sorted(found, key=lambda hint: hint.offset))


def _types(meaning: FileMeaning, entry: Entry, draft: NodeDraft | None) -> Iterator[InlayHint]:
    """The types that the wiring gives to what has none written."""
    match entry.declaration:
        case nodes.NodeDeclaration(inputs=inputs):
            types = {} if draft is None else {input_.name: input_.type for input_ in draft.inputs}
            for parameter in inputs:
                if parameter.type is None:
                    yield from _type(parameter.name.span.end, types.get(parameter.name.text))
        case nodes.GraphDeclaration(name=nodes.Name(name), outputs=outputs) if name in meaning.resolution.graphs:
            ports = {port.name: port for port in meaning.resolution.graphs[name].outputs}
            members = meaning.resolution.nodes.get(name, {})
            for output in outputs:
                port = ports.get(output_name(output, members) or "")
                yield from _type(output.span.end, None if output.type else _type_of(port))
        case _:
            return


def _type(offset: int, type_: Type | None) -> Iterator[InlayHint]:
    if type_ is not None and not isinstance(type_, AnyType):
        yield InlayHint(offset, f": {describe(type_)}", HintKind.TYPE)


def _type_of(port: Port | None) -> Type | None:
    return None if port is None else port.type


def _sizes(entry: Entry) -> Iterator[InlayHint]:
    """The size of each text that a model reads, behind the colon."""
    if entry.declaration.keyword.text != nodes.NodeKind.LLM:
        return
    for section in entry.declaration.sections:
        tokens = -(-len(section.text) // CHARACTERS_PER_TOKEN)
        if tokens and not section.inline and section.word.text != "examples":
            about = "About 4 characters are a token. What fills the placeholders comes on top."
            yield InlayHint(section.head_span.end, f"≈ {tokens} tokens", HintKind.TOKENS, about)


def _score(entry: Entry, facts_of: FactsOf) -> Iterator[InlayHint]:
    """What runs have shown of a node, behind its head."""
    name = entry.declaration.name
    if entry.graph is None or name is None:
        return
    facts = facts_of(entry.graph, name.text)
    parts = [*_scores(facts), *_costs(facts)]
    if parts:
        when = "From before your edit. " if facts.outdated else ""
        explanation = f"{when}The score of the graph on the rows where this node ran; cost and time per call."
        yield InlayHint(entry.declaration.head_span.end, " · ".join(parts), HintKind.SCORE, explanation)


def _scores(facts: NodeFacts) -> Iterator[str]:
    if facts.score is not None:
        yield f"{100 * facts.score:.0f} % on {facts.rows} row{'s' if facts.rows != 1 else ''}"


def _costs(facts: NodeFacts) -> Iterator[str]:
    if facts.usd:
        yield f"${facts.usd:.5f}"
    if facts.seconds is not None:
        yield f"{facts.seconds:.2f} s"
