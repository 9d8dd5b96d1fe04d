"""Forks commands from a process in which LiteLLM is loaded already: real processes that start in milliseconds instead of seconds.

It is told what to do over the socket on its standard input, one message after another (see `launcher`). A child is an ordinary
Python process with its own signals, descriptors and exit code. Only the interpreter's clearing up at the very end is left out: it
would touch, and so copy, all of the memory that it shares with this process.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any

from prompts_lang.cli import main as command_line
from prompts_lang.cli.main import COMMANDS, LazyGroup, cli
from prompts_lang.engine.provider.litellm_loading import load_litellm
from prompts_lang.worker.__main__ import main as worker

PROGRAMS: dict[str, Callable[[], object]] = {"prompts": command_line, "worker": worker}

HEAVY = (
    "prompts_lang.worker.tasks",
    "networkx",
    "anyio._backends._asyncio",
    "openai.resources",
    "openai.lib.streaming.chat",
)
"""What commands would import with their first call."""


def serve() -> Callable[[], object] | None:
    """Answers requests until the socket closes. In a child, returns the program that it is to be."""
    load_litellm()
    for name in HEAVY:
        import_module(name)
    for name in COMMANDS:
        assert isinstance(cli, LazyGroup)
        cli.get_command(cli.make_context("prompts", ["--help"], resilient_parsing=True), name)
    channel = socket.socket(fileno=os.dup(0))
    gc.freeze()
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, 1 << 20, 3)
        if not message:
            return None
        request = json.loads(message)
        if "wait" in request:
            _, status = os.waitpid(request["wait"], 0)
            channel.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        child = os.fork()
        if child == 0:
            channel.close()
            return become(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        channel.send(str(child).encode())


def become(request: dict[str, Any], descriptors: list[int]) -> Callable[[], object]:
    """Turns this process into the one that is asked for: its streams, folder, environment and arguments."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [request["program"], *request["arguments"]]
    # Python looks at its streams' files once, when it starts: whether they have places to seek, for one.
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  for the rest of the process
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return PROGRAMS[request["program"]]


def live(program: Callable[[], object]) -> int:
    """Runs the program as the interpreter would, and gives its exit code."""
    try:
        program()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - whatever escapes from a program ends its process
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__" and (program := serve()) is not None:
    code = live(program)
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
