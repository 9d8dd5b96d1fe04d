"""How the checks on data look at files: bounded, once, and without touching the disk on a keystroke."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_lang.analysis.data import DataChecks, check_data
from prompts_lang.analysis.samples import MOST_ROWS, Kind, Records, Samples, Special, Want, read
from prompts_lang.data.corpus import STORE_SCHEMES
from prompts_lang.engine.retrieval.qdrant import SCHEMES
from prompts_lang.graph.project import Project
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.text.span import Span
from tests.graph.editing import CHANGES, Change, edit_of

MAIN = """dataset rows from "rows.jsonl"
  expect answr

graph main(question: text) -> answer = a.out

llm a(question) -> out: text
  model m
  user: {{question}}

model m = "simulated/student"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.prompt").write_text(MAIN)
    (tmp_path / "rows.jsonl").write_text('{"question": "1", "answer": "1"}\n')
    return tmp_path.resolve()


def codes(checks: DataChecks, path: Path) -> list[str]:
    return [problem.code for problem in checks.problems(path)]


def test_nothing_is_said_of_files_that_nobody_has_read_yet(folder: Path):
    samples = Samples(at_once=False)
    checks = DataChecks(Project(), samples, None)
    path = folder / "main.prompt"
    assert codes(checks, path) == []
    assert {want.path.name for want in samples.wanted} == {"rows.jsonl", ""}
    samples.take({want: read(want) for want in samples.wanted})
    assert samples.wanted == {}
    assert codes(checks, path) == ["P603"]


def test_a_keystroke_reads_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch):
    project, samples = Project(), Samples(at_once=True)
    checks = DataChecks(project, samples, None)
    path = folder / "main.prompt"
    assert codes(checks, path) == ["P603"]
    meaning = project.meaning(path)
    assert meaning is not None
    place = MAIN.encode().index(b"user: ") + len(b"user: ")
    with monkeypatch.context() as patched:
        for name in ("stat", "lstat", "open", "scandir"):
            patched.setattr(os, name, refuse)
        project.put(path, meaning.syntax.edit(Span(place, place), b"Please: "))
        after_a_keystroke = codes(checks, path)
        project.put(path, SyntaxFile.parse(MAIN.replace("answr", "answer").encode()))
        after_another = codes(checks, path)
    assert (after_a_keystroke, after_another) == (["P603"], [])


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("the disk was touched")


def test_a_file_that_has_changed_is_read_again(folder: Path):
    samples = Samples(at_once=True)
    checks = DataChecks(Project(), samples, None)
    path = folder / "main.prompt"
    assert codes(checks, path) == ["P603"]
    assert samples.refresh() is False
    (folder / "rows.jsonl").write_text('{"question": "one", "answr": "1"}\n')
    assert samples.refresh() is True
    assert codes(checks, path) == []
    (folder / "rows.jsonl").unlink()
    assert samples.refresh() is True
    assert codes(checks, path) == ["P601"]
    (folder / "rows.jsonl").write_text('{"question": "one", "answr": "1"}\n')
    assert samples.refresh() is True
    assert codes(checks, path) == []


def test_checks_after_edits_find_what_a_first_look_finds(folder: Path):
    project = Project()
    checks = DataChecks(project, Samples(at_once=True), {})
    path = folder / "main.prompt"
    for old, new in (
        ("answr", "answer"),
        ("rows.jsonl", "row.jsonl"),
        ("model m\n", "model n\n"),
        ("simulated/student", "opneai/x"),
        ("user: {{question}}", "user: {{question}}\n  learn examples from rows, at most 2:\n    nobody"),
        ("  expect answr\n", "  expect answr\n  split by part\n"),
    ):
        for text in (MAIN, MAIN.replace(old, new)):
            project.put(path, SyntaxFile.parse(text.encode()))
            fresh = Project()
            fresh.put(path, SyntaxFile.parse(text.encode()))
            assert checks.problems(path) == check_data(fresh, path, {})


def test_what_is_kept_moves_with_the_words_that_it_is_about(folder: Path):
    source = (
        'dataset rows from "rows.jsonl"\n  expect answer\n  split 1/0/0\n\n'
        "graph main(question: integer) -> answer = a.out\n\ncode a(question) -> out: text\n  python: out = str(question)\n\n"
        "metric score(answer, expected) = number\n"
    )
    (folder / "rows.jsonl").write_text('{"question": "one", "answer": "x"}\n')
    project, path = Project(), folder / "main.prompt"
    checks = DataChecks(project, Samples(at_once=True), {})
    for text in (source, source.replace("dataset ", "dataset   "), source.replace("graph ", "graph   ")):
        project.put(path, SyntaxFile.parse(text.encode()))
        fresh = Project()
        fresh.put(path, SyntaxFile.parse(text.encode()))
        problems = checks.problems(path)
        assert [problem.code for problem in problems] == ["P608", "P705"]
        assert problems == check_data(fresh, path, {})


def test_a_slot_that_goes_is_noticed_where_another_file_is_called(folder: Path):
    source = (
        'use ask from "./ask.prompt"\nmodel m = "simulated/student"\n\ndataset rows\n  expect answer\n  split 1/0/0\n'
        '  case question = "1", answer = "1"\n\ngraph main(question: text) -> answer = b.answer\n\n'
        "call a = ask(question)\n\nllm b(question = a.out) -> answer: text\n  model m\n  learn user: {{question}}\n\n"
        "metric score(answer, expected) = exact\n\noptimize main on rows\n  maximize score\n  critic m\n  rewriter m\n"
        "  budget 10 calls\n"
    )
    (folder / "ask.prompt").write_text(
        "graph ask(question: text) -> out = say.out\n\ncode say(question) -> out: text\n  python: out = question\n"
    )
    project, path = Project(), folder / "main.prompt"
    checks = DataChecks(project, Samples(at_once=True), {})
    for text, found in ((source, []), (source.replace("learn ", ""), ["P703"]), (source, [])):
        project.put(path, SyntaxFile.parse(text.encode()))
        assert codes(checks, path) == found


def test_reading_stops_after_some_rows(tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps({'n': number})}\n" for number in range(MOST_ROWS + 500)))
    sample = read(Want(Kind.DATA, path)).sample
    assert isinstance(sample, Records)
    assert (len(sample.rows), sample.complete) == (MOST_ROWS, False)


def test_reading_stops_where_rows_are_large(tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps({'text': 'x' * 1_000_000})}\n" for _ in range(20)))
    sample = read(Want(Kind.DATA, path)).sample
    assert isinstance(sample, Records)
    assert sample.complete is False
    assert len(sample.rows) < 10


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_what_is_no_file_is_not_opened(tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    os.mkfifo(path)  # opening it would wait for ever
    assert isinstance(read(Want(Kind.DATA, path)).sample, Special)


def test_a_sample_claims_no_more_than_it_saw(folder: Path):
    rows = "".join(
        f'{{"question": "{number}", "answr": "x{number}", "part": "train"}}\n' for number in range(MOST_ROWS + 1)
    )
    (folder / "rows.jsonl").write_text(rows)
    source = MAIN.replace("expect answr", "expect answr\n  split by part") + "\nmetric s(answer, expected) = exact\n"
    (folder / "main.prompt").write_text(source)
    assert check_data(Project(), folder / "main.prompt", {}) == ()
    (folder / "rows.jsonl").write_text(rows[: rows.index("\n") + 1])
    assert [problem.code for problem in check_data(Project(), folder / "main.prompt", {})] == ["P604"]


def test_code_is_parsed_and_never_run(tmp_path: Path):
    (tmp_path / "main.prompt").write_text(
        'graph main(question: text) -> a\n\ncode a(question) -> out: text\n  run "checks.py:run"\n\n'
        "code b(question) -> out: text\n  python:\n"
        f'    open({str(tmp_path / "ran")!r}, "w")\n    out = question\n'
    )
    (tmp_path / "checks.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\ndef run(question): return question\n")
    assert check_data(Project(), tmp_path / "main.prompt", {}) == ()
    assert not (tmp_path / "ran").exists()


def test_a_text_must_fit_its_model(tmp_path: Path):
    source = 'model m = "openai/gpt-4"\n\ngraph main(question: text) -> a\n\nllm a(question) -> out: text\n  model m\n'
    path = tmp_path / "main.prompt"
    path.write_text(source + "  user: {{question}} " + "word " * 20_000 + "\n")
    problems = check_data(Project(), path, {"OPENAI_API_KEY": "x"})
    assert [problem.code for problem in problems] == ["P508"]
    assert "25,00" in problems[0].message
    path.write_text(source + "  user: {{question}} " + "word " * 2_000 + "\n")
    assert check_data(Project(), path, {"OPENAI_API_KEY": "x"}) == ()


def test_the_checks_know_the_stores_that_the_engine_knows():
    assert STORE_SCHEMES == SCHEMES


EXAMPLES = sorted((Path(__file__).parents[2] / "examples").resolve().glob("*/*.prompt"))


@settings(max_examples=60)
@given(st.lists(CHANGES, min_size=1, max_size=10))
def test_checks_after_random_edits_find_what_a_first_look_finds(changes: list[Change]):
    syntax = {path: SyntaxFile.parse(path.read_bytes()) for path in EXAMPLES}
    project, samples = Project(), Samples(at_once=True)
    for path, file in syntax.items():
        project.put(path, file)
    checks = DataChecks(project, samples, {})
    for change in changes:
        path = EXAMPLES[change.file % len(EXAMPLES)]
        syntax[path] = syntax[path].edit(*edit_of(change, syntax[path].text))
        project.put(path, syntax[path])
        fresh = Project()
        for file, content in syntax.items():
            fresh.put(file, SyntaxFile.parse(content.text))
        for file in EXAMPLES:
            assert checks.problems(file) == DataChecks(fresh, samples, {}).problems(file)
