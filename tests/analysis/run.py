"""Runs the checks on the files of a fixture, and annotates each with what they say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from prompts_lang.analysis.data import check_data
from prompts_lang.analysis.static import check_static
from prompts_lang.graph.project import Project
from tests.analysis.fixture import annotate

ENVIRONMENT = {"OPENAI_API_KEY": "not-a-key"}
"""What is set while the checks look."""


def static_problems(folder: Path, sources: Mapping[str, str]) -> dict[str, str]:
    """The files, annotated with what is found in every `.prompt` file of the case."""
    project = written(folder, sources)
    found = [problem for name in prompt_files(sources) for problem in check_static(project, folder / name)]
    return {name: annotate(text, folder / name, found) for name, text in sources.items()}


def data_problems(folder: Path, sources: Mapping[str, str]) -> dict[str, str]:
    """The files, annotated with what shows in data, code and the environment, for every `.prompt` file of the case."""
    project = written(folder, sources)
    found = [problem for name in prompt_files(sources) for problem in check_data(project, folder / name, ENVIRONMENT)]
    return {name: annotate(text, folder / name, found) for name, text in sources.items()}


def written(folder: Path, sources: Mapping[str, str]) -> Project:
    """A project over the files, which are written to the folder."""
    for name, text in sources.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return Project()


def prompt_files(sources: Mapping[str, str]) -> list[str]:
    """The names of the `.prompt` files."""
    return [name for name in sources if name.endswith(".prompt")]
