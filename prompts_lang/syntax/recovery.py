"""Parses a chunk group by group, so that a mistake stays on its line.

Invariant: what is parsed for one group depends on that group's bytes alone, whether the chunk has mistakes or not. A chunk without any is
one tree, and each group's node is taken from it. In any other, the head and each item are parsed alone, so that the parser's recovery
from a mistake in one cannot reach into the next. A line that nobody can have written, for its length, is not parsed at all, since
recovering from a hundred thousand open brackets takes seconds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.parser import OFFSET_OF_TREE, parse_lines
from prompts_lang.syntax.read_heads import HEADS
from prompts_lang.syntax.read_items import ITEMS
from prompts_lang.text.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from prompts_lang.syntax.layout import Group, Layout, Line

LONGEST_LINE: Final = 32_768
"""Bytes of the longest line at column 0 or 2 that is read. Text behind the colon of a section may be longer."""

_SECTION_HEAD: Final = re.compile(rb"(?:learn[ \t]+)?[^ \t:\"]+[ \t]*:")
_WORD: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") | frozenset(
    range(0x80, 0x100)
)


@dataclass(frozen=True, slots=True)
class ParsedGroup:
    """A group and its node in some tree.

    Attributes:
        group: the lines.
        node: the node of the head or the item; None where the parser made out none.
        shift: what to add to an offset in the tree for an offset in the chunk.
        error: the first place that the parser could not make sense of, to the end of its line.
        trailing_comment: the comment at the end of the first line.
        too_long: whether the first line is too long to be read; the node then has its first words alone.
    """

    group: Group
    node: Node | None
    shift: int
    error: Span | None
    trailing_comment: Span | None
    too_long: bool = False


def parse_groups(text: bytes, layout: Layout) -> tuple[ParsedGroup | None, list[ParsedGroup]]:
    """The head and the items of a chunk, parsed."""
    groups = layout.items if layout.head is None else (layout.head, *layout.items)
    root = None if any(_is_too_long(text, group.first) for group in groups) else parse_lines(text).root_node
    if root is not None and not root.has_error:
        head_node = next((child for child in root.children if child.type in HEADS), None)
        item_nodes = [child for child in (head_node or root).children if child.type in ITEMS]
        if (head_node is None) == (layout.head is None) and len(item_nodes) == len(layout.items):
            comments = _comments(root, -OFFSET_OF_TREE) if b"#" in text else []
            head = layout.head and _parsed(layout.head, head_node, -OFFSET_OF_TREE, comments)
            pairs = zip(layout.items, item_nodes, strict=True)
            return head, [_parsed(group, node, -OFFSET_OF_TREE, comments) for group, node in pairs]
    head = layout.head and _parse_group(text, layout.head, HEADS)
    return head, [_parse_group(text, group, ITEMS) for group in layout.items]


def _is_too_long(text: bytes, line: Line) -> bool:
    return line.end - line.start > LONGEST_LINE and _SECTION_HEAD.match(text, line.content, line.end) is None


def _parse_group(text: bytes, group: Group, wanted: frozenset[str]) -> ParsedGroup:
    if _is_too_long(text, group.first):
        line = group.first
        node = _salvage(text, line, wanted)
        return ParsedGroup(group, node, line.start - OFFSET_OF_TREE, line.content_span, None, too_long=True)
    span = group.span
    shift = span.start - OFFSET_OF_TREE
    root = parse_lines(span.of(text) + b"\n").root_node
    node = next((node for node in _walk(root) if node.type in wanted), None)
    comments = _comments(root, shift) if b"#" in text[group.first.content : group.first.end] else []
    if not root.has_error:
        return _parsed(group, node, shift, comments)
    error = next((bad.start_byte for bad in _walk(root) if bad.is_error or bad.is_missing), root.end_byte)
    if node is None or _lost_its_name(node, error):
        node = _salvage(text, group.first, wanted) or node
    elif node.start_byte >= error:
        error = node.end_byte  # The parser gave up behind a node that it had read, and put it into its error.
    start = min(max(error + shift, group.first.content), span.end)
    line = next((line for line in group.lines if start <= line.end), group.first)
    return _parsed(group, node, shift, comments, _without_spaces(text, max(start, line.content), line.end))


def _lost_its_name(node: Node, error: int) -> bool:
    """Whether the parser skipped over words to take a later one for the name."""
    name = node.child_by_field_name("name")
    return name is not None and node.start_byte < error < name.start_byte


def _salvage(text: bytes, line: Line, wanted: frozenset[str]) -> Node | None:
    """The node of a line that cannot be parsed, from its first two words or its first alone."""
    first = _word_end(text, line.content, line.end)
    second = _word_end(text, line.end - len(text[first : line.end].lstrip(b" \t")), line.end)
    for cut in (second, first):
        root = parse_lines(text[line.start : cut]).root_node
        node = next((child for child in root.children if child.type in wanted), None)
        if node is not None and not root.has_error:
            return node
    return None


def _word_end(text: bytes, start: int, end: int) -> int:
    while start < end and text[start] in _WORD:
        start += 1
    return start


def _without_spaces(text: bytes, start: int, end: int) -> Span:
    """The bytes from `start` to `end` without spaces at their ends; the last word before them where nothing else is there."""
    words = text[start:end].strip(b" \t")
    if not words:
        end = len(text[:start].rstrip(b" \t"))
        return Span(max(text.rfind(b" ", 0, end), text.rfind(b"\t", 0, end)) + 1, end)
    begin = end - len(text[start:end].lstrip(b" \t"))
    return Span(begin, begin + len(words))


def _comments(root: Node, shift: int) -> list[int]:
    """Where comments start in the chunk, in order."""
    return [piece.start_byte + shift for piece in _walk(root) if piece.type == "comment"]


def _parsed(group: Group, node: Node | None, shift: int, comments: list[int], error: Span | None = None) -> ParsedGroup:
    line = group.first
    following = bisect_right(comments, line.content)
    trailing = following < len(comments) and comments[following] < line.end
    return ParsedGroup(group, node, shift, error, Span(comments[following], line.end) if trailing else None)


def _walk(root: Node) -> Iterator[Node]:
    """All nodes of a tree in the order of the text, without recursion: error trees can be deep."""
    cursor = root.walk()
    while True:
        if cursor.node is not None:
            yield cursor.node
        if cursor.goto_first_child() or cursor.goto_next_sibling():
            continue
        while cursor.goto_parent():
            if cursor.goto_next_sibling():
                break
        else:
            return
