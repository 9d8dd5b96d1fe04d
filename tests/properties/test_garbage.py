"""Any bytes are read, resolved, checked and formatted without an exception. `benchmarks/language.py garbage` measures time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_lang.analysis.static import check_static
from prompts_lang.features.formatting import format_file
from prompts_lang.graph.project import Project
from prompts_lang.syntax.file import SyntaxFile
from tests.properties.garbage import GARBAGE
from tests.syntax.sources import SOURCES

PATH = Path("/project/main.prompt")


def analyse(text: bytes) -> int:
    """Everything that an editor asks for at once; the number of problems."""
    syntax = SyntaxFile.parse(text)
    project = Project(dict[Path, bytes]().get)
    project.put(PATH, syntax)
    problems = check_static(project, PATH)
    assert all(problem.span.end <= len(text) for problem in problems)
    format_file(syntax)
    return len(problems)


@given(st.binary(max_size=400) | SOURCES)
@settings(max_examples=300)
def test_any_bytes(text: bytes) -> None:
    analyse(text)


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage(kind: str) -> None:
    analyse(GARBAGE[kind](60_000))
