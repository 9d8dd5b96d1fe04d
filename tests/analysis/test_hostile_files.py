"""What stands under the names in a file may be anything: no check waits for it, and each says what it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prompts_lang.analysis.data import check_data
from prompts_lang.analysis.static import check_static
from prompts_lang.errors import FileError
from prompts_lang.graph import project as projects
from prompts_lang.graph.load import require_program
from prompts_lang.graph.located import MOST_OF_ONE_CHECK
from prompts_lang.graph.project import Project
from tests.analysis.run import ENVIRONMENT

GRAPH = "graph main(x: text) -> n.out\n\ncode n(x) -> out: text\n  python: out = x\n"


def told(path: Path) -> list[str]:
    project = Project()
    found = (*check_static(project, path), *check_data(project, path, ENVIRONMENT))
    return [f"{problem.code} {problem.message}" for problem in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with everything but files."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    (tmp_path / "itself").symlink_to("itself")
    return tmp_path


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("./pipe", "Nothing can be used from './pipe': it is no ordinary file."),
        ("/dev/zero", "Nothing can be used from '/dev/zero': it is no ordinary file."),
        ("/dev/stdin", "Nothing can be used from '/dev/stdin': it is no ordinary file."),
        ("./folder", "'./folder' is a folder: name a file in it."),
        ("./one", "Nothing can be used from './one': Too many levels of symbolic links."),
        ("./itself", "Nothing can be used from './itself': Too many levels of symbolic links."),
        ("./folder/a/b.prompt", "There is no file './folder/a/b.prompt' (paths are relative to this file)."),
        ("./main.prompt/b", "There is no file './main.prompt/b' (paths are relative to this file)."),
        (f"./{'x' * 300}", f"Nothing can be used from './{'x' * 300}': File name too long."),
    ],
)
def test_only_ordinary_files_are_used(folder: Path, written: str, message: str):
    path = folder / "main.prompt"
    path.write_text(f'use other from "{written}"\n\n{GRAPH}')
    assert told(path) == [f"P208 {message}"]


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(projects, "LARGEST", 2**20)
    (tmp_path / "large.prompt").write_text("#" * 2**20 + "\n")
    path = tmp_path / "main.prompt"
    path.write_text(f'use other from "./large.prompt"\n\n{GRAPH}')
    assert told(path) == ["P208 './large.prompt' is too large to be a prompt graph, so nothing can be used from it."]


@pytest.mark.parametrize("name", ["pipe", "folder", "one", "itself", "none"])
def test_the_file_itself_may_be_none(folder: Path, name: str):
    assert told(folder / name) == []
    with pytest.raises(FileError):
        require_program(folder / name)


@pytest.mark.parametrize(("name", "why"), [("pipe", "no ordinary file"), ("one", "Too many levels")])
def test_data_and_code_may_be_none(folder: Path, name: str, why: str):
    (folder / f"{name}.py").symlink_to(name)
    path = folder / "main.prompt"
    path.write_text(
        f'dataset rows from "{name}"\n  expect out\n\ncorpus wiki from "{name}"\n\nmetric score(out) from "{name}.py:f"\n\n'
        f'graph main(x: text) -> n.out, found = r.found\n\ncode n(x) -> out: text\n  run "{name}.py:f"\n\n'
        "retrieve r(x) -> found: list[text]\n  from wiki\n  query: {{x}}\n"
    )
    messages = told(path)
    assert sorted(message[:4] for message in messages) == ["P602", "P602", "P608", "P608"]
    assert all(why in message for message in messages)


def test_a_device_is_no_data(tmp_path: Path):
    path = tmp_path / "main.prompt"
    path.write_text(f'dataset rows from "/dev/zero"\n  expect out\n\n{GRAPH}')
    assert told(path) == ["P608 '/dev/zero' is no ordinary file, so it has no rows; name a JSONL, CSV or Parquet file."]


def test_one_check_speaks_so_often_and_no_more(tmp_path: Path):
    path = tmp_path / "main.prompt"
    path.write_text(
        'model s = "openai/gpt-4o-mini"\n\ngraph main(x: text) -> n.out\n\nllm n(x) -> out: text\n  model s\n'
        f"  user:\n    {{{{x}}}} {'{{ ' * 5_000}\n    {'{{y}} ' * 5_000}\n"
    )
    codes = [problem.code for problem in check_static(Project(), path)]
    assert {code: codes.count(code) for code in codes} == {"P501": MOST_OF_ONE_CHECK, "P507": MOST_OF_ONE_CHECK}


def test_bytes_that_are_no_text_are_told_once(tmp_path: Path):
    path = tmp_path / "main.prompt"
    path.write_bytes(GRAPH.encode().replace(b"out = x", b"out = x + '\xe9'"))
    assert told(path) == ["P101 These bytes are not UTF-8: save the file in that encoding."]


@pytest.mark.parametrize(
    ("type_", "told_of"),
    [
        ("list[" * 10_000 + "text" + "]" * 10_000, "P101 This line has 60,"),
        ("list[" * 1_000 + "text" + "]" * 1_000, "P101 This type nests too deeply to be read: use `json`."),
        ("{a: " * 1_000 + "text" + "}" * 1_000, "P101 This type nests too deeply to be read: use `json`."),
        ("list[" * 1_000, "P1"),
    ],
)
def test_types_of_any_depth_are_bounded(tmp_path: Path, type_: str, told_of: str):
    path = tmp_path / "main.prompt"
    path.write_text(f"graph main(x: {type_}) -> n.out\n\ncode n(x) -> out: json\n  python: out = x\n")
    assert told(path)[0].startswith(told_of)


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n\r\n", "\r\r\n"])
def test_any_line_end_and_a_mark_of_byte_order(tmp_path: Path, line_end: str):
    path = tmp_path / "main.prompt"
    path.write_bytes(b"\xef\xbb\xbf" + GRAPH.replace("\n", line_end).encode())
    assert told(path) == []
    require_program(path)


def test_zero_bytes_are_mistakes_in_their_place(tmp_path: Path):
    path = tmp_path / "main.prompt"
    path.write_bytes(b"\0\0\n" + GRAPH.encode() + b"\0" * 1000)
    assert all(message.startswith("P1") for message in told(path))
    assert told(path)
