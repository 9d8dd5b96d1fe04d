"""Leads a run on workers until it is killed. Started by `test_workers.py`."""

import asyncio
import sys
from pathlib import Path

from prompts_lang.engine.store.postgres_address import read_address
from prompts_lang.graph.model import Program
from tests.engine.distributed.conftest import Site
from tests.engine.distributed.test_workers import MAIN, ROWS


async def lead(path: str, address: str, bill: str, scheduler: str) -> None:
    site = Site(Program(Path(path), {}), read_address(address), Path(bill), scheduler)
    async with site.session(seconds=0.1) as session:
        await session.executor.run_rows(MAIN, ROWS)


if __name__ == "__main__":
    asyncio.run(lead(*sys.argv[1:]))
