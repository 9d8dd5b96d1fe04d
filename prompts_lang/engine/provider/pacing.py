"""When to try again, and when to stop trying.

Invariant: every wait is a function of the run's seed, the request and the attempt, so that a replay waits as the run
did and no random stream is shared.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from prompts_lang.errors import ProviderError, ProviderFailure

if TYPE_CHECKING:
    from prompts_lang.engine.provider.model import ModelSpec

FIRST_BACKOFF: Final = 0.5
"""Seconds; doubled with each attempt."""
FIRST_BACKOFF_WHEN_LIMITED: Final = 4.0
"""Seconds, where the provider asked to slow down and did not say for how long: its limits are per minute."""
LONGEST_BACKOFF: Final = 30.0
"""Seconds."""
LONGEST_RETRY_AFTER: Final = 300.0
"""Seconds; who asks for more will not be there in this run."""
GIVE_UPS: Final = 3
"""Requests given up in a row, none answered meanwhile, that make an endpoint count as dead."""
COOL_DOWN: Final = 30.0
"""Seconds until a dead endpoint is tried again, with one request."""

TRANSIENT: Final = frozenset(
    {
        ProviderFailure.RATE_LIMIT,
        ProviderFailure.TIMEOUT,
        ProviderFailure.CONNECTION,
        ProviderFailure.SERVER,
        ProviderFailure.MALFORMED,
        ProviderFailure.EMPTY,
    }
)
"""What may be over when one tries again."""
OUTAGES: Final = frozenset({ProviderFailure.TIMEOUT, ProviderFailure.CONNECTION, ProviderFailure.SERVER})
"""What looks like an endpoint that is not there. One that asks to slow down, or talks nonsense, is."""
HOPELESS: Final = frozenset({ProviderFailure.AUTH, ProviderFailure.UNKNOWN_MODEL})
"""What will meet every other request too."""
FALL_BACK: Final = TRANSIENT | HOPELESS | {ProviderFailure.CONTEXT}
"""What another model may do better. A refusal or a bad request is an answer to the request itself."""


class Clock(Protocol):
    """Time, in seconds from some moment, and waiting."""

    def now(self) -> float:
        """Returns the time."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class LoopClock:
    """The clock of the running event loop."""

    def now(self) -> float:
        """Returns the loop's time."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Waits without blocking the loop."""
        await asyncio.sleep(seconds)


def backoff(seed: int, key: str, attempt: int, kind: ProviderFailure | None = None) -> float:
    """Returns the seconds to wait after failed attempt number `attempt`, from 0: exponential, with full jitter.

    Full jitter spreads the load of many clients best (Brooker, "Exponential Backoff And Jitter", 2015).
    """
    drawn = hashlib.sha256(f"{seed}:{key}:{attempt}".encode()).digest()
    share = int.from_bytes(drawn[:8]) / 2**64
    first = FIRST_BACKOFF_WHEN_LIMITED if kind is ProviderFailure.RATE_LIMIT else FIRST_BACKOFF
    return share * min(LONGEST_BACKOFF, first * 2.0**attempt)


@dataclass(slots=True)
class Endpoint:
    """What calls to one model at one base share: slots, and a pause that the provider asked for."""

    slots: asyncio.Semaphore
    paused_until: float = 0.0

    def pause(self, seconds: float | None, clock: Clock) -> None:
        """Notes that the provider asked everyone to wait, if it did and if that is worth waiting for."""
        if seconds is not None and seconds <= LONGEST_RETRY_AFTER:
            self.paused_until = max(self.paused_until, clock.now() + seconds)


@dataclass(slots=True)
class Limits:
    """The endpoints of a process. Runs that share it respect one limit per model. It belongs to one event loop.

    Attributes:
        endpoints: By what is throttled together.
        processes: How many processes have a part of each limit: this one takes as much of it as each of the others, and one slot at least.
    """

    endpoints: dict[str, Endpoint] = field(default_factory=dict[str, Endpoint])
    processes: int = 1

    def endpoint(self, model: ModelSpec) -> Endpoint:
        """Returns what calls to this model share; the first that asks decides how many there may be at once."""
        found = self.endpoints.get(model.endpoint)
        if found is None:
            found = self.endpoints[model.endpoint] = Endpoint(
                asyncio.Semaphore(max(math.ceil(model.concurrency / self.processes), 1))
            )
        return found


class Circuit:
    """Spares a run the waits at an endpoint that is dead: after a few requests found it so, the others fail at once.

    It is one run's knowledge: the next run, after the user has mended what was wrong, starts without it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given_up = 0
        self._answers = 0
        self._error: ProviderError | None = None
        self._closed_until = 0.0

    def check(self) -> int:
        """Returns a mark to hand to `give_up`, if the endpoint may be asked now.

        Raises:
            ProviderError: The endpoint is taken for dead, for the reason that was last seen.
        """
        if self._error is not None:
            if self._clock.now() < self._closed_until:
                raise ProviderError(
                    self._error.message,
                    kind=self._error.kind,
                    status=self._error.status,
                    hint=self._error.hint,
                )
            self._closed_until = self._clock.now() + COOL_DOWN  # this request tries; the others wait for how it ends
        return self._answers

    def answered(self) -> None:
        """Notes that the endpoint lives."""
        self._answers += 1
        self._given_up = 0
        self._error = None

    def give_up(self, error: ProviderError, mark: int) -> None:
        """Notes that a request was given up, which had `mark` from `check` when it began."""
        wait = error.retry_after or 0.0
        if error.kind in HOPELESS:
            self._close(error, math.inf)
        elif wait > LONGEST_RETRY_AFTER:
            self._close(error, wait)
        elif error.kind in OUTAGES and mark == self._answers:
            self._given_up += 1
            if self._given_up >= GIVE_UPS:
                self._close(error, COOL_DOWN)

    def _close(self, error: ProviderError, seconds: float) -> None:
        self._error = error
        self._closed_until = self._clock.now() + seconds
