"""`prompts show RUN`: one run, one row of it, or one node with the prompt as it was sent and the reply."""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote
from typing import Any, cast

import click

from prompts_lang.cli.amounts import dollars, plural
from prompts_lang.cli.candidate_text import SHOWN_ID, candidate_json, candidate_lines, show_candidate
from prompts_lang.cli.event_text import show_event
from prompts_lang.cli.options import store_option
from prompts_lang.cli.report_text import report_lines
from prompts_lang.cli.stores import folder_of, opened
from prompts_lang.cli.text import flat, harmless
from prompts_lang.engine.objective import choose_graph
from prompts_lang.engine.records import read_event
from prompts_lang.engine.store.model import CandidateRecord, EventRecord, RunRecord
from prompts_lang.engine.store.protocol import Store
from prompts_lang.engine.values import Event
from prompts_lang.errors import PromptsError, UsageError
from prompts_lang.graph.load import require_program
from prompts_lang.jobs.rows import dataset_row

SHOWN_ROWS = 50
"""How many rows of a run are listed."""


@click.command(name="show")
@click.argument("run")
@click.option(
    "--in",
    "folder",
    default=".",
    type=click.Path(path_type=Path),
    help="The folder (or a .prompt file in it) of the run.",
)
@click.option("--row", metavar="N", help="Show the nodes of one row, by its id or its number in the dataset.")
@click.option(
    "--node", metavar="NAME", help="With `--row`: show one node whole, prompt and reply. Alone: list it on every row."
)
@click.option("--candidate", metavar="ID", help="Show one set of texts that an optimisation tried.")
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    run: str,
    *,
    folder: Path,
    row: str | None,
    node: str | None,
    candidate: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Shows what a run did and what it cost. The start of its id is enough."""
    folder = folder_of(folder)
    with opened(folder, store) as kept:
        record = kept.run(run)
        if record is None:
            raise UsageError(
                f"There is no run '{run}' here, or several ids start so.", hint="`prompts runs` lists them."
            )
        events = kept.events(record.id, row=row)
        if row is not None and not events:
            events = kept.events(record.id, row=_row_id(folder, record, row))
        if node is not None:
            events = tuple(event for event in events if node in _names(event))
        candidates = _candidates(kept, record, candidate)
        if as_json:
            click.echo(json.dumps(_as_json(kept, record, events, candidates), ensure_ascii=False, indent=2))
        elif candidate is not None:
            show_candidate(candidates[0], record.report)
        elif row is None and node is None:
            _overview(kept, record, events, folder)
        else:
            _events(events, whole=row is not None and node is not None)


def _candidates(store: Store, record: RunRecord, wanted: str | None) -> tuple[CandidateRecord, ...]:
    """What the run tried, or the one that is wanted."""
    known = store.candidates(record.id)
    if wanted is None:
        return known
    found = tuple(candidate for candidate in known if candidate.id.startswith(wanted))
    if len(found) != 1 or not wanted:
        raise UsageError(
            f"The run has no candidate '{wanted}', or several ids start so.", hint="`prompts show RUN` lists them."
        )
    return found


def _overview(store: Store, record: RunRecord, events: tuple[EventRecord, ...], folder: Path) -> None:
    click.echo(
        f"{click.style(record.id, bold=True)}: {record.kind.value} {flat(record.file)}:{record.graph}, {record.state.value}"
    )
    for cost in store.costs(record.id):
        spent = cost.totals
        usd = dollars(None if spent.unpriced else spent.usd)
        where = f"{cost.purpose.value} {cost.node}".strip()
        click.echo(
            f"  {where}: {plural(spent.calls, 'call')}, {usd}, {spent.tokens_in + spent.tokens_out} tokens ({cost.model})"
        )
    for line in report_lines(record.report):
        click.echo(f"  {line}")
    tried = store.candidates(record.id)
    for line in candidate_lines(tried):
        click.echo(f"  {line}")
    rows = sorted({event.row for event in events})
    place = "" if folder == Path() else f" --in {quote(harmless(str(folder)))}"
    if rows:
        more = f" and {len(rows) - SHOWN_ROWS} more" if len(rows) > SHOWN_ROWS else ""
        click.echo(f"  {plural(len(rows), 'row')}: {', '.join(map(flat, rows[:SHOWN_ROWS]))}{more}")
        # Whoever copies this must not run what a row has for its id.
        click.echo(f"`prompts show {record.id}{place} --row {quote(flat(rows[0]))}` shows one of them.", err=True)
    if tried:
        shown = f"prompts show {record.id}{place} --candidate {tried[0].id[:SHOWN_ID]}"
        click.echo(f"`{shown}` shows a candidate.", err=True)


def _row_id(folder: Path, record: RunRecord, row: str) -> str:
    """The id of the row of that number, as the file and its dataset are now; what was asked for where that cannot be told."""
    try:
        program = require_program(folder / record.file)
        return dataset_row(program, choose_graph(program, record.graph), row).id
    except PromptsError:
        return row


def _names(event: EventRecord) -> tuple[str, ...]:
    """How a node may be named: by its path through the graphs, by its own name, and as `graph/node`."""
    body = cast("dict[str, Any]", event.body)
    return event.path, str(body.get("node")), f"{body.get('graph')}/{body.get('node')}"


def _events(events: tuple[EventRecord, ...], *, whole: bool) -> None:
    if not events:
        raise UsageError("The run has no such row or node.", hint="`prompts show RUN` lists its rows.")
    for event in events:
        show_event(_event(event), whole=whole)


def _event(record: EventRecord) -> Event:
    return read_event(cast("dict[str, Any]", record.body))


def _as_json(
    store: Store, record: RunRecord, events: tuple[EventRecord, ...], candidates: tuple[CandidateRecord, ...]
) -> dict[str, Any]:
    costs = [
        {
            "purpose": cost.purpose.value,
            "node": cost.node,
            "model": cost.model,
            "calls": cost.totals.calls,
            "usd": None if cost.totals.unpriced else float(cost.totals.usd),
            "tokens": cost.totals.tokens_in + cost.totals.tokens_out,
        }
        for cost in store.costs(record.id)
    ]
    return {
        "run": record.id,
        "kind": record.kind.value,
        "file": record.file,
        "graph": record.graph,
        "state": record.state.value,
        "report": record.report,
        "costs": costs,
        "events": [event.body for event in events],
        "candidates": [candidate_json(candidate) for candidate in candidates],
    }
