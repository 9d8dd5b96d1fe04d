"""Stamps events with time and calls and hands them to whoever listens."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from prompts_lang.autodiff.message import Proof
from prompts_lang.engine.store.model import Totals
from prompts_lang.graph.model import SlotId
from prompts_lang.optimize.candidate import ORIGINAL, Candidate
from prompts_lang.optimize.events import (
    Accepted,
    BoundKnown,
    CandidateTried,
    FindingData,
    FindingMade,
    GatePassed,
    GateTest,
    HeadroomSeen,
    OptimizeEvent,
    Progress,
    ProposalMade,
    RowScores,
    Sink,
    SlotTexts,
    Warned,
)
from prompts_lang.optimize.notebook import Note
from prompts_lang.optimize.propose import Proposal
from prompts_lang.optimize.targeted_gate import Trial


@dataclass(slots=True)
class Telling:
    """The voice of a run.

    Attributes:
        sink: Takes the events.
        totals: What was used so far.
        originals: The texts as they stand in the file, for places of quoted words.
        values: The metric's values of a candidate by row, as far as they are known.
    """

    sink: Sink
    totals: Callable[[], Totals]
    originals: Mapping[SlotId, str]
    values: Callable[[Candidate], Mapping[str, float]]
    started: float = field(default_factory=time.monotonic)
    warnings: int = 0

    @property
    def seconds(self) -> float:
        """Wall time since the start."""
        return time.monotonic() - self.started

    @property
    def calls(self) -> int:
        """Calls paid so far."""
        return self.totals().calls

    def bound(self, known: BoundKnown) -> None:
        """Tells the upper bound, before anything is spent."""
        self.say(replace(known, seconds=self.seconds, calls=self.calls))

    def headroom(self, *, is_open: bool, score: float, rows: int, failing: int, reason: str) -> None:
        """Tells whether there is something to gain."""
        stamp = (self.seconds, self.calls)
        self.say(
            HeadroomSeen(
                seconds=stamp[0], calls=stamp[1], open=is_open, score=score, rows=rows, failing=failing, reason=reason
            )
        )

    def progress(self, done: int, total: int, doing: str) -> None:
        """Tells how far the run is."""
        self.say(Progress(seconds=self.seconds, calls=self.calls, done=done, total=total, doing=doing))

    def finding(self, note: Note) -> None:
        """Tells a critique of a slot."""
        data = finding_data(note, self.originals)
        self.say(
            FindingMade(
                seconds=self.seconds,
                calls=self.calls,
                slot=data.slot,
                range=data.range,
                verdict=data.verdict,
                verified=data.verified,
                critique=data.critique,
                quote=data.quote,
                rows=data.rows,
            )
        )

    def proposal(self, proposal: Proposal, rejected: str | None) -> None:
        """Tells a proposed text, and why it will not be tried, if so."""
        self.say(
            ProposalMade(
                seconds=self.seconds,
                calls=self.calls,
                slot=proposal.slot,
                text=proposal.text,
                idea=proposal.idea,
                rejected=rejected,
            )
        )

    def gate(
        self,
        candidate: Candidate,
        against: Candidate,
        slots: Sequence[SlotId],
        test: GateTest,
        outcome: str,
        trial: Trial,
    ) -> None:
        """Tells how a test of a candidate against another one ended, and that once for every slot whose text was in it."""
        differences = (*trial.failing, *trial.sentinels)
        self.say(
            CandidateTried(
                seconds=self.seconds,
                calls=self.calls,
                candidate=candidate.id,
                parent=None if against == ORIGINAL else against.id,
                slots=SlotTexts(candidate.texts),
                test=test,
                outcome=outcome,
                rows=len(differences),
                gain=sum(differences),
                scores=RowScores.of(self.values(candidate)),
            )
        )
        for slot in slots:
            self.say(
                GatePassed(
                    seconds=self.seconds,
                    calls=self.calls,
                    slot=slot,
                    test=test,
                    outcome=outcome,
                    rows=len(differences),
                    gain=sum(differences),
                    together=len(slots),
                )
            )

    def accepted(self, texts: Mapping[SlotId, str]) -> None:
        """Tells where the search goes on from."""
        self.say(Accepted(seconds=self.seconds, calls=self.calls, slots=SlotTexts.of(texts)))

    def warn(self, message: str) -> None:
        """Tells what went wrong without stopping the run."""
        self.warnings += 1
        self.say(Warned(seconds=self.seconds, calls=self.calls, message=message))

    def say(self, event: OptimizeEvent) -> None:
        """Hands an event on."""
        self.sink(event)


def finding_data(note: Note, originals: Mapping[SlotId, str]) -> FindingData:
    """A note as it is reported. Words that a rewrite brought in have no place in the file."""
    start = originals.get(note.slot, "").find(note.quote) if note.quote else -1
    return FindingData(
        slot=note.slot,
        range=None if start < 0 else (start, start + len(note.quote)),
        verdict=note.verdict.value,
        verified=note.proof is not Proof.CLAIMED,
        critique=note.critique,
        rows=note.rows,
        quote=note.quote if start >= 0 else "",
    )
