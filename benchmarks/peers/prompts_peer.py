"""Prompts on a task, as `prompts optimize` runs it: the whole loop with its own budget, the report on held-out rows last."""

from __future__ import annotations

import asyncio
import json

from contestant import Task

from prompts_lang.graph.load import load_program
from prompts_lang.jobs.optimization import run_optimization
from prompts_lang.jobs.plan import Wish, plan

task = Task.from_arguments()
starting = {node["name"]: node["system"] for node in task.nodes}


def texts_of(slots):
    """Texts by node, from texts by slot."""
    return {**starting, **{slot.split("/")[1]: text for slot, text in slots.items()}}


def told(event):
    """Writes down what the search accepts, with no claim, and the report, with one."""
    if event["event"] == "accepted":
        task.adopt(texts_of(event["slots"]), None)
    if event["event"] == "report":
        after = event["after"]
        slots = {slot["slot"]: slot["after"] for slot in event["slots"]}
        proven = [slot["slot"] for slot in event["slots"] if slot["status"] == "proven"]
        changed = [slot["slot"] for slot in event["slots"] if slot["status"] != "unchanged"]
        task.adopt(
            texts_of(slots),
            None if after is None else after["score"],
            stopped=event["stopped"],
            proven=len(proven),
            changed=len(changed),
        )


def main():
    """Runs the optimisation and keeps every event beside the result."""
    path = task.folder / "line.prompt"
    log = (task.folder / "events.jsonl").open("w", encoding="utf-8")

    def sink(event):
        log.write(json.dumps(event) + "\n")
        told(event)

    wanted = Wish(seed=task.seed, resume=False)
    asyncio.run(run_optimization(plan(load_program(path), path, wanted), sink))


main()
