"""What is offered at the cursor `‸`."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts_lang.features.completion import Completion, CompletionKind, completions
from prompts_lang.graph.project import Project
from prompts_lang.syntax.file import SyntaxFile
from tests.features.marked import MAIN, marked


def offers(text: str, **others: str) -> list[Completion]:
    files = marked(text, **others)
    return list(completions(files.project, MAIN, files.cursor))


def labels(text: str, **others: str) -> list[str]:
    return [offer.label for offer in offers(text, **others)]


CASES = {
    "an optimised graph": ("graph a(q) -> q\n\ngraph b(q) -> q\n\noptimize ‸", ["a", "b"]),
    "its dataset": ('dataset d from "d.csv"\nmodel m = "x/y"\n\noptimize a on ‸', ["d"]),
    "a model": ('model m = "x/y"\n\ngraph g(q) -> a\n\nllm a(q) -> o\n  model ‸', ["m"]),
    "a judge": ('model m = "x/y"\nmetric s(o, expected) judged by ‸', ["m"]),
    "a word of a property": (
        'model m = "x/y"\n  reasoning_effort ‸',
        ["minimal", "low", "medium", "high"],
    ),
    "nodes and inputs in a head": (
        "graph g(q) -> a\n\ncode a(q) -> o\n  python: o = q\n\ncode b(v = ‸) -> w\n  python: w = v\n",
        ["q", "a"],
    ),
    "outputs of a node": (
        "graph g(q) -> a\n\ncode a(q) -> o, p: integer\n  python: o = q\n\ncode b(v = a.‸) -> w\n",
        ["o", "p"],
    ),
    "placeholders": ("graph g(q) -> a\n\nllm a(q, v = q) -> o\n  user: {{‸\n", ["q", "v"]),
    "formatters": (
        "graph g(q) -> a\n\nllm a(q) -> o\n  user: {{q | ‸\n",
        ["json", "bullets", "numbered", "lines", "first"],
    ),
    "fields of a value": (
        (
            "graph g(q) -> b\n\nllm a(q) -> o: {name: text, age: integer}\n  user: {{q}}\n\n"
            "llm b(v = a.o) -> w\n  user: {{v.‸\n"
        ),
        ["name", "age"],
    ),
    "placeholders of a rubric": (
        'model m = "x/y"\nmetric s(answer, expected) judged by m\n  rubric: {{‸\n',
        ["answer", "expected"],
    ),
    "the conversation of a history": ("graph g(t: chat) -> a\n\nllm a(t) -> o\n  history ‸", ["t"]),
    "rows of examples": (
        'dataset d from "d.csv"\ngraph g(q) -> a\n\nllm a(q) -> o\n  learn examples from ‸',
        ["d"],
    ),
    "a contract": ("graph g(q) -> a\n\ncode a(q) -> o\n  python: o = q\n  ensure ‸", ["o", "q"]),
    "the end of a loop": (
        "graph g(x) -> c.x\n\ncall c = h(x)\n  repeat until ‸\n\ngraph h(x) -> x, ok = x\n",
        ["x", "ok"],
    ),
    "arguments of a call": ("graph g(x) -> c.x\n\ncall c = h(a = x, ‸)\n\ngraph h(a, b: text) -> x = a\n", ["b"]),
    "inputs of a metric": ("graph g(q) -> answer = q\n\nmetric s(‸", ["answer", "expected"]),
    "the variable's list in each": (
        "graph g(items: list[text]) -> a\n\ncode a(x) -> o\n  each x in ‸",
        ["items"],
    ),
    "nothing in a text": ("graph g(q) -> a\n\nllm a(q) -> o\n  user:\n    some ‸words", []),
    "nothing behind an unknown word": ("graph g(q) -> a\n\nllm a(q) -> o\n  colour ‸", []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_what_fits_is_offered(text: str, expected: list[str]):
    assert labels(text) == expected


def test_a_declaration_is_a_snippet():
    (offer,) = [offer for offer in offers("lan‸") if offer.label == "language"]
    assert (offer.insert, offer.snippet, offer.kind) == ("language 1", True, CompletionKind.KEYWORD)


def test_properties_that_are_there_are_not_offered_again():
    found = labels('model m = "x/y"\n  temperature 0\n  ‸')
    assert "temperature" not in found
    assert "top_p" in found


def test_only_texts_can_learn():
    found = labels("graph g(q) -> a\n\nllm a(q) -> o\n  learn ‸")
    assert found == ["system", "user", "assistant", "examples"]


def test_names_of_another_file():
    found = labels('use ‸ from "./lib.prompt"\n', lib='model m = "x/y"\n\ngraph search(q) -> q\n')
    assert sorted(found) == ["m", "search"]


def test_arguments_are_written_with_their_sign():
    (offer,) = offers("graph g(x) -> c.x\n\ncall c = h(‸)\n\ngraph h(b: text) -> x = b\n")
    assert (offer.insert, offer.detail) == ("b = ", "text")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.jsonl").write_text('{"question": "1 + 1", "answer": "2"}\nno json')
    (tmp_path / "data" / "docs.csv").write_text("title,body\n")
    (tmp_path / "checks.py").write_text(
        '@decorated\nasync def check(program: str, limit=3) -> bool:\n    """Runs it."""\n\nclass A:\n    def no(self): ...\n'
    )
    (tmp_path / "broken.py").write_text("def f(:\n")
    return tmp_path.resolve()


def on_disk(folder: Path, text: str) -> list[Completion]:
    path, files = folder / "main.prompt", marked(text)
    project = Project()
    project.put(path, SyntaxFile.parse(files.files[MAIN]))
    return list(completions(project, path, files.cursor))


DISK = {
    "files": ('dataset d from "‸"', ["broken.py", "checks.py", "data/"]),
    "files in a folder": ('dataset d from "data/ro‸"', ["docs.csv", "rows.jsonl"]),
    "nothing outside": ('dataset d from "../../../‸"', []),
    "functions": ('metric m(o, expected) from "checks.py:‸"', ["check"]),
    "functions of broken Python": ('metric m(o, expected) from "broken.py:‸"', []),
    "columns of a dataset": ('dataset d from "data/rows.jsonl"\n  expect ‸', ["question", "answer"]),
    "a column that says the split": ('dataset d from "data/rows.jsonl"\n  split by ‸', ["question", "answer"]),
    "fields of documents": ('corpus c from "data/rows.jsonl"\n  text ‸', ["question", "answer"]),
    "no columns without rows": ('dataset d from "data/docs.csv"\n  expect ‸', []),
    "columns as a graph's inputs": ('dataset d from "data/rows.jsonl"\n\ngraph g(‸', ["question", "answer"]),
}


@pytest.mark.parametrize(("text", "expected"), DISK.values(), ids=DISK.keys())
def test_what_is_on_the_disk_is_offered(folder: Path, text: str, expected: list[str]):
    assert [offer.label for offer in on_disk(folder, text)] == expected


def test_a_function_is_shown_with_its_signature(folder: Path):
    (offer,) = on_disk(folder, 'graph g(q) -> a\n\ncode a(q) -> o\n  run "checks.py:ch‸"')
    assert (offer.detail, offer.documentation) == ("(program: str, limit=3) -> bool", "Runs it.")


def test_models_are_found_by_any_part_of_their_id():
    found = labels('model m = "gpt-4o-mini‸"')
    assert "openai/gpt-4o-mini" in found
    assert all("gpt-4o-mini" in name for name in found)


ODD_PATHS = ["\0", "a\0b", "x" * 5000, "/".join(["x" * 200] * 40), "../" * 3000, "~"]
ODD_LINES = ["  \x0b", "  \x0c x", "  \u2028", "  \x85 ", "   \xa0", "  : x", "  !"]


@pytest.mark.parametrize("path", ODD_PATHS, ids=range(len(ODD_PATHS)))
def test_paths_that_no_file_can_have_offer_nothing(path: str):
    for text in (f'use a from "{path}‸"', f'metric m(a) from "{path}:‸"', f'dataset d from "{path}"\n  expect ‸'):
        assert all(offer.kind is CompletionKind.FILE for offer in offers(text))


@pytest.mark.parametrize("line", ODD_LINES)
def test_odd_space_is_no_property(line: str):
    assert offers(f'model m = "x/y"\n{line}‸') == []
