"""A small run that can be killed at any step of its ledger. Started by `test_survival.py`, or called by it.

It asks a model some questions that depend on earlier answers, one by one and side by side, and returns what it found.
Every call that the "provider" served is noted in a file of its own, as a provider would keep its bill.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from prompts_lang.engine.provider.caller import Caller
from prompts_lang.engine.provider.model import (
    ChatMessage,
    FinishReason,
    ModelLimits,
    ModelSpec,
    Price,
    Reply,
    Request,
    Role,
)
from prompts_lang.engine.provider.pacing import Limits
from prompts_lang.engine.store.account import RunAccount
from prompts_lang.engine.store.model import Budget, Purpose, RunKind, RunRecord, RunState
from prompts_lang.engine.store.postgres import open_postgres
from prompts_lang.engine.store.postgres_address import read_address
from prompts_lang.engine.store.protocol import Store
from prompts_lang.engine.store.sqlite import open_store

RUN = "the-run"


class Killer:
    """Counts steps and kills the process at the chosen one."""

    def __init__(self, step: str | None) -> None:
        self.step = step
        self.counts: dict[str, int] = {}

    def at(self, kind: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.step == f"{kind}-{self.counts[kind]}":
            os.kill(os.getpid(), signal.SIGKILL)


class Provider:
    """A backend whose answer depends on the question, and which keeps a bill."""

    def __init__(self, bill: Path, killer: Killer) -> None:
        self.bill = bill
        self.killer = killer

    async def prepare(self) -> None: ...

    async def attempt(self, request: Request) -> Reply:
        self.killer.at("asking")
        await asyncio.sleep(0)
        question = request.messages[0].content
        with self.bill.open("a") as bill:
            bill.write(f"{question}\n")
        self.killer.at("served")
        return Reply(f"<{question}>", FinishReason.STOP, 10, 5, None, 0.0, request.model.model)

    def price(self, model: ModelSpec) -> Price | None:
        return None

    def limits(self, model: ModelSpec) -> ModelLimits:
        return ModelLimits()


def opened(folder: Path, address: str | None) -> Store:
    """The store at an address, or else in the folder."""
    if address is None:
        return open_store(folder)
    store = open_postgres(read_address(address))
    # A server notices that a process was killed a moment after the operating system does.
    while any(run.state is RunState.RUNNING for run in store.runs()):
        store.note_dead_runs()
    return store


async def run(folder: Path, step: str | None, address: str | None = None) -> dict[str, object]:
    killer = Killer(step)
    store = opened(folder, address)
    if store.run(RUN) is None:
        store.start_run(RunRecord(RUN, RunKind.OPTIMIZE, "qa.prompt", "qa"))
    else:
        store.resume_run(RUN)
    _kill_around_appends(store, killer)
    account = RunAccount(store, RUN, Budget(calls=100))
    provider = Provider(folder / "bill", killer)
    caller = Caller(provider, account, Limits())  # type: ignore[arg-type]

    async def ask(text: str) -> str:
        request = Request(ModelSpec("m", "openai/m"), (ChatMessage(Role.USER, text),))
        return (await caller.complete(request, purpose=Purpose.FORWARD, node="n")).text

    first = await ask("one")
    second = await ask(f"two after {first}")
    wide = await asyncio.gather(*(ask(f"wide {number} after {second}") for number in range(3)), ask("one"))
    last = await ask(f"last after {' '.join(wide)}")
    await account.flush()
    store.finish_run(RUN, RunState.DONE, {"last": last})
    totals = account.totals
    entries = store.entries(RUN)
    store.close()
    return {
        "last": last,
        "calls": totals.calls - totals.possibly_spent,
        "cached": totals.cached,
        "states": [str(entry.state) for entry in entries],
        "steps": dict(killer.counts),
    }


def _kill_around_appends(store: Store, killer: Killer) -> None:
    append = store.append

    def killing(changes, **options):
        killer.at("before")
        numbers = append(changes, **options)
        killer.at("after")
        return numbers

    store.append = killing  # type: ignore[method-assign]


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), *sys.argv[2:]))
