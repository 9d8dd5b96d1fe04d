"""`prompts eval FILE[:GRAPH]`: the score of a graph on a split of its dataset."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

import click

from prompts_lang.cli.amounts import dollars, plural, scored
from prompts_lang.cli.errors import Exit
from prompts_lang.cli.files import Target
from prompts_lang.cli.options import (
    budget_option,
    dataset_option,
    json_option,
    quiet_option,
    sandbox_option,
    store_option,
    workers_option,
)
from prompts_lang.cli.running import STOPPING, Display, run, stopping_on_interrupt
from prompts_lang.cli.text import flat, nearby
from prompts_lang.data.splitting import Split
from prompts_lang.engine.evaluate import Evaluation, Progress, evaluate
from prompts_lang.engine.metrics.score import Scored
from prompts_lang.engine.objective import Objective, choose_objective
from prompts_lang.engine.session import open_session
from prompts_lang.engine.store.model import UNLIMITED, Budget, RunKind
from prompts_lang.engine.values import Problem, ProblemKind
from prompts_lang.graph.load import require_program
from prompts_lang.graph.model import Program
from prompts_lang.jobs.pacing import rows_at_once
from prompts_lang.jobs.rows import check_columns
from prompts_lang.jobs.sandbox import level_in_force
from prompts_lang.jobs.surroundings import Means, surroundings

SHOWN_FAILURES = 5
"""How many of the worst rows are listed, and of the reasons why runs could not be scored."""


def _score(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    # Nothing is below NaN, so that it would let every score pass.
    if value is not None and not 0 <= value <= 1:
        raise click.BadParameter(f"{value:g} is no score; scores lie between 0 and 1.")
    return value


@click.command(name="eval")
@click.argument("target", metavar="FILE[:GRAPH]")
@click.option(
    "--split",
    type=click.Choice([*(split.value for split in Split), "all"]),
    default="test",
    show_default=True,
    help="Which rows.",
)
@click.option(
    "--min",
    "minimum",
    type=float,
    callback=_score,
    metavar="SCORE",
    help="Exit with 1 where the score is lower; for CI.",
)
@click.option("--rows", type=click.IntRange(min=1), metavar="N", help="Take no more rows than that.")
@click.option(
    "--repeat",
    type=click.IntRange(min=1),
    metavar="N",
    default=1,
    show_default=True,
    help="Draws of each row, for models that sample.",
)
@dataset_option
@click.option("--metric", metavar="NAME", help="Another metric of the file.")
@budget_option
@sandbox_option
@store_option
@workers_option
@quiet_option
@json_option
def command(
    target: str,
    *,
    split: str,
    minimum: float | None,
    rows: int | None,
    repeat: int,
    budget: Budget | None,
    dataset: str | None,
    metric: str | None,
    sandbox: str | None,
    store: str | None,
    workers: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Scores a graph on rows of a dataset. Rows that could not be run are counted, never scored; then the exit code is 3."""
    chosen = Target.parse(target)
    program = require_program(chosen.path)
    objective = choose_objective(program, chosen.graph, dataset=dataset, metric=metric)
    means = Means(sandbox, store, workers)
    wanted = _Wanted(None if split == "all" else Split(split), rows, repeat, budget or UNLIMITED, means)
    evaluation, level = run(_evaluate(program, objective, wanted, shown=not (as_json or quiet)))
    if as_json:
        click.echo(json.dumps({**evaluation.to_json(), "sandbox": level}, ensure_ascii=False, indent=2))
    else:
        _show(evaluation, level, quiet=quiet)
    if evaluation.not_run:
        raise SystemExit(Exit.NOT_COMPLETED)
    if minimum is not None and (evaluation.score is None or evaluation.score < minimum):
        click.echo(f"The score is below {minimum:g}.", err=True)
        raise SystemExit(Exit.NO)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is evaluated, within which limits, and with what."""

    split: Split | None
    rows: int | None
    repeat: int
    budget: Budget
    means: Means


async def _evaluate(
    program: Program, objective: Objective, wanted: _Wanted, *, shown: bool
) -> tuple[Evaluation, str | None]:
    """The evaluation, and the level at which code ran."""
    graph = objective.graph.name
    with Display(shown=shown) as display:

        def progressed(progress: Progress) -> None:
            note = "" if progress.score is None else f"score {progress.score:.3f}"
            display.update(f"Evaluating {graph}", progress.done, progress.total, note)

        async with (
            surroundings(wanted.means) as around,
            open_session(
                program,
                RunKind.EVAL,
                graph,
                budget=wanted.budget,
                rows_at_once=rows_at_once(objective, wanted.budget),
                surroundings=around,
            ) as session,
        ):
            check_columns(objective, session.resources.rows(objective.dataset))
            with stopping_on_interrupt(session.stop, told=STOPPING):
                evaluation = await evaluate(
                    session,
                    objective,
                    split=wanted.split,
                    rows=wanted.rows,
                    repeat=wanted.repeat,
                    on_progress=progressed,
                )
            level = level_in_force(session)
            session.report = {**evaluation.to_json(), "sandbox": level, "row_scores": evaluation.row_scores()}
            return evaluation, level


def _show(evaluation: Evaluation, level: str | None, *, quiet: bool) -> None:
    kind = "row" if evaluation.split is None else f"{evaluation.split.value} row"
    head = f"{evaluation.graph} on {plural(evaluation.summary.count, kind)} of {evaluation.dataset}"
    click.echo(f"{head}: {click.style(scored(evaluation.score, evaluation.summary.interval), bold=True)}")
    if evaluation.recall is not None:
        click.echo(f"Retrieval found {evaluation.recall:.1%} of the gold passages.")
    reasons = tuple(_unscored(evaluation).items())
    for message, runs in reasons[:SHOWN_FAILURES]:
        click.echo(f"{plural(runs, 'run')} could not be scored: {message}", err=True)
    if others := sum(runs for _, runs in reasons[SHOWN_FAILURES:]):
        click.echo(f"{plural(others, 'more run')} could not be scored, for other reasons.", err=True)
    if quiet:
        return
    used = evaluation.used
    spent = f"{plural(used.calls, 'call')} ({used.cached} more from the memo), {dollars(evaluation.usd)}, {evaluation.seconds:.1f} s"
    contained = "" if level is None else f"; code ran in the sandbox at level {level}"
    click.echo(click.style(spent + contained, dim=True))
    worst = sorted((outcome for outcome in evaluation.outcomes if outcome.score.value is not None), key=_value)
    failing = [outcome for outcome in worst if _value(outcome) < 1][:SHOWN_FAILURES]
    if failing:
        click.echo("Lowest rows:")
    for outcome in failing:
        click.echo(f"  {_value(outcome):.2f}  {flat(outcome.score.row)}  {flat(outcome.score.feedback, longest=120)}")


def _value(outcome: Scored) -> float:
    return 0.0 if outcome.score.value is None else outcome.score.value


def _unscored(evaluation: Evaluation) -> Counter[str]:
    """Why runs have no score, with how many; rows that do not fit for the same reason count together, under the first one's place."""
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for problem, runs in evaluation.problems:
        message = first.setdefault(_reason(problem), flat(nearby(problem.message)))
        counts[message] += runs
    return counts


def _reason(problem: Problem) -> str:
    """What is wrong, without the row's place before it."""
    return problem.message.partition(": ")[2] if problem.kind is ProblemKind.ROW else problem.message
