"""`prompts run FILE[:GRAPH]`: one run, with what every node did."""

from __future__ import annotations

import json
from pathlib import Path

import click

from prompts_lang.cli.amounts import dollars, plural
from prompts_lang.cli.errors import Exit
from prompts_lang.cli.event_text import place_of, show_event
from prompts_lang.cli.files import Target
from prompts_lang.cli.options import (
    budget_option,
    dataset_option,
    json_option,
    quiet_option,
    sandbox_option,
    store_option,
)
from prompts_lang.cli.running import STOPPING, Display, run, stopping_on_interrupt
from prompts_lang.cli.text import flat, harmless, nearby
from prompts_lang.data.dataset import Row
from prompts_lang.engine.objective import choose_graph
from prompts_lang.engine.session import open_session
from prompts_lang.engine.store.model import UNLIMITED, Budget, RunKind
from prompts_lang.engine.values import Event
from prompts_lang.errors import UsageError
from prompts_lang.graph.load import require_program
from prompts_lang.graph.model import Graph, Program
from prompts_lang.graph.project import Project
from prompts_lang.jobs.code_places import CodePlaces
from prompts_lang.jobs.rows import dataset_row
from prompts_lang.jobs.single_run import RunResult, failures, run_once, typed_row
from prompts_lang.jobs.surroundings import Means, surroundings


@click.command(name="run")
@click.argument("target", metavar="FILE[:GRAPH]")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value for an input; `NAME=@FILE` reads it from a file.",
)
@click.option("--row", metavar="N", help="Take a row of the dataset, by number from 1 or by id.")
@dataset_option
@click.option("--trace", is_flag=True, help="Show every node: its inputs, its outputs, time and cost.")
@budget_option
@sandbox_option
@store_option
@quiet_option
@json_option
def command(
    target: str,
    *,
    inputs: tuple[str, ...],
    row: str | None,
    dataset: str | None,
    trace: bool,
    budget: Budget | None,
    sandbox: str | None,
    store: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Runs a graph once, on values that are given or on a row of a dataset."""
    chosen = Target.parse(target)
    program = require_program(chosen.path)
    graph = choose_graph(program, chosen.graph)
    values = _values(inputs)
    if row is not None and values:
        raise UsageError("Give either `--row` or `--input`, not both.")
    example = typed_row(graph, values) if row is None else dataset_row(program, graph, row, dataset=dataset)
    means = Means(sandbox, store)
    result = run(_run(program, graph, example, budget or UNLIMITED, means, shown=not (as_json or quiet)))
    if as_json:
        click.echo(json.dumps(result.to_json(), ensure_ascii=False, indent=2))
    else:
        _show(result, CodePlaces(Project(), chosen.path.resolve()), trace=trace, quiet=quiet)
    if not result.completed:
        raise SystemExit(Exit.NOT_COMPLETED)


def _values(inputs: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in map(_assignment, inputs):
        if name in values:
            raise UsageError(f"The input '{name}' is given twice.", hint="Give it once.")
        values[name] = value
    return values


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"'{text}' is no input.", hint="Write `--input NAME=VALUE`.")
    if value.startswith("@"):
        try:
            return name, Path(value[1:]).read_text(encoding="utf-8")
        except OSError as error:
            said = error.strerror or str(error)
            raise UsageError(f"The file '{value[1:]}' cannot be read: {said}.", hint="Check the path.") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"The file '{value[1:]}' is not UTF-8 text.", hint="Save it as UTF-8.") from error
    return name, value


async def _run(program: Program, graph: Graph, row: Row, budget: Budget, means: Means, *, shown: bool) -> RunResult:
    with Display(shown=shown) as display:
        display.update(f"Running {graph.name}", 0, None)
        async with (
            surroundings(means) as around,
            open_session(
                program, RunKind.RUN, graph.name, budget=budget, parameters={"row": row.id}, surroundings=around
            ) as session,
        ):
            with stopping_on_interrupt(session.stop, told=STOPPING):
                result = await run_once(session, graph, row)
            session.report = result.to_json()
            return result


def _problems(result: RunResult, places: CodePlaces) -> dict[str, str]:
    """What went wrong, by place; of a map only its first item, of the run as a whole only what no node said already."""
    first: dict[str, Event] = {}
    for event in failures(result.run):
        if event.problem is not None:
            first.setdefault(event.key.path, event)
    problems = {place_of(event): places.told(event) for event in first.values()}
    whole, said = result.run.problem, [event.problem.message for event in first.values() if event.problem is not None]
    if whole is not None and not any(message in whole.message for message in said):
        problems["not completed"] = whole.message
    return problems


def _show(result: RunResult, places: CodePlaces, *, trace: bool, quiet: bool) -> None:
    if trace:
        for event in result.run.events:
            show_event(event)
    for name, value in result.run.outputs.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
        click.echo(f"{click.style(name, bold=True)}: {harmless(text)}")
    for place, message in _problems(result, places).items():
        click.echo(f"{click.style(place, fg='red')}: {flat(nearby(message))}", err=True)
    if quiet:
        return
    spent = f"{plural(result.calls, 'call')}, {dollars(result.usd)}, {result.seconds:.1f} s"
    contained = "" if result.sandbox is None else f"; code ran in the sandbox at level {result.sandbox}"
    click.echo(click.style(spent + contained, dim=True), err=True)
