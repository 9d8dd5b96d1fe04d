"""Characters that come in halves: JSON may hold one half of a surrogate pair, and streams cut pairs apart.

Nothing could send such a half on, or print it. Two that belong together are put together, and where one is missing, U+FFFD says so.
"""

from __future__ import annotations

import re
from typing import Final

_HALF: Final = re.compile("[\ud800-\udfff]")
_FIRST_HALF: Final = re.compile("[\ud800-\udbff]$")


def whole(text: str) -> str:
    """The text in whole characters."""
    if _HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class Pieces:
    """Puts together what a stream cuts apart in the middle of a character."""

    def __init__(self) -> None:
        self._held = ""

    def take(self, piece: str) -> str:
        """The piece in whole characters; half of one at its end waits for the next piece."""
        text, self._held = self._held + piece, ""
        if _FIRST_HALF.search(text) is not None:
            text, self._held = text[:-1], text[-1]
        return whole(text)

    def rest(self) -> str:
        """What is still waiting when the stream ends."""
        text, self._held = self._held, ""
        return whole(text)
