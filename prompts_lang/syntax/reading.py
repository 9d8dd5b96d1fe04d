"""What the readers of a chunk share: its bytes, its problems, and how places in a tree become places in the chunk.

Invariant: readers never raise on any input. What cannot be read is None, and `problems` says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import Fix, Name, Problem, ProblemKind, decode
from prompts_lang.text.span import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

MAXIMUM_DEPTH: Final = 50
"""How deep values, types and conditions may nest. People stay below five; the bound keeps hostile input from exhausting the stack."""


@dataclass(slots=True)
class Reading:
    """The chunk that is being read, and the tree that is being read it from.

    Attributes:
        text: the bytes of the chunk.
        shift: what to add to an offset in the tree for an offset in the chunk.
        problems: what was found so far, in any order.
    """

    text: bytes
    shift: int
    problems: list[Problem] = field(default_factory=list[Problem])

    def span(self, node: Node) -> Span:
        """The place of a node in the chunk."""
        return Span(max(node.start_byte + self.shift, 0), max(node.end_byte + self.shift, 0))

    def word(self, node: Node) -> str:
        """The text of a node."""
        return decode(self.span(node).of(self.text))

    def name(self, node: Node | None) -> Name | None:
        """A node as a name."""
        return None if node is None else Name(self.word(node), self.span(node))

    def report(self, kind: ProblemKind, span: Span, message: str, fix: Fix | None = None) -> None:
        """Notes a problem."""
        self.problems.append(Problem(kind, span, message, fix))

    def report_unclosed(self, node: Node, opening: str, closing: str) -> None:
        """Notes a problem where the last piece of a node in brackets is not the closing one."""
        pieces = [child for child in node.children if not child.is_extra]
        if pieces and pieces[-1].type == closing and not pieces[-1].is_missing:
            return
        end = self.end_of(node)
        place = next((self.span(piece) for piece in pieces if piece.type == opening), Span(end, end))
        self.report(
            ProblemKind.UNCLOSED_BRACKET,
            place,
            f"`{opening}` is never closed: put `{closing}` behind its last item.",
            Fix(f"Insert `{closing}`", (Edit(Span(end, end), closing),)),
        )

    def end_of(self, node: Node) -> int:
        """Where the last piece of a node ends that is neither a comment nor an error; a comma at its end does not count."""
        pieces = [
            child
            for child in node.children
            if not child.is_extra and not child.is_missing and child.type not in {"ERROR", ","}
        ]
        return self.span(pieces[-1]).end if pieces else self.span(node).end


def named(node: Node | None, *types: str) -> Iterator[Node]:
    """The named children of a node that have one of these types; the word `not` is a token, the condition `not` is named."""
    if node is not None:
        for child in node.children:
            if child.is_named and child.type in types:
                yield child


def after(span: Span) -> Span:
    """The empty place right after a span."""
    return Span(span.end, span.end)
