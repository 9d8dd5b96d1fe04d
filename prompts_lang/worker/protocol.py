"""What the language server and its worker say to each other: one JSON object per line, UTF-8, over the worker's pipes.

Commands, server to worker::

    {"do": "run" | "evaluate" | "optimize", "job": ID, "path": PATH, "texts": {PATH: TEXT}, "graph": NAME | null,
     "options": {}}
    {"do": "stop", "job": ID}
    {"do": "exit"}

`path` and the keys of `texts` are absolute. `texts` holds what the editor has not saved; every other file is read from disk.
`options` are those of the command line (`budget`, `dataset`, `inputs`, `rounds`, `row`, `rows`, `sandbox`, `seed`, `split`), by their
long names.

Events, worker to server. The first line is `ready`, before any heavy import::

    {"event": "ready", "protocol": 1, "version": VERSION}
    {"job": ID, "event": "started", "seconds": 0, "calls": 0}
    {"job": ID, "event": NAME, ...}
    {"job": ID, "event": "finished", "state": "done" | "stopped" | "failed"}

In between stand the events of `prompts optimize --json` as they are (`bound headroom progress finding proposal gate accepted
warning report`), and `node` with the live status of a node (`node`, `state`, and where known `done`, `total`, `usd`). A run and an
evaluation end with a `report` that holds the object of `prompts run --json` or `prompts eval --json`. A job that cannot be completed
says why in `failed` (`message`, written for people) before it finishes.

Promises: each job that was started finishes exactly once; a `stop` lets calls in flight end, keeps what was paid for and is answered by
the usual report, while a second one ends the job at once; a job id is used once; what cannot be obeyed is answered by `failed` with an
empty job id; the worker ends, with all its children, when its standard input does; standard output carries nothing but these lines. Both
sides ignore fields and events that they do not know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from prompts_lang.errors import PromptsError

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue

PROTOCOL_VERSION = 1
"""Raised whenever one side could misunderstand the other."""

MAX_LINE_BYTES = 64 * 1024 * 1024
"""A line may be this long; a longer one ends the connection."""


class WorkerProtocolError(PromptsError):
    """A line that is no message of this protocol."""


class Task(StrEnum):
    """What a job does."""

    RUN = "run"
    EVALUATE = "evaluate"
    OPTIMIZE = "optimize"


class JobState(StrEnum):
    """How a job finished."""

    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Start:
    """Starts a job on a graph of a file; the file's only graph, or the one that it optimises, when `graph` is None."""

    task: Task
    job: str
    path: Path
    texts: Mapping[Path, str] = field(default_factory=dict[Path, str])
    graph: str | None = None
    options: Mapping[str, JsonValue] = field(default_factory=dict[str, "JsonValue"])

    def to_json(self) -> dict[str, JsonValue]:
        """The command as it stands on its line."""
        return {
            "do": self.task.value,
            "job": self.job,
            "path": str(self.path),
            "texts": {str(path): text for path, text in self.texts.items()},
            "graph": self.graph,
            "options": dict(self.options),
        }


@dataclass(frozen=True, slots=True)
class Stop:
    """Asks a job to stop as soon as it can without losing what was paid for."""

    job: str

    def to_json(self) -> dict[str, JsonValue]:
        """The command as it stands on its line."""
        return {"do": "stop", "job": self.job}


@dataclass(frozen=True, slots=True)
class Exit:
    """Stops every job and ends the worker."""

    def to_json(self) -> dict[str, JsonValue]:
        """The command as it stands on its line."""
        return {"do": "exit"}


Command: TypeAlias = Start | Stop | Exit


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker's first word: which protocol it speaks, and which version of the package it is."""

    protocol: int
    version: str

    def to_json(self) -> dict[str, JsonValue]:
        """The event as it stands on its line."""
        return {"event": "ready", "protocol": self.protocol, "version": self.version}


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something that happened in a job. `body` holds the fields of the event besides `job` and `event`."""

    job: str
    event: str
    body: Mapping[str, JsonValue] = field(default_factory=dict[str, "JsonValue"])

    def to_json(self) -> dict[str, JsonValue]:
        """The event as it stands on its line."""
        return {"job": self.job, "event": self.event, **self.body}


Event: TypeAlias = Ready | JobEvent


def encode_line(message: Command | Event) -> bytes:
    """A message as one line, its line feed included."""
    return json.dumps(message.to_json(), separators=(",", ":"), allow_nan=False).encode() + b"\n"


def read_command(line: bytes) -> Command:
    """Reads a line that the server wrote.

    Raises:
        WorkerProtocolError: The line is no command.
    """
    data = _read_object(line)
    match data.get("do"):
        case "exit":
            return Exit()
        case "stop":
            return Stop(_text(data, "job"))
        case "run" | "evaluate" | "optimize" as task:
            return Start(
                task=Task(task),
                job=_text(data, "job"),
                path=Path(_text(data, "path")),
                texts={Path(path): str(text) for path, text in _object(data, "texts").items()},
                graph=None if data.get("graph") is None else _text(data, "graph"),
                options=_object(data, "options"),
            )
        case other:
            raise WorkerProtocolError(f"There is no command {other!r}.")


def read_event(line: bytes) -> Event:
    """Reads a line that the worker wrote.

    Raises:
        WorkerProtocolError: The line is no event.
    """
    data = _read_object(line)
    event = _text(data, "event")
    if event == "ready":
        protocol = data.get("protocol")
        if not isinstance(protocol, int):
            raise WorkerProtocolError("The worker does not say which protocol it speaks.")
        return Ready(protocol, _text(data, "version"))
    return JobEvent(
        _text(data, "job"), event, {name: value for name, value in data.items() if name not in {"job", "event"}}
    )


def _read_object(line: bytes) -> dict[str, JsonValue]:
    try:
        data: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WorkerProtocolError("The line is not JSON.") from error
    if not isinstance(data, dict):
        raise WorkerProtocolError("The line is not a JSON object.")
    return cast("dict[str, JsonValue]", data)


def _text(data: Mapping[str, JsonValue], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        raise WorkerProtocolError(f"The field {name!r} must be a string.")
    return value


def _object(data: Mapping[str, JsonValue], name: str) -> dict[str, JsonValue]:
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise WorkerProtocolError(f"The field {name!r} must be an object.")
    return value
