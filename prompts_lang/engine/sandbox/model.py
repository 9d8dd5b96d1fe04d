"""The contract of the sandbox: what may run, within which limits, how well it is contained, and what comes back.

Invariant: whatever the code does is a value (`SandboxResult`). Only a sandbox that cannot be set up raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from prompts_lang.errors import UsageError

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue

LEAST_MEMORY = 32 * 2**20
"""Bytes. A Python interpreter does not get far with less."""

SCRATCH_BYTES = 64 * 2**20
"""Bytes that code may write to its temporary folder."""


class Level(IntEnum):
    """How well code is contained: a higher level contains all that a lower one does.

    At every level time, memory, output and processes are limited, the environment is scrubbed, standard input is empty, and no process
    outlives its call. On Linux, code can at no level open a network connection, or signal, trace or adjust processes of others. Where
    the engine runs as root, each call runs as a user of its own. The levels differ in the files that code reaches:

    - `NAMESPACES` (bubblewrap): it sees the interpreter and an empty temporary folder. Other files, other processes and `/proc` do not
      exist for it.
    - `LANDLOCK` (Linux 5.13 or newer): other files exist, but the kernel refuses to open or change them, those of `/proc` too. Whether a
      file exists, its size and its dates can be asked.
    - `LIMITS`: files are **not** contained. Code reads and writes what the user may, and through `/proc` that includes the environment
      and the memory of the user's other processes. As root, it writes what everybody may; it reads what everybody may, or everything
      where the interpreter itself stands in a folder closed to others. Only for code that is trusted.

    Below `NAMESPACES`, the processes of a user other than root are counted together: while one call's fork bomb lasts, its neighbours
    may be refused processes.
    """

    LIMITS = 1
    LANDLOCK = 2
    NAMESPACES = 3

    @property
    def label(self) -> str:
        """The word for settings and messages: `namespaces`, `landlock`, `limits`."""
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Level:
        """Reads a label.

        Raises:
            UsageError: There is no such level.
        """
        for level in cls:
            if level.label == text:
                return level
        raise UsageError(
            f"There is no sandbox level {text!r}.",
            hint=f"Use one of: {', '.join(level.label for level in reversed(cls))}.",
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may use.

    `seconds` is time on the clock from the moment the code starts, and on the processor. `memory_bytes` bounds each process (address
    space) and all of them together (resident, sampled). `output_bytes` bounds standard output, standard error and the result, each.
    `processes` counts processes and threads together.

    Raises:
        UsageError: A limit is so low that nothing could run.
    """

    seconds: float = 10.0
    memory_bytes: int = 512 * 2**20
    output_bytes: int = 2**20
    processes: int = 32

    def __post_init__(self) -> None:
        if not 0 < self.seconds < float("inf"):
            raise UsageError(f"Code cannot run within {self.seconds} s.", hint="Give a timeout above zero.")
        if self.memory_bytes < LEAST_MEMORY:
            raise UsageError(
                f"Code cannot run within {self.memory_bytes} bytes of memory.",
                hint=f"Python itself needs {LEAST_MEMORY // 2**20} MiB; give at least that.",
            )
        if self.output_bytes < 1 or self.processes < 1:
            raise UsageError("Code needs at least one byte of output and one process.")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One Python module as text.

    `name` is the dotted name that imports use, `file` the name that tracebacks show (never an absolute path), `first_line` the number
    of the text's first line in that file.
    """

    name: str
    file: str
    text: str
    package: bool = False
    first_line: int = 1


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """A function of a file: `main` is the file, `siblings` the modules beside it that it imports.

    The arguments are passed by name, or in their order where `positional`. With one output the function returns its value; with
    several, a dict that has them all.
    """

    function: str
    main: SourceFile
    siblings: tuple[SourceFile, ...]
    outputs: tuple[str, ...]
    positional: bool = False


@dataclass(frozen=True, slots=True)
class InlineCode:
    """A few lines in place: the arguments are their variables, and so are the outputs."""

    main: SourceFile
    outputs: tuple[str, ...]


CodeUnit: TypeAlias = FunctionCode | InlineCode
"""Code as pure content: equal units do the same, so a unit can stand in a memo key."""


class SandboxProblemKind(StrEnum):
    """Why a call gave no value."""

    EXCEPTION = "exception"  # the code raised, or returned what is no JSON
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"  # too much printed, returned or written to the temporary folder
    KILLED = "killed"  # a signal ended it: a crash, or the system
    PROTOCOL = "protocol"  # it ended without a result, or tampered with the channel for it
    REFUSED = "refused"  # not run at all: no such function, arguments too large


@dataclass(frozen=True, slots=True)
class CodeFrame:
    """One line of a traceback. `file` is a `SourceFile.file`, or `<string>` and the like for text that the code compiled itself."""

    file: str
    line: int
    function: str
    text: str


@dataclass(frozen=True, slots=True)
class SandboxProblem:
    """One sentence for people, and the frames of the user's own code, outermost first."""

    kind: SandboxProblemKind
    message: str
    frames: tuple[CodeFrame, ...] = ()

    @property
    def traceback(self) -> str:
        """The frames and the message as Python prints them."""
        lines: list[str] = []
        for frame in self.frames:
            lines.append(f'  File "{frame.file}", line {frame.line}, in {frame.function}')
            if frame.text:
                lines.append(f"    {frame.text}")
        return "\n".join(["Traceback (most recent call last):", *lines, self.message] if lines else [self.message])


@dataclass(frozen=True, slots=True)
class SandboxResult:
    """What came of a call: `value` has the outputs by name, or is None and `problem` says why.

    `stdout` and `stderr` hold what was printed, up to the limit. `seconds` is the time on the clock that the code ran.
    """

    value: Mapping[str, JsonValue] | None
    problem: SandboxProblem | None
    stdout: str
    stderr: str
    seconds: float
    level: Level


class Sandbox(Protocol):
    """Runs code that nobody vouches for."""

    async def call(self, code: CodeUnit, arguments: Mapping[str, JsonValue], limits: Limits) -> SandboxResult:
        """Runs `code` once, in a process of its own that is gone when this returns, raises or is cancelled.

        Raises:
            SandboxError: The sandbox could not be set up. Nothing that the code does raises.
        """
        ...
