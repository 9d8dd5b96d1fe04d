"""`prompts format`: canonical form, in place or only looked at."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import Result

from tests.cli.project import Project

Invoke = Callable[..., Result]


def test_a_file_is_put_into_canonical_form_and_then_stays(invoke: Invoke, project: Project) -> None:
    canonical = project.text
    project.replace(("graph triage(message: text) -> team", "graph   triage( message:text )->team"))
    untidy = project.text

    looked_at = invoke("format", "--check", project.file)
    assert (looked_at.exit_code, looked_at.stdout) == (1, f"{project.file}\n")
    assert "1 would be formatted" in looked_at.stderr
    shown = invoke("format", "--diff", project.file)
    assert shown.exit_code == 1
    assert "-graph   triage( message:text )->team = route.team\n+graph triage(message: text) -> team" in shown.stdout
    assert project.text == untidy

    assert invoke("format", project.file).exit_code == 0
    assert project.text == canonical
    again = invoke("format", "--check", project.file)
    assert (again.exit_code, again.stderr) == (0, "1 file looked at, 0 would be formatted.\n")


def test_a_broken_file_stays_as_it_is(invoke: Invoke, project: Project) -> None:
    project.replace(("graph triage(message: text)", "graph triage((message: text)"))
    broken = project.text
    shown = invoke("format", project.file)
    assert shown.exit_code == 1
    assert "not formatted, because it has errors" in shown.stderr
    assert project.text == broken


def test_a_link_stays_a_link_and_the_mode_stays(invoke: Invoke, project: Project) -> None:
    link = project.folder / "link.prompt"
    link.symlink_to(project.file)
    project.file.chmod(0o640)
    project.replace(("graph triage(", "graph  triage("))
    assert invoke("format", link).exit_code == 0
    assert link.is_symlink()
    assert project.file.stat().st_mode & 0o777 == 0o640
    assert "graph triage(" in project.text
