"""`prompts check`: static checks and checks of data, of files and of what they use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from tests.cli.project import Project

Invoke = Callable[..., Result]


def test_a_sound_project_has_no_problems(invoke: Invoke, project: Project) -> None:
    shown = invoke("check", "demo")
    assert (shown.exit_code, shown.stdout, shown.stderr) == (0, "", "1 file checked: no problems.\n")
    assert invoke("check", "-q", "demo").stderr == ""


def test_a_problem_names_its_place_its_code_and_what_else_matters(invoke: Invoke, project: Project) -> None:
    project.replace(("llm route(summary = summary.summary)", "llm route(summary = sumary.summary)"))
    shown = invoke("check", "demo/demo.prompt")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("demo/demo.prompt:28:21: error: ")
    assert "Did you mean 'summary'?" in shown.stdout
    assert "[P2" in shown.stdout


def test_json_has_one_object_per_problem_with_ranges_as_editors_count(invoke: Invoke, project: Project) -> None:
    project.replace(("  expect team\n", "  expect teem\n"), ("# Who should answer.", "# \N{PILE OF POO}"))
    shown = invoke("check", project.file, "--json")
    assert shown.exit_code == 1
    problems = json.loads(shown.stdout)
    assert problems
    for problem in problems:
        assert set(problem) == {"file", "range", "code", "severity", "message", "related"}
        assert problem["file"] == str(project.file)
        assert set(problem["range"]) == {"start", "end"}
    line = project.text.splitlines().index("  expect teem")
    assert problems[0]["range"] == {"start": {"line": line, "character": 9}, "end": {"line": line, "character": 13}}


def test_data_is_looked_at(invoke: Invoke, project: Project) -> None:
    project.replace(("expect team", "expect teem"))
    assert "'teem'. Did you mean 'team'?" in invoke("check", project.file).stdout
    project.replace(("data/messages.jsonl", "data/nothing.jsonl"))
    shown = invoke("check", project.file)
    assert shown.exit_code == 1
    assert "There is no file 'data/nothing.jsonl'" in shown.stdout


def test_errors_of_used_files_count_though_they_were_not_named(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "a.prompt").write_text('use b from "./b.prompt"\n\ngraph g(x: text) -> y = c.y\n\ncall c = b(x = x)\n')
    (tmp_path / "b.prompt").write_text("graph b(x: text) -> y = nowhere.y\n")
    shown = invoke("check", "a.prompt")
    assert shown.exit_code == 1
    assert "b.prompt:1:" in shown.stdout
    assert "1 file checked" in shown.stderr


def test_warnings_count_only_when_strict(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "a.prompt").write_text(
        "graph g(x: text, unused: text) -> y = f.y\n\ncode f(x) -> y: text\n  python: y = x\n"
    )
    shown = invoke("check", "a.prompt")
    assert (shown.exit_code, "warning" in shown.stdout) == (0, True)
    assert invoke("check", "--strict", "a.prompt").exit_code == 1


def test_files_of_other_tools_are_left_alone(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "other.prompt").write_text("---\nmodel: x\n---\nHello\n")
    shown = invoke("check", ".")
    assert shown.exit_code == 0
    assert "This is not a prompt graph" in shown.stdout


def test_folders_are_searched_and_hidden_ones_are_not(invoke: Invoke, tmp_path: Path) -> None:
    for folder in ("a", "a/b", ".hidden", "node_modules"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.prompt").write_text("language 1\n")
    assert invoke("check", ".").stderr == "2 files checked: no problems.\n"
    (tmp_path / "empty").mkdir()
    shown = invoke("check", "empty")
    assert (shown.exit_code, shown.stderr) == (2, "error: empty: There is no .prompt file in this folder.\n")
