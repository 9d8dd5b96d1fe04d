"""`prompts optimize FILE[:GRAPH]`: the whole loop, from the first measurement to tested rewrites."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

import click

from prompts_lang.cli.errors import Exit
from prompts_lang.cli.files import Target
from prompts_lang.cli.optimize_text import Teller, show_bound, show_report
from prompts_lang.cli.options import (
    budget_option,
    json_option,
    quiet_option,
    sandbox_option,
    store_option,
    workers_option,
)
from prompts_lang.cli.running import STOPPING, Display, run, stopping_on_interrupt
from prompts_lang.cli.text import nearby
from prompts_lang.cli.writing import write_file
from prompts_lang.engine.store.model import Budget
from prompts_lang.errors import StoreError, UsageError
from prompts_lang.graph.load import load_program
from prompts_lang.graph.types import JsonValue
from prompts_lang.jobs.applying import files_with
from prompts_lang.jobs.optimization import bound_of, run_optimization
from prompts_lang.jobs.plan import Plan, Wish, plan
from prompts_lang.jobs.stopping import StopSignal
from prompts_lang.jobs.surroundings import Means, surroundings
from prompts_lang.optimize.events import to_json
from prompts_lang.optimize.report import Report, Stopped

INCOMPLETE = (Stopped.BUDGET, Stopped.CANCELLED, Stopped.ERROR)
"""Ways to end after which the exit code is 3: the search was not over. What was reached is measured and reported all the same."""


@click.command(name="optimize")
@click.argument("target", metavar="FILE[:GRAPH]")
@budget_option
@click.option("--rounds", type=click.IntRange(min=1), metavar="N", help="Rounds of proposals at most.")
@click.option("--seed", type=int, metavar="N", help="The number that all random choices are derived from.")
@click.option("--apply", is_flag=True, help="Write the proven rewrites into the file.")
@click.option(
    "--resume/--no-resume", default=True, show_default=True, help="Go on with a stopped run of the same texts."
)
@click.option("--dry-run", is_flag=True, help="Print the most that it can cost, and stop.")
@sandbox_option
@store_option
@workers_option
@click.option("--verbose", "-v", is_flag=True, help="Tell every gradient, proposal and test, also those in vain.")
@quiet_option
@json_option
def command(
    target: str,
    *,
    budget: Budget | None,
    rounds: int | None,
    seed: int | None,
    apply: bool,
    resume: bool,
    dry_run: bool,
    sandbox: str | None,
    store: str | None,
    workers: str | None,
    verbose: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Improves a graph's learned texts and measures the effect on rows that the search never saw.

    The budget, the critic and everything else that is not given here stand in the file's `optimize` block. With `--json`, one event
    per line is printed; the last is the report. The exit code is 3 where the search was cut short; what was reached is reported.
    """
    if verbose and quiet:
        raise UsageError("Give either `--verbose` or `--quiet`, not both.")
    chosen = Target.parse(target)
    wish = Wish(chosen.graph, budget, rounds, seed, resume)
    job = plan(load_program(chosen.path), chosen.path.absolute(), wish)
    if dry_run:
        _dry_run(job, as_json=as_json)
        return
    told = _Told(as_json=as_json, verbose=verbose, quiet=quiet)
    report, level, trouble = run(_optimize(job, Means(sandbox, store, workers), told))
    if not as_json:
        show_report(report, level, quiet=quiet)
    if trouble is not None:
        raise trouble
    if apply:
        _apply(job, report)
    elif report.proven and not (as_json or quiet):
        click.echo(
            "`--apply` writes the proven rewrites into the file; run it again with it, the memo makes that free.",
            err=True,
        )
    if report.stopped in INCOMPLETE:
        raise SystemExit(Exit.NOT_COMPLETED)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told on the way, and how."""

    as_json: bool
    verbose: bool
    quiet: bool


async def _optimize(job: Plan, means: Means, told: _Told) -> tuple[Report, str | None, StoreError | None]:
    """The report, the level at which code ran, and why what was reached could not be kept, if so."""
    reports: list[Report] = []
    levels: list[str] = []
    trouble: StoreError | None = None
    stop = StopSignal()
    with Display(shown=not (told.as_json or told.quiet)) as display:
        teller = None if told.as_json or told.quiet else Teller(display, verbose=told.verbose)

        def tell(event: dict[str, JsonValue]) -> None:
            if isinstance(level := event.get("sandbox"), str):
                levels.append(level)
            if told.as_json:
                click.echo(json.dumps(event, ensure_ascii=False))
            elif teller is not None:
                teller.tell(event)

        with stopping_on_interrupt(stop.request, told=STOPPING):
            try:
                async with surroundings(means) as around:
                    await run_optimization(
                        job,
                        tell,
                        stop=stop,
                        on_report=reports.append,
                        on_resume=None if teller is None else teller.resumed,
                        surroundings=around,
                    )
            except asyncio.CancelledError:
                if not reports:
                    raise
            except StoreError as error:
                if not reports:
                    raise
                trouble = error
    return reports[-1], levels[-1] if levels else None, trouble


def _dry_run(job: Plan, *, as_json: bool) -> None:
    known = run(bound_of(job))
    if as_json:
        click.echo(to_json(known))
    else:
        show_bound(known)


def _apply(job: Plan, report: Report) -> None:
    """Writes the proven texts into the files; nothing but the text of slots changes."""
    for path, content in files_with(job.loaded, job.program.path, report.proven).items():
        write_file(path, content)
        click.echo(f"Written: {nearby(str(path))}", err=True)
    if not report.proven:
        click.echo("Nothing was proven, so nothing was written.", err=True)
