"""How a sandboxed process is started at each level: the command line, the environment, and what the process itself still has to give up.

Everything here is a pure function of the machine (`Machine`) and the limits; nothing is started.
"""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prompts_lang.engine.sandbox.child import seccomp
from prompts_lang.engine.sandbox.landlock import landlock_rules, landlock_scopes_signals
from prompts_lang.engine.sandbox.model import SCRATCH_BYTES, Level, Limits

if TYPE_CHECKING:
    from prompts_lang.engine.sandbox.machine import Machine
    from prompts_lang.graph.types import JsonValue

CHILD = Path(__file__).parent / "child"
_CHILD_INSIDE = "/run/prompts"
_SCRATCH_INSIDE = "/tmp"  # noqa: S108 - a file system of its own
_START = "import sys; sys.path.insert(0, sys.argv[1]); import boot; boot.main()"
# What `-I` does, except that PYTHONHASHSEED counts: the same code on the same input then does the same, sets included.
_INTERPRETER_FLAGS = ("-s", "-P", "-S", "-X", "utf8")
USERS = range(30_000, 60_000)
"""Numbers that Debian's policy leaves to the machine's owner, and that rootless containers map as well."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A way to start one process.

    `wrapper` is bubblewrap with its options, or empty; `wrapper_filter` the system calls that it shall refuse, to be passed on a
    descriptor. `confinement` is what the process does to itself, as `child/confine.py` reads it.
    """

    wrapper: tuple[str, ...]
    wrapper_filter: bytes | None
    command: tuple[str, ...]
    environment: dict[str, str]
    confinement: dict[str, JsonValue]


def launch(machine: Machine, level: Level, limits: Limits, *, folder: str | None, user: int | None) -> Launch:
    """Says how to start a process at a level.

    Args:
        machine: Where.
        level: How well it is to be contained.
        limits: What it may use.
        folder: Its temporary folder; the namespace level brings its own.
        user: The number of a user of its own; None where the engine does not run as root.
    """
    own_count = user is not None or (level is Level.NAMESPACES and machine.kernel >= (5, 14))
    place = folder if folder is not None else _SCRATCH_INSIDE
    confinement: dict[str, JsonValue] = {
        "guard": level is not Level.NAMESPACES,
        "folder": place,
        "limits": _limits(limits, already=0 if own_count else _tasks_of(os.getuid())),
        "memory": limits.memory_bytes,
        "user": user,
        "read_any": False,
        "landlock": None,
        "filter": None,
    }
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": place,
        "TMPDIR": place,
        "PYTHONHASHSEED": "0",
    }
    start = (str(machine.python), *_INTERPRETER_FLAGS, "-c", _START)
    if level is Level.NAMESPACES:
        rules = seccomp.program(os.uname().machine, among_others=False) if machine.filter else None
        return Launch(tuple(_bubblewrap(machine)), rules, (*start, _CHILD_INSIDE), environment, confinement)
    scoped = False
    if level is Level.LANDLOCK:
        confinement["landlock"] = landlock_rules(machine.landlock, readable=_readable(machine), writable=place)
        scoped = landlock_scopes_signals(machine.landlock)
    if machine.filter:
        confinement["filter"] = {"machine": os.uname().machine, "own_signals": user is None and not scoped}
    confinement["read_any"] = machine.root and not machine.prefix_is_public
    return Launch((), None, (*start, str(CHILD)), environment, confinement)


def give_to(folder: str, confinement: dict[str, JsonValue]) -> None:
    """Makes the temporary folder the property of the user that the code will run as."""
    user = confinement["user"]
    if isinstance(user, int):
        os.chown(folder, user, user)


def _limits(limits: Limits, *, already: int) -> list[JsonValue]:
    seconds = math.ceil(limits.seconds) + 1
    bounds = {
        "RLIMIT_NPROC": limits.processes + already,
        "RLIMIT_FSIZE": SCRATCH_BYTES,
        "RLIMIT_NOFILE": 128,
        "RLIMIT_CORE": 0,
    }
    if sys.platform == "linux":
        bounds |= {"RLIMIT_MSGQUEUE": 0, "RLIMIT_MEMLOCK": 0}
    # Beyond the soft limit on processor time comes SIGXCPU, which tells what happened; a second later SIGKILL, for who ignores it.
    return [["RLIMIT_CPU", seconds, seconds + 1], *([name, bound, bound] for name, bound in bounds.items())]


def _tasks_of(user: int) -> int:
    """How many processes and threads the user has: the kernel's limit counts them all, except in a namespace of its own."""
    count = 0
    for entry in os.scandir("/proc") if sys.platform == "linux" else ():
        if entry.name.isdecimal():
            try:
                tasks = Path(entry.path, "task").stat()
            except FileNotFoundError:
                continue  # it has just ended
            if tasks.st_uid == user:
                count += tasks.st_nlink - 2
    return count


# ------------------------------------------------------------------------------------------------------------- what is seen


def _libraries() -> tuple[Path, ...]:
    """Where interpreters and the libraries that they load live, apart from the interpreter's own prefix."""
    return tuple(
        path for path in map(Path, ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/nix/store")) if path.exists()
    )


def _readable(machine: Machine) -> list[str]:
    files = [path for path in map(Path, ("/etc/ld.so.cache", "/dev/urandom", "/dev/zero")) if path.exists()]
    return [str(path) for path in (*_libraries(), machine.prefix, *files)]


def _bubblewrap(machine: Machine) -> list[str]:
    assert machine.bubblewrap is not None  # noqa: S101 - the level is only tried where it is there
    command = [machine.bubblewrap, "--die-with-parent", "--new-session", "--hostname", "sandbox", "--unshare-uts"]
    command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-cgroup-try", "--cap-drop", "ALL"]
    if machine.root:
        # Root needs no user namespace, and without one can become a user of its own, for whom the limit on processes holds.
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user", "--uid", "65534", "--gid", "65534"]
    for path in _libraries():
        command += (
            ["--symlink", str(path.readlink()), str(path)] if path.is_symlink() else ["--ro-bind", str(path), str(path)]
        )
    if not machine.prefix.is_relative_to("/usr"):
        # Folders that bubblewrap makes on the way are for their owner alone, unless they are asked for.
        for parent in list(reversed(machine.prefix.parents))[1:]:
            command += ["--dir", str(parent)]
        command += ["--ro-bind", str(machine.prefix), str(machine.prefix)]
    command += [
        "--dir",
        "/etc",
        "--ro-bind-try",
        "/etc/ld.so.cache",
        "/etc/ld.so.cache",
        "--ro-bind",
        str(CHILD),
        _CHILD_INSIDE,
    ]
    # No /proc: nothing that code needs is there, and much that it need not know.
    command += ["--dev", "/dev", "--remount-ro", "/dev", "--size", str(SCRATCH_BYTES), "--perms", "1777"]
    command += ["--tmpfs", _SCRATCH_INSIDE, "--remount-ro", "/", "--chdir", "/"]
    return command
