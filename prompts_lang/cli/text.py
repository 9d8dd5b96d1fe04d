"""Text that comes from models, data and files, made fit for a terminal."""

from __future__ import annotations

import os
import re
from pathlib import Path

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters except tabs and line feeds, those that turn the direction of what follows them around, and halves of characters."""


def harmless(text: str) -> str:
    """The text without what drives a terminal, or shows words in another order than they have."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def flat(text: str, *, longest: int | None = None) -> str:
    """The text harmless and on one line, cut off after `longest` characters."""
    line = " ".join(harmless(text).split())
    return line if longest is None or len(line) <= longest else f"{line[: longest - 1]}…"


def nearby(message: str) -> str:
    """A message in which files below the working directory are named as a person there would name them."""
    try:
        return message.replace(f"{Path.cwd()}{os.sep}", "")
    except OSError:  # the working directory is gone
        return message
