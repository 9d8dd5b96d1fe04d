"""Which level is in force, how it is shown and required, and what happens where none can be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from prompts_lang.engine.sandbox import Level, Limits, LocalSandbox, inline_code, local
from prompts_lang.engine.sandbox.machine import this_machine
from prompts_lang.errors import SandboxError, UsageError


def test_levels_are_ordered_and_have_words() -> None:
    assert Level.NAMESPACES > Level.LANDLOCK > Level.LIMITS
    assert [Level.parse(level.label) for level in Level] == list(Level)
    with pytest.raises(UsageError, match="namespaces, landlock, limits"):
        Level.parse("docker")


async def test_the_highest_level_that_works_is_taken(level: Level) -> None:
    detection = await LocalSandbox(at_most=level).detect()
    assert detection.level is level
    assert str(detection) == level.label


async def test_a_level_that_is_missing_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "this_machine", lambda: replace(this_machine(), bubblewrap=None, landlock=0))
    sandbox = LocalSandbox()
    detection = await sandbox.detect()
    assert detection.level is Level.LIMITS
    assert str(detection) == (
        "limits (no namespaces: bubblewrap (`bwrap`) is not installed; no landlock: the kernel has no Landlock)"
    )
    with pytest.raises(SandboxError, match=r"level 'namespaces', but here it is limits .*Install bubblewrap"):
        await sandbox.require(Level.NAMESPACES)


async def test_code_never_runs_below_the_level_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "this_machine", lambda: replace(this_machine(), bubblewrap=None, landlock=0))
    sandbox = LocalSandbox(at_least=Level.LANDLOCK)
    with pytest.raises(SandboxError, match="no landlock"):
        await sandbox.call(inline_code("result = 1", ("result",)), {}, Limits())


async def test_a_bubblewrap_that_does_not_work_is_a_reason_like_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(local, "this_machine", lambda: replace(this_machine(), bubblewrap=str(broken)))
    detection = await LocalSandbox().detect()
    assert detection.level < Level.NAMESPACES
    assert "setting up uid map: Permission denied" in str(detection)


async def test_where_no_level_works_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Path("/nonexistent/python3")
    monkeypatch.setattr(
        local, "this_machine", lambda: replace(this_machine(), bubblewrap=None, landlock=0, python=nowhere)
    )
    with pytest.raises(SandboxError, match=r"cannot be run safely on this machine .*limits: .*cannot start"):
        await LocalSandbox().detect()
