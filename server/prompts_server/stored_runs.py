"""What the store keeps of runs, as Markdown for people. What a model was sent and said stands in fences that it cannot close."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prompts_lang.engine.store.model import RunKind, RunState
from prompts_lang.worker.protocol import Task
from prompts_server.data import as_list, as_number, as_object, as_text
from prompts_server.report_text import summary
from prompts_server.stored_findings import stores_of
from prompts_server.text_content import Sent, Transcript

_TASKS = {"eval": Task.EVALUATE, "optimize": Task.OPTIMIZE}
_MOST_EVENTS = 500
_MOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class EarlierScore:
    """The last score that the store has of a graph. `current` tells whether the file is as it was when the run began."""

    graph: str
    task: Task
    report: Mapping[str, Any]
    current: bool


def earlier_scores(path: Path) -> tuple[EarlierScore, ...]:
    """The last measured score of each graph of a file. Blocks."""
    found: dict[str, EarlierScore] = {}
    try:
        written = path.stat().st_mtime
    except OSError:
        return ()
    for store, name in stores_of(path):
        for run in store.runs(file=name, limit=_MOST_RUNS):
            task, report = _TASKS.get(run.kind.value), as_object(run.report)
            if task is not None and run.finished is not None and summary(report):
                found.setdefault(run.graph, EarlierScore(run.graph, task, report, written <= run.started))
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An optimisation of a file that did not come to its end. Started again on the same texts, it pays nothing twice.

    Attributes:
        graph: What was optimised.
        files: The hashes of the texts that it was started on, by the names that the store has for the files.
        calls: Calls that it has paid for.
        usd: US dollars that it has spent.
    """

    graph: str
    files: Mapping[str, Any]
    calls: int
    usd: float


def interrupted_runs(path: Path) -> tuple[Interrupted, ...]:
    """The optimisations of a file whose latest run was stopped, or died with its editor. Blocks."""
    latest: dict[str, Interrupted | None] = {}
    for store, name in stores_of(path):
        if name != path.name:
            continue  # A run is kept, and is gone on with, beside its own file.
        for run in store.runs(file=name, limit=_MOST_RUNS):
            if run.kind is not RunKind.OPTIMIZE or run.graph in latest:
                continue
            spent = store.spent(run.id)
            files = as_object(as_object(run.parameters).get("files"))
            over = run.state in {RunState.STOPPED, RunState.FAILED} and spent.calls > 0
            latest[run.graph] = Interrupted(run.graph, files, spent.calls, float(spent.usd)) if over else None
    return tuple(run for run in latest.values() if run is not None)


def sent_text(asked: Sent) -> str | None:
    """What a node was sent and what came back, in the latest run that has it. Blocks."""
    for store, name in stores_of(asked.path):
        for run in store.runs(file=name, limit=_MOST_RUNS):
            for event in store.events(run.id, row=asked.row):
                body = as_object(event.body)
                if (body.get("graph"), body.get("node")) == (asked.graph, asked.node):
                    return "\n".join(_event(body, whole=True))
    return None


def transcript(asked: Transcript) -> str | None:
    """A run, node by node. Blocks."""
    for store, name in stores_of(asked.path):
        runs = store.runs(file=name, limit=1)
        run = store.run(asked.run) if asked.run is not None else runs[0] if runs else None
        if run is None:
            continue
        events = store.events(run.id)
        lines = [f"# {run.kind.value} {run.graph}: {run.state.value}", "", f"Run `{run.id}` of `{run.file}`."]
        row = None
        for event in events[:_MOST_EVENTS]:
            if event.row != row:
                row = event.row
                lines += ["", f"## Row {row}"]
            lines += ["", *_event(as_object(event.body), whole=len(events) <= _MOST_EVENTS // 10)]
        if len(events) > _MOST_EVENTS:
            lines += ["", f"… and {len(events) - _MOST_EVENTS} more executions."]
        return "\n".join(lines) + "\n"
    return None


def _event(body: Mapping[str, Any], *, whole: bool) -> Iterator[str]:
    seconds = as_number(as_object(body.get("cost")).get("seconds"))
    took = "" if seconds is None else f", {seconds:.2f} s"
    yield f"### {as_text(body.get('node'))} ({as_text(body.get('kind'))}): {as_text(body.get('status'))}{took}"
    problem = as_text(as_object(body.get("problem")).get("message"))
    if problem:
        yield from ("", problem)
    if whole:
        for message in map(as_object, as_list(body.get("sent"))):
            yield from ("", f"**{as_text(message.get('role'))}**", "", *_fenced(message.get("content")))
        if body.get("reply") is not None:
            yield from ("", "**reply**", "", *_fenced(body["reply"]))
    for name, value in as_object(body.get("outputs")).items():
        yield from ("", f"**{name}**", "", *_fenced(value))


def _fenced(value: Any) -> tuple[str, str, str]:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text", text, fence
