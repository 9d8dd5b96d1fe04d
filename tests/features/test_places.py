"""Links, symbols of a workspace, linked names, signatures and the column of a new line."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts_lang.features.document_links import document_links
from prompts_lang.features.indentation import new_line
from prompts_lang.features.linked_editing import linked_places
from prompts_lang.features.signatures import signature_at
from prompts_lang.features.workspace_symbols import workspace_symbols
from prompts_lang.graph.project import Project
from prompts_lang.graph.slots import apply_edits
from tests.features.marked import MAIN, marked, with_marks


def test_paths_that_lead_to_a_file_are_links(tmp_path: Path):
    folder = tmp_path.resolve()
    (folder / "rows.jsonl").write_text("{}\n")
    (folder / "checks.py").write_text("x = 1\n\n\ndef check(a):\n    return a\n")
    path = folder / "main.prompt"
    path.write_text(
        'dataset d from "rows.jsonl"\ncorpus c from "nowhere.jsonl"\nmetric m(a, b) from "checks.py:check"\n'
        'metric n(a, b) from "checks.py:none"\n'
    )
    meaning = Project().meaning(path)
    assert meaning is not None
    found = [(link.span.of(path.read_bytes()), link.target.name, link.line) for link in document_links(meaning)]
    assert found == [
        (b"rows.jsonl", "rows.jsonl", None),
        (b"checks.py:check", "checks.py", 3),
        (b"checks.py:none", "checks.py", None),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["m", "lib", "find", "plan", "planner"]),
        ("plan", ["plan", "planner"]),
        ("PLN", ["plan", "planner"]),
        ("nn", ["planner"]),
        ("xyz", []),
    ],
)
def test_symbols_are_found_in_all_files_by_parts_of_their_names(query: str, expected: list[str]):
    files = marked(
        'model m = "x/y"\n\ngraph planner(q) -> plan\n\nllm plan(q) -> o\n  model m\n  user: {{q}}\n',
        lib="graph lib(q) -> find\n\ncode find(q) -> o\n  python: o = q\n",
    )
    found = workspace_symbols(files.project, files.files, query)
    assert [symbol.name for symbol in found] == expected
    assert {symbol.container for symbol in found if symbol.name == "plan"} <= {"planner"}


LINKED = {
    "in head and text": "graph g(q) -> a\n\nllm a(⟦v⟧ = q) -> o\n  user: {{⟦‸v⟧}} {{⟦v⟧ | json}}\n  ensure ⟦v⟧ is not empty\n",
    "in Python there is none": "graph g(q) -> a\n\ncode a(‸v = q) -> o\n  python: o = v\n",
    "not in short form": "graph g(q) -> a\n\nllm a(‸q) -> o\n  user: {{q}}\n",
    "not the name of a node": "graph g(q) -> a\n\nllm ‸a(v = q) -> o\n  user: {{v}}\n",
}


@pytest.mark.parametrize("text", LINKED.values(), ids=LINKED.keys())
def test_local_names_are_typed_together(text: str):
    files = marked(text)
    places = [("main.prompt", span) for span in linked_places(files.project, MAIN, files.cursor)]
    assert with_marks(files.files, places) == with_marks(files.files, files.places)


CALL = "graph h(a, b: integer) -> x = a\n\ngraph g(q) -> c.x\n\ncall c = h("


@pytest.mark.parametrize(
    ("typed", "active"), [("", "a: text"), ("a = q, ", "b: integer"), ("b = ", "b: integer"), ("1, 2, ", None)]
)
def test_a_call_shows_what_belongs_into_its_brackets(typed: str, active: str | None):
    files = marked(f"{CALL}{typed}‸)\n")
    found = signature_at(files.project, MAIN, files.cursor)
    assert found is not None
    assert found.label == "h(a: text, b: integer) -> x: text"
    shown = None if found.active is None else found.label[slice(*found.parameters[found.active])]
    assert shown == active


def test_a_head_shows_its_form_and_a_text_shows_nothing():
    head, text = marked("llm a(‸"), marked("graph g(q) -> a\n\nllm a(q) -> o\n  user: (‸\n")
    found = signature_at(head.project, MAIN, head.cursor)
    assert found is not None
    assert found.label.startswith("llm NAME(")
    assert signature_at(text.project, MAIN, text.cursor) is None


COLUMNS = {
    "below a declaration": ("llm a(q) -> o\n‸", "llm a(q) -> o\n  "),
    "below the head of a text": ("llm a(q) -> o\n  learn system:\n  ‸", "llm a(q) -> o\n  learn system:\n    "),
    "below a text on the line": ("llm a(q) -> o\n  user: {{q}}\n    ‸", "llm a(q) -> o\n  user: {{q}}\n  "),
    "within a text": ("llm a(q) -> o\n  user:\n      code\n‸", "llm a(q) -> o\n  user:\n      code\n      "),
    "below a property": ("model m = 1\n  temperature 0\n‸", "model m = 1\n  temperature 0\n  "),
    "below an empty line": ("model m = 1\n\n  ‸", "model m = 1\n\n"),
    "below an empty line of a text, where the editor goes on with it": (
        "llm a(q) -> o\n  user:\n    one\n\n    ‸",
        "llm a(q) -> o\n  user:\n    one\n\n    ",
    ),
    "within a text, deeper in what the editor knows": (
        "code a(q) -> o\n  python:\n    def f():\n        ‸",
        "code a(q) -> o\n  python:\n    def f():\n        ",
    ),
    "below a declaration that seldom has properties": ("graph g(q: text) -> a.o\n‸", "graph g(q: text) -> a.o\n"),
    "below a metric that is judged": ("metric m(a) judged by j\n‸", "metric m(a) judged by j\n  "),
    "with tabs": ("llm a(q) -> o\n\t\t‸", "llm a(q) -> o\n  "),
    "with windows' line ends": ("llm a(q) -> o\r\n‸", "llm a(q) -> o\r\n  "),
    "where it is right already": ("llm a(q) -> o\n  ‸", "llm a(q) -> o\n  "),
    "at the top": ("‸", ""),
}


@pytest.mark.parametrize(("before", "after"), COLUMNS.values(), ids=COLUMNS.keys())
def test_a_new_line_starts_in_the_column_that_the_line_above_asks_for(before: str, after: str):
    files = marked(before)
    meaning = files.project.meaning(MAIN)
    assert meaning is not None
    edit = new_line(meaning, files.cursor)
    assert apply_edits(files.files[MAIN], [] if edit is None else [edit]).decode() == after
