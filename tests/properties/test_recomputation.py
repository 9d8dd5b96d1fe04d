"""After an edit, only what the edit can affect is computed again. Counted, not timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prompts_lang.analysis import static
from prompts_lang.analysis.static import StaticChecks
from prompts_lang.graph import resolution
from prompts_lang.graph.project import Project
from prompts_lang.syntax import file as syntax_file
from prompts_lang.text import Span
from tests.properties.generated import FOLDER, layered_project, lines_of_prompts

ONE = FOLDER / "one.prompt"
LOWEST = FOLDER / "f9_9.prompt"


class Counted:
    """A project whose work is counted: declarations read, resolved and checked since the last look."""

    def __init__(self, files: dict[Path, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
        self.work = {"read": 0, "resolved": 0, "checked": 0}
        for module, function, what in (
            (syntax_file, "read_chunk", "read"),
            (resolution, "_resolve", "resolved"),
            (static, "check_text", "checked"),
        ):
            monkeypatch.setattr(module, function, self._counting(getattr(module, function), what))
        self.files = files
        self.project = Project(files.get)
        self.checks = StaticChecks(self.project)
        self.look()

    def edit(self, path: Path, old: bytes, new: bytes) -> dict[str, int]:
        """Puts `new` in the place of the last `old`, and asks for everything; the work that this took."""
        meaning = self.project.meaning(path)
        assert meaning is not None
        start = meaning.syntax.text.rindex(old)
        self.work.update(dict.fromkeys(self.work, 0))
        self.project.put(path, meaning.syntax.edit(Span(start, start + len(old)), new))
        self.look()
        return self.work

    def look(self) -> dict[Path, object]:
        """Asks for all diagnostics; the meanings."""
        for path in self.files:
            self.checks.problems(path)
        return {path: self.project.meaning(path) for path in self.files}

    def _counting(self, function: Callable[..., Any], what: str) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self.work[what] += 1
            return function(*arguments)

        return counted


@pytest.mark.parametrize("lines", [100, 3000])
@pytest.mark.parametrize(
    ("old", "new", "resolved"),
    [
        pytest.param(b"Keep names", b"Keep all names", 1, id="a text"),
        pytest.param(b"  model student\n  system", b"  model  student\n  system", 1, id="a property"),
        pytest.param(b"# Answers from", b"# Replies from", 1, id="a documentation comment"),
        pytest.param(b"long: boolean", b"long: text", 3, id="a type: its node, and the two that refer to it"),
        pytest.param(b"\nmetric score", b'\nmodel another = "openai/o"\n\nmetric score', 1, id="a new declaration"),
        pytest.param(b"llm shorten", b"llm shorter", 2, id="a name: its node, and the one that refers to it"),
    ],
)
def test_an_edit_in_a_file_of_any_length(
    lines: int, old: bytes, new: bytes, resolved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted({ONE: lines_of_prompts(lines)}, monkeypatch)
    work = counted.edit(ONE, old, new)
    assert work["read"] <= 2
    assert work["resolved"] == resolved


@pytest.mark.parametrize("lines", [100, 3000])
def test_a_text_is_checked_alone(lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted({ONE: lines_of_prompts(lines)}, monkeypatch)
    assert counted.edit(ONE, b"Keep names", b"Keep all names") == {"read": 1, "resolved": 1, "checked": 1}


def test_a_hundred_files_do_not_notice_a_new_text(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(layered_project(10, 10), monkeypatch)
    before = counted.look()
    assert counted.edit(LOWEST, b"Answer shortly", b"Answer briefly") == {"read": 1, "resolved": 1, "checked": 1}
    assert changed(before, counted) == {LOWEST}


def test_a_hundred_files_do_not_notice_what_the_interface_hides(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(layered_project(10, 10), monkeypatch)
    before = counted.look()
    counted.edit(LOWEST, b"say.answer\n\nllm say(question)", b"tell.answer\n\nllm tell(question)")
    assert changed(before, counted) == {LOWEST}


def test_a_new_interface_reaches_those_who_use_it_and_stops_where_theirs_stay_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted = Counted(layered_project(10, 10), monkeypatch)
    before = counted.look()
    work = counted.edit(LOWEST, b"answer: text", b"answer: integer")
    notice = changed(before, counted)
    # The answer of the second call is the graph's own: its type goes all the way up. That of the first ends in the file that calls it.
    through_second = {FOLDER / f"f{layer}_{layer % 10}.prompt" for layer in range(10)}
    assert through_second <= notice
    assert len(notice) == 19
    assert work["resolved"] < 3 * len(notice)


def changed(before: dict[Path, object], counted: Counted) -> set[Path]:
    after = counted.look()
    return {path for path in before if after[path] is not before[path]}
