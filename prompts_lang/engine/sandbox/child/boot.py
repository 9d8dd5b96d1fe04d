"""The first thing that runs in a sandboxed process: read the request, stand guard, confine, run, answer.

Everything that this process says goes to a channel of its own, a descriptor whose number is the last argument. First the word `awake`,
in answer to which the request comes on standard input: its length (8 bytes, big-endian), then JSON. Then two frames, `NONCE LENGTH\\n`
and that many bytes: an empty one when everything is set up and the code starts, and one with the result.

Invariant: no line of the user's code runs before the process is confined, and none after the result is written.
"""

from __future__ import annotations

import json
import os
import sys

import confine
import execute
import guard

TYPE_CHECKING = False  # importing `typing` would cost a tenth of the start-up
if TYPE_CHECKING:
    from typing import Any

_OWN_MODULES = ("boot", "confine", "execute", "guard", "scratch", "seccomp")
_WITHOUT_RESULT = 70


def main() -> None:
    """Serves one request; never returns."""
    channel = int(sys.argv[2])
    os.write(channel, b"awake\n")
    request: dict[str, Any] = json.loads(_read(int.from_bytes(_read(8), "big")))
    plan: dict[str, Any] = request["confinement"]
    if plan["guard"]:
        guard.stand(lifeline=0, channel=channel, folder=plan["folder"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    confine.apply(plan)
    sys.path.pop(0)
    for name in _OWN_MODULES:
        sys.modules.pop(name, None)
    # Bound before the code runs, which may replace what these names stand for in their modules.
    write, leave, own_pid, nonce, me = os.write, os._exit, os.getpid, request["nonce"].encode(), os.getpid()

    def answer(body: bytes) -> None:
        if own_pid() != me:
            leave(0)  # the code forked, and here its child has come to the end of the code
        rest = memoryview(b"%s %d\n%s" % (nonce, len(body), body))
        while rest:
            rest = rest[write(channel, rest) :]

    run = execute.prepare(request["code"], request["arguments"], request["output_bytes"])
    try:
        answer(b"")
        answer(run())
    except OSError:
        leave(_WITHOUT_RESULT)  # the code closed the channel
    leave(0)


def _read(length: int) -> bytes:
    parts: list[bytes] = []
    while length:
        part = os.read(0, min(length, 2**20))
        if not part:
            sys.exit("the request ended early")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
