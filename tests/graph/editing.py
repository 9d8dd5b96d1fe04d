"""Random edits that people could make: names exchanged, lines deleted, repeated and moved, characters typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from prompts_lang.text.span import Span

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDER = Path("/project")

THIRD = b"""use search from "./search.prompt"
use student from "./multihop.prompt"

graph twice(question: text) -> passages = second.passages else first.passages

call first = search(query = question)

code enough(passages = first.passages) -> ok: boolean
  python: ok = len(passages) > 2

call second = search(query = question)
  when not enough.ok

graph many(questions: list[text]) -> answers = all.answer

call all = one(question)
  each question in questions

graph one(question: text) -> answer = say.answer

llm say(question) -> answer: "yes" | "no", why: text
  model student
  learn system: Say yes or no.
  user: {{question}}
  ensure why is not empty
"""


def sources() -> dict[Path, bytes]:
    """Three files that use each other, and two that stand alone."""
    found = {FOLDER / path.name: path.read_bytes() for path in sorted(EXAMPLES.glob("*/*.prompt"))}
    return {**found, FOLDER / "third.prompt": THIRD}


WORDS = sorted({word for text in sources().values() for word in re.findall(rb"[A-Za-z_]\w*", text)})
LINES = sorted({line for text in sources().values() for line in text.splitlines(keepends=True)})
TYPED = [
    b" ",
    b"\n",
    b"\n  ",
    b"\n    ",
    b"x",
    b"{{",
    b"}}",
    b"(",
    b")",
    b":",
    b"->",
    b"=",
    b".",
    b'"',
    b"#",
    "é".encode(),
    b"\t",
]


@dataclass(frozen=True)
class Change:
    """One edit of one file, by numbers that are taken modulo what there is."""

    file: int
    kind: str
    place: int
    what: int


CHANGES = st.builds(
    Change,
    st.integers(0, 4),
    st.sampled_from(["word", "word", "type", "delete", "line", "drop", "undo"]),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
)


def edit_of(change: Change, text: bytes) -> tuple[Span, bytes]:
    """The span that the change replaces, and by what."""
    words = [match.span() for match in re.finditer(rb"[A-Za-z_]\w*", text)]
    starts = [0, *(match.end() for match in re.finditer(rb"\n", text))]
    if change.kind == "word" and words:
        return Span(*words[change.place % len(words)]), WORDS[change.what % len(WORDS)]
    if change.kind == "delete" and text:
        start = change.place % len(text)
        return Span(start, min(start + 1 + change.what % 3, len(text))), b""
    if change.kind == "line":
        start = starts[change.place % len(starts)]
        return Span(start, start), LINES[change.what % len(LINES)]
    if change.kind == "drop" and len(starts) > 1:
        line = change.place % (len(starts) - 1)
        return Span(starts[line], starts[line + 1]), b""
    start = change.place % (len(text) + 1)
    return Span(start, start), TYPED[change.what % len(TYPED)]
