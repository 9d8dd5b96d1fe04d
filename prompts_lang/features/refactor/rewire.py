"""Gives the references of a declaration other texts: what nodes are called, and where, changes when they move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prompts_lang.features.wiring import Value, path_of, references_of, short_inputs, value_of
from prompts_lang.graph.interface import NodeInterface
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Edit


def rewire(
    declaration: nodes.Declaration, members: Mapping[str, NodeInterface], texts: Mapping[Value, str]
) -> Iterator[Edit]:
    """The edits, relative to the declaration, that write the given texts for these values."""
    for reference in references_of(declaration):
        value = value_of(reference, members)
        text = None if value is None else texts.get(value)
        if text is not None:
            yield Edit(reference.span, text + path_of(reference, members))
    own = variable_of(declaration)
    for parameter in short_inputs(declaration):
        text = texts.get(Value(None, parameter.name.text))
        if text is not None and parameter.name.text not in (text, own):
            yield Edit(parameter.name.span, f"{parameter.name.text} = {text}")


def variable_of(declaration: nodes.Declaration) -> str | None:
    """The name of the item in a declaration's `each`: a short input of that name is not the graph's."""
    found = (item.variable for item in declaration.items if isinstance(item, nodes.EachProperty))
    return next((name.text for name in found if name is not None), None)
