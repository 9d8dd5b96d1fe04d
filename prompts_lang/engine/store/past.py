"""The past of a resumed run: what it had paid for before it stopped, by key, until the replay gets there and counts it as used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompts_lang.engine.store.model import ZERO, EntryState, Totals, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompts_lang.engine.store.model import Entry


class Past:
    """What of a run's past the replay has not met yet: `calls` and `usd` count against its budget from the start.

    Args:
        entries: The run's part of the ledger, in order.
        before: The entry up to which it is the past; all of them, if not given.
        shared: Whether live processes may be at work on the run: what they have reserved they will settle, and it is not past.
    """

    def __init__(self, entries: Iterable[Entry], before: int | None, *, shared: bool) -> None:
        self.last = 0
        self.calls = 0
        self.usd = ZERO
        self._by_key: dict[str, Totals] = {}
        for entry in entries:
            if before is not None and entry.number > before:
                break
            self.last = entry.number
            if shared and entry.state is EntryState.RESERVED:
                continue
            used = totals_of(entry.state, entry.usage)
            self._by_key[entry.key] = self._by_key.get(entry.key, Totals()) + used
            self.calls += used.calls
            self.usd += used.usd

    def take(self, key: str) -> Totals | None:
        """What was paid under `key`, the first time that it is asked for."""
        used = self._by_key.pop(key, None)
        if used is not None:
            self.calls -= used.calls
            self.usd -= used.usd
        return used


def totals_of(state: EntryState, usage: Usage) -> Totals:
    """What one entry of the ledger counts for."""
    return Totals(
        calls=1,
        failed=int(state is EntryState.FAILED),
        possibly_spent=int(state in {EntryState.POSSIBLY_SPENT, EntryState.RESERVED}),
        unpriced=int(usage.usd is None),
        usd=usage.usd or ZERO,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        seconds=usage.seconds,
    )
