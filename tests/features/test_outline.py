"""The outline of a file, what folds in it, and how a selection grows. `‸` is the cursor."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.features.outline import OutlineItem, folds, outline, selection_ranges
from prompts_lang.graph.project import FileMeaning
from tests.features.marked import MAIN, Marked, marked

TEXT = """\
model m = "openai/gpt-4o-mini"

# Answers,
# with care.
graph qa(question: text) -> reply

llm reply(question) -> answer: text
  model m
  learn system:
    Be brief. Answer naïvely, with one word! Say nothing else.
    Be kind.
  user: {{question}}

metric score(answer, expected) = exact
"""


def meaning_of(files: Marked) -> FileMeaning:
    meaning = files.project.meaning(MAIN)
    assert meaning is not None
    return meaning


def growing(text: str) -> list[str]:
    """What a selection covers as it grows, from the smallest on."""
    files = marked(text)
    return [span.of(files.files[MAIN]).decode() for span in selection_ranges(meaning_of(files), files.cursor)]


def test_a_selection_grows_from_the_word_to_the_file() -> None:
    found = growing(TEXT.replace("naïvely", "na‸ïvely"))
    section = "Be brief. Answer naïvely, with one word! Say nothing else.\n    Be kind."
    node = TEXT[TEXT.index("llm reply") : TEXT.index("\n\nmetric")]
    assert found[:3] == ["naïvely", "Answer naïvely, with one word!", section]
    assert [one.strip() for one in found[3:]] == [
        f"learn system:\n    {section}",
        node,
        TEXT[TEXT.index("graph qa") : TEXT.index("\n\nmetric")],
        TEXT.strip(),
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("B‸e brief", "Be brief."),
        ("Say n‸othing", "Say nothing else."),
        ("Be k‸ind", "Be kind."),
    ],
)
def test_a_sentence_ends_with_its_mark_or_its_line(words: str, sentence: str) -> None:
    assert growing(TEXT.replace(words.replace("‸", ""), words))[1] == sentence


@given(st.text(alphabet="ab. !?\n  é😀{}", max_size=60), st.integers(0, 80))
def test_each_selection_contains_the_one_before_and_the_cursor(words: str, offset: int) -> None:
    body = "\n".join(f"    {line}" for line in words.split("\n"))
    files = marked(f"graph g(x: text) -> n\n\nllm n(x) -> y: text\n  learn system:\n{body}\n  user: {{{{x}}}}\n")
    text = files.files[MAIN]
    at = min(offset, len(text))
    while at < len(text) and text[at] & 0xC0 == 0x80:
        at += 1
    spans = selection_ranges(meaning_of(files), at)
    assert spans[-1].start == 0
    assert spans[-1].end == len(text)
    assert all(span.touches(at) for span in spans)
    assert all(larger.covers(smaller) and larger != smaller for smaller, larger in pairwise(spans))


def shape(items: tuple[OutlineItem, ...]) -> list[object]:
    return [(item.kind, item.name, shape(item.children)) if item.children else (item.kind, item.name) for item in items]


def test_nodes_stand_below_their_graph_and_sections_below_their_node() -> None:
    assert shape(outline(meaning_of(marked(TEXT)))) == [
        ("model", "m"),
        ("graph", "qa", [("llm", "reply", [("section", "system"), ("section", "user")])]),
        ("metric", "score"),
    ]


def test_what_has_several_lines_folds() -> None:
    files = marked(TEXT)
    text = files.files[MAIN]
    found = {(fold.span.of(text).decode().split("\n")[0].strip(), fold.comment) for fold in folds(meaning_of(files))}
    assert found == {
        ("# Answers,", True),
        ("graph qa(question: text) -> reply", False),
        ("llm reply(question) -> answer: text", False),
        ("learn system:", False),
    }
