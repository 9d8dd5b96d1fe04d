"""Accepted texts are written into files as they are now, all or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts_lang.errors import FileError
from prompts_lang.graph.load import load_program
from prompts_lang.graph.model import SlotId
from prompts_lang.jobs.applying import files_with
from tests.cli.project import Project

SUMMARY, ROUTE = SlotId("triage", "summary", "system"), SlotId("triage", "route", "system")


def test_only_the_text_of_the_slots_changes(project: Project) -> None:
    loaded = load_program(project.file)
    before = project.text
    changed = files_with(loaded, project.file, {SUMMARY: "Two lines,\n  the second indented.", ROUTE: "One."})
    assert set(changed) == {project.file}
    assert changed[project.file].decode() == before.replace(
        "    Sum up the message in one sentence.", "    Two lines,\n      the second indented."
    ).replace("    Which team should answer: billing, shipping, technical or sales?", "    One.")


def test_edits_elsewhere_stay(project: Project) -> None:
    loaded = load_program(project.file)
    project.file.write_text(f"# A remark.\n{project.text}\n# Another one.\n")
    changed = files_with(loaded, project.file, {ROUTE: "One."})[project.file].decode()
    assert changed.startswith("# A remark.\n")
    assert changed.endswith("\n# Another one.\n")
    assert "    One.\n" in changed


@pytest.mark.parametrize(("old", "new"), [("Which team", "What team"), ("llm route(", "llm router(")])
def test_a_text_that_changed_or_went_is_never_replaced_and_the_others_wait(
    project: Project, old: str, new: str
) -> None:
    loaded = load_program(project.file)
    project.replace((old, new))
    with pytest.raises(FileError, match="triage/route/system was changed meanwhile, so nothing was written"):
        files_with(loaded, project.file, {SUMMARY: "One.", ROUTE: "Two."})


def test_slots_of_used_files_are_written_where_they_stand(tmp_path: Path) -> None:
    main, other = tmp_path / "main.prompt", tmp_path / "other.prompt"
    main.write_text('use inner from "./other.prompt"\n\ngraph g(x: text) -> y = c.y\n\ncall c = inner(x = x)\n')
    other.write_text(
        'model m = "openai/x"\n\ngraph inner(x: text) -> y = a.y\n\nllm a(x) -> y: text\n  model m\n'
        "  learn system:\n    Old.\n  user: {{x}}\n"
    )
    changed = files_with(load_program(main), main, {SlotId("inner", "a", "system"): "New."})
    assert {path: text.decode() for path, text in changed.items()} == {other: other.read_text().replace("Old.", "New.")}


def test_a_text_that_is_there_already_changes_nothing(project: Project) -> None:
    text = "Sum up the message in one sentence."
    assert files_with(load_program(project.file), project.file, {SUMMARY: text}) == {}
