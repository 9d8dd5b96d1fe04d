"""How far each node is, told now and then."""

from __future__ import annotations

from typing import Any

from prompts_lang.engine.values import Event, EventKey, Status
from prompts_lang.graph.model import Kind
from prompts_lang.worker.node_progress import NodeProgress


def event(node: str, row: str, status: Status = Status.DONE) -> Event:
    return Event(EventKey(row, node), "qa", node, Kind.LLM, status, {}, {})


def test_what_has_changed_is_told_together_and_not_too_often() -> None:
    said: list[Any] = []
    now = 0.0
    progress = NodeProgress(lambda name, body: said.append((name, *body.values())), 3, lambda: now)
    progress.take(event("a", "1"))
    assert said == [("node", "qa/a", "running", 1, 3)]
    progress.take(event("a", "2"))
    progress.take(event("b", "1"))
    assert len(said) == 1
    now = 0.3
    progress.take(event("b", "2", Status.FAILED))
    assert said[1:] == [("node", "qa/a", "running", 2, 3), ("node", "qa/b", "running", 2, 3)]
    progress.take(event("a", "3"))
    progress.take(event("b", "3"))
    progress.take(event("b", "3"))
    progress.tell()
    assert said[3:] == [("node", "qa/a", "done", 3, 3), ("node", "qa/b", "failed", 4, 4)]
    progress.tell()
    assert len(said) == 5
