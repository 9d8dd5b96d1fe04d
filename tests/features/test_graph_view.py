"""Pictures of a graph hold its names as text, whatever the names are."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from prompts_lang.features.graph_view import GraphView, ViewEdge, ViewNode, to_dot, to_mermaid, to_svg

HOSTILE = [
    "<script>alert(1)</script>",
    "]]><script/>",
    "&lt;b&gt;",
    '"]; n9["x',
    '" onload="alert(1)',
    "'/><image href='https://evil.example'/>",
    '\\"; evil [shape=box]; //',
    'a\n  evil --> n0\nclick n0 "javascript:alert(1)"',
    "%%{init: {}}%%",
    "--> |x|",
]


def view(name: str) -> GraphView:
    nodes = (
        ViewNode("in", "Inputs", "input", "", ()),
        ViewNode(name, name, "llm", name, (name,)),
        ViewNode("out", "Outputs", "output", "", ()),
    )
    edges = (ViewEdge("in", name, name), ViewEdge(name, "out", name, condition=True))
    return GraphView(name, nodes, edges, (("in",), (name,), ("out",)))


@pytest.mark.parametrize("name", HOSTILE)
def test_an_svg_has_the_elements_of_the_picture_and_no_others(name: str) -> None:
    root = ET.fromstring(to_svg(view(name)))  # noqa: S314 - it is ours
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kinds == {"svg", "title", "style", "defs", "marker", "path", "text", "g", "rect"}
    attributes = {attribute for element in root.iter() for attribute in element.attrib}
    assert not [attribute for attribute in attributes if attribute.startswith("on") or "href" in attribute]
    assert root[0].text == f"The graph {name}"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_flowchart_has_a_line_for_each_node_and_arrow(name: str) -> None:
    first, *lines = to_mermaid(view(name)).splitlines()
    assert first == "flowchart LR"
    assert len(lines) == 5
    label = r'"(?:[^"<>]|<br/>)*"'
    node, arrow = re.compile(rf"  n\d\[{label}\]"), re.compile(rf"  n\d -\.->\|{label}\| n\d")
    assert all(node.fullmatch(line) or arrow.fullmatch(line.replace("-->", "-.->")) for line in lines)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_dot_file_has_its_names_in_quotes(name: str) -> None:
    text = to_dot(view(name))
    quoted = re.compile(r'"(?:[^"\\\n]|\\.)*"')
    bare = quoted.sub("Q", text)
    assert bare == (
        "digraph Q {\n  rankdir=LR;\n  node [shape=box, fontname=Q];\n  Q [label=Q];\n  Q [label=Q];\n  Q [label=Q];\n"
        "  Q -> Q [label=Q];\n  Q -> Q [label=Q, style=dashed];\n}\n"
    )
