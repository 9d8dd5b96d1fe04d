"""Edits that a tree has not seen yet, as one: many keystrokes in a row are read as if they were one.

A value of this says which bytes of the text that the tree knows became which bytes of the text as it is now. Outside of
them the two are the same. Edits that are far from each other are not put together, since everything between them would be
read again.
"""

from dataclasses import dataclass

from prompts_lang.text import Span

_NEAR_BYTES = 1000


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """The bytes at `known` of the earlier text are the bytes at `now` of the later one. Both start at the same offset."""

    known: Span
    now: Span

    @classmethod
    def of(cls, removed: Span, inserted: int) -> "PendingEdit":
        """One edit: the bytes at `removed` became `inserted` others."""
        return cls(removed, Span(removed.start, removed.start + inserted))

    def then(self, removed: Span, inserted: int) -> "PendingEdit | None":
        """This and then an edit of the later text, as one; None where they are too far from each other."""
        if removed.start > self.now.end + _NEAR_BYTES or removed.end + _NEAR_BYTES < self.now.start:
            return None
        start = min(self.now.start, removed.start)
        beyond = max(removed.end - self.now.end, 0)
        end = self.now.end + beyond + inserted - len(removed)
        return PendingEdit(Span(start, self.known.end + beyond), Span(start, end))
