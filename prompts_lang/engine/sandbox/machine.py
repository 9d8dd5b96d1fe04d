"""What the sandbox needs to know about the machine that it runs on. Nothing is started to find out."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.engine.sandbox.child import seccomp
from prompts_lang.engine.sandbox.landlock import landlock_version
from prompts_lang.engine.sandbox.model import Level
from prompts_lang.errors import SandboxError


@dataclass(frozen=True, slots=True)
class Machine:
    """What the sandbox needs to know about the machine. `landlock` is the version of the kernel's interface, 0 where it has none."""

    python: Path
    prefix: Path
    bubblewrap: str | None
    landlock: int
    filter: bool
    root: bool
    kernel: tuple[int, int]

    @property
    def prefix_is_public(self) -> bool:
        """True where every user may read the interpreter."""
        return all(place.stat().st_mode & 0o005 == 0o005 for place in (self.prefix, *self.prefix.parents))


def this_machine() -> Machine:
    """Looks at the machine.

    Raises:
        SandboxError: It is of a kind for which there is no sandbox.
    """
    if os.name != "posix":
        raise SandboxError(
            f"There is no sandbox for code on {platform.system()}.", hint="Use Linux, in a container or WSL if need be."
        )
    prefix = Path(sys.base_prefix).resolve()
    python = prefix / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    release = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return Machine(
        python=python.resolve() if python.exists() else Path(sys.executable).resolve(),
        prefix=prefix,
        bubblewrap=shutil.which("bwrap"),
        landlock=landlock_version(),
        filter=sys.platform == "linux" and seccomp.supported(os.uname().machine),
        root=os.geteuid() == 0,
        kernel=(int(release[1]), int(release[2])) if release else (0, 0),
    )


def plainly_missing(machine: Machine, level: Level) -> str | None:
    """Why a level need not even be tried, if so."""
    if level is Level.NAMESPACES and machine.bubblewrap is None:
        return "bubblewrap (`bwrap`) is not installed"
    if level is Level.LANDLOCK and machine.landlock == 0:
        return "the kernel has no Landlock"
    return None
