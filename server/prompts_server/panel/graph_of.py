"""A graph of a file for the panel, drawn from what is known of each declaration: a mistake costs its own box, not the picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prompts_lang.features.inlay_hints import CHARACTERS_PER_TOKEN
from prompts_lang.features.wiring import Value, short_inputs, value_of
from prompts_lang.graph.interface import NodeInterface
from prompts_lang.graph.model import Port
from prompts_lang.graph.module import Entry
from prompts_lang.graph.order import references_in
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.resolve.draft import CallDraft, LlmDraft, NodeDraft, RetrieveDraft
from prompts_lang.graph.slots import named_sections
from prompts_lang.graph.types import describe
from prompts_lang.syntax import nodes
from prompts_server.panel.protocol import PanelEdge, PanelNode, PanelPort, PanelSlot

START, END = "in", "out"
"""The ids of the two ends of a graph."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The boxes and arrows of a graph. `complete` is false while a declaration of it cannot be read."""

    nodes: tuple[PanelNode, ...]
    edges: tuple[PanelEdge, ...]
    complete: bool


def drawing_of(meaning: FileMeaning, graph: str) -> Drawing | None:
    """The drawing of a graph; None where the file has none of that name."""
    group, interface = meaning.module.graphs.get(graph), meaning.resolution.graphs.get(graph)
    if group is None or interface is None:
        return None
    members = meaning.resolution.nodes.get(graph, {})
    drafts = {
        resolved.draft.name: resolved.draft
        for entry, resolved in zip(meaning.module.entries, meaning.resolution.resolved, strict=True)
        if entry.graph == graph and isinstance(resolved.draft, NodeDraft)
    }
    boxes = [PanelNode(START, "Inputs", "input", outputs=_ports(interface.inputs))]
    boxes += [_box(entry, graph, name, drafts.get(name), members) for name, entry in group.nodes.items()]
    boxes.append(PanelNode(END, "Outputs", "output", inputs=_ports(interface.outputs)))
    arrows = dict.fromkeys(
        arrow
        for name, entry in (*group.nodes.items(), (END, group.head))
        for arrow in _arrows(entry.declaration, name, members)
    )
    edges = tuple(PanelEdge(f"e{number}", *arrow) for number, arrow in enumerate(arrows))
    return Drawing(tuple(boxes), edges, interface.complete and drafts.keys() == group.nodes.keys())


def _box(
    entry: Entry, graph: str, name: str, draft: NodeDraft | None, members: Mapping[str, NodeInterface]
) -> PanelNode:
    slots = tuple(
        PanelSlot(
            f"{graph}/{name}/{section_name}",
            section_name,
            section.learn is not None,
            section.text,
            -(-len(section.text) // CHARACTERS_PER_TOKEN),
        )
        for section_name, section in named_sections(entry.declaration)
    )
    return PanelNode(
        name,
        name,
        entry.declaration.keyword.text,
        _detail(draft),
        "\n".join(comment.text for comment in entry.declaration.documentation),
        () if draft is None else tuple(PanelPort(one.name, describe(one.type)) for one in draft.inputs),
        _ports(members[name].outputs) if name in members else (),
        slots,
    )


def _detail(draft: NodeDraft | None) -> str:
    match None if draft is None else draft.body:
        case LlmDraft(model=model):
            return model
        case RetrieveDraft(corpus=corpus, top=top):
            return f"{corpus}, top {top}"
        case CallDraft(graph=callee, repeat=repeat):
            return callee if repeat is None else f"{callee}, at most {repeat.at_most} times"
        case _:
            return ""


def _ports(ports: tuple[Port, ...]) -> tuple[PanelPort, ...]:
    return tuple(PanelPort(port.name, describe(port.type)) for port in ports)


def _arrows(
    declaration: nodes.Declaration, target: str, members: Mapping[str, NodeInterface]
) -> Iterator[tuple[str, str, str, bool]]:
    """Source, target, label, and whether it is a condition."""
    own = {item.variable.text for item in declaration.items if isinstance(item, nodes.EachProperty) and item.variable}
    for reference, label, condition in _references(declaration):
        value = value_of(reference, members)
        if value is not None and not (value.node is None and value.name in own):
            yield value.node or START, target, label.format(value.name), condition
    for parameter in short_inputs(declaration):
        if parameter.name.text not in own:
            value = Value(None, parameter.name.text)
            yield START, target, value.name, False


def _references(declaration: nodes.Declaration) -> Iterator[tuple[nodes.Reference, str, bool]]:
    """Each reference, with a pattern for the label of its arrow, and whether it is part of a condition."""
    match declaration:
        case (
            nodes.NodeDeclaration(inputs=ports)
            | nodes.CallDeclaration(inputs=ports)
            | nodes.GraphDeclaration(outputs=ports)
        ):
            for port in ports:
                yield from ((one, "{}", False) for one in (port.source.alternatives if port.source else ()))
        case _:
            return
    for item in declaration.items:
        match item:
            case nodes.EachProperty(source=source) if source is not None:
                yield source, "each {}", False
            case nodes.ConditionProperty(word=word, condition=condition) if word.text == "when":
                yield from ((one, "{}", True) for one in references_in(condition))
            case _:
                pass
