"""What the static checks say, and what they do not say. See `fixture` for the form of the cases in `checks/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts_lang.analysis.static import check_static
from prompts_lang.graph.located import LocatedProblem
from prompts_lang.graph.problem import CHECKS, Check
from prompts_lang.graph.project import Project
from prompts_lang.graph.slots import apply_edits
from prompts_lang.syntax.file import SyntaxFile
from tests.analysis.fixture import Case, read_cases
from tests.analysis.run import prompt_files, static_problems, written

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE.parents[1] / "examples").glob("*/*.prompt"))
CASES = [case for path in sorted((HERE / "checks").glob("*.fixture")) for case in read_cases(path)]
CHECKED_BY_DATA = {
    Check.PROMPT_TOO_LONG,
    Check.FILE_MISSING,
    Check.FUNCTION_MISSING,
    Check.COLUMN_MISSING,
    Check.SPLIT_EMPTY,
    Check.CORPUS_EMPTY,
    Check.KEY_MISSING,
    Check.UNKNOWN_PRICE,
    Check.BAD_DATA,
    Check.METRIC_CONSTANT,
}


def title(case: Case) -> str:
    return case.title


@pytest.mark.parametrize("case", CASES, ids=title)
def test_each_mistake_is_told_once_at_its_place(case: Case, tmp_path: Path):
    assert static_problems(tmp_path.resolve(), case.sources) == dict(case.files)


@pytest.mark.parametrize("case", CASES, ids=title)
def test_a_case_shows_the_check_in_its_title(case: Case):
    code = case.title.split()[0]
    assert any(f"^ {code} " in text or f"> {code} " in text for text in case.files.values())


def test_every_static_check_has_a_case():
    shown = {case.title.split()[0] for case in CASES}
    assert {check.value for check in set(Check) - CHECKED_BY_DATA} <= shown


def test_every_check_is_explained():
    assert set(CHECKS) == set(Check)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_have_no_problems(path: Path):
    assert check_static(Project(), path) == ()


def test_the_file_that_introduces_the_language_has_no_problems():
    assert check_static(Project(), HERE / "language" / "multihop.prompt") == ()


@pytest.mark.parametrize("case", CASES, ids=title)
def test_a_fix_removes_its_problem_and_brings_no_other(case: Case, tmp_path: Path):
    folder = tmp_path.resolve()
    project = written(folder, case.sources)
    for name in prompt_files(case.sources):
        before = check_static(project, folder / name)
        for problem in before:
            if problem.fix is None:
                continue
            text = apply_edits(case.sources[name].encode(), problem.fix.edits)
            project.put(folder / name, SyntaxFile.parse(text))
            after = check_static(project, folder / name)
            project.put(folder / name, SyntaxFile.parse(case.sources[name].encode()))
            assert count(after, problem) < count(before, problem)
            assert errors(after) - errors(before) == set()


def count(problems: tuple[LocatedProblem, ...], like: LocatedProblem) -> int:
    return sum((problem.code, problem.message) == (like.code, like.message) for problem in problems)


def errors(problems: tuple[LocatedProblem, ...]) -> set[tuple[str, str]]:
    return {(problem.code, problem.message) for problem in problems if problem.severity == "error"}
