"""A model and a sandbox that workers can make for themselves. The model keeps a bill in a file, as a provider would keep its own."""

from __future__ import annotations

import asyncio
import os
from decimal import Decimal
from functools import partial
from pathlib import Path

from prompts_lang.engine.distributed.assignment import Tools
from prompts_lang.engine.provider.model import FinishReason, Reply, Request
from tests.engine.fakes import FakeBackend, InProcess


class BillingBackend(FakeBackend):
    """Answers in brackets after a while, once questions came from enough processes; notes who asked, and what was served.

    A question that has the word POISON in it kills the process that asks it.
    """

    def __init__(self, bill: Path, seconds: float, processes: int = 1) -> None:
        super().__init__()
        self.bill = bill
        self.seconds = seconds
        self.processes = processes

    async def attempt(self, request: Request) -> Reply:
        question = request.messages[-1].content
        if "POISON" in question:
            os._exit(1)
        self._note("asked", question)
        while len({process for process, _ in noted(self.bill, "asked")}) < self.processes:  # noqa: ASYNC110  others tell
            await asyncio.sleep(0.01)
        await asyncio.sleep(self.seconds)
        self._note("served", question)
        return Reply(f"[{question}]", FinishReason.STOP, 10, 2, Decimal("0.01"), self.seconds, "fake")

    def _note(self, what: str, question: str) -> None:
        # One write of a short line to a file that is open for appending is whole, whoever else writes.
        with self.bill.open("a") as bill:
            bill.write(f"{os.getpid()}\t{what}\t{question}\n")


def tools(bill: Path, seconds: float = 0.05, processes: int = 1) -> Tools:
    return Tools(backend=partial(BillingBackend, bill, seconds, processes), sandbox=InProcess)


def noted(bill: Path, what: str) -> list[tuple[int, str]]:
    """Who asked or was served what, in order."""
    lines = [line.split("\t") for line in bill.read_text().splitlines()] if bill.exists() else []
    return [(int(process), question) for process, kind, question in lines if kind == what]
