"""What a rewrite has changed, passage by passage, and the text without each of the passages.

The passages are what a reviewer would see in a diff: an added line is one of its own, a line that was replaced is one together with what
stood there before. Taking a passage back gives the text with the original words in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from prompts_lang.graph.model import Slot, SlotId
from prompts_lang.graph.template import parse_template


@dataclass(frozen=True, slots=True)
class Change:
    """One passage of a slot's text. `words` are those that the rewrite has put there, `without` is the whole text with it taken back."""

    slot: SlotId
    words: str
    without: str

    @property
    def key(self) -> tuple[SlotId, str]:
        """What makes it the same change, whatever else is changed beside it."""
        return self.slot, self.words


def changes_of(slot: Slot, current: str) -> tuple[Change, ...]:
    """The changes of a slot's text that can be taken back by themselves, in order: all placeholders have to stay."""
    keys = parse_template(slot.text).keys
    changes = (Change(slot.id, words, without) for words, without in _passages(slot.text, current))
    return tuple(change for change in changes if parse_template(change.without).keys == keys)


def without_all(slot: Slot, current: str, changes: Iterable[Change]) -> str:
    """The text without several of its changes."""
    for change in changes:
        now = next((each for each in changes_of(slot, current) if each.words == change.words), None)
        current = current if now is None else now.without
    return current


def _passages(original: str, current: str) -> Iterator[tuple[str, str]]:
    """The words of every passage, and the text without it."""
    before, after = original.split("\n"), current.split("\n")
    for kind, old_start, old_end, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        alone = kind == "insert"
        spans = [(line, line + 1) for line in range(start, end) if after[line].strip()] if alone else [(start, end)]
        for first, last in spans:
            old = [] if alone else before[old_start:old_end]
            yield "\n".join(after[first:last]), "\n".join((*after[:first], *old, *after[last:]))
