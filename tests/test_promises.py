"""Every promise in the pages that names its test names one that there is, and that is run."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REFERENCE = re.compile(r"`((?:tests|benchmarks)/[\w/.-]*)(?:::(\w+))?`")
TABLES = {"docs/optimization.md": "What holds it", "ARCHITECTURE.md": "Invariants, and the tests that hold them"}


def pages() -> list[Path]:
    """All Markdown pages under version control."""
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def promises(page: str, heading: str) -> list[list[str]]:
    """The rows of the table below a heading, without its head."""
    section = (ROOT / page).read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


@cache
def names_in(file: Path) -> dict[str, bool]:
    """The tests of a module, and whether each may be skipped altogether."""
    found: dict[str, bool] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            marks = [ast.unparse(mark) for mark in node.decorator_list]
            found[node.name] = any(mark.startswith(("pytest.mark.skip(", "pytest.mark.xfail")) for mark in marks)
    return found


def fault(path: str, name: str | None) -> str | None:
    """What is wrong with a reference to a test, a module of tests or a folder of them."""
    place = ROOT / path
    if name is not None:
        if not place.is_file():
            return "no such file"
        tests = names_in(place)
        return "no such test" if name not in tests else "never run" if tests[name] else None
    if place.is_dir():
        return (
            None if any(map(names_in, place.rglob("test_*.py"))) or not path.startswith("tests/") else "no tests in it"
        )
    if not place.is_file():
        return "no such file"
    return None if not place.name.startswith("test_") or names_in(place) else "no tests in it"


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_says_about_tests_is_there(page: Path) -> None:
    references = REFERENCE.findall(page.read_text(encoding="utf-8"))
    faults = {f"{path}::{name}" if name else path: fault(path, name or None) for path, name in references}
    assert {reference: said for reference, said in faults.items() if said is not None} == {}


@pytest.mark.parametrize(("page", "heading"), TABLES.items(), ids=TABLES)
def test_every_promise_names_its_test(page: str, heading: str) -> None:
    rows = promises(page, heading)
    assert len(rows) >= 15
    for promise, held_by in rows:
        references = REFERENCE.findall(held_by)
        assert references, promise
        assert REFERENCE.sub("", held_by).strip(" ,") == "", promise
        assert all(path.startswith("tests/") for path, _ in references), promise


@pytest.mark.parametrize(
    ("path", "name", "said"),
    [
        ("tests/test_promises.py", "test_every_promise_names_its_test", None),
        ("tests/test_promises.py", "promises", "no such test"),
        ("tests/test_nothing.py", "test_x", "no such file"),
        ("tests/test_nothing.py", None, "no such file"),
        ("tests/optimize", None, None),
        ("tests/editor/panel", None, "no tests in it"),
    ],
)
def test_a_promise_that_nothing_holds_is_seen(path: str, name: str | None, said: str | None) -> None:
    assert fault(path, name) == said
