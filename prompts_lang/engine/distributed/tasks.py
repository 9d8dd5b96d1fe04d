"""What Dask's workers are asked to do."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, Final, cast

from prompts_lang.engine.distributed.assignment import Assignment, Done, Way
from prompts_lang.engine.distributed.station import Stations
from prompts_lang.errors import PromptsError

if TYPE_CHECKING:
    from prompts_lang.data.dataset import Row
    from prompts_lang.graph.model import Graph

_NAME: Final = "prompts"


def unpacked(graph: bytes) -> Graph:
    """A graph, as the leader packed it. Each worker keeps it as long as the leader wants it."""
    return pickle.loads(graph)  # noqa: S301  Dask's own messages are pickles from the same sender


async def run_row(assignment: Assignment, graph: Graph, way: Way, row: Row) -> Done:
    """Runs a graph on a row, in the event loop of the worker."""
    from distributed import get_worker  # noqa: PLC0415  there is a worker, so there is the library

    try:
        station = await _stations(get_worker()).station(assignment)
    except PromptsError as error:
        return Done(None, error)
    return await station.run(graph, way, row)


async def stop_station(assignment: str, dask_worker: object = None) -> None:
    """Begins nothing new for an assignment on this worker."""
    await _stations(dask_worker).stop(assignment)


async def end_station(assignment: str, dask_worker: object = None) -> None:
    """Ends the work on an assignment on this worker."""
    await _stations(dask_worker).end(assignment)


def _stations(worker: Any) -> Stations:
    return cast("Stations", worker.extensions.setdefault(_NAME, Stations()))
