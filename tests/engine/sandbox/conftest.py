"""A sandbox at each level that this machine has, and a short way to run a few lines in it."""

from __future__ import annotations

import textwrap
from collections.abc import Awaitable, Callable

import pytest

from prompts_lang.engine.sandbox import Level, Limits, LocalSandbox, SandboxResult, inline_code
from tests.engine.sandbox.levels import OFFERED

Run = Callable[..., Awaitable[SandboxResult]]


@pytest.fixture(params=OFFERED, ids=lambda level: level.label)
def sandbox(request: pytest.FixtureRequest) -> LocalSandbox:
    level: Level = request.param
    return LocalSandbox(at_least=level, at_most=level)


@pytest.fixture
async def level(sandbox: LocalSandbox) -> Level:
    return (await sandbox.detect()).level


@pytest.fixture
def run(sandbox: LocalSandbox) -> Run:
    async def run(text: str, /, *, limits: Limits | None = None, **arguments: object) -> SandboxResult:
        """Runs lines that set `result`."""
        code = inline_code(textwrap.dedent(text), ("result",))
        return await sandbox.call(code, arguments, limits or Limits())  # type: ignore[arg-type]

    return run


@pytest.fixture(autouse=True)
async def the_next_call_works(sandbox_in_use: LocalSandbox | None) -> object:
    """Whatever a test does to a sandbox, the call after it is as good as new."""
    yield
    if sandbox_in_use is not None:
        result = await sandbox_in_use.call(inline_code("result = 6 * factor", ("result",)), {"factor": 7}, Limits())
        assert result.value == {"result": 42}


@pytest.fixture
def sandbox_in_use(request: pytest.FixtureRequest) -> LocalSandbox | None:
    return request.getfixturevalue("sandbox") if "sandbox" in request.fixturenames else None
