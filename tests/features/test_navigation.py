"""Where names are declared and written. `‸` is the cursor, `⟦…⟧` what is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts_lang.features.navigation import definitions, highlights, references
from prompts_lang.graph.project import Project
from prompts_lang.text.span import Span
from tests.features.marked import MAIN, marked, with_marks

LIB = """corpus wiki from "wiki.jsonl"

graph search(query) -> passages = hits.passages

retrieve hits(query) -> passages: list[text]
  from wiki
  query: {{query}}
"""


def check_definition(main: str, **others: str) -> None:
    """The declaration of the name at the cursor is the marked place."""
    files = marked(main, **others)
    found = [(place.file.name, place.span) for place in definitions(files.project, MAIN, files.cursor)]
    assert with_marks(files.files, found) == with_marks(files.files, files.places)
    assert found


def check_references(main: str, **others: str) -> None:
    """The places of the name at the cursor are the marked ones, seen from each of them."""
    files = marked(main, **others)
    found = references(files.project, files.files, MAIN, files.cursor)
    places = [(place.file.name, place.span) for place in found]
    assert with_marks(files.files, places) == with_marks(files.files, files.places)
    assert places == files.places


CASES_OF_DEFINITION = {
    "a node in a source": "graph main(q) -> x = a‸.out\n\ncode ⟦a⟧(q) -> out\n  python: out = q\n",
    "an output in a source": "graph main(q) -> x = a.‸out\n\ncode a(q) -> ⟦out⟧\n  python: out = q\n",
    "an input of the graph": "graph main(⟦q⟧) -> x = a.out\n\ncode a(v = ‸q) -> out\n  python: out = v\n",
    "an input in short form is the graph's": "graph main(⟦q⟧) -> x = a.out\n\ncode a(‸q) -> out\n  python: out = q\n",
    "a placeholder is the node's input": "graph main(q) -> a.out\n\nllm a(⟦q⟧) -> out\n  user: {{‸q}}\n",
    "a placeholder with a source": "graph main(q) -> a.out\n\nllm a(⟦v⟧ = q) -> out\n  user: {{‸v}}\n",
    "a history": "graph main(t: chat) -> a.out\n\nllm a(⟦t⟧) -> out\n  history ‸t\n",
    "a model": 'model ⟦m⟧ = "x/y"\n\ngraph main(q) -> a\n\nllm a(q) -> out\n  model ‸m\n  user: {{q}}\n',
    "a fallback": 'model m = "x/y"\n  else ‸n\nmodel ⟦n⟧ = "x/z"\n',
    "a judge": 'model ⟦m⟧ = "x/y"\nmetric k(out) judged by ‸m\n  rubric: Kind?\n',
    "a model that embeds": 'model ⟦m⟧ = "x/y"\ncorpus c from "w.jsonl"\n  index embedding ‸m\n',
    "a dataset of examples": 'dataset ⟦d⟧ from "d.csv"\ngraph main(q) -> a\n\nllm a(q) -> out\n  learn examples from ‸d, at most 2:\n',
    "an optimised graph": "graph ⟦main⟧(q) -> q\n\noptimize ‸main on rows\n",
    "a metric": "metric ⟦s⟧(a, expected) = f1\n\noptimize main on rows\n  maximize ‸s\n",
    "an output in a contract": "graph main(q) -> a\n\ncode a(q) -> ⟦out⟧\n  python: out = q\n  ensure ‸out is not empty\n",
    "an input in a contract": "graph main(q) -> a\n\ncode a(⟦q⟧) -> out\n  python: out = q\n  ensure ‸q is not empty\n",
    "a node in a condition": "graph main(q) -> a\n\ncode ⟦b⟧(q) -> ok\n  python: ok = 1\n\ncode a(q) -> out\n  when not ‸b.ok\n",
    "a list in each": "graph main(⟦items⟧: list[text]) -> a\n\ncode a(item) -> out\n  each item in ‸items\n",
    "the variable of each": "graph main(items: list[text]) -> a\n\nllm a(v = ‸item) -> out\n  each ⟦item⟧ in items\n  user: {{v}}\n",
    "the variable of each in short form": "graph main(items: list[text]) -> a\n\nllm a(‸item) -> out\n  each ⟦item⟧ in items\n",
    "the condition of a loop": "graph main(x) -> c.x\n\ncall c = g(x)\n  repeat until ‸ok, at most 2\n\ngraph g(x) -> x, ⟦ok⟧ = x\n",
    "an input of a metric": "metric s(⟦a⟧, expected) judged by m\n  rubric: Is {{‸a}} kind?\n",
}


@pytest.mark.parametrize("text", CASES_OF_DEFINITION.values(), ids=CASES_OF_DEFINITION.keys())
def test_definition(text: str):
    check_definition(text)


def test_definition_of_a_graph_in_another_file():
    main = 'use search from "./lib.prompt"\n\ngraph main(q) -> s.passages\n\ncall s = ‸search(query = q)\n'
    check_definition(main, lib=LIB.replace("search", "⟦search⟧"))


def test_definition_of_a_name_in_a_use_line():
    check_definition('use ‸search from "./lib.prompt"\n', lib=LIB.replace("search", "⟦search⟧"))


def test_definition_of_an_argument_is_the_input_of_the_called_graph():
    main = 'use search from "./lib.prompt"\n\ngraph main(q) -> s.passages\n\ncall s = search(‸query = q)\n'
    check_definition(main, lib=LIB.replace("search(query)", "search(⟦query⟧)"))


def test_definition_of_an_output_of_a_call_is_that_of_the_called_graph():
    main = 'use search from "./lib.prompt"\n\ngraph main(q) -> s.‸passages\n\ncall s = search(query = q)\n'
    check_definition(main, lib=LIB.replace("-> passages =", "-> ⟦passages⟧ ="))


def test_definition_of_an_output_that_the_called_graph_takes_as_it_is():
    check_definition(
        "graph main(q) -> s.‸out\n\ncall s = g(q)\n\ngraph g(q) -> n.out\n\ncode n(q) -> ⟦out⟧\n  python: out = q\n"
    )


def test_definition_of_a_path_is_the_file_or_the_function(tmp_path: Path):
    folder = tmp_path.resolve()
    (folder / "lib.py").write_text(
        "import os\n\n\nasync def first(x):\n    return x\n\n\ndef second(x):\n    return x\n"
    )
    (folder / "rows.jsonl").write_text("{}\n")
    text = 'dataset d from "rows.jsonl"\nmetric a(x, y) from "lib.py:second"\nmetric b(x, y) from "lib.py:first"\n'
    path = folder / "main.prompt"
    path.write_text(text)
    python = (folder / "lib.py").read_bytes()
    found = {
        word: definitions(Project(), path, text.index(word))[0]
        for word in ("rows.jsonl", "lib.py:second", "lib.py:first")
    }
    assert (found["rows.jsonl"].file.name, found["rows.jsonl"].span) == ("rows.jsonl", Span(0, 0))
    assert found["lib.py:second"].span.of(python) == b"second"
    assert found["lib.py:first"].span.of(python) == b"first"


def test_definition_of_an_example_is_its_row(tmp_path: Path):
    folder = tmp_path.resolve()
    (folder / "rows.jsonl").write_text('{"id": "r1", "q": "é"}\n{"id": "r2", "q": "b"}\n')
    text = (
        'dataset d from "rows.jsonl"\n  expect o\n\ngraph g(q) -> a\n\nllm a(q) -> o\n  user: {{q}}\n'
        "  learn examples from d, at most 2:\n    r2\n    r9\n"
    )
    path = folder / "main.prompt"
    path.write_text(text)
    (found,) = definitions(Project(), path, text.index("r2") + 1)
    assert found.span.of((folder / "rows.jsonl").read_bytes()) == b'{"id": "r2", "q": "b"}'
    assert definitions(Project(), path, text.index("r9")) == ()


@pytest.mark.parametrize(
    "text", ["‸", "model m = ‸", "gra‸ph main(q) -> q\n", "graph main(q) -> a\n\nllm a(q) -> o\n  user: wor‸ds\n"]
)
def test_nothing_is_declared_where_nothing_is_named(text: str):
    files = marked(text)
    assert definitions(files.project, MAIN, files.cursor) == ()


CASES_OF_REFERENCES = {
    "a node": "graph main(q) -> x = ⟦a⟧.out\n\ncode ⟦a‸⟧(q) -> out\n  python: out = q\n\ncode b(v = ⟦a⟧) -> w\n  when ⟦a⟧.out\n",
    "an output": "graph main(q) -> x = a.⟦out⟧\n\nllm a(q) -> ⟦‸out⟧: text\n  user: {{q}}\n  ensure ⟦out⟧ is not empty\n",
    "an input of a graph": "graph main(⟦‸q⟧) -> a, ⟦q⟧\n\ncode a(⟦q⟧, v = ⟦q⟧) -> out\n  when ⟦q⟧ is not empty\n",
    "an input of a node": "graph main(q) -> a\n\nllm a(⟦v⟧ = q) -> out\n  user: {{⟦‸v⟧}} and {{⟦v⟧ | json}}\n  ensure ⟦v⟧ is not empty\n",
    "nodes of two graphs with one name": (
        "graph main(q) -> ⟦a⟧\n\ncode ⟦‸a⟧(q) -> out\n  python: 1\n\n"
        "graph other(q) -> a\n\ncode a(q) -> out\n  python: 1\n"
    ),
    "a model": 'model ⟦‸m⟧ = "x/y"\nmodel n = "x/z"\n  else ⟦m⟧\n\ngraph main(q) -> a\n\nllm a(q) -> out\n  model ⟦m⟧\n  user: {{q}}\n',
    "an output of a graph and its metric": (
        "graph main(q) -> ⟦‸answer⟧ = q\n\nmetric s(⟦answer⟧, expected) = f1\n\noptimize main on rows\n  maximize s\n"
    ),
}


@pytest.mark.parametrize("text", CASES_OF_REFERENCES.values(), ids=CASES_OF_REFERENCES.keys())
def test_references(text: str):
    check_references(text)


def test_references_in_other_files():
    main = 'use ⟦search⟧ from "./lib.prompt"\n\ngraph main(q) -> s.passages\n\ncall s = ⟦‸search⟧(query = q)\n'
    check_references(main, lib=LIB.replace("search", "⟦search⟧"))


def test_references_of_an_output_that_goes_through_two_graphs():
    check_references(
        "graph main(q) -> s.⟦‸out⟧\n\ncall s = g(q)\n\ngraph g(q) -> n\n\ncall n = h(q)\n\ngraph h(q) -> m.⟦out⟧\n\n"
        "code m(q) -> ⟦out⟧\n  python: out = q\n"
    )


def test_highlights_tell_declarations_from_uses():
    files = marked("graph main(q) -> x = ⟦a⟧.out\n\ncode ⟦‸a⟧(q) -> out\n  python: out = q\n")
    found = highlights(files.project, MAIN, files.cursor)
    assert [(one.span, one.writes) for one in found] == [
        (span, number == 1) for number, (_, span) in enumerate(files.places)
    ]


@pytest.mark.parametrize("path", ["\0", "x" * 5000, "/".join(["x" * 200] * 40)], ids=["null", "long", "deep"])
def test_a_path_that_no_file_can_have_leads_nowhere(path: str):
    files = marked(f'dataset d from "{path}‸"\n')
    assert definitions(files.project, MAIN, files.cursor) == ()
