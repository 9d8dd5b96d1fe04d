"""Variables in the Python of a code node, found by parsing; nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from prompts_lang.syntax.nodes import encode


class NotRenamed(Exception):  # noqa: N818  not an error of the program: a reason, told to the person who asks
    """Why a name cannot be renamed, in one sentence."""


def renamed_in_python(source: str, old: str, new: str) -> Iterator[tuple[int, int]]:
    """The characters of `source` where the variable `old` is written.

    Raises:
        NotRenamed: the source cannot be parsed, has the new name already, or has the old one as a parameter or an attribute of a scope.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise NotRenamed(f"The Python of the node cannot be read, so '{old}' is not renamed.") from error
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    if any(node.id == new for node in names):
        raise NotRenamed(f"The Python of the node has a variable '{new}' already; choose another name.")
    if any(_declares(node, old) for node in ast.walk(tree)):
        raise NotRenamed(f"The Python of the node declares '{old}' in a function of its own; rename it there by hand.")
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    lines = source.split("\n")
    for node in names:
        if node.id == old:
            column = len(encode(lines[node.lineno - 1])[: node.col_offset].decode("utf-8", "surrogateescape"))
            start = starts[node.lineno - 1] + column
            yield start, start + len(old)


def _declares(node: ast.AST, name: str) -> bool:
    match node:
        case ast.arg(arg=declared) | ast.FunctionDef(name=declared) | ast.ClassDef(name=declared):
            return declared == name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return name in names
        case ast.alias(name=imported, asname=alias):
            return name in (alias, imported.partition(".")[0])
        case ast.ExceptHandler(name=caught) | ast.MatchAs(name=caught) | ast.MatchStar(name=caught):
            return caught == name
        case _:
            return False
