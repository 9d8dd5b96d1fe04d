"""The sandbox on this machine: finds the best level that works here, and runs each call in a process of its own.

Invariant: a call never runs at a lower level than the sandbox was asked for, and says at which level it ran.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from prompts_lang.engine.sandbox.answer import result_of
from prompts_lang.engine.sandbox.child.scratch import remove
from prompts_lang.engine.sandbox.code import inline_code
from prompts_lang.engine.sandbox.launch import USERS, give_to, launch
from prompts_lang.engine.sandbox.machine import Machine, plainly_missing, this_machine
from prompts_lang.engine.sandbox.model import (
    CodeUnit,
    FunctionCode,
    Level,
    Limits,
    SandboxProblem,
    SandboxProblemKind,
    SandboxResult,
)
from prompts_lang.engine.sandbox.process import run
from prompts_lang.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from prompts_lang.graph.types import JsonValue

_PROBE = inline_code("here = True", ("here",))


@dataclass(frozen=True, slots=True)
class Detection:
    """The level in force, and why each higher level is not."""

    level: Level
    missing: tuple[tuple[Level, str], ...]

    def __str__(self) -> str:
        reasons = "; ".join(f"no {level.label}: {reason}" for level, reason in self.missing)
        return f"{self.level.label} ({reasons})" if reasons else self.level.label


@dataclass(slots=True)
class _Loop:
    """What belongs to one event loop: primitives of asyncio must not be shared between loops."""

    turn: asyncio.Semaphore
    detecting: asyncio.Lock


class LocalSandbox:
    """Runs code in processes on this machine (Linux; elsewhere on POSIX with limits alone).

    Args:
        at_least: The lowest level that will do; code is trusted less, the higher it is.
        at_most: The highest level to try.
        parallel: How many calls run at once; the others wait, and their clock with them. By default one for each processor.
    """

    def __init__(
        self, *, at_least: Level = Level.LIMITS, at_most: Level = Level.NAMESPACES, parallel: int | None = None
    ) -> None:
        self._at_least = at_least
        self._at_most = at_most
        self._parallel = parallel or os.cpu_count() or 1
        self._detection: Detection | None = None
        self._machine: Machine | None = None
        self._users: set[int] = set()
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Loop] = WeakKeyDictionary()

    async def call(self, code: CodeUnit, arguments: Mapping[str, JsonValue], limits: Limits) -> SandboxResult:
        """Runs `code` once, in a process of its own that is gone when this returns, raises or is cancelled.

        Raises:
            SandboxError: No level that will do works here, or the process did not start.
        """
        level = (await self.require(self._at_least)).level
        try:
            size = len(json.dumps(dict(arguments), allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            return _refused(f"The arguments are not JSON: {error}.", level)
        if size > limits.memory_bytes // 8:
            return _refused(
                f"The arguments have {size:,} bytes, too many for {limits.memory_bytes:,} of memory.", level
            )
        async with self._here().turn:
            return await self._run(level, code, arguments, limits)

    @property
    def detection(self) -> Detection | None:
        """The level in force, where it was found out already."""
        return self._detection

    async def detect(self) -> Detection:
        """The level in force here. Tried out once, by running something at each level from the highest down.

        Raises:
            SandboxError: No level works on this machine.
        """
        async with self._here().detecting:
            if self._detection is None:
                self._detection = await self._try_levels()
        return self._detection

    async def require(self, level: Level) -> Detection:
        """Makes sure that code is contained at least as well as `level` says.

        Raises:
            SandboxError: This machine cannot; the message says why, level by level.
        """
        detection = await self.detect()
        if detection.level < level:
            raise SandboxError(
                f"Code must run in a sandbox at level {level.label!r}, but here it is {detection}.",
                hint="Install bubblewrap (`bwrap`), or allow a lower level if you trust the code.",
            )
        return detection

    async def _try_levels(self) -> Detection:
        machine = self._machine = this_machine()
        missing: list[tuple[Level, str]] = []
        for level in sorted(Level, reverse=True):
            if level > self._at_most:
                continue
            reason = plainly_missing(machine, level)
            if reason is None:
                try:
                    result = await self._run(level, _PROBE, {}, Limits())
                except SandboxError as error:
                    reason = error.message
                else:
                    if result.problem is None:
                        return Detection(level, tuple(missing))
                    reason = result.problem.message
            missing.append((level, reason))
        reasons = "; ".join(f"{level.label}: {reason}" for level, reason in missing)
        raise SandboxError(
            f"Code cannot be run safely on this machine ({reasons}).", hint="Install bubblewrap (`bwrap`)."
        )

    async def _run(
        self, level: Level, code: CodeUnit, arguments: Mapping[str, JsonValue], limits: Limits
    ) -> SandboxResult:
        assert self._machine is not None  # noqa: S101 - set before the first level is tried
        request: dict[str, JsonValue] = {
            "code": _code(code),
            "arguments": dict(arguments),
            "output_bytes": limits.output_bytes,
        }
        with self._user_of_its_own(self._machine) as user:
            if level is Level.NAMESPACES:
                start = launch(self._machine, level, limits, folder=None, user=user)
                ending = await run(start, request, limits, folder=None)
            else:
                with _temporary_folder() as folder:
                    start = launch(self._machine, level, limits, folder=folder, user=user)
                    give_to(folder, start.confinement)
                    ending = await run(start, request, limits, folder=folder)
        return result_of(ending, code.outputs, limits, level)

    @contextmanager
    def _user_of_its_own(self, machine: Machine) -> Generator[int | None]:
        """A number that no other call has now: calls of one user could signal each other, and would share a count of processes."""
        if not machine.root:
            yield None
            return
        user = secrets.choice(USERS)
        while user in self._users:
            user = secrets.choice(USERS)
        self._users.add(user)
        try:
            yield user
        finally:
            self._users.discard(user)

    def _here(self) -> _Loop:
        loop = asyncio.get_running_loop()
        return self._loops.setdefault(loop, _Loop(asyncio.Semaphore(self._parallel), asyncio.Lock()))


@contextmanager
def _temporary_folder() -> Generator[str]:
    folder = tempfile.mkdtemp(prefix="prompts-")
    try:
        yield folder
    finally:
        remove(folder)  # the guard has done so already, unless it was killed


def _code(code: CodeUnit) -> dict[str, JsonValue]:
    function, siblings, positional = (
        (code.function, code.siblings, code.positional) if isinstance(code, FunctionCode) else (None, (), False)
    )
    return {
        "function": function,
        "main": asdict(code.main),
        "siblings": [asdict(sibling) for sibling in siblings],
        "positional": positional,
        "outputs": list(code.outputs),
    }


def _refused(message: str, level: Level) -> SandboxResult:
    return SandboxResult(None, SandboxProblem(SandboxProblemKind.REFUSED, message), "", "", 0.0, level)
