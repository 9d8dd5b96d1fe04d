"""`prompts eval FILE[:GRAPH]`: the score of a graph on a split of its dataset."""

from __future__ import annotations

import json
from dataclasses import dataclass

import click

from prompts_lang.cli.amounts import dollars, plural, scored
from prompts_lang.cli.errors import Exit
from prompts_lang.cli.event_text import harmless
from prompts_lang.cli.files import Target
from prompts_lang.cli.options import budget_option, json_option, sandbox_option
from prompts_lang.cli.running import STOPPING, Display, run, stopping_on_interrupt
from prompts_lang.data.splitting import Split
from prompts_lang.engine.evaluate import Evaluation, Progress, evaluate
from prompts_lang.engine.metrics.score import Scored
from prompts_lang.engine.objective import Objective, choose_objective
from prompts_lang.engine.session import Surroundings, open_session
from prompts_lang.engine.store.model import UNLIMITED, Budget, RunKind
from prompts_lang.graph.load import require_program
from prompts_lang.graph.model import Program
from prompts_lang.jobs.sandbox import level_in_force, sandbox_at

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
@budget_option
@click.option("--dataset", help="Another dataset of the file.")
@click.option("--metric", help="Another metric of the file.")
@sandbox_option
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
    as_json: bool,
) -> None:
    """Scores a graph. Rows that could not be run are counted, never scored; then the exit code is 3."""
    chosen = Target.parse(target)
    program = require_program(chosen.path)
    objective = choose_objective(program, chosen.graph, dataset=dataset, metric=metric)
    wanted = _Wanted(None if split == "all" else Split(split), rows, repeat, budget or UNLIMITED, sandbox)
    evaluation = run(_evaluate(program, objective, wanted, shown=not as_json))
    if as_json:
        click.echo(json.dumps(evaluation.to_json(), ensure_ascii=False, indent=2))
    else:
        _show(evaluation)
    if evaluation.not_run:
        raise SystemExit(Exit.NOT_COMPLETED)
    if minimum is not None and (evaluation.score is None or evaluation.score < minimum):
        click.echo(f"The score is below {minimum:g}.", err=True)
        raise SystemExit(Exit.NO)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is evaluated, and within which limits."""

    split: Split | None
    rows: int | None
    repeat: int
    budget: Budget
    sandbox: str | None


async def _evaluate(program: Program, objective: Objective, wanted: _Wanted, *, shown: bool) -> Evaluation:
    graph = objective.graph.name
    surroundings = Surroundings(sandbox=sandbox_at(wanted.sandbox))
    with Display(shown=shown) as display:

        def progressed(progress: Progress) -> None:
            note = "" if progress.score is None else f"score {progress.score:.3f}"
            display.update(f"Evaluating {graph}", progress.done, progress.total, note)

        async with open_session(
            program, RunKind.EVAL, graph, budget=wanted.budget, surroundings=surroundings
        ) as session:
            with stopping_on_interrupt(session.stop, told=STOPPING):
                evaluation = await evaluate(
                    session,
                    objective,
                    split=wanted.split,
                    rows=wanted.rows,
                    repeat=wanted.repeat,
                    on_progress=progressed,
                )
            session.report = {**evaluation.to_json(), "sandbox": level_in_force(session)}
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
        click.echo(f"{plural(runs, 'run')} could not be scored: {harmless(problem.message)}", err=True)
    worst = sorted((outcome for outcome in evaluation.outcomes if outcome.score.value is not None), key=_value)
    failing = [outcome for outcome in worst if _value(outcome) < 1][:SHOWN_FAILURES]
    if failing:
        click.echo("Lowest rows:")
    for outcome in failing:
        click.echo(f"  {_value(outcome):.2f}  {outcome.score.row}  {_shortened(outcome.score.feedback)}")


def _value(outcome: Scored) -> float:
    return 0.0 if outcome.score.value is None else outcome.score.value


def _shortened(text: str) -> str:
    flat = " ".join(harmless(text).split())
    return flat if len(flat) <= 120 else flat[:119] + "…"
