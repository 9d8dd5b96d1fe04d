"""Open documents under incremental changes, and the many spellings of one URI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from prompts_lang.text import Encoding
from prompts_server.documents import Documents
from prompts_server.uris import key_of, path_of, uri_of

URI = "file:///folder/a.prompt"


def opened(text: str, uri: str = URI) -> Documents:
    documents = Documents()
    documents.open(types.TextDocumentItem(uri=uri, language_id="prompt-graph", version=1, text=text))
    return documents


def at(start: tuple[int, int], end: tuple[int, int], text: str) -> types.TextDocumentContentChangePartial:
    return types.TextDocumentContentChangePartial(
        range=types.Range(types.Position(*start), types.Position(*end)), text=text
    )


def changed(text: str, *changes: types.TextDocumentContentChangeEvent, encoding: Encoding = Encoding.UTF_16) -> str:
    documents = opened(text)
    outcome = documents.change(types.VersionedTextDocumentIdentifier(uri=URI, version=2), changes, encoding)
    assert outcome is not None
    document, steps = outcome
    assert document.version == 2
    assert len(steps) == len(changes)
    return document.content.text.decode()


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\u0085", "\v", "\f", "\x1c", "\x1d", "\x1e"])
def test_only_the_line_ends_of_the_protocol_end_lines(odd: str) -> None:
    """pygls: the buffer is out of step with the editor's for good."""
    assert changed(f"a{odd}b\nc\n", at((1, 0), (1, 1), "C")) == f"a{odd}b\nC\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_of_the_protocol_ends_lines(end: str) -> None:
    assert changed(f"a{end}b{end}c", at((1, 0), (1, 1), "B")) == f"a{end}B{end}c"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((0, 99), (0, 99), "abcX"),  # pygls: abXc
        ((9, 0), (9, 9), "abcX"),
        ((0, 1), (9, 9), "aX"),
        ((0, 2), (0, 1), "aXc"),  # inverted; pygls duplicates text
    ],
)
def test_positions_that_do_not_exist_mean_the_nearest_that_do(
    start: tuple[int, int], end: tuple[int, int], expected: str
) -> None:
    assert changed("abc", at(start, end, "X")) == expected


@pytest.mark.parametrize(("encoding", "character"), [(Encoding.UTF_8, 4), (Encoding.UTF_16, 2), (Encoding.UTF_32, 1)])
def test_characters_are_counted_in_the_negotiated_unit(encoding: Encoding, character: int) -> None:
    assert changed("😀é", at((0, character), (0, character), "X"), encoding=encoding) == "😀Xé"


def test_changes_are_applied_one_after_the_other() -> None:
    whole = types.TextDocumentContentChangeWholeDocument(text="one two")
    assert changed("old", at((0, 0), (0, 0), "x"), whole, at((0, 3), (0, 4), "\n"), at((1, 0), (1, 3), "2")) == "one\n2"


def test_a_document_is_found_by_every_spelling_and_keeps_its_own() -> None:
    documents = opened("text", "file:///c%3A/My%20Folder/a.prompt")
    for spelling in (
        "file:///C:/My%20Folder/a.prompt",
        "file:///c:/My Folder/a.prompt",
        "FILE:///C%3a/My%20Folder/a.prompt",
    ):
        found = documents.get(spelling)
        assert found is not None
        assert found.uri == "file:///c%3A/My%20Folder/a.prompt"


def test_opening_again_replaces_and_closing_forgets() -> None:
    documents = opened("one")
    documents.open(types.TextDocumentItem(uri=URI, language_id="prompt-graph", version=7, text="two"))
    document = documents.close(URI)
    assert document is not None
    assert document.content.text == b"two"
    assert documents.get(URI) is None
    assert documents.close(URI) is None


def test_a_document_without_a_file_has_a_place_of_its_own() -> None:
    documents = opened("text", "untitled:Untitled-1")
    (document,) = documents
    assert not document.is_file
    assert not document.path.parent.exists()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("file:///a/b.prompt", "file://localhost/a/b.prompt", True),
        ("file:///a/b%23c.prompt", "file:///a/b#c.prompt", True),
        ("file:///a/B.prompt", "file:///a/b.prompt", False),
        ("file:///D:/x", "file:///d:/x", True),
        ("file://server/share/x", "file://SERVER/share/x", True),
        ("untitled:A%20b", "untitled:A b", True),
        ("untitled:A", "untitled:B", False),
        ("file://[", "file://[", True),
    ],
)
def test_keys_are_equal_exactly_for_the_same_document(one: str, other: str, same: bool) -> None:
    assert (key_of(one) == key_of(other)) is same


@pytest.mark.skipif(os.name == "nt", reason="the names are those of POSIX")
@given(st.lists(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_a_path_survives_the_way_through_its_uri(names: list[str]) -> None:
    path = Path("/", *names)
    assert path_of(uri_of(path)) == path
    assert key_of(uri_of(path)) == key_of(uri_of(path).replace("%3A", ":"))


@pytest.mark.parametrize("uri", ["untitled:a", "http://x/y", "nonsense", "", "file:///a%00b"])
def test_what_is_no_file_has_no_path(uri: str) -> None:
    assert path_of(uri) is None


# --- the law -----------------------------------------------------------------------------------------------------------

texts = st.text(st.sampled_from("ab\n\r\u2028é😀"), max_size=20)
positions = st.tuples(st.integers(0, 6), st.integers(0, 8))


def naive_offset(text: str, position: tuple[int, int], encoding: Encoding) -> int:
    """Counts one character at a time; slow, and too simple to be wrong."""
    line, units, index = 0, 0, 0
    width = {Encoding.UTF_8: lambda c: len(c.encode()), Encoding.UTF_16: lambda c: 1 + (ord(c) > 0xFFFF)}.get(
        encoding, lambda _: 1
    )
    while index < len(text):
        at_end = text[index] in "\r\n"
        if line == position[0] and (at_end or units + width(text[index]) > position[1]):
            return index
        if at_end:
            index += 2 if text[index : index + 2] == "\r\n" else 1
            line, units = line + 1, 0
        else:
            units += width(text[index])
            index += 1
    return index


@given(
    text=texts, edits=st.lists(st.tuples(positions, positions, texts), max_size=5), encoding=st.sampled_from(Encoding)
)
def test_incremental_changes_are_those_of_a_naive_editor(
    text: str, edits: list[tuple[tuple[int, int], tuple[int, int], str]], encoding: Encoding
) -> None:
    expected = text
    for start, end, inserted in edits:
        first, last = sorted((naive_offset(expected, start, encoding), naive_offset(expected, end, encoding)))
        expected = expected[:first] + inserted + expected[last:]
    assert changed(text, *(at(*one) for one in edits), encoding=encoding) == expected
