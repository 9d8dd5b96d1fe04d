"""Findings over changing text, against oracles that are too slow and too simple to be wrong."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.graph.slots import text_hash as text_hash_of
from prompts_lang.text import Span
from prompts_server.findings import (
    Finding,
    Placed,
    State,
    changed_bytes,
    place,
    reanchor,
    shift,
    shift_span,
)


@dataclass(frozen=True)
class Part:
    """A section in a toy format: `=slot` on a line of its own, then the text up to the next such line."""

    slot: str
    text: str
    head: Span
    start: int
    context_hash: str = ""

    @property
    def text_hash(self) -> str:
        return text_hash_of(self.text)

    @property
    def span(self) -> Span:
        return self.head

    def span_of(self, finding: Finding) -> Span:
        start = self.text.find(finding.quote)
        if not finding.quote or start < 0:
            return self.head
        first = self.start + len(self.text[:start].encode())
        return Span(first, first + len(finding.quote.encode()))


def parse(source: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    offset = 0
    for piece in source.split("=")[1:]:
        offset = source.encode().index(b"=", offset)
        name, _, text = piece.partition("\n")
        head = Span(offset, offset + 1 + len(name.encode()))
        parts.append(Part(name, text, head, head.end + 1))
        offset += 1
    unique = {part.slot: part for part in reversed(parts)}
    return tuple(unique[slot] for slot in sorted(unique))


def finding(source: str, slot: str, quote: str = "") -> Finding:
    section = next(part for part in parse(source) if part.slot == slot)
    return Finding(id=f"{slot}#{quote}", run="r", slot=slot, text_hash=section.text_hash, critique="vague", quote=quote)


def edit(source: str, placed: tuple[Placed, ...], old: str, new: str) -> tuple[str, tuple[Placed, ...]]:
    """Replaces the first `old` by `new`, as an editor would."""
    start = len(source[: source.index(old)].encode())
    changed = source.replace(old, new, 1)
    moved = shift(placed, Span(start, start + len(old.encode())), len(new.encode()))
    return changed, reanchor(moved, parse(changed))


SOURCE = "=g/a/system\nThink in short steps.\n=g/b/system\nAnswer well, naïvely.\n"


def placed_at(source: str, one: Placed) -> str:
    assert one.span is not None
    return one.span.of(source.encode()).decode()


def test_a_finding_stands_on_the_quoted_words() -> None:
    (one,) = place([finding(SOURCE, "g/b/system", "naïvely")], parse(SOURCE))
    assert one.state is State.FRESH
    assert placed_at(SOURCE, one) == "naïvely"


def test_without_a_quote_it_stands_on_the_head_of_the_section() -> None:
    (one,) = place([finding(SOURCE, "g/b/system")], parse(SOURCE))
    assert placed_at(SOURCE, one) == "=g/b/system"


def test_an_edit_elsewhere_only_moves_it() -> None:
    placed = place([finding(SOURCE, "g/b/system", "well")], parse(SOURCE))
    source, (one,) = edit(SOURCE, placed, "short", "very very short")
    assert (one.state, placed_at(source, one)) == (State.FRESH, "well")


def test_an_edit_of_its_section_outdates_it_in_place() -> None:
    placed = place([finding(SOURCE, "g/b/system", "well")], parse(SOURCE))
    source, (one,) = edit(SOURCE, placed, "naïvely", "now")
    assert (one.state, placed_at(source, one)) == (State.OUTDATED, "well")


def test_an_edit_of_its_words_outdates_it_and_keeps_what_is_left() -> None:
    placed = place([finding(SOURCE, "g/b/system", "Answer well")], parse(SOURCE))
    source, (one,) = edit(SOURCE, placed, "er w", "")
    assert (one.state, placed_at(source, one)) == (State.OUTDATED, "Answell")


def test_undo_makes_it_fresh_again() -> None:
    placed = place([finding(SOURCE, "g/b/system", "well")], parse(SOURCE))
    source, outdated = edit(SOURCE, placed, "well", "")
    assert outdated[0].state is State.OUTDATED
    source, (one,) = edit(source, outdated, "Answer ", "Answer well")
    assert source == SOURCE
    assert (one.state, placed_at(source, one)) == (State.FRESH, "well")


def test_it_hides_with_its_section_and_comes_back_with_it() -> None:
    placed = place([finding(SOURCE, "g/b/system", "well")], parse(SOURCE))
    cut = SOURCE[SOURCE.index("=g/b") :]
    source, hidden = edit(SOURCE, placed, cut, "")
    assert (hidden[0].state, hidden[0].span) == (State.HIDDEN, None)
    source, (one,) = edit(source, hidden, "steps.\n", f"steps.\n{cut}")
    assert (one.state, placed_at(source, one)) == (State.FRESH, "well")


def test_it_follows_a_renamed_node_also_when_that_is_edited_later() -> None:
    placed = place([finding(SOURCE, "g/b/system", "well")], parse(SOURCE))
    source, renamed = edit(SOURCE, placed, "=g/b/", "=g/reply/")
    assert (renamed[0].state, renamed[0].slot, placed_at(source, renamed[0])) == (
        State.FRESH,
        "g/reply/system",
        "well",
    )
    source, (one,) = edit(source, renamed, "Answer", "Reply")
    assert (one.state, one.slot, placed_at(source, one)) == (State.OUTDATED, "g/reply/system", "well")


def test_two_sections_with_its_text_are_no_clue() -> None:
    twins = "=g/a/system\nsame\n=g/b/system\nsame\n=g/c/system\nsame\n"
    placed = place([finding(twins, "g/a/system", "same")], parse(twins))
    source, (one,) = edit(twins, placed, "=g/a/", "=g/z/")
    assert one.state is State.HIDDEN
    _, (back,) = edit(source, (one,), "=g/z/", "=g/a/")
    assert back.state is State.FRESH


def test_a_changed_neighbourhood_outdates_it() -> None:
    (part,) = parse("=g/a/user\ntext")
    old = Finding(id="1", run="r", slot=part.slot, text_hash=part.text_hash, critique="c", context_hash="old")
    now = Part(part.slot, part.text, part.head, part.start, context_hash="new")
    assert place([old], [now])[0].state is State.OUTDATED


def test_replacing_the_whole_document_keeps_what_still_fits() -> None:
    placed = place([finding(SOURCE, "g/b/system", "well"), finding(SOURCE, "g/a/system", "short")], parse(SOURCE))
    changed = "# a comment at the top\n" + SOURCE.replace("short", "many")
    removed, inserted = changed_bytes(SOURCE.encode(), changed.encode())
    well, short = reanchor(shift(placed, removed, inserted), parse(changed))
    assert (well.state, placed_at(changed, well)) == (State.FRESH, "well")
    assert short.state is State.OUTDATED


# --- laws ---------------------------------------------------------------------------------------------------------

lengths = st.integers(0, 12)


@given(length=st.integers(1, 30), data=st.data(), inserted=lengths)
def test_a_span_covers_what_is_left_of_its_bytes(length: int, data: st.DataObject, inserted: int) -> None:
    def span() -> Span:
        start, end = sorted((data.draw(st.integers(0, length)), data.draw(st.integers(0, length))))
        return Span(start, end)

    marked, removed = span(), span()
    if len(marked) == 0:
        return
    # Every byte is a number; what is inserted has none. The oracle looks where the marked numbers are afterwards.
    before: list[int | None] = list(range(length))
    after = before[: removed.start] + [None] * inserted + before[removed.end :]
    left = [place for place, byte in enumerate(after) if byte is not None and marked.contains(byte)]
    expected = Span(left[0], left[-1] + 1) if left else None
    assert shift_span(marked, removed, inserted) == expected


words = st.text(st.sampled_from("ab é😀ü\n"), max_size=12)


@given(before=words, after=words)
def test_the_smallest_edit_leads_from_one_text_to_the_other_in_whole_characters(before: str, after: str) -> None:
    old, new = before.encode(), after.encode()
    removed, count = changed_bytes(old, new)
    inserted = new[removed.start : removed.start + count]
    assert old[: removed.start] + inserted + old[removed.end :] == new
    kept = (old[: removed.start].decode(), old[removed.end :].decode())
    middle = (removed.of(old).decode(), inserted.decode())
    if all(middle):
        assert middle[0][0] != middle[1][0]
        assert middle[0][-1] != middle[1][-1]
    assert kept[0] + middle[1] + kept[1] == after


fragments = st.sampled_from(["=g/a/system\n", "=g/b/user\n", "=", "\n", "é", "x", "steps ", "well ", "\U0001f600", ""])


@pytest.mark.parametrize("whole", [False, True])
@given(edits=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8), fragments), max_size=8))
def test_any_edits_keep_the_laws_and_undoing_them_restores_everything(
    whole: bool, edits: list[tuple[int, int, str]]
) -> None:
    findings = [
        finding(SOURCE, "g/a/system", "short"),
        finding(SOURCE, "g/b/system"),
        finding(SOURCE, "g/b/system", "ï"),
    ]
    start = place(findings, parse(SOURCE))
    history = [SOURCE]
    placed = start
    for position, length, inserted in edits:
        source = history[-1]
        at = min(position, len(source))
        changed = source[:at] + inserted + source[at + length :]
        placed = step(source, changed, at, min(at + length, len(source)), inserted, placed, whole)
        history.append(changed)
        check_laws(changed, placed)
    for changed, source in zip(reversed(history[1:]), reversed(history[:-1]), strict=True):
        removed, inserted_bytes = changed_bytes(changed.encode(), source.encode())
        placed = reanchor(shift(placed, removed, inserted_bytes), parse(source))
    assert placed == start


def step(
    source: str, changed: str, start: int, end: int, inserted: str, placed: tuple[Placed, ...], whole: bool
) -> tuple[Placed, ...]:
    if whole:
        removed, count = changed_bytes(source.encode(), changed.encode())
    else:
        removed = Span(len(source[:start].encode()), len(source[:end].encode()))
        count = len(inserted.encode())
    return reanchor(shift(placed, removed, count), parse(changed))


def check_laws(source: str, placed: tuple[Placed, ...]) -> None:
    texts = {part.slot: part.text for part in parse(source)}
    for one in placed:
        assert (one.span is None) == (one.state is State.HIDDEN)
        if one.span is not None:
            assert one.span.end <= len(source.encode())
            assert one.slot in texts
        if one.state is State.FRESH:
            assert text_hash_of(texts[one.slot]) == one.finding.text_hash
            if one.finding.quote:
                assert placed_at(source, one) == one.finding.quote
        if one.finding.slot in texts and text_hash_of(texts[one.finding.slot]) == one.finding.text_hash:
            assert one.state is State.FRESH
