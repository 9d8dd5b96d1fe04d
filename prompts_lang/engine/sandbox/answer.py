"""Reads what a sandboxed process left behind, none of which is trusted, and says what came of the call."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING

from prompts_lang.data.json_values import read_json
from prompts_lang.engine.sandbox.model import (
    SCRATCH_BYTES,
    CodeFrame,
    Level,
    Limits,
    SandboxProblem,
    SandboxProblemKind,
    SandboxResult,
)
from prompts_lang.engine.sandbox.process import Ending, Stop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompts_lang.graph.types import JsonValue

_MOST_FRAMES = 20
_MOST_TEXT = 2000


class _Malformed(Exception):  # noqa: N818 - the verdict on an answer, never seen outside
    """The answer is not what an untouched process writes."""


def result_of(ending: Ending, outputs: tuple[str, ...], limits: Limits, level: Level) -> SandboxResult:
    """Tells the outcome of a call from what is left of its process."""
    value, problem = _outcome(ending, outputs, limits)
    stdout, stderr = (_text(data[: limits.output_bytes]) for data in (ending.stdout, ending.stderr))
    return SandboxResult(value, problem, stdout, stderr, ending.seconds, level)


def _outcome(
    ending: Ending, outputs: tuple[str, ...], limits: Limits
) -> tuple[Mapping[str, JsonValue] | None, SandboxProblem | None]:
    kind = SandboxProblemKind
    if ending.stop is Stop.OUTPUT:
        return None, SandboxProblem(
            kind.OUTPUT, f"The code printed or returned more than {limits.output_bytes:,} bytes."
        )
    if ending.stop is Stop.FOLDER:
        return None, SandboxProblem(kind.OUTPUT, f"The code wrote more than {SCRATCH_BYTES:,} bytes or too many files.")
    if ending.stop is Stop.MEMORY:
        used = f"The processes of the code together used more than {limits.memory_bytes:,} bytes of memory."
        return None, SandboxProblem(kind.MEMORY, used)
    if not ending.answer:
        return None, _without_answer(ending, limits)
    try:
        return _read(ending, outputs)
    except _Malformed as malformed:
        if ending.stop is Stop.TIMEOUT:
            return None, _without_answer(ending, limits)
        return None, SandboxProblem(kind.PROTOCOL, f"The code tampered with the channel for its result: {malformed}.")


def _without_answer(ending: Ending, limits: Limits) -> SandboxProblem:
    if ending.stop is Stop.TIMEOUT or ending.status == 128 + signal.SIGXCPU:
        return SandboxProblem(SandboxProblemKind.TIMEOUT, f"The code did not end within {limits.seconds:g} s.")
    if ending.status > 128:
        try:
            name = signal.Signals(ending.status - 128).name
        except ValueError:
            name = f"signal {ending.status - 128}"
        return SandboxProblem(SandboxProblemKind.KILLED, f"The process of the code was ended by {name}.")
    return SandboxProblem(
        SandboxProblemKind.PROTOCOL, f"The code ended its process (with status {ending.status}) before it had a result."
    )


def _read(ending: Ending, outputs: tuple[str, ...]) -> tuple[Mapping[str, JsonValue] | None, SandboxProblem | None]:
    head = re.match(rb"%s (\d{1,12})\n" % re.escape(ending.nonce), ending.answer)
    if head is None:
        raise _Malformed("something else was written to it")
    body = ending.answer[head.end() :]
    if len(body) != int(head[1]):
        raise _Malformed("the result has another length than it says")
    message = _object(_parse(body))
    if "value" in message:
        value = _object(message["value"])
        if set(value) != set(outputs):
            raise _Malformed("the result has other outputs than the node")
        return {name: value[name] for name in outputs}, None
    return None, _problem(_object(message.get("problem")))


def _parse(body: bytes) -> JsonValue:
    try:
        value = read_json(body.decode("utf-8"))
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # finds lone surrogates
    except ValueError as error:
        raise _Malformed("the result is not JSON") from error
    return value


def _problem(problem: Mapping[str, JsonValue]) -> SandboxProblem:
    try:
        kind = SandboxProblemKind(_string(problem.get("kind")))
    except ValueError as error:
        raise _Malformed("it tells of an unknown kind of problem") from error
    frames = problem.get("frames")
    if not isinstance(frames, list):
        raise _Malformed("it tells of a problem without its frames")
    return SandboxProblem(
        kind, _string(problem.get("message")), tuple(_frame(_object(frame)) for frame in frames[-_MOST_FRAMES:])
    )


def _frame(frame: Mapping[str, JsonValue]) -> CodeFrame:
    line = frame.get("line")
    if not isinstance(line, int):
        raise _Malformed("a frame has no line")
    return CodeFrame(_string(frame.get("file")), line, _string(frame.get("function")), _string(frame.get("text")))


def _object(value: JsonValue) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise _Malformed("a part of the result is missing")
    return value


def _string(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise _Malformed("a part of the result is missing")
    return value[:_MOST_TEXT]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
