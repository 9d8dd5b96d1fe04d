"""Runs a graph once: on values that someone typed, or on a row of a dataset."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from prompts_lang.data.dataset import Row
from prompts_lang.data.json_values import read_json
from prompts_lang.data.splitting import Split
from prompts_lang.data.values import fitted
from prompts_lang.engine.records import event_json, problem_json
from prompts_lang.engine.retrieval.recall import gold_of, recall
from prompts_lang.engine.session import Session
from prompts_lang.engine.store.model import Purpose
from prompts_lang.engine.values import Event, Run, Status
from prompts_lang.errors import UsageError
from prompts_lang.graph.model import Graph
from prompts_lang.graph.problem import suggestion
from prompts_lang.graph.types import ChoiceType, JsonValue, OptionalType, TextType, Type, describe, misfit
from prompts_lang.jobs.sandbox import level_in_force

TYPED_ROW = "input"
"""The id of the row that is made of values on the command line."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run and what it took.

    Attributes:
        run: The run.
        calls: Calls that were paid for.
        usd: US dollars; None where a price is unknown.
        seconds: Time on the clock.
        sandbox: The level at which code ran, where any did.
        recall: The share of the row's gold passages that its retrievals found, where it names any.
    """

    run: Run
    calls: int
    usd: Decimal | None
    seconds: float
    sandbox: str | None = None
    recall: float | None = None

    @property
    def completed(self) -> bool:
        """Whether nothing kept the graph from running; a node of it may still have failed."""
        return self.run.completed and self.run.problem is None

    def to_json(self) -> dict[str, JsonValue]:
        """The object of `prompts run --json`."""
        return {
            "graph": self.run.graph,
            "row": self.run.row,
            "outputs": dict(self.run.outputs),
            "problem": problem_json(self.run.problem),
            "events": [event_json(event) for event in self.run.events],
            "recall": self.recall,
            "calls": self.calls,
            "usd": None if self.usd is None else float(self.usd),
            "seconds": round(self.seconds, 3),
            "sandbox": self.sandbox,
        }


async def run_once(session: Session, graph: Graph, row: Row) -> RunResult:
    """Runs the graph on one row; its events are kept in the store.

    Raises:
        PromptsError: nothing can go on: the store or the sandbox does not work, or a file that a node needs is not there.
    """
    started, before = time.perf_counter(), session.account.totals
    (run,) = await session.executor.run_rows(graph, [row], purpose=Purpose.FORWARD, on_event=session.keep)
    used = session.account.totals
    usd = None if used.unpriced else used.usd - before.usd
    found = recall(run.events, gold_of(row.values))
    return RunResult(run, used.calls - before.calls, usd, time.perf_counter() - started, level_in_force(session), found)


def typed_row(graph: Graph, values: Mapping[str, str]) -> Row:
    """A row of values that someone typed: texts as they are, everything else as JSON.

    Raises:
        UsageError: an input is missing, unknown, or not of its type.
    """
    ports = {port.name: port.type for port in graph.inputs}
    for name in values:
        if name not in ports:
            raise UsageError(f"The graph '{graph.name}' has no input '{name}'.{suggestion(name, ports)}")
    row: dict[str, JsonValue] = {}
    for name, type_ in ports.items():
        if name in values:
            row[name] = _typed(type_, name, values[name])
        elif not isinstance(type_, OptionalType):
            raise UsageError(
                f"The graph '{graph.name}' needs the input '{name}' ({describe(type_)}).",
                hint=f"Add `--input {name}=…`.",
            )
    return Row(TYPED_ROW, row, Split.TEST)


def _typed(type_: Type, name: str, text: str) -> JsonValue:
    try:
        value = text if isinstance(type_, TextType) else read_json(text)
    except ValueError as error:
        # A bare word is enough where one of a few texts is asked for, or any value; what starts like JSON was meant as JSON.
        if text.lstrip().startswith(("[", "{")):
            raise UsageError(
                f"Wrong input: '{name}' is not JSON: {_where(error)}.",
                hint=f"Its type is {describe(type_)}, and values that are no text are written as JSON.",
            ) from error
        value = text
    value = fitted(type_, value)
    if (problem := misfit(type_, value, f"'{name}'")) is not None:
        inner = type_.item if isinstance(type_, OptionalType) else type_
        hint = None if isinstance(inner, ChoiceType) else "Values that are no text are written as JSON."
        raise UsageError(f"Wrong input: {problem}.", hint=hint)
    return value


def _where(error: ValueError) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    return f"{error.msg.lower()}, line {error.lineno}, column {error.colno}"


def failures(run: Run) -> tuple[Event, ...]:
    """The events that did not end well, first things first."""
    return tuple(event for event in run.events if event.status in (Status.FAILED, Status.NOT_RUN))
