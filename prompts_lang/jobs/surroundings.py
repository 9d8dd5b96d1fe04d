"""What a job runs in: the sandbox, the store and the workers that a user or a project names."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from prompts_lang.engine.session import Surroundings
from prompts_lang.engine.store.postgres_address import read_address
from prompts_lang.errors import UsageError
from prompts_lang.jobs.sandbox import sandbox_at


@dataclass(frozen=True, slots=True)
class Means:
    """What a job works with, by the names that were given to it.

    Attributes:
        sandbox: The lowest level of the sandbox.
        store: The address of a store on a server; by default, the store is beside the file.
        workers: The address of a Dask scheduler, or how many workers to start here; by default, rows run in this process.
    """

    sandbox: str | None = None
    store: str | None = field(default=None, repr=False)
    workers: str | None = None


@asynccontextmanager
async def surroundings(means: Means) -> AsyncGenerator[Surroundings]:
    """Opens what a job runs in.

    Raises:
        UsageError: A name, an address or an extra is missing or wrong.
        WorkerError: There are no workers.
    """
    address = None if means.store is None else read_address(means.store)
    made = Surroundings(sandbox=sandbox_at(means.sandbox), address=address)
    if means.workers is None:
        yield made
        return
    if address is None:
        raise UsageError(
            "Workers need a store that they share with this process.",
            hint='Name one on a PostgreSQL server: `--store`, or store = "postgresql://user@host/database" in [tool.prompts].',
        )
    from prompts_lang.engine.distributed.assignment import Tools  # noqa: PLC0415  only where there are workers
    from prompts_lang.engine.distributed.crew import open_crew  # noqa: PLC0415

    async with open_crew(means.workers, address, Tools(sandbox=partial(sandbox_at, means.sandbox))) as crew:
        yield replace(made, workforce=crew)
