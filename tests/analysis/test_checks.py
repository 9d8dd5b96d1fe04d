"""What the static checks say, and what they do not say. See `fixture` for the form of the cases in `checks/`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from prompts_lang.analysis.data import check_data
from prompts_lang.analysis.static import check_static
from prompts_lang.graph.located import LocatedProblem
from prompts_lang.graph.problem import CHECKS, Check
from prompts_lang.graph.project import Project
from prompts_lang.graph.slots import apply_edits
from prompts_lang.syntax.file import SyntaxFile
from tests.analysis.fixture import Case, read_cases
from tests.analysis.run import ENVIRONMENT, data_problems, prompt_files, static_problems, written

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE.parents[1] / "examples").glob("*/*.prompt"))
CASES = [case for path in sorted((HERE / "checks").glob("*.fixture")) for case in read_cases(path)]
DATA_CASES = [case for path in sorted((HERE / "data_checks").glob("*.fixture")) for case in read_cases(path)]
HABITS = read_cases(HERE / "habits" / "newcomers.fixture")
"""Files of people who know other languages and not yet this one."""
WITHOUT_CASE = {Check.PROMPT_TOO_LONG}
"""Too long to stand in a fixture; see `test_a_text_must_fit_its_model`."""

Checker = Callable[[Project, Path], "tuple[LocatedProblem, ...]"]


def title(case: Case) -> str:
    return case.title


@pytest.mark.parametrize("case", CASES, ids=title)
def test_each_mistake_is_told_once_at_its_place(case: Case, tmp_path: Path):
    assert static_problems(tmp_path.resolve(), case.sources) == dict(case.files)


@pytest.mark.parametrize("case", HABITS, ids=title)
def test_habits_from_elsewhere_are_told_with_the_way_out_and_without_what_follows_from_them(case: Case, tmp_path: Path):
    assert static_problems(tmp_path.resolve(), case.sources) == dict(case.files)


@pytest.mark.parametrize("case", HABITS, ids=title)
def test_a_fix_of_a_habit_removes_its_problem(case: Case, tmp_path: Path):
    project, path = written(tmp_path.resolve(), case.sources), tmp_path.resolve() / "main.prompt"
    text, before = case.sources["main.prompt"].encode(), check_static(project, path)
    for problem in before:
        if problem.fix is not None:
            project.put(path, SyntaxFile.parse(apply_edits(text, problem.fix.edits)))
            assert count(check_static(project, path), problem) < count(before, problem)


@pytest.mark.parametrize("case", DATA_CASES, ids=title)
def test_each_mistake_in_data_is_told_once_at_its_place(case: Case, tmp_path: Path):
    assert data_problems(tmp_path.resolve(), case.sources) == dict(case.files)


@pytest.mark.parametrize("case", [*CASES, *DATA_CASES], ids=title)
def test_a_case_shows_the_check_in_its_title(case: Case):
    code = case.title.split()[0]
    assert any(f"^ {code} " in text or f"> {code} " in text for text in case.files.values())


def test_every_check_has_a_case():
    shown = {case.title.split()[0] for case in (*CASES, *DATA_CASES)}
    assert {check.value for check in set(Check) - WITHOUT_CASE} <= shown


def test_every_check_is_explained():
    assert set(CHECKS) == set(Check)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_have_no_problems(path: Path):
    assert check_static(Project(), path) == ()
    assert check_data(Project(), path, {}) == ()


def test_the_file_that_introduces_the_language_has_no_problems():
    assert check_static(Project(), HERE / "language" / "multihop.prompt") == ()


@pytest.mark.parametrize("case", CASES, ids=title)
def test_a_fix_removes_its_problem_and_brings_no_other(case: Case, tmp_path: Path):
    try_fixes(case, tmp_path.resolve(), check_static)


@pytest.mark.parametrize("case", DATA_CASES, ids=title)
def test_a_fix_of_a_check_on_data_does_so_too(case: Case, tmp_path: Path):
    try_fixes(case, tmp_path.resolve(), lambda project, path: check_data(project, path, ENVIRONMENT))


def try_fixes(case: Case, folder: Path, check: Checker) -> None:
    project = written(folder, case.sources)
    for name in prompt_files(case.sources):
        path, text = folder / name, case.sources[name].encode()
        before, static = check(project, path), check_static(project, path)
        for problem in before:
            if problem.fix is None:
                continue
            project.put(path, SyntaxFile.parse(apply_edits(text, problem.fix.edits)))
            after = check(project, path)
            assert errors(check_static(project, path)) - errors(static) == set()
            project.put(path, SyntaxFile.parse(text))
            assert count(after, problem) < count(before, problem)
            assert errors(after) - errors(before) == set()


def count(problems: tuple[LocatedProblem, ...], like: LocatedProblem) -> int:
    return sum((problem.code, problem.message) == (like.code, like.message) for problem in problems)


def errors(problems: tuple[LocatedProblem, ...]) -> set[tuple[str, str]]:
    return {(problem.code, problem.message) for problem in problems if problem.severity == "error"}
