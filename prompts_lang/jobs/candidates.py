"""What an optimisation tried, kept in the store of its run: every set of texts, the tests that it went through, and its scores by row.

A run that is resumed tells all of it again, and what is told again replaces what was kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from prompts_lang.engine.session import Session
from prompts_lang.engine.store.model import CandidateRecord
from prompts_lang.graph.types import JsonValue
from prompts_lang.optimize.events import CandidateTried, to_json

_OF_A_TEST = ("parent", "test", "outcome", "rows", "gain")


@dataclass(slots=True)
class CandidateKeeper:
    """Keeps the candidates of one run. `body` of a record has `slots`, `scores` and `tests`, in the form of the event."""

    session: Session
    _tests: dict[str, list[JsonValue]] = field(default_factory=dict[str, "list[JsonValue]"])
    _parents: dict[str, dict[str, None]] = field(default_factory=dict[str, "dict[str, None]"])

    def keep(self, event: CandidateTried) -> None:
        """Keeps what is known of a candidate, soon and together with other changes."""
        told: dict[str, JsonValue] = json.loads(to_json(event))
        tests = self._tests.setdefault(event.candidate, [])
        tests.append({name: told[name] for name in _OF_A_TEST})
        parents = self._parents.setdefault(event.candidate, {})
        if event.parent is not None:
            parents[event.parent] = None
        body: JsonValue = {"slots": told["slots"], "scores": told["scores"], "tests": list(tests)}
        record = CandidateRecord(self.session.run.id, event.candidate, body, tuple(parents))
        self.session.account.keep_candidate(record)
