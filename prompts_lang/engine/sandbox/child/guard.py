"""A guard process for levels without a process namespace: nothing that the code starts outlives it.

The guard is the parent of the sandboxed process and, on Linux, adopts whatever that leaves behind. It waits for its end, or for the
lifeline to close, which means that the engine is gone or wants to stop. Then it kills everything below itself.

Invariant: when the guard has exited, so has every process that descends from it (without Linux: every one of the process group).
"""

from __future__ import annotations

import os
import select
import signal
import sys

import scratch

_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER


def stand(*, lifeline: int, channel: int, folder: str) -> None:
    """Forks. Returns in the process that will run the code; the guard itself never returns.

    Args:
        lifeline: The descriptor that closes when the engine wants the code to stop, or is gone.
        channel: The descriptor for the result, which is the code's alone.
        folder: The code's temporary folder, removed at the end.
    """
    _adopt_orphans()
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    worker = os.fork()
    if worker == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(wake_read)
        os.close(wake_write)
        os.setpgid(0, 0)
        return
    for descriptor in (1, 2, channel):
        os.close(descriptor)  # so that these end with the code, not with the guard
    status = _wait(worker, lifeline, wake_read)
    _kill_group(worker)
    _kill_children()
    scratch.remove(folder)
    os._exit(_exit_code(status))


def _wait(worker: int, lifeline: int, wake: int) -> int:
    """Returns the worker's wait status, or that of SIGKILL where the lifeline closed first."""
    while True:
        ready, _, _ = select.select([lifeline, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == worker:
                    return status
                if pid == 0:
                    break
        elif not os.read(lifeline, 4096):
            return signal.SIGKILL


def _kill_group(worker: int) -> None:
    try:
        os.killpg(worker, signal.SIGKILL)
    except ProcessLookupError:
        return  # the group was the worker alone, and it is gone
    except PermissionError:
        return  # macOS says so of a group of zombies


def _kill_children() -> None:
    """Kills and reaps until no child is left: orphans of a killed process become children in turn."""
    while True:
        for child in _children():
            os.kill(child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    try:
        with open("/proc/thread-self/children", encoding="ascii") as file:  # noqa: PTH123 - pathlib is slow to import
            return [int(pid) for pid in file.read().split()]
    except FileNotFoundError:
        return []  # not this kernel: the process group is all there is to go by


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - 3 ms that the namespace level does not need

        if ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0) != 0:
            sys.exit("the kernel does not let a process adopt its orphans")


def _exit_code(status: int) -> int:
    """As bubblewrap and shells have it: a signal is 128 and its number."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
