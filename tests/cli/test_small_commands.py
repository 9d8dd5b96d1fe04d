"""`new`, `graph`, `import`, `simulate` and `lsp`, where nothing is run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import Run
from tests.cli.project import Project

Invoke = Callable[..., Result]


def test_a_new_project_is_sound_and_says_what_to_do_next(invoke: Invoke, tmp_path: Path) -> None:
    made = invoke("new", "shop.triage")
    assert made.exit_code == 0
    assert "prompts eval shop.triage/shop.triage.prompt" in made.stdout
    assert invoke("check", "--strict", "shop.triage").exit_code == 0
    assert invoke("format", "--check", "shop.triage").exit_code == 0
    assert (tmp_path / "shop.triage" / ".gitignore").read_text() == ".prompts/\n"
    assert "{{" not in (tmp_path / "shop.triage" / "README.md").read_text()


def test_a_new_project_never_overwrites(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    shown = invoke("new", "there")
    assert (shown.exit_code, shown.stderr) == (
        2,
        "error: there: There is such a file or folder already. Take another name.\n",
    )
    assert invoke("new", "a b").stderr.startswith("error: 'a b' is no name for a project.")


def test_a_graph_is_drawn_in_every_form(invoke: Invoke, project: Project, tmp_path: Path) -> None:
    assert invoke("graph", project.file).stdout.startswith("<svg")
    assert invoke("graph", project.file, "--format", "dot").stdout.startswith("digraph")
    assert "summary" in invoke("graph", project.file, "--format", "mermaid").stdout
    drawn = json.loads(invoke("graph", project.file, "--format", "json").stdout)
    assert drawn["graph"] == "triage"
    written = invoke("graph", project.file, "-o", "picture.svg")
    assert (written.stdout, written.stderr) == ("", "Written to picture.svg\n")
    assert (tmp_path / "picture.svg").read_text().startswith("<svg")


def test_a_graph_is_served_to_the_browser_until_it_is_interrupted(
    invoke: Invoke, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def interrupt(url: str) -> None:
        opened.append(url)
        raise KeyboardInterrupt

    monkeypatch.setattr("webbrowser.open", interrupt)
    shown = invoke("graph", project.file, "--open")
    assert shown.exit_code == 0
    (url,) = opened
    assert url.startswith("http://127.0.0.1:")
    assert url in shown.stderr


GITHUB = """name: Sum up
model: openai/gpt-4o-mini
messages:
  - role: system
    content: Sum up.
  - role: user
    content: "{{input}}"
"""


def test_an_import_prints_writes_and_never_overwrites(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "sum.prompt.yml").write_text(GITHUB)
    printed = invoke("import", "sum.prompt.yml")
    assert printed.exit_code == 0, printed.stderr
    written = invoke("import", "sum.prompt.yml", "-o", "sum.prompt")
    assert written.stderr == "Written: sum.prompt (github)\n"
    assert (tmp_path / "sum.prompt").read_text() == printed.stdout
    assert invoke("check", "sum.prompt").exit_code == 0
    again = invoke("import", "sum.prompt.yml", "-o", "sum.prompt")
    assert (again.exit_code, again.stderr) == (
        2,
        "error: sum.prompt: The file exists already. Choose another name, or remove it.\n",
    )


def test_what_an_import_would_lose_is_listed_and_refused(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "sum.prompt.yml").write_text(f"{GITHUB}evaluators:\n  - name: short\n    string:\n      contains: x\n")
    refused = invoke("import", "sum.prompt.yml", "-o", "sum.prompt")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("lost: ")
    assert not (tmp_path / "sum.prompt").exists()
    assert invoke("import", "sum.prompt.yml", "-o", "sum.prompt", "--force").exit_code == 0
    assert (tmp_path / "sum.prompt").read_text().startswith("#")


def test_a_prompt_graph_is_not_imported(invoke: Invoke, project: Project) -> None:
    shown = invoke("import", "demo/demo.prompt")
    assert (shown.exit_code, shown.stderr) == (
        2,
        "error: demo/demo.prompt: This is a prompt graph already. There is nothing to convert.\n",
    )


def test_dials_are_listed_with_their_defaults_and_wrong_ones_refused(invoke: Invoke, project: Project) -> None:
    listed = invoke("simulate", "--dials")
    assert listed.exit_code == 0
    assert "service.rate_limited 0.0\n" in listed.stdout
    for dial, message in (
        ("service.rate_limitd=1", "There is no dial 'service.rate_limitd'."),
        ("critic.recall=2", "The dial critic.recall is a probability"),
        ("critic.recall=much", "'critic.recall=much' is no dial with a number."),
        ("critic.recall", "'critic.recall' has no number."),
    ):
        shown = invoke("simulate", "demo/world.json", "--dial", dial)
        assert (shown.exit_code, shown.stdout) == (2, "")
        assert message in shown.stderr


def test_a_world_that_is_none_is_named_with_its_place(invoke: Invoke, project: Project) -> None:
    shown = invoke("simulate", "demo/demo.prompt")
    assert (shown.exit_code, shown.stderr.startswith("error: demo/demo.prompt:1:1: ")) == (2, True)


def test_the_language_server_ends_with_its_input(run: Run, project: Project) -> None:
    done = run("lsp", "--stdio")
    assert (done.out, "Traceback" in done.err) == ("", False)
