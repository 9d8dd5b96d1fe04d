"""A request to end a job: it begins nothing new, what is under way may end, and what was reached is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class StopSignal:
    """Carries the request to whoever can follow it. It may come before the job is far enough to hear it."""

    requested: bool = False
    _listener: Callable[[], object] | None = None

    def request(self) -> None:
        """Asks the job to end. To be called in the job's event loop."""
        self.requested = True
        if self._listener is not None:
            self._listener()

    def connect(self, listener: Callable[[], object]) -> None:
        """Has `listener` called with the request, or at once where it has come already."""
        self._listener = listener
        if self.requested:
            listener()
