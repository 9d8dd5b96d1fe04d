r"""Cleaning text that a program wrote, such as a model's reply, before it enters a file.

Unicode and various tools know many line breaks; a `.prompt` file has one, and its columns carry structure. Text from outside is therefore
cleaned first, so that each of its lines becomes a line of the file and nothing in it can be taken for a margin or a line end.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LINE_BREAK: Final = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
"""Everything that `str.splitlines` or Unicode's annex 14 takes for a hard line break, other than the line feed itself."""

_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
"""What has no place in a prompt: control characters but tab and line feed, lone surrogates, and byte order marks."""


_SPACE_AND_JOINERS: Final = frozenset("\n\t\u200c\u200d")
"""Characters without a shape of their own that texts need: the joiners are part of words in some scripts."""

_SHAPELESS: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of controls, formats, halves of characters, what is nobody's or not assigned, and of separators of lines."""


def unseen(text: str) -> frozenset[str]:
    """The characters of a text that nobody sees who reads it: controls, marks that turn words around, invisible spaces and tags."""
    return frozenset(each for each in set(text) - _SPACE_AND_JOINERS if unicodedata.category(each) in _SHAPELESS)


def clean_text(text: str) -> str:
    r"""The text with every kind of line break as `\n`, and without control characters.

    Tabs stay. Lone surrogates, which UTF-8 cannot hold, become the replacement character; other control characters are dropped.
    The result is stable: cleaning it again changes nothing.
    """
    return _CONTROL.sub(_without_control, _LINE_BREAK.sub("\n", text))


def _without_control(match: re.Match[str]) -> str:
    return "\ufffd" if "\ud800" <= match[0] <= "\udfff" else ""
