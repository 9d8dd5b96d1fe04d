"""Findings over changing text: slow results stay where they belong while the text moves under them.

A finding speaks about one version of one section. It is *fresh* while that section has that text, *settled* while it has
the suggested one, *outdated* while it has any other, and *hidden* while there is no such section. Every function here is
pure: a change first moves the ranges (`shift`), then the sections of the new text decide (`reanchor`): by slot, else by
the hash of the text, so that a renamed node keeps its findings. Nothing is ever cleared by an edit, and undoing the edit
makes a finding fresh again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from prompts_lang.text import Span
from prompts_server.sequences import common_prefix, common_suffix


@dataclass(frozen=True, slots=True)
class Companion:
    """Another section's part of the same change: which text it is for, by hash, and the new text."""

    slot: str
    text_hash: str
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tested rewrite of a section.

    The scores belong to the whole change that the rewrite is part of, measured on rows that it was not chosen on.

    Attributes:
        text: The whole new text of the section.
        proven: Whether the gain holds under the sequential test; otherwise the rewrite is offered without a claim.
        before: The score before the change, 0 to 1; None where there were no rows to measure it on.
        after: The score after it.
        interval: The confidence interval of the gain.
        rows: How many rows the scores were measured on.
        together: How many sections the change rewrites, this one included.
        companions: The other sections' parts of the change, whichever file they stand in.
    """

    text: str
    proven: bool
    before: float | None = None
    after: float | None = None
    interval: tuple[float, float] | None = None
    rows: int = 0
    together: int = 1
    companions: tuple[Companion, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A gradient that reached a section, with its evidence. It never changes; where it stands does.

    Attributes:
        id: Its name in the store and in a diagnostic's `data`.
        run: The run that found it.
        slot: `graph/node/section`, as it was then.
        text_hash: The hash of the section's text that it speaks about.
        context_hash: The hash of the section's graph neighbourhood then; empty where that is not known.
        quote: The words at fault, exactly, or nothing when the whole section is meant.
        range: Where the quote stands in the section's text, in characters; None where that was not told.
        verdict: `causes`, `contributes` or `unknown`.
        verified: Whether the blame was free, or confirmed by replay; otherwise the critic only claims it.
        critique: What is wrong, in one or two sentences.
        rows: The failing rows that show it.
        failing: How many failing rows the findings of its run explain, all together; 0 where that is not known.
        downstream: The node where the failure shows.
        suggestion: The tested rewrite, if there is one.
    """

    id: str
    run: str
    slot: str
    text_hash: str
    critique: str
    quote: str = ""
    range: tuple[int, int] | None = None
    verdict: str = "unknown"
    verified: bool = False
    context_hash: str = ""
    rows: tuple[str, ...] = ()
    failing: int = 0
    downstream: str | None = None
    suggestion: Suggestion | None = None


class State(Enum):
    """Whether a finding speaks about the text that stands there now."""

    FRESH = "fresh"
    OUTDATED = "outdated"
    SETTLED = "settled"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding at its place in the current text. `span` counts bytes of the file and is None only when hidden."""

    finding: Finding
    slot: str
    span: Span | None
    state: State


class SectionView(Protocol):
    """A section of the current text, as this module needs it."""

    @property
    def slot(self) -> str:
        """`graph/node/section`."""
        ...

    @property
    def text(self) -> str:
        """The section's text, without margins."""
        ...

    @property
    def text_hash(self) -> str:
        """The hash of the section's text."""
        ...

    @property
    def context_hash(self) -> str:
        """The hash of the section's graph neighbourhood; empty where that is not known."""
        ...

    @property
    def span(self) -> Span:
        """The bytes of the file where the section stands, for a finding that means all of it."""
        ...

    def span_of(self, finding: Finding) -> Span:
        """The bytes of the file where the words at fault stand; `span` where there are none."""
        ...


def with_share(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, each with the number of failing rows that those of its run explain."""
    rows: dict[str, set[str]] = {}
    for finding in findings:
        rows.setdefault(finding.run, set()).update(finding.rows)
    return tuple(replace(finding, failing=len(rows[finding.run])) for finding in findings)


def place(findings: Sequence[Finding], sections: Sequence[SectionView]) -> tuple[Placed, ...]:
    """Puts findings that are new to a text, from a run or from the store, where they belong in it."""
    return reanchor([Placed(finding, finding.slot, None, State.HIDDEN) for finding in findings], sections)


def shift(placed: Sequence[Placed], removed: Span, inserted: int) -> tuple[Placed, ...]:
    """Moves findings through one edit: the bytes at `removed` became `inserted` other bytes."""
    return tuple(_shift_one(one, removed, inserted) for one in placed)


def shift_span(span: Span, removed: Span, inserted: int) -> Span | None:
    """Where what is left of a span stands after an edit; None when the edit took all of it.

    Text that is inserted at either end of a span stays outside of it, text inserted within it belongs to it.
    """
    delta = inserted - len(removed)
    if removed.end <= span.start:
        return Span(span.start + delta, span.end + delta)
    if removed.start >= span.end:
        return span
    start = span.start if span.start < removed.start else removed.start + inserted
    end = span.end + delta if span.end > removed.end else removed.start
    return Span(start, end) if start < end else None


def changed_bytes(before: bytes, after: bytes) -> tuple[Span, int]:
    """The smallest single edit between two texts: what was removed, and how many bytes were inserted.

    An editor that replaces a whole document has usually changed little of it; this finds out where. No character is cut
    in two.
    """
    shorter = min(len(before), len(after))
    prefix = common_prefix(before, after, shorter)
    while prefix and (_continues(before, prefix) or _continues(after, prefix)):
        prefix -= 1
    suffix = common_suffix(before, after, shorter - prefix)
    while suffix and _continues(after, len(after) - suffix):
        suffix -= 1
    return Span(prefix, len(before) - suffix), len(after) - suffix - prefix


def reanchor(placed: Sequence[Placed], sections: Sequence[SectionView]) -> tuple[Placed, ...]:
    """Decides, after a parse, where each finding stands and whether it is fresh."""
    by_slot = {section.slot: section for section in sections}
    taken = {one.finding.slot for one in placed}
    by_hash: dict[str, list[SectionView]] = {}
    for section in sections:
        # A section that has its own findings is no new home for those of another.
        if section.slot not in taken:
            by_hash.setdefault(section.text_hash, []).append(section)
    return tuple(_reanchor_one(one, by_slot, by_hash) for one in placed)


def _shift_one(one: Placed, removed: Span, inserted: int) -> Placed:
    if one.span is None:
        return one
    span = shift_span(one.span, removed, inserted)
    if span is None:
        return replace(one, span=None, state=State.HIDDEN)
    return replace(one, span=span, state=State.OUTDATED if _reaches_into(removed, one.span) else one.state)


def _reaches_into(removed: Span, span: Span) -> bool:
    if len(removed) == 0:
        return span.start < removed.start < span.end
    return removed.overlaps(span)


def _reanchor_one(
    one: Placed, by_slot: Mapping[str, SectionView], by_hash: Mapping[str, Sequence[SectionView]]
) -> Placed:
    finding = one.finding
    section = by_slot.get(finding.slot)
    if section is None:
        section = _moved(finding, by_hash) or by_slot.get(one.slot)
    if section is None:
        return Placed(finding, one.slot, None, State.HIDDEN)
    if _speaks_about(finding, section):
        return Placed(finding, section.slot, section.span_of(finding), State.FRESH)
    if finding.suggestion is not None and finding.suggestion.text == section.text:
        return Placed(finding, section.slot, section.span, State.SETTLED)
    return Placed(finding, section.slot, section.span if one.span is None else one.span, State.OUTDATED)


def _moved(finding: Finding, by_hash: Mapping[str, Sequence[SectionView]]) -> SectionView | None:
    """The one section elsewhere that has the text: its node or graph was renamed. Two of them prove nothing."""
    candidates = by_hash.get(finding.text_hash, ())
    kind = finding.slot.rpartition("/")[2]
    alike = [section for section in candidates if section.slot.rpartition("/")[2] == kind]
    return alike[0] if len(alike) == 1 else None


def _speaks_about(finding: Finding, section: SectionView) -> bool:
    same_context = not finding.context_hash or not section.context_hash or finding.context_hash == section.context_hash
    return finding.text_hash == section.text_hash and same_context


def _continues(text: bytes, offset: int) -> bool:
    """Whether the byte at `offset` is in the middle of a character of UTF-8."""
    return offset < len(text) and text[offset] & 0xC0 == 0x80
