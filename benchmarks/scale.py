"""Rows per second in one process and in workers, over a store in a file and on a PostgreSQL server.

    python -m benchmarks.scale [--rows 400] [--waiting 200] [--computing 3]

Each row makes two calls, one after the other, and each call gives a different answer. A call waits (the model answers) or computes (a
client library such as LiteLLM takes 2 to 4 ms of a core per call) for the given milliseconds.

Workers and the server are started here and share the machine's cores, so what more machines bring is not in the rows per second. It is
in the processor time per row, which other work on the machine changes little: what the leader and the server spend on a row bounds how
many rows per second any number of workers can do.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import platform
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from prompts_lang.engine.distributed.assignment import Tools
from prompts_lang.engine.distributed.crew import open_crew
from prompts_lang.engine.provider.model import Reply, Request
from prompts_lang.engine.session import Surroundings, open_session
from prompts_lang.engine.store.model import RunKind
from prompts_lang.engine.store.postgres_address import PostgresAddress, read_address
from prompts_lang.graph.model import Program
from tests.engine.build import MODEL, graph, llm, row
from tests.engine.fakes import FakeBackend, reply
from tests.engine.postgres import running_server

CALLS_PER_ROW = 2
WARM = 64
"""Rows that are run before the measurement."""
AT_ONCE = 64
"""Calls in flight at the model, of all processes together."""
SLOTS = replace(MODEL, concurrency=AT_ONCE)
GRAPH = graph(
    llm("plan", {"question": "question"}, model=SLOTS),
    llm("answer", {"plan": "plan.out"}, model=SLOTS),
    gives={"answer": "answer.out"},
)


class Model(FakeBackend):
    """Answers in brackets, after it has waited and computed."""

    def __init__(self, waiting: float, computing: float) -> None:
        super().__init__()
        self.waiting = waiting
        self.computing = computing

    async def attempt(self, request: Request) -> Reply:
        await asyncio.sleep(self.waiting)
        end = time.thread_time() + self.computing
        while time.thread_time() < end:
            pass
        return reply(f"[{request.messages[-1].content}]")


@dataclass(frozen=True)
class Setting:
    """Where the rows run, and where the store is."""

    name: str
    server: bool
    workers: int = 0


SETTINGS = (
    Setting("one process, store in a file", server=False),
    Setting("one process, store on a server", server=True),
    Setting("1 worker", server=True, workers=1),
    Setting("2 workers", server=True, workers=2),
)


@dataclass(frozen=True)
class Cost:
    """What a row took: seconds on the clock, and of a core in this process, in workers and in the server."""

    clock: float
    here: float
    workers: float
    server: float

    def __str__(self) -> str:
        here, workers, server = (f"{1000 * seconds:6.1f}" for seconds in (self.here, self.workers, self.server))
        return f"{1 / self.clock:7.1f} rows/s; ms of a core per row: {here} here, {workers} in workers, {server} in the server"


async def measured(setting: Setting, address: PostgresAddress, tools: Tools, rows: int) -> Cost:
    """What a row takes, the start of workers and the first rows left out."""
    with TemporaryDirectory() as folder:
        program = Program(Path(folder) / "scale.prompt", {})
        async with (
            _surroundings(setting, address, tools) as around,
            open_session(program, RunKind.EVAL, "main", surroundings=around) as session,
        ):
            await session.executor.run_rows(GRAPH, [row(f"warm {number}") for number in range(WARM)])
            before = _spent()
            runs = await session.executor.run_rows(GRAPH, [row(f"r{number}") for number in range(rows)])
            after = _spent()
            if not all(run.completed for run in runs) or session.account.totals.calls != (rows + WARM) * CALLS_PER_ROW:
                raise SystemExit("Not all rows were run, or not all calls were paid for.")
    return Cost(*((now - then) / rows for now, then in zip(after, before, strict=True)))


def _spent() -> tuple[float, float, float, float]:
    """Seconds: on the clock, and of a core in this process, in its children that run Python, and in those that do not."""
    python = server = 0.0
    for child in psutil.Process().children(recursive=True):
        times = child.cpu_times()
        if "postgres" in child.name():
            server += times.user + times.system
        else:
            python += times.user + times.system
    return time.perf_counter(), time.process_time(), python, server


@asynccontextmanager
async def _surroundings(setting: Setting, address: PostgresAddress, tools: Tools) -> AsyncGenerator[Surroundings]:
    alone = Surroundings(backend=tools.backend(), address=address if setting.server else None)
    if not setting.workers:
        yield alone
        return
    async with open_crew(str(setting.workers), address, tools) as crew:
        yield replace(alone, workforce=crew)


def main() -> None:
    parser = argparse.ArgumentParser(description="Rows per second in one process and in workers.")
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument(
        "--waiting", type=float, default=200.0, help="milliseconds that a call waits, in the first table"
    )
    parser.add_argument(
        "--computing", type=float, default=3.0, help="milliseconds of a core per call, in the second table"
    )
    given = parser.parse_args()
    logging.getLogger("distributed").setLevel(logging.ERROR)
    with running_server(durable=True) as server:
        print(
            f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
        )
        for waiting, computing in ((given.waiting, 0.0), (0.0, given.computing)):
            print(
                f"\n{given.rows} rows, {CALLS_PER_ROW} calls each: {waiting:g} ms of waiting, {computing:g} ms of computing per call"
            )
            tools = Tools(backend=partial(Model, waiting / 1000, computing / 1000))
            for setting in SETTINGS:
                address = read_address(server.url(f"scale_{time.time_ns()}"))
                cost = asyncio.run(measured(setting, address, tools, given.rows))
                print(f"  {setting.name:32} {cost}", flush=True)


if __name__ == "__main__":
    main()
