"""Fits a row to the inputs of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prompts_lang.data.json_values import flaw
from prompts_lang.data.values import read_cell
from prompts_lang.engine.values import Problem, ProblemKind, Values
from prompts_lang.graph.types import OptionalType, describe, misfit

if TYPE_CHECKING:
    from prompts_lang.graph.model import Graph
    from prompts_lang.graph.types import JsonValue


def bind(graph: Graph, values: Mapping[str, JsonValue]) -> Values | Problem:
    """The graph's inputs out of a row's values, or why they do not fit. Inputs that may be absent are left out where they are."""
    bound: dict[str, JsonValue] = {}
    for port in graph.inputs:
        value = read_cell(port.type, values.get(port.name))
        if value is None and isinstance(port.type, OptionalType):
            continue
        if (why := flaw(value)) is not None:
            return Problem(ProblemKind.ROW, f"graph '{graph.name}' cannot take it: '{port.name}' {why}")
        if port.name not in values:
            message = f"graph '{graph.name}' needs '{port.name}' ({describe(port.type)}), and there is none"
            return Problem(ProblemKind.ROW, message)
        if complaint := misfit(port.type, value, f"'{port.name}'"):
            return Problem(ProblemKind.ROW, f"graph '{graph.name}' cannot take it: {complaint}")
        bound[port.name] = value
    return bound
