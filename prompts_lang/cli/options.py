"""Options that several commands have, so that they read and do the same everywhere."""

from __future__ import annotations

import click

from prompts_lang.engine.amounts import read_budget
from prompts_lang.engine.sandbox.model import Level
from prompts_lang.engine.store.model import Budget
from prompts_lang.errors import UsageError


def _read_budget(_: click.Context, __: click.Parameter, value: str | None) -> Budget | None:
    try:
        return None if value is None else read_budget(value)
    except UsageError as error:
        raise click.BadParameter(str(error)) from error


budget_option = click.option(
    "--budget", metavar="BUDGET", callback=_read_budget, help='What it may cost in all: "$2", "300 calls".'
)
dataset_option = click.option("--dataset", metavar="NAME", help="Another dataset of the file.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, and nothing else.")
quiet_option = click.option(
    "--quiet", "-q", is_flag=True, help="Print the result, and nothing about how it came about."
)
store_option = click.option(
    "--store", metavar="URL", help="Keep the store on a PostgreSQL server: postgresql://user@host/database."
)
workers_option = click.option(
    "--workers",
    metavar="ADDRESS|N",
    help="Run the rows in the workers of a Dask scheduler, or in N that are started here.",
)
sandbox_option = click.option(
    "--sandbox",
    type=click.Choice([level.label for level in reversed(Level)]),
    help="Run no code in a sandbox below this level.",
)
