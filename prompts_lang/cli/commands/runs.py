"""`prompts runs`: what was run here, the newest first."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from prompts_lang.cli.amounts import dollars, plural
from prompts_lang.cli.stores import opened
from prompts_lang.engine.store.model import RunRecord, Totals


@click.command(name="runs")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def command(path: Path, *, limit: int, as_json: bool) -> None:
    """Lists the runs of a folder, or of one file in it."""
    folder = path if path.is_dir() else path.parent
    with opened(folder) as store:
        records = store.runs(file=None if path.is_dir() else path.name, limit=limit)
        runs = [(record, store.spent(record.id)) for record in records]
    if as_json:
        click.echo(json.dumps([_as_json(record, spent) for record, spent in runs], ensure_ascii=False, indent=2))
        return
    for record, spent in runs:
        _show(record, spent)
    if not runs:
        click.echo("Nothing was run here yet.", err=True)


def _show(record: RunRecord, spent: Totals) -> None:
    when = datetime.fromtimestamp(record.started).astimezone().strftime("%Y-%m-%d %H:%M")
    what = f"{record.kind.value} {record.file}:{record.graph}"
    cost = f"{plural(spent.calls, 'call')}, {dollars(None if spent.unpriced else spent.usd)}"
    click.echo(f"{click.style(record.id, bold=True)}  {when}  {what}  {record.state.value}  {cost}  {_outcome(record)}")


def _outcome(record: RunRecord) -> str:
    report = record.report
    if not isinstance(report, dict):
        return ""
    before, after = report.get("before"), report.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        return f"{before.get('score'):.3f} -> {after.get('score'):.3f}"
    score = report.get("score")
    return f"score {score:.3f}" if isinstance(score, float | int) else ""


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
    }
