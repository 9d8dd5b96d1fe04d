"""Which graph a person means: by its name, by a place in the file, or because there is only one worth running."""

from prompts_lang.graph.module import Module
from prompts_lang.graph.project import FileMeaning
from prompts_lang.syntax import nodes


def graph_at(meaning: FileMeaning, offset: int) -> str | None:
    """The graph around a place: one that is declared there, that a node there belongs to, or that is optimised there."""
    chunk = meaning.syntax.chunk_at(offset)
    entry = next((entry for entry in meaning.module.entries if entry.index == chunk), None)
    if entry is None:
        return None
    match entry.declaration:
        case nodes.GraphDeclaration(name=name) if name is not None:
            return name.text
        case nodes.OptimizeDeclaration(graph=graph) if graph is not None:
            return graph.text
        case _:
            return entry.graph


def main_graph(module: Module) -> str | None:
    """The graph that is optimised first, else the only one."""
    for entry in module.entries:
        if isinstance(entry.declaration, nodes.OptimizeDeclaration) and entry.declaration.graph is not None:
            return entry.declaration.graph.text
    return next(iter(module.graphs)) if len(module.graphs) == 1 else None
