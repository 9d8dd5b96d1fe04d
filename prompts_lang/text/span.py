"""Spans and edits: places in a text, and changes to it.

Invariant: a span is half open and never inverted, `0 <= start <= end`. Offsets count bytes of UTF-8.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The bytes from `start` up to, but not including, `end`.

    Raises:
        ValueError: when the offsets are negative or inverted; that is a defect in the caller, never bad input.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"A span runs forward from 0: got {self.start} to {self.end}.")

    def __len__(self) -> int:
        return self.end - self.start

    def __bool__(self) -> bool:
        """A span is a value, not a container: an empty one is as true as any other."""
        return True

    def shift(self, offset: int) -> Span:
        """The same span, `offset` bytes further on; turns a relative span into an absolute one."""
        return Span(self.start + offset, self.end + offset)

    def contains(self, offset: int) -> bool:
        """Whether the byte at `offset` lies in this span."""
        return self.start <= offset < self.end

    def touches(self, offset: int) -> bool:
        """Whether a cursor at `offset` stands in this span or at one of its ends."""
        return self.start <= offset <= self.end

    def covers(self, other: Span) -> bool:
        """Whether `other` lies wholly in this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one byte."""
        return max(self.start, other.start) < min(self.end, other.end)

    def cover(self, other: Span) -> Span:
        """The smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))

    def of(self, text: bytes) -> bytes:
        """The bytes of `text` that this span names."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Edit:
    """Puts `text` in the place of the bytes at `span`."""

    span: Span
    text: str
