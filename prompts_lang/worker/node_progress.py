"""Tells how far each node of an evaluation is, not more often than a person can follow."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from prompts_lang.engine.values import Event, Status
from prompts_lang.graph.types import JsonValue

_SECONDS_BETWEEN = 0.25


class NodeProgress:
    """Counts executions by node, and says `node` events for those that have changed.

    Args:
        say: Tells one event of the job.
        total: How many executions of a node outside of loops and maps there will be.
        clock: Seconds from any moment on.
    """

    def __init__(
        self, say: Callable[[str, dict[str, JsonValue]], None], total: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._total = total
        self._clock = clock
        self._done: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._changed: dict[str, None] = {}
        self._told = float("-inf")

    def take(self, event: Event) -> None:
        """Takes in an execution that is over."""
        name = f"{event.graph}/{event.node}"
        self._done[name] += 1
        self._failed[name] += event.status is Status.FAILED
        self._changed[name] = None
        if self._clock() - self._told >= _SECONDS_BETWEEN:
            self.tell()

    def tell(self) -> None:
        """Says what has changed since the last time."""
        self._told = self._clock()
        for name in self._changed:
            done = self._done[name]
            ended = "failed" if self._failed[name] else "done"
            state = "running" if done < self._total else ended
            # A node in a loop or a map runs more often than there are rows.
            self._say("node", {"node": name, "state": state, "done": done, "total": max(self._total, done)})
        self._changed.clear()
