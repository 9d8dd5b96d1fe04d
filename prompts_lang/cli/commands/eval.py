"""`prompts eval FILE[:GRAPH]`: the score of a graph on a split of its dataset."""

from __future__ import annotations

import json

import click

from prompts_lang.cli.amounts import dollars, plural, scored
from prompts_lang.cli.errors import Exit
from prompts_lang.cli.files import Target
from prompts_lang.cli.running import Display, run, stopping_on_interrupt
from prompts_lang.data.splitting import Split
from prompts_lang.engine.amounts import read_budget
from prompts_lang.engine.evaluate import Evaluation, Progress, evaluate
from prompts_lang.engine.metrics.score import Scored
from prompts_lang.engine.objective import Objective, choose_objective
from prompts_lang.engine.session import open_session
from prompts_lang.engine.store.model import UNLIMITED, RunKind
from prompts_lang.graph.load import require_program
from prompts_lang.graph.model import Program

SHOWN_FAILURES = 5
"""How many of the worst rows are listed."""


@click.command(name="eval")
@click.argument("target", metavar="FILE[:GRAPH]")
@click.option(
    "--split",
    type=click.Choice([*(split.value for split in Split), "all"]),
    default="test",
    show_default=True,
    help="Which rows.",
)
@click.option("--min", "minimum", type=float, help="Exit with 1 where the score is lower; for CI.")
@click.option("--rows", type=click.IntRange(min=1), help="Take no more rows than that.")
@click.option(
    "--repeat",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Draws of each row, for models that sample.",
)
@click.option("--budget", help='What it may cost: "$1", "300 calls".')
@click.option("--dataset", help="Another dataset of the file.")
@click.option("--metric", help="Another metric of the file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    target: str,
    *,
    split: str,
    minimum: float | None,
    rows: int | None,
    repeat: int,
    budget: str | None,
    dataset: str | None,
    metric: str | None,
    as_json: bool,
) -> None:
    """Scores a graph. Rows that could not be run are counted, never scored; then the exit code is 3."""
    chosen = Target.parse(target)
    program = require_program(chosen.path)
    objective = choose_objective(program, chosen.graph, dataset=dataset, metric=metric)
    part = None if split == "all" else Split(split)
    evaluation = run(_evaluate(program, objective, part, rows, repeat, budget, shown=not as_json))
    if as_json:
        click.echo(json.dumps(evaluation.to_json(), ensure_ascii=False, indent=2))
    else:
        _show(evaluation)
    if evaluation.not_run:
        raise SystemExit(Exit.NOT_COMPLETED)
    if minimum is not None and (evaluation.score is None or evaluation.score < minimum):
        click.echo(f"The score is below {minimum:g}.", err=True)
        raise SystemExit(Exit.NO)


async def _evaluate(
    program: Program,
    objective: Objective,
    split: Split | None,
    rows: int | None,
    repeat: int,
    budget: str | None,
    *,
    shown: bool,
) -> Evaluation:
    limit = UNLIMITED if budget is None else read_budget(budget)
    with Display(shown=shown) as display:

        def progressed(progress: Progress) -> None:
            note = "" if progress.score is None else f"score {progress.score:.3f}"
            display.update(f"Evaluating {objective.graph.name}", progress.done, progress.total, note)

        async with open_session(program, RunKind.EVAL, objective.graph.name, budget=limit) as session:
            with stopping_on_interrupt(session.stop):
                evaluation = await evaluate(
                    session, objective, split=split, rows=rows, repeat=repeat, on_progress=progressed
                )
            session.report = evaluation.to_json()
            return evaluation


def _show(evaluation: Evaluation) -> None:
    part = "all" if evaluation.split is None else evaluation.split.value
    count = evaluation.summary.count
    head = f"{evaluation.graph} on {plural(count, f'{part} row')} of {evaluation.dataset}"
    click.echo(f"{head}: {click.style(scored(evaluation.score, evaluation.summary.interval), bold=True)}")
    used = evaluation.used
    spent = f"{plural(used.calls, 'call')} ({used.cached} more from the memo), {dollars(evaluation.usd)}, {evaluation.seconds:.1f} s"
    click.echo(click.style(spent, dim=True))
    for problem, runs in evaluation.problems:
        click.echo(f"{plural(runs, 'run')} could not be scored: {problem.message}", err=True)
    worst = sorted((outcome for outcome in evaluation.outcomes if outcome.score.value is not None), key=_value)
    failing = [outcome for outcome in worst if _value(outcome) < 1][:SHOWN_FAILURES]
    if failing:
        click.echo("Lowest rows:")
    for outcome in failing:
        click.echo(f"  {_value(outcome):.2f}  {outcome.score.row}  {_shortened(outcome.score.feedback)}")


def _value(outcome: Scored) -> float:
    return 0.0 if outcome.score.value is None else outcome.score.value


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 120 else flat[:119] + "…"
