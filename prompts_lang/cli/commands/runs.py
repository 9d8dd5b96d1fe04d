"""`prompts runs`: what was run here, the newest first."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from prompts_lang.cli.amounts import dollars, plural
from prompts_lang.cli.options import store_option
from prompts_lang.cli.report_text import report_outcome, report_score
from prompts_lang.cli.stores import folder_of, opened
from prompts_lang.cli.text import flat
from prompts_lang.engine.store.model import RunRecord, RunState, Totals

COLOURS = {
    RunState.RUNNING: "blue",
    RunState.DONE: "green",
    RunState.STOPPED: "yellow",
    RunState.FAILED: "red",
}


@click.command(name="runs")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", default=20, show_default=True, help="How many at most."
)
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def command(path: Path, *, limit: int, store: str | None, as_json: bool) -> None:
    """Lists the runs of a folder, or of one file in it, the newest first."""
    with opened(folder_of(path), store) as kept:
        records = kept.runs(file=None if path.is_dir() else path.name, limit=limit)
        runs = [(record, kept.spent(record.id)) for record in records]
    if as_json:
        click.echo(json.dumps([_as_json(record, spent) for record, spent in runs], ensure_ascii=False, indent=2))
        return
    width = max((len(_what(record)) for record, _ in runs), default=0)
    for record, spent in runs:
        _show(record, spent, width)
    if not runs:
        click.echo("Nothing was run here yet.", err=True)


def _show(record: RunRecord, spent: Totals, width: int) -> None:
    when = datetime.fromtimestamp(record.started).astimezone().strftime("%Y-%m-%d %H:%M")
    state = click.style(f"{record.state.value:7}", fg=COLOURS[record.state])
    cost = f"{plural(spent.calls, 'call')}, {dollars(None if spent.unpriced else spent.usd)}"
    outcome = report_outcome(record.report)
    line = f"{click.style(record.id, bold=True)}  {when}  {_what(record):{width}}  {state}  {cost}"
    click.echo(f"{line}, {outcome}" if outcome else line)


def _what(record: RunRecord) -> str:
    return f"{record.kind.value:8} {flat(record.file)}:{record.graph}"


def _as_json(record: RunRecord, spent: Totals) -> dict[str, object]:
    return {
        "run": record.id,
        "kind": record.kind.value,
        "file": record.file,
        "graph": record.graph,
        "state": record.state.value,
        "started": record.started,
        "finished": record.finished,
        "calls": spent.calls,
        "cached": spent.cached,
        "usd": None if spent.unpriced else float(spent.usd),
        "tokens": spent.tokens_in + spent.tokens_out,
        "score": report_score(record.report),
    }
