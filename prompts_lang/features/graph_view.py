"""A graph as a picture and as data: nodes with kinds, edges with names, and a layered layout, in JSON, DOT, Mermaid and SVG."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from prompts_lang.graph.model import CallBody, Condition, Graph, LlmBody, Node, Not, RetrieveBody, operands_of
from prompts_lang.graph.types import JsonValue, describe

INPUT, OUTPUT = "input", "output"
"""The kinds of the two ends that a graph has besides its nodes."""


@dataclass(frozen=True, slots=True)
class ViewNode:
    """A box: `detail` is its model, corpus or callee; `slots` are the names of its learned sections."""

    id: str
    label: str
    kind: str
    detail: str = ""
    slots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ViewEdge:
    """An arrow: `label` is the output that flows; `condition` edges only decide whether the target runs."""

    source: str
    target: str
    label: str
    condition: bool = False


@dataclass(frozen=True, slots=True)
class GraphView:
    """A drawable graph. `layers` has the ids of the nodes from inputs to outputs."""

    name: str
    nodes: tuple[ViewNode, ...]
    edges: tuple[ViewEdge, ...]
    layers: tuple[tuple[str, ...], ...]


def view_of(graph: Graph) -> GraphView:
    """The view of a graph; graphs that it calls are one box each."""
    nodes = [ViewNode("in", ", ".join(f"{port.name}: {describe(port.type)}" for port in graph.inputs), INPUT)]
    nodes.extend(_node(node) for node in graph.nodes)
    nodes.append(ViewNode("out", ", ".join(output.name for output in graph.outputs), OUTPUT))
    edges: dict[ViewEdge, None] = {}
    for node in graph.nodes:
        for edge in _edges_into(node):
            edges[edge] = None
    for output in graph.outputs:
        for reference in output.source.alternatives:
            edges[ViewEdge(reference.node or "in", "out", reference.output)] = None
    return GraphView(graph.name, tuple(nodes), tuple(edges), _layers([node.id for node in nodes], tuple(edges)))


def _node(node: Node) -> ViewNode:
    match node.body:
        case LlmBody(model=model):
            detail = model.name
        case RetrieveBody(corpus=corpus, top=top):
            detail = f"{corpus.name}, top {top}"
        case CallBody(graph=callee, repeat=repeat):
            detail = callee.name if repeat is None else f"{callee.name}, at most {repeat.at_most} times"
        case _:
            detail = ""
    learned = [section.name for section in node.sections if section.learn]
    if node.examples is not None and node.examples.learn:
        learned.append(node.examples.name)
    return ViewNode(node.name, node.name, node.kind.value, detail, tuple(learned))


def _edges_into(node: Node) -> Iterable[ViewEdge]:
    for input_ in node.inputs:
        for reference in input_.source.alternatives:
            is_variable = node.each is not None and reference.node is None and reference.output == node.each.variable
            if not is_variable:
                yield ViewEdge(reference.node or "in", node.name, reference.output)
    if node.each is not None:
        for reference in node.each.source.alternatives:
            yield ViewEdge(reference.node or "in", node.name, f"each {reference.output}")
    for reference in () if node.when is None else operands_of(node.when):
        yield ViewEdge(reference.node or "in", node.name, _condition_label(node.when, reference.output), condition=True)


def _condition_label(condition: Condition | None, output: str) -> str:
    return f"not {output}" if isinstance(condition, Not) else output


def _layers(ids: list[str], edges: tuple[ViewEdge, ...]) -> tuple[tuple[str, ...], ...]:
    """Topological generations, each in file order; the output stands alone in the last one."""
    import networkx as nx  # noqa: PLC0415  0.2 s that only a drawing needs

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(ids)
    graph.add_edges_from((edge.source, edge.target) for edge in edges)
    generations = [sorted(layer, key=ids.index) for layer in nx.topological_generations(graph)]
    layers = [[node for node in layer if node not in ("in", "out")] for layer in generations]
    return (("in",), *(tuple(layer) for layer in layers if layer), ("out",))


# --- formats


def to_json(view: GraphView) -> str:
    """The view as one JSON object."""
    nodes: list[JsonValue] = [
        {"id": node.id, "label": node.label, "kind": node.kind, "detail": node.detail, "slots": list(node.slots)}
        for node in view.nodes
    ]
    edges: list[JsonValue] = [
        {"source": edge.source, "target": edge.target, "label": edge.label, "condition": edge.condition}
        for edge in view.edges
    ]
    layers: list[JsonValue] = [list(layer) for layer in view.layers]
    value: JsonValue = {"graph": view.name, "nodes": nodes, "edges": edges, "layers": layers}
    return json.dumps(value, ensure_ascii=False, indent=2)


def to_dot(view: GraphView) -> str:
    """The view in Graphviz's language."""
    lines = [f"digraph {_quoted(view.name)} {{", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    lines += [f"  {_quoted(node.id)} [label={_quoted(_caption(node))}];" for node in view.nodes]
    for edge in view.edges:
        style = ", style=dashed" if edge.condition else ""
        lines.append(f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [label={_quoted(edge.label)}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def to_mermaid(view: GraphView) -> str:
    """The view as a Mermaid flowchart, as GitHub and many editors show it."""
    number = {node.id: f"n{index}" for index, node in enumerate(view.nodes)}
    lines = ["flowchart LR"]
    lines += [f'  {number[node.id]}["{_in_mermaid(_caption(node))}"]' for node in view.nodes]
    for edge in view.edges:
        arrow = "-.->" if edge.condition else "-->"
        lines.append(f'  {number[edge.source]} {arrow}|"{_in_mermaid(edge.label)}"| {number[edge.target]}')
    return "\n".join(lines) + "\n"


def _in_mermaid(text: str) -> str:
    return "<br/>".join(map(escape, text.splitlines()))


def _caption(node: ViewNode) -> str:
    learned = f"learns {', '.join(node.slots)}" if node.slots else ""
    kind = "" if node.kind in (INPUT, OUTPUT) else f"{node.kind}{f' · {node.detail}' if node.detail else ''}"
    return "\n".join(part for part in (node.label, kind, learned) if part)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN, ARC = 190, 64, 90, 28, 24, 34
"""Sizes of the drawing, in pixels. An arc goes down by `ARC` for each of the first layers that it skips."""


def to_svg(view: GraphView) -> str:
    """The view as a picture that stands alone: no script, no font, no network; it follows the reader's light or dark theme."""
    tallest = max(len(layer) for layer in view.layers)
    height = tallest * (HEIGHT + GAP_Y) - GAP_Y + 2 * MARGIN
    width = len(view.layers) * (WIDTH + GAP_X) - GAP_X + 2 * MARGIN
    place: dict[str, tuple[int, int]] = {}
    for column, layer in enumerate(view.layers):
        top = (height - len(layer) * (HEIGHT + GAP_Y) + GAP_Y) // 2
        for row, node in enumerate(layer):
            place[node] = (MARGIN + column * (WIDTH + GAP_X), top + row * (HEIGHT + GAP_Y))
    parts = [_SVG_HEAD.format(width=width, height=height + 3 * ARC, title=escape(f"The graph {view.name}"))]
    parts += [_svg_edge(edge, place) for edge in view.edges]
    parts += [_svg_node(node, *place[node.id]) for node in view.nodes]
    return "\n".join([*parts, "</svg>"]) + "\n"


_SVG_HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<title>{title}</title>
<style>
text {{ font: 13px system-ui, sans-serif; fill: #24292f; }} .name {{ font-weight: 600; }} .small {{ font-size: 11px; fill: #57606a; }}
.box {{ fill: #f6f8fa; stroke: #8c959f; }} .llm {{ stroke: #0969da; }} .retrieve {{ stroke: #1a7f37; }} .code {{ stroke: #9a6700; }}
.call {{ stroke: #8250df; }} .edge {{ fill: none; stroke: #8c959f; }} .when {{ stroke-dasharray: 5 4; }} .learned {{ stroke-width: 2.5; }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #e6edf3; }} .small {{ fill: #9198a1; }} .box {{ fill: #151b23; }} }}
</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0 0L8 4L0 8z" fill="#8c959f"/></marker></defs>"""


def _svg_edge(edge: ViewEdge, place: dict[str, tuple[int, int]]) -> str:
    """An arrow to the next layer, or an arc below the boxes in between to a layer further on."""
    (x1, y1), (x2, y2) = place[edge.source], place[edge.target]
    skipped = (x2 - x1) // (WIDTH + GAP_X) - 1
    if skipped > 0:
        (x1, y1), (x2, y2) = (x1 + WIDTH * 3 // 4, y1 + HEIGHT), (x2 + WIDTH // 4, y2 + HEIGHT)
        depth = max(y1, y2) + ARC * min(skipped, 3)
        path = f"M{x1} {y1} C{x1 + GAP_X} {depth} {x2 - GAP_X} {depth} {x2} {y2}"
        x, y = (x1 + x2) // 2 - 20, (y1 + y2 + 6 * depth) // 8 - 4
    else:
        x1, y1, y2 = x1 + WIDTH, y1 + HEIGHT // 2, y2 + HEIGHT // 2
        path = f"M{x1} {y1} C{x1 + GAP_X // 2} {y1} {x2 - GAP_X // 2} {y2} {x2} {y2}"
        x, y = x1 + 8, y1 - 5 + (y2 - y1) // 12
    label = f'<text class="small" x="{x}" y="{y}">{escape(_cut(edge.label, 13))}</text>'
    kind = "edge when" if edge.condition else "edge"
    return f'<path class="{kind}" d="{path}" marker-end="url(#arrow)"/>{label}'


def _svg_node(node: ViewNode, x: int, y: int) -> str:
    learned = " learned" if node.slots else ""
    lines = _caption(node).split("\n")
    first = y + HEIGHT // 2 + 5 - (len(lines) - 1) * 8
    texts = [
        f'<text class="{"name" if number == 0 else "small"}" x="{x + 12}" y="{first + number * 16}">{escape(_cut(line, 26))}</text>'
        for number, line in enumerate(lines)
    ]
    box = f'<rect class="box {node.kind}{learned}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
    return f"<g>{box}{''.join(texts)}</g>"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
