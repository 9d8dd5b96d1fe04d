from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from prompts_lang.cli.main import cli
from tests.cli.launcher import Finished, Nursery, Running
from tests.cli.project import Optimized, Project, copy_example, new_project

Start = Callable[..., Running]
Run = Callable[..., Finished]


@pytest.fixture
def start(the_nursery: Nursery, tmp_path: Path) -> Iterator[Start]:
    """Starts `prompts ARGUMENT…` in `tmp_path`, as a process."""
    running: list[Running] = []
    numbers = itertools.count(1)

    def start_one(*arguments: str | Path, program: str = "prompts", folder: Path = tmp_path, **options: Any) -> Running:
        errors = tmp_path / f"stderr-{next(numbers)}"
        running.append(the_nursery.start(program, *map(str, arguments), folder=folder, errors=errors, **options))
        return running[-1]

    yield start_one
    for process in running:
        process.finish()


@pytest.fixture
def run(start: Start) -> Run:
    """Runs `prompts ARGUMENT…` in `tmp_path` as a process, to its end."""

    def run_one(*arguments: str | Path, **options: Any) -> Finished:
        return start(*arguments, **options).wait()

    return run_one


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `prompts ARGUMENT…` in `tmp_path`, in this process: for what calls no model."""
    monkeypatch.chdir(tmp_path)

    def invoke_one(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> Result:
        return CliRunner().invoke(cli, [*map(str, arguments)], env=environment, prog_name="prompts")

    return invoke_one


@pytest.fixture(scope="session")
def optimized_codegen(the_nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Optimized:
    """The example of generated code with an optimisation of it, made once for all tests."""
    folder = tmp_path_factory.mktemp("codegen")
    file = copy_example("codegen", folder)
    process = the_nursery.start("prompts", "optimize", str(file), "--json", folder=folder, errors=folder / "stderr")
    done = process.wait()
    process.finish()
    return Optimized(file, done)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A small project as `prompts new demo` makes it, in `tmp_path/demo`."""
    return new_project(tmp_path / "demo")
