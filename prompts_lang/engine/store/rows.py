"""From changes to statements with their values, and from rows back to values.

Invariant: what is read is equal to what was written, money to the picodollar.
"""

from __future__ import annotations

import json
import time
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from prompts_lang.data.content import stored_json
from prompts_lang.engine.store import queries
from prompts_lang.engine.store.model import (
    CandidateRecord,
    Cost,
    Entry,
    EntryState,
    EventRecord,
    FindingRecord,
    Memo,
    Purpose,
    RunKind,
    RunRecord,
    RunState,
    Totals,
    Usage,
)
from prompts_lang.engine.store.protocol import Change, KeepCandidate, KeepEvent, Remember, Reserve, Settle, Touch
from prompts_lang.engine.store.schema import PICODOLLAR

if TYPE_CHECKING:
    from collections.abc import Iterator

Value: TypeAlias = str | int | float | None
Row: TypeAlias = tuple[Any, ...]
Statement: TypeAlias = tuple[str, tuple[Value, ...]]


def statements(change: Change) -> Iterator[Statement]:
    """Yields what writes a change; for a reservation the one statement whose row number is the entry's."""
    now = time.time()
    match change:
        case Reserve():
            yield (
                queries.RESERVE,
                (
                    now,
                    change.run,
                    change.key,
                    change.purpose,
                    change.node,
                    change.model,
                    change.attempt,
                    picodollars(change.bound),
                ),
            )
        case Settle():
            usage = change.usage
            yield (
                queries.SETTLE,
                (
                    now,
                    change.state,
                    change.number,
                    picodollars(usage.usd),
                    usage.tokens_in,
                    usage.tokens_out,
                    usage.seconds,
                    change.error,
                ),
            )
            if change.memo is not None:
                yield from statements(change.memo)
        case Remember():
            yield queries.REMEMBER, (change.key, change.spelled, change.run, now)
        case Touch():
            yield queries.TOUCH, (now, change.key)
        case KeepEvent():
            event = change.event
            iteration = ".".join(map(str, event.iteration))
            key = (event.run, event.candidate, event.row, event.path, iteration, event.replica)
            yield queries.KEEP_EVENT, (*key, change.spelled)
        case KeepCandidate():
            candidate = change.candidate
            parents = stored_json(list(candidate.parents))
            yield queries.KEEP_CANDIDATE, (candidate.run, candidate.id, parents, change.spelled)
        case _:
            assert_never(change)


def picodollars(usd: Decimal | None) -> int | None:
    """Returns whole picodollars, rounded up: a budget must hold."""
    return None if usd is None else int((usd * PICODOLLAR).to_integral_value(ROUND_CEILING))


def dollars(amount: int | None) -> Decimal | None:
    """Returns US dollars, or None for an unknown price."""
    return None if amount is None else Decimal(amount) / PICODOLLAR


def run_values(run: RunRecord) -> tuple[Value, ...]:
    """Returns a run in the order of its table."""
    parameters, report = stored_json(run.parameters), stored_json(run.report)
    return (
        run.id,
        run.kind,
        run.file,
        run.graph,
        run.state,
        run.seed,
        parameters,
        run.started,
        run.finished,
        report,
    )


def finding_values(finding: FindingRecord) -> tuple[Value, ...]:
    """Returns a finding in the order of its table."""
    body = stored_json(finding.body)
    place = (finding.id, finding.file, finding.graph, finding.slot, finding.text_hash)
    return (*place, finding.run, body, finding.created)


def read_run(row: Row) -> RunRecord:
    """Reads a row of `queries.RUNS`."""
    key, kind, file, graph, state, seed, parameters, started, finished, report = row
    return RunRecord(
        id=key,
        kind=RunKind(kind),
        file=file,
        graph=graph,
        state=RunState(state),
        seed=seed,
        parameters=json.loads(parameters),
        started=started,
        finished=finished,
        report=json.loads(report),
    )


def read_entry(row: Row) -> Entry:
    """Reads a row of `queries.ENTRIES`."""
    number, run, key, purpose, node, model, attempt, state, bound, *used, reserved, settled, error = row
    tokens_in, tokens_out, spent, seconds = used
    return Entry(
        number=number,
        run=run,
        key=key,
        purpose=Purpose(purpose),
        node=node,
        model=model,
        attempt=attempt,
        state=EntryState(state),
        bound=dollars(bound),
        usage=Usage(tokens_in, tokens_out, dollars(spent), seconds),
        reserved=reserved,
        settled=settled,
        error=error,
    )


def read_totals(row: Row) -> Totals:
    """Reads sums as `queries.SPENT_SINCE` makes them."""
    calls, failed, possibly_spent, unpriced, spent, tokens_in, tokens_out, seconds = row
    return Totals(
        calls=calls,
        failed=failed,
        possibly_spent=possibly_spent,
        unpriced=unpriced,
        usd=Decimal(spent) / PICODOLLAR,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        seconds=seconds,
    )


def read_cost(row: Row) -> Cost:
    """Reads a row of `queries.COSTS`."""
    purpose, node, model, *totals = row
    return Cost(Purpose(purpose), node, model, read_totals(tuple(totals)))


def read_memo(row: Row) -> Memo | None:
    """Reads a row of `queries.MEMO`. What cannot be read was never there: somebody else wrote it, and it can be had again."""
    key, value, run, used = row
    try:
        return Memo(key, json.loads(value), run, used)
    except ValueError:
        return None


def read_event(row: Row) -> EventRecord:
    """Reads a row of `queries.EVENTS`."""
    run, name, path, body, iteration, replica, candidate = row
    rounds = tuple(int(number) for number in iteration.split(".") if number)
    return EventRecord(run, name, path, json.loads(body), rounds, replica, candidate)


def read_candidate(row: Row) -> CandidateRecord:
    """Reads a row of `queries.CANDIDATES`."""
    run, key, body, parents = row
    return CandidateRecord(run, key, json.loads(body), tuple(json.loads(parents)))


def read_finding(row: Row) -> FindingRecord:
    """Reads a row of `queries.FINDINGS`."""
    key, file, graph, slot, text_hash, run, body, created = row
    return FindingRecord(key, file, graph, slot, text_hash, run, json.loads(body), created)
