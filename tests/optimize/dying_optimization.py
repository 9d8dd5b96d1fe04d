"""A small optimisation whose process can be killed after any write to its ledger. Started by `test_survival.py`, or called by it.

    python dying_optimization.py FOLDER [WRITE]

kills itself with SIGKILL right after the write of that number; without a number it runs to its end and prints the report.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from prompts_lang.engine.provider.model import FinishReason, ModelLimits, ModelSpec, Price, Reply, Request
from prompts_lang.engine.session import Surroundings
from prompts_lang.engine.store.protocol import Change, Store
from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.errors import StoreError, StoreFailure
from prompts_lang.graph.load import load_program
from prompts_lang.graph.types import JsonValue
from prompts_lang.jobs.optimization import run_optimization
from prompts_lang.jobs.plan import Wish, plan

RULE = "Answer with the number alone."
PROGRAM = """\
language 1

model student = "fake/student"
model teacher = "fake/teacher"

dataset rows
  expect answer
  split 40/30/30
CASES
graph count(question: text) -> answer = say.answer

llm say(question) -> answer: text
  model student
  learn system:
    Count.
  user:
    {{question}}

metric score(answer, expected) = exact

optimize count on rows
  maximize score
  critic teacher
  rewriter teacher
  budget 200 calls
  rounds 2
"""


def write(folder: Path) -> Path:
    """Writes the program into a folder."""
    cases = "".join(f'  case question = "How many is {number}?", answer = "{number}"\n' for number in range(24))
    file = folder / "count.prompt"
    file.write_text(PROGRAM.replace("CASES\n", cases + "\n"))
    return file


class Provider:
    """A student that answers in a sentence unless it is told the rule, a critic and a rewriter who know it, and a bill."""

    def __init__(self, bill: Path) -> None:
        self.bill = bill

    async def prepare(self) -> None: ...

    async def attempt(self, request: Request) -> Reply:
        text = self.answer(request)
        with self.bill.open("a") as bill:
            bill.write(f"{request.key}\n")
        return Reply(text, FinishReason.STOP, 10, 5, Decimal("0.001"), 0.0, request.model.model)

    def answer(self, request: Request) -> str:
        system, user = request.messages[0].content, request.messages[-1].content
        match request.response_schema:
            case {"properties": {"messages": _}}:
                message = {"target": "slot:system", "verdict": "causes", "critique": RULE, "quote": "Count"}
                return json.dumps({"messages": [message]})
            case {"properties": {"proposals": _}}:
                return json.dumps({"proposals": [{"idea": "form", "edits": [{"search": "", "replace": RULE}]}]})
            case _:
                number = re.findall(r"\d+", user)[-1]
                return number if RULE in system else f"It is {number}."

    def price(self, model: ModelSpec) -> Price | None:
        return Price(Decimal("0.000001"), Decimal("0.000001"))

    def limits(self, model: ModelSpec) -> ModelLimits:
        return ModelLimits(1_000, 100)

    async def close(self) -> None: ...


def killing(store: Store, after: int) -> Store:
    """The store, whose process dies right after so many writes."""
    append, written = store.append, 0

    def counted(changes: Sequence[Change], **options: float):
        nonlocal written
        numbers = append(changes, **options)
        written += 1
        if written == after:
            os.kill(os.getpid(), signal.SIGKILL)
        return numbers

    store.append = counted  # type: ignore[method-assign]
    return store


def refusing(store: Store, after: int, trouble: StoreFailure) -> Store:
    """The store, which takes no more writes after so many."""
    append, written = store.append, 0

    def counted(changes: Sequence[Change], **options: float):
        nonlocal written
        written += 1
        if written > after:
            raise StoreError("The store takes no more.", kind=trouble)
        return append(changes, **options)

    store.append = counted  # type: ignore[method-assign]
    return store


async def run(folder: Path, failing: Callable[[Store], Store] = lambda store: store) -> dict[str, JsonValue]:
    """Optimises the program of a folder, and returns the report's event."""
    file, events = folder / "count.prompt", list[dict[str, JsonValue]]()
    store = open_store(folder)
    try:
        given = Surroundings(
            backend=Provider(folder / "bill"),  # type: ignore[arg-type]
            store=failing(store),
            environ={},
        )
        await run_optimization(plan(load_program(file), file, Wish(seed=1)), events.append, surroundings=given)
    finally:
        store.close()
    return events[-1]


if __name__ == "__main__":
    killed_after = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(json.dumps(asyncio.run(run(Path(sys.argv[1]), lambda store: killing(store, killed_after)))))  # noqa: T201
