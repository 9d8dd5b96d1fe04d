"""Renaming changes names and nothing else. `‸` is the cursor."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from prompts_lang.features.occurrences import canonical, occurrences
from prompts_lang.features.rename import prepare_rename, rename
from prompts_lang.graph.link import link
from prompts_lang.graph.model import Program
from prompts_lang.graph.project import Project
from prompts_lang.graph.slots import apply_edits
from prompts_lang.graph.template import Placeholder
from prompts_lang.syntax.file import SyntaxFile
from tests.features.marked import MAIN, errors, marked
from tests.graph.editing import sources

FRESH = "entirely_new"


def renamed(text: str, new: str, **others: str) -> str | dict[str, str]:
    """The files after a renaming, by name; or why it cannot be done."""
    files = marked(text, **others)
    edits = rename(files.project, files.files, MAIN, files.cursor, new)
    if isinstance(edits, str):
        return edits
    return {path.name: apply_edits(content, edits.get(path, ())).decode() for path, content in files.files.items()}


def check(before: str, new: str, after: str) -> None:
    assert renamed(before, new) == {"main.prompt": after}


CASES = {
    "a node": (
        "graph main(q) -> x = a.out\n\ncode a‸(q) -> out\n  python: out = q\n",
        "graph main(q) -> x = new.out\n\ncode new(q) -> out\n  python: out = q\n",
    ),
    "the graph's side of a short form is spelled out": (
        "graph main(q‸) -> a\n\nllm a(q) -> out\n  user: {{q}}\n",
        "graph main(new) -> a\n\nllm a(q = new) -> out\n  user: {{q}}\n",
    ),
    "the node's side of a short form is spelled out": (
        "graph main(q) -> a\n\nllm a(q) -> out\n  user: {{‸q}}\n",
        "graph main(q) -> a\n\nllm a(new = q) -> out\n  user: {{new}}\n",
    ),
    "the variable of each": (
        "graph main(items: list[text]) -> a\n\nllm a(item) -> out\n  each ‸item in items\n  user: {{item}}\n",
        "graph main(items: list[text]) -> a\n\nllm a(new) -> out\n  each new in items\n  user: {{new}}\n",
    ),
    "variables of Python": (
        'graph main(q) -> a\n\ncode a(q) -> ‸out: text\n  python:\n    ä = "ö"; out = q  # out\n    out += str(len(out))\n',
        'graph main(q) -> a\n\ncode a(q) -> new: text\n  python:\n    ä = "ö"; new = q  # out\n    new += str(len(new))\n',
    ),
    "an output that names one of its graph": (
        "graph main(q) -> c.out\n\ncall c = g(q)\n\ngraph g(q) -> n\n\nllm n(q) -> ‸out\n  user: {{q}}\n",
        "graph main(q) -> c.new\n\ncall c = g(q)\n\ngraph g(q) -> n\n\nllm n(q) -> new\n  user: {{q}}\n",
    ),
    "an argument": (
        "graph main(q) -> c.x\n\ncall c = g(q)\n\ngraph g(‸q) -> x = q\n",
        "graph main(q) -> c.x\n\ncall c = g(new = q)\n\ngraph g(new) -> x = new\n",
    ),
    "a placeholder with formatters": (
        "graph main(ps: list[text]) -> a\n\nllm a(v = ps) -> out\n  user: {{ ‸v | first 2 | bullets }}\n",
        "graph main(ps: list[text]) -> a\n\nllm a(new = ps) -> out\n  user: {{ new | first 2 | bullets }}\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES.keys())
def test_a_name_is_changed_wherever_it_stands(before: str, after: str):
    check(before, "new", after)


@pytest.mark.parametrize(
    ("text", "new", "reason"),
    [
        (
            "graph ‸main(q) -> q\n",
            "1st",
            "'1st' is not a name: use letters, digits and underscores, and start with a letter.",
        ),
        ("graph ‸main(q) -> q\n", "llm", "'llm' is a word of the language; choose another name."),
        ("gra‸ph main(q) -> q\n", "x", "There is no name here that can be renamed."),
        (
            "graph main(q) -> ‸a.o\n\ncode a(q) -> o\n  python: o = q\n\ncode b(q) -> o\n  python: o = q\n",
            "b",
            "The name 'b' does not fit here: The name 'b' is already taken; choose another one.",
        ),
        (
            "graph main(‸q, r) -> a\n\nllm a(q, r) -> o\n  user: {{q}} {{r}}\n",
            "r",
            "The name 'r' does not fit here: The input 'r' is given twice.",
        ),
        (
            "graph main(q) -> a\n\nllm a(v = q) -> o\n  user: {{‸v}}\n  ensure v is not empty\n",
            "o",
            "The name 'o' already stands for something else here; choose another one.",
        ),
        (
            'graph main(q) -> a\n\ncode a(‸q) -> o\n  run "f.py:f"\n',
            "new",
            "The function of 'a' has 'q' by this name; rename it there by hand.",
        ),
        (
            "graph main(q) -> a\n\ncode a(q) -> ‸o\n  python: o = new = q\n",
            "new",
            "The Python of the node has a variable 'new' already; choose another name.",
        ),
        (
            "graph main(q) -> a\n\ncode a(q) -> ‸o\n  python:\n    def f(o): return o\n    o = f(q)\n",
            "new",
            "The Python of the node declares 'o' in a function of its own; rename it there by hand.",
        ),
        (
            "graph main(q) -> a\n\ncode a(q) -> ‸o\n  python: o = = q\n",
            "new",
            "The Python of the node cannot be read, so 'o' is not renamed.",
        ),
    ],
)
def test_a_renaming_that_would_break_something_is_refused(text: str, new: str, reason: str):
    assert renamed(text, new) == reason


def test_a_name_may_be_in_any_script():
    check("graph ‸main(q) -> q\n", "frage", "graph frage(q) -> q\n")
    check("graph ‸main(q) -> q\n", "größe", "graph größe(q) -> q\n")


def test_a_name_that_stays_is_no_change():
    check("graph ‸main(q) -> q\n", "main", "graph main(q) -> q\n")


def test_what_can_be_renamed_is_the_name_at_the_cursor():
    files = marked("graph main(q) -> x = ⟦a‸⟧.out\n\ncode a(q) -> out\n  python: out = q\n")
    found = prepare_rename(files.project, MAIN, files.cursor)
    assert found is not None
    assert (found.span, found.name) == (files.places[0][1], "a")


def places() -> list[tuple[str, int, str]]:
    """Every place in the examples where a name stands: file, offset, name."""
    project = Project(sources().get)
    found: dict[object, tuple[str, int, str]] = {}
    for path in sources():
        meaning = project.meaning(path)
        assert meaning is not None
        for entry in meaning.module.entries:
            for occurrence in occurrences(meaning, entry):
                symbol = canonical(project, occurrence.symbol)
                place = (path.name, meaning.position(entry, occurrence.span).start, symbol.name)
                found.setdefault((symbol, path.name, occurrence.role), place)
    return sorted(found.values())


@pytest.mark.parametrize(("file", "offset", "name"), places(), ids=str)
def test_a_program_stays_the_same_up_to_the_name(file: str, offset: int, name: str):
    files = sources()
    path = next(path for path in files if path.name == file)
    project = Project(files.get)
    edits = rename(project, files, path, offset, FRESH)
    if isinstance(edits, str):
        assert "function of" in edits
        return
    assert edits
    after = {one: apply_edits(text, edits.get(one, ())) for one, text in files.items()}
    changed = Project(after.get)
    assert errors(changed, files) == []
    for one in files:
        assert under_one_name(program(changed, one), name) == under_one_name(program(project, one), name)
    if len({edit.text for found in edits.values() for edit in found}) == 1:
        for one, text in after.items():
            assert re.sub(rf"\b{FRESH}\b", name, text.decode()) == files[one].decode()


def program(project: Project, path: Path) -> Program:
    meaning = project.meaning(path)
    assert meaning is not None
    return link(project, meaning)


def under_one_name(value: object, name: str) -> object:
    """The value as plain data, with both names written in the same way, whatever they stand for."""
    if isinstance(value, str):
        return re.sub(rf"\b(?:{FRESH}|{name})\b", "…", value)
    if isinstance(value, Placeholder):
        return under_one_name(value.key, name)
    if is_dataclass(value) and not isinstance(value, type):
        return [under_one_name(getattr(value, field.name), name) for field in fields(value)]
    if isinstance(value, dict):
        return [(under_one_name(key, name), under_one_name(item, name)) for key, item in value.items()]
    if isinstance(value, tuple | list):
        return [under_one_name(item, name) for item in value]
    return value


def test_the_files_of_the_examples_parse_as_they_are_written():
    assert all(not list(SyntaxFile.parse(text).problems()) for text in sources().values())
