"""Formatting: once is enough, no byte of a text changes, comments stay, nothing is said otherwise, and broken files are left alone."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_lang.features.formatting import format_file
from prompts_lang.syntax.file import SyntaxFile
from tests.properties.mutations import deletions, lost_lines
from tests.properties.sources import FILES
from tests.syntax.show import show
from tests.syntax.sources import SOURCES

TEXTS = list(FILES.values())


def texts_of(file: SyntaxFile) -> list[list[str]]:
    return [[section.text for section in declaration.sections] for _, declaration in file.declarations()]


def comments_of(file: SyntaxFile) -> list[str]:
    found = [comment for chunk in file.chunks for comment in chunk.comments]
    found += [
        comment
        for _, declaration in file.declarations()
        for comment in (*declaration.documentation, *declaration.comments)
    ]
    return sorted(comment.text for comment in found)


def text_lines(file: SyntaxFile) -> list[bytes]:
    """The lines that are text alone, with their margins."""
    return [
        line
        for chunk in file.chunks
        if chunk.declaration is not None
        for section in chunk.declaration.sections
        if not section.inline
        for line in section.text_span.of(chunk.text).splitlines()[1:]
        if re.match(rb" {4}[^ #]", line)
    ]


def assert_formatted_well(text: bytes) -> None:
    before = SyntaxFile.parse(text)
    formatted = format_file(before)
    if any(chunk.problems for chunk in before.chunks):
        assert formatted is None
        return
    assert formatted is not None
    after = SyntaxFile.parse(formatted)
    assert format_file(after) == formatted
    assert list(after.problems()) == []
    assert texts_of(after) == texts_of(before)
    assert text_lines(after) == text_lines(before)
    assert comments_of(after) == comments_of(before)
    assert [show(declaration) for _, declaration in after.declarations()] == [
        show(declaration) for _, declaration in before.declarations()
    ]


@pytest.mark.parametrize("text", TEXTS, ids=[path.stem for path in FILES])
def test_examples_and_generated_files_are_in_canonical_form_or_become_so(text: bytes) -> None:
    assert_formatted_well(text)


@pytest.mark.parametrize("text", TEXTS, ids=[path.stem for path in FILES])
def test_files_that_have_lost_a_character_or_a_line(text: bytes) -> None:
    file = SyntaxFile.parse(text)
    mutations = [*deletions(text), *lost_lines(text)]
    for mutation in Random(1).sample(mutations, min(200, len(mutations))):  # noqa: S311
        assert_formatted_well(file.edit(mutation.span, mutation.replacement).text)


@given(SOURCES)
@settings(max_examples=300)
def test_any_bytes(text: bytes) -> None:
    assert_formatted_well(text)


@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_spaces_that_mean_nothing_are_taken_out(text: bytes, random: Random) -> None:
    """Wide gaps between tokens and blank lines between declarations are layout."""
    canonical = format_file(SyntaxFile.parse(text))
    assert canonical is not None
    lines = canonical.split(b"\n")
    loose = [
        line.replace(b" = ", b"   =  ") if re.match(rb"(?:graph|llm|call|model|metric) [^\"]*$", line) else line
        for line in lines
    ]
    assert format_file(SyntaxFile.parse(b"\n".join(loose) + b"\n" * random.randint(0, 3))) == canonical


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_line_ends_stay_what_they_are(line_end: bytes) -> None:
    for text in TEXTS:
        canonical = format_file(SyntaxFile.parse(text))
        assert canonical is not None
        assert format_file(SyntaxFile.parse(canonical.replace(b"\n", line_end))) == canonical.replace(b"\n", line_end)
