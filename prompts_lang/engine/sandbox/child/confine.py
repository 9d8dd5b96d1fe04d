"""Gives up what the code must not have: memory, files, privileges, system calls. Each step can only be taken further, never back.

Where bubblewrap has already made namespaces and installed the filter, only resource limits and a user of its own remain to be set.
A step that fails ends the process with a sentence on standard error: the code then never runs.
"""

from __future__ import annotations

import os
import resource
import struct
import sys

TYPE_CHECKING = False  # importing `typing` would cost a tenth of the start-up
if TYPE_CHECKING:
    import ctypes
    from typing import Any

_SET_DEATH_SIGNAL, _KEEP_CAPABILITIES, _SET_SECCOMP, _NO_NEW_PRIVILEGES = 1, 8, 22, 38
_FILTER = 2
_CAPABILITY_VERSION = 0x20080522
_READ_ANY_FILE = 1 << 2  # CAP_DAC_READ_SEARCH
_CREATE_RULESET, _ADD_RULE, _RESTRICT = 444, 445, 446  # the numbers are the same on every architecture
_PATH_BENEATH = 1

MARGIN = 16 * 2**20
"""Bytes of memory kept back from the code, in which its failure can be told."""


def apply(plan: dict[str, Any]) -> None:
    """Takes every step of the plan, in the one order in which each is still allowed.

    Args:
        plan: `limits` (a resource's name, its soft and its hard bound), `memory`, `folder`, `user` (or None), `read_any` (bool),
            `landlock` (or None; see `landlock_rules`) and `filter` (or None; `machine` and `own_signals`).
    """
    os.chdir(plan["folder"])
    _limit(plan)
    needs_kernel = plan["landlock"] is not None or plan["filter"] is not None or plan["guard"]
    libc = _libc() if needs_kernel and sys.platform == "linux" else None
    # Imports, so before files are out of reach.
    program = _program(plan["filter"]) if plan["filter"] is not None else None
    if libc is not None:
        _control(libc, _NO_NEW_PRIVILEGES, 1)
    if libc is not None and plan["landlock"] is not None:
        _landlock(libc, plan["landlock"])
    if plan["user"] is not None:
        _become(libc, plan["user"], read_any=plan["read_any"])
    if libc is not None and plan["guard"]:
        _control(libc, _SET_DEATH_SIGNAL, 9)  # after the change of user, which resets it
    if libc is not None and program is not None:
        _install(libc, program)


def allow_margin() -> None:
    """Frees the kept-back memory, to report a failure in."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _limit(plan: dict[str, Any]) -> None:
    for name, soft, hard in plan["limits"]:
        which: int = getattr(resource, name)
        _, highest = resource.getrlimit(which)
        if highest != resource.RLIM_INFINITY:
            soft, hard = min(soft, highest), min(hard, highest)  # noqa: PLW2901 - what the machine allows at most
        resource.setrlimit(which, (soft, hard))
    resource.setrlimit(resource.RLIMIT_AS, (plan["memory"], plan["memory"] + MARGIN))


def _libc() -> ctypes.CDLL:
    import ctypes  # noqa: PLC0415 - 3 ms that the namespace level does not need

    return ctypes.CDLL(None, use_errno=True)


def _control(libc: ctypes.CDLL, option: int, argument: int, pointer: object = 0) -> None:
    _check("prctl", libc.prctl(option, argument, pointer, 0, 0))


def _check(step: str, outcome: int) -> int:
    if outcome < 0:
        import ctypes  # noqa: PLC0415

        sys.exit(f"{step}: {os.strerror(ctypes.get_errno())}")
    return outcome


def _become(libc: ctypes.CDLL | None, user: int, *, read_any: bool) -> None:
    """Changes to a user of its own for good, keeping at most the right to read files that Landlock leaves in reach."""
    if read_any and libc is not None:
        _control(libc, _KEEP_CAPABILITIES, 1)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    if read_any and libc is not None:
        header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
        _check("capset", libc.capset(header, struct.pack("=6I", _READ_ANY_FILE, _READ_ANY_FILE, 0, 0, 0, 0)))


def _landlock(libc: ctypes.CDLL, rules: dict[str, Any]) -> None:
    attributes = struct.pack("=QQQ", rules["files"], rules["network"], rules["scope"])[: rules["size"]]
    ruleset = _check("landlock", libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    for path, allowed in rules["paths"]:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        _check(path, libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", allowed, place), 0))
        os.close(place)
    _check("landlock", libc.syscall(_RESTRICT, ruleset, 0))
    os.close(ruleset)


def _program(rules: dict[str, Any]) -> bytes:
    import seccomp  # noqa: PLC0415 - not needed where bubblewrap installs the filter

    return seccomp.program(rules["machine"], among_others=True, own_pid=os.getpid() if rules["own_signals"] else None)


def _install(libc: ctypes.CDLL, program: bytes) -> None:
    import ctypes  # noqa: PLC0415 - loaded already, see _libc

    steps = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(steps))
    _control(libc, _SET_SECCOMP, _FILTER, ctypes.c_char_p(header))
