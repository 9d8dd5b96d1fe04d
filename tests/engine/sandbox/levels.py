"""The levels of the sandbox that this machine offers, tried out once when the tests are collected."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest

from prompts_lang.engine.sandbox import Level, LocalSandbox
from prompts_lang.errors import SandboxError

AS_ROOT = os.name == "posix" and os.geteuid() == 0
"""As root, code runs as a user of its own at every level."""


def _offered(level: Level) -> bool:
    try:
        asyncio.run(LocalSandbox(at_least=level, at_most=level).detect())
    except SandboxError:
        return False
    return True


OFFERED = tuple(level for level in sorted(Level, reverse=True) if _offered(level))


def at_levels(promise: Callable[[Level], bool]) -> pytest.MarkDecorator:
    """Runs a test at the levels that make a promise, among those that there are here."""
    return pytest.mark.parametrize(
        "sandbox", [level for level in OFFERED if promise(level)], ids=lambda level: level.label, indirect=True
    )
