"""Names, and references to what has one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class Name:
    """One identifier."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Reference:
    """A name with fields: `question`, `plan.query`. Never empty."""

    parts: tuple[Name, ...]
    span: Span

    @property
    def text(self) -> str:
        """The reference in one piece, without spaces: `plan.query`."""
        return ".".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: `a.x`, or `a.x else b.x` for the first that is present. Never empty."""

    alternatives: tuple[Reference, ...]
    span: Span
