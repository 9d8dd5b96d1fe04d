"""The generated parser, behind one function.

A parser belongs to the call that uses it: sharing one between threads is not safe, and making one costs about a microsecond.
"""

from __future__ import annotations

from functools import cache

from tree_sitter import Language, Parser, Tree

from prompts_lang.syntax import _binding


@cache
def prompt_graph_language() -> Language:
    """The grammar, for parsers and queries."""
    return Language(_binding.language())


def parse_lines(text: bytes) -> Tree:
    """The tree of some whole lines, such as a file, a chunk or an item of a declaration; offsets in it count from 1.

    A margin is a token that starts with a line end. One is put before the text, so that the first line has its margin too.
    """
    return Parser(prompt_graph_language()).parse(b"\n" + text)


OFFSET_OF_TREE = 1
"""How far offsets in a tree of `parse_lines` lie beyond offsets in the text."""
