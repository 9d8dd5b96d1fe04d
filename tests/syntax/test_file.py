"""Files as chunks: lossless, incremental equals full, and a mistake or an edit stays in its chunk."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.syntax.parser import OFFSET_OF_TREE, parse_lines
from prompts_lang.text import Span
from tests.syntax.show import spans_of
from tests.syntax.sources import EVERYTHING, EXAMPLES, SAMPLES, SOURCES

EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), SOURCES.map(lambda text: text[:60])), max_size=12)


def assert_well_formed(file: SyntaxFile) -> None:
    """What holds for every file, whatever its bytes."""
    assert b"".join(chunk.text for chunk in file.chunks) == file.text
    offset = 0
    for start, chunk in zip(file.offsets, file.chunks, strict=True):
        assert start == offset
        assert chunk.text
        offset += len(chunk.text)
        for span in spans_of((chunk.declaration, chunk.comments, chunk.problems)):
            assert span.end <= len(chunk.text)


@pytest.mark.parametrize("text", [*SAMPLES.values(), *EXAMPLES.values()], ids=[*SAMPLES, *EXAMPLES])
def test_samples_and_examples_have_no_problems(text: bytes) -> None:
    file = SyntaxFile.parse(text)
    assert_well_formed(file)
    assert [problem.message for _, problem in file.problems()] == []


@given(SOURCES)
@settings(max_examples=400)
def test_any_bytes_are_read_without_loss_and_with_places_inside_of_their_chunk(text: bytes) -> None:
    assert_well_formed(SyntaxFile.parse(text))


@given(st.sampled_from([b"", EVERYTHING, EVERYTHING[:1200]]), EDITS)
@example(b"# a\nllm x", [(0.45, 0, b"\n")])
@settings(max_examples=300)
def test_a_file_after_any_edits_equals_a_fresh_one(text: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    file = SyntaxFile.parse(text)
    for place, length, replacement in edits:
        start = int(place * len(text))
        end = min(start + length, len(text))
        text = text[:start] + replacement + text[end:]
        file = file.edit(Span(start, end), replacement)
        fresh = SyntaxFile.parse(text)
        assert file == fresh
        assert [chunk.content for chunk in file.chunks] == [chunk.content for chunk in fresh.chunks]


@given(SOURCES, st.data())
@settings(max_examples=300)
def test_an_edit_of_any_file_equals_a_fresh_reading(text: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 30, len(text))))
    replacement = data.draw(SOURCES.map(lambda source: source[:40]))
    edited = SyntaxFile.parse(text).edit(Span(start, end), replacement)
    assert edited == SyntaxFile.parse(text[:start] + replacement + text[end:])


def test_an_edit_leaves_all_chunks_that_it_does_not_touch_as_they_are() -> None:
    file = SyntaxFile.parse(EVERYTHING)
    place = EVERYTHING.index(b"drop filler words")
    edited = file.edit(Span(place, place + 4), b"leave out")
    touched = [new for old, new in zip(file.chunks, edited.chunks, strict=True) if new is not old]
    assert len(touched) == 1
    assert b"leave out filler words" in touched[0].text


def test_reading_anew_takes_equal_chunks_of_the_previous_file() -> None:
    file = SyntaxFile.parse(EVERYTHING)
    again = SyntaxFile.parse(b"# A new first line.\n\n" + EVERYTHING, previous=file)
    assert all(any(chunk is old for old in file.chunks) for chunk in again.chunks[1:])


def test_an_edit_past_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        SyntaxFile.parse(b"language 1\n").edit(Span(3, 99), b"")


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_line_ends_of_all_systems_make_the_same_declarations(line_end: bytes) -> None:
    file = SyntaxFile.parse(EVERYTHING.replace(b"\n", line_end))
    assert list(file.problems()) == []
    expected = [declaration for _, declaration in SyntaxFile.parse(EVERYTHING).declarations()]
    found = [declaration for _, declaration in file.declarations()]
    assert [type(declaration) for declaration in found] == [type(declaration) for declaration in expected]
    assert [[section.text for section in declaration.sections] for declaration in found] == [
        [section.text for section in declaration.sections] for declaration in expected
    ]


@pytest.mark.parametrize("text", [*SAMPLES.values(), *EXAMPLES.values()], ids=[*SAMPLES, *EXAMPLES])
def test_the_grammar_on_a_whole_file_gives_the_same_declarations_as_chunk_by_chunk(text: bytes) -> None:
    root = parse_lines(text).root_node
    assert not root.has_error
    whole = [
        (child.type, child.start_byte - OFFSET_OF_TREE, str(child))
        for child in root.children
        if child.type.endswith("_declaration")
    ]
    file = SyntaxFile.parse(text)
    by_chunk = [
        (child.type, offset + child.start_byte - OFFSET_OF_TREE, str(child))
        for offset, chunk in zip(file.offsets, file.chunks, strict=True)
        for child in parse_lines(chunk.text).root_node.children
        if child.type.endswith("_declaration")
    ]
    assert without_comments(whole) == without_comments(by_chunk)


def without_comments(nodes: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """Comments hang in the tree wherever the parser met them; they are no part of a declaration."""
    return [(kind, start, shown.replace(" (comment)", "")) for kind, start, shown in nodes]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    file = SyntaxFile.parse(b"\xef\xbb\xbflanguage 1\n")
    assert list(file.problems()) == []
    assert [(offset, declaration.keyword.text) for offset, declaration in file.declarations()] == [(3, "language")]


def test_documentation_is_the_comment_lines_directly_above() -> None:
    file = SyntaxFile.parse(b"# licence\n\n# one\n# two\nlanguage 1\n# inside\n\n# loose\n\nllm a() -> b\n")
    found = [
        ([comment.text for comment in declaration.documentation], [comment.text for comment in declaration.comments])
        for _, declaration in file.declarations()
    ]
    assert found == [(["one", "two"], ["inside", "loose"]), ([], [])]
    assert [comment.text for comment in file.chunks[0].comments] == ["licence"]
