"""The formatter: idempotent, blind to texts, careful with comments, and silent on broken files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_lang.features.formatting import format_file
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.text.span import Span
from tests.graph.editing import CHANGES, Change, edit_of, sources

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/*.prompt"))

UNTIDY = b"""

#  About the file.
language   1
model student="openai/gpt-4o-mini"
  temperature   0   # cold,   as it is
model teacher = "openai/gpt-4o"
# The graph.
graph main( question :text,tags: list[ text ]?)->answer=reply.answer
llm reply(question,  tags)->answer: text
   # how it speaks
  model  student
  learn   system:
      Answer   briefly,
    and  { "keep" :  this }.


    # no comment
  user:   {{ question }}   {{tags|bullets}}
  when   question  is   not empty   and not( question=="" )


metric score(answer,expected)=f1
"""
TIDY = b"""#  About the file.
language 1

model student = "openai/gpt-4o-mini"
  temperature 0 # cold,   as it is
model teacher = "openai/gpt-4o"

# The graph.
graph main(question: text, tags: list[text]?) -> answer = reply.answer

llm reply(question, tags) -> answer: text
  # how it speaks
  model student
  learn system:
      Answer   briefly,
    and  { "keep" :  this }.


    # no comment
  user: {{ question }}   {{tags|bullets}}
  when question is not empty and not (question == "")

metric score(answer, expected) = f1
"""


def formatted(text: bytes) -> bytes:
    result = format_file(SyntaxFile.parse(text))
    assert result is not None
    return result


def texts(file: SyntaxFile) -> list[tuple[str, str]]:
    """Every section of a file: its word and its text."""
    return [
        (section.word.text, section.text)
        for chunk in file.chunks
        if chunk.declaration is not None
        for section in chunk.declaration.sections
    ]


def comments(text: bytes) -> list[bytes]:
    """The comments of a file, by the rule of the columns alone."""
    return [line.strip() for line in text.splitlines() if line[:4].strip().startswith(b"#") and line[:4] != b"    "]


def test_an_untidy_file_is_tidied():
    assert formatted(UNTIDY) == TIDY


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_formatted(path: Path):
    assert formatted(path.read_bytes()) == path.read_bytes()


@pytest.mark.parametrize(
    "broken",
    [
        b"graph main(question: text\n",
        b'model m = "openai/x"\n\ttemperature 0\n',
        b"Once upon a time.\n",
        UNTIDY + b"    text that no section asks for\n",
        b'model m = "openai/x\n',
    ],
)
def test_a_broken_file_is_left_alone(broken: bytes):
    assert format_file(SyntaxFile.parse(broken)) is None


def test_line_ends_stay_as_they_are():
    assert formatted(TIDY.replace(b"\n", b"\r\n")) == TIDY.replace(b"\n", b"\r\n")


@settings(max_examples=150)
@given(st.lists(CHANGES, min_size=1, max_size=6))
def test_formatting_twice_is_formatting_once_and_texts_are_untouched(changes: list[Change]):
    files = [UNTIDY, *sources().values()]
    for number, change in enumerate(changes):
        place = change.file % len(files)
        text = files[place]
        span, new = edit_of(change, text)
        files[place] = span_replaced(text, span, new)
        file = SyntaxFile.parse(files[place])
        once = format_file(file)
        if once is None:
            assert any(chunk.problems for chunk in file.chunks), number
            continue
        again = SyntaxFile.parse(once)
        assert format_file(again) == once
        assert texts(again) == texts(file)
        assert comments(once) == comments(files[place])


def span_replaced(text: bytes, span: Span, new: bytes) -> bytes:
    return text[: span.start] + new + text[span.end :]
