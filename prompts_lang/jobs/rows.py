"""The rows of a job: which one a user means, and whether a dataset has what a graph and its metric read.

Invariant: a column that no row has is found before anything is paid for. A row that alone does not fit is no error: it is not run,
and counted as that.
"""

from __future__ import annotations

from collections.abc import Sequence

from prompts_lang.data.dataset import Row, read_rows
from prompts_lang.engine.metrics.score import Scorer
from prompts_lang.engine.objective import Objective, choose_dataset
from prompts_lang.engine.session import Session
from prompts_lang.errors import DataError, UsageError
from prompts_lang.graph.model import Dataset, Graph, Program
from prompts_lang.graph.problem import suggestion
from prompts_lang.graph.types import OptionalType


def dataset_row(program: Program, graph: Graph, wanted: str | None = None, *, dataset: str | None = None) -> Row:
    """A row for a graph: by its id, by its number from 1, or the first one.

    Args:
        program: The program.
        graph: The graph.
        wanted: The id or number.
        dataset: The name of the dataset; by default that of the graph's `optimize` block, or the only one there is.

    Raises:
        UsageError: There is no such row or dataset, or the file has several datasets.
        FileError: The dataset cannot be read.
        DataError: A row is not what it should be.
    """
    chosen = _dataset(program, graph, dataset)
    rows = read_rows(chosen)
    if not rows:
        raise DataError(f"The dataset '{chosen.name}' has no rows.", where=str(chosen.path or program.path))
    if wanted is None:
        return rows[0]
    found = next((row for row in rows if row.id == wanted), None)
    if found is None and wanted.isdecimal() and 1 <= int(wanted) <= len(rows):
        found = rows[int(wanted) - 1]
    if found is None:
        hint = f"Rows are numbered from 1 to {len(rows)}; their ids are {_some([row.id for row in rows])}."
        raise UsageError(f"The dataset '{chosen.name}' has no row '{wanted}'.", hint=hint)
    return found


def check_columns(objective: Objective, rows: Sequence[Row]) -> None:
    """Makes sure that the dataset has the columns that the graph takes as inputs and that are declared as `expect`.

    Raises:
        DataError: It lacks one.
    """
    dataset = objective.dataset
    columns = tuple({name: None for row in rows for name in row.values})
    readers = {
        **dict.fromkeys(_needed(objective.graph), f"graph '{objective.graph.name}' takes as an input"),
        **dict.fromkeys(dataset.expect, "its `expect` names"),
    }
    for name, reader in readers.items():
        if rows and name not in columns:
            raise DataError(
                f"The dataset '{dataset.name}' has no column '{name}', which {reader}.{suggestion(name, columns)}",
                where=str(dataset.path or objective.graph.file),
            )


def check_rows(session: Session, objective: Objective) -> None:
    """Makes sure that every row has what the metric reads, in a session that has begun, before it runs any.

    Raises:
        FileError: The dataset cannot be read.
        DataError: A row is not what it should be, or a column is missing.
    """
    rows = session.resources.rows(objective.dataset)
    check_columns(objective, rows)
    scorer = Scorer(objective.metric, objective.graph, objective.dataset, session.services)
    for row in rows:
        scorer.check(row)


def _dataset(program: Program, graph: Graph, name: str | None) -> Dataset:
    if name is None and not program.datasets:
        raise UsageError(
            f"The file has no dataset to take a row for '{graph.name}' from.",
            where=str(program.path),
            hint="Declare one, or give values for the inputs.",
        )
    if name is None and len(program.datasets) > 1 and program.optimization(graph.name) is None:
        raise UsageError(
            f"The file has several datasets: {', '.join(program.datasets)}.",
            where=str(program.path),
            hint=f"Say from which one the row is, as in `--dataset {next(iter(program.datasets))}`.",
        )
    return choose_dataset(program, graph, name)


def _needed(graph: Graph) -> tuple[str, ...]:
    return tuple(port.name for port in graph.inputs if not isinstance(port.type, OptionalType))


def _some(names: Sequence[str], at_most: int = 8) -> str:
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(f"'{name}'" for name in names[:at_most]) + more
