"""Textual gradients: messages that travel from an event to the things that shaped its output.

A message is addressed to a slot (a trainable text of the node that sent it) or to an input of the event (and so to the events which
that value came from). Messages are kept in sorted tuples: no order of arrival, schedule or hash seed can change what they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from prompts_lang.engine.values import EventKey
from prompts_lang.graph.model import SlotId

CRITIQUE_LIMIT = 600
"""Characters of a critique that are kept. Bounded messages keep gradients from growing with depth (TEP, arXiv 2601.21064)."""


class Verdict(StrEnum):
    """How far the target is to blame for the loss. `none` ends the descent."""

    NONE = "none"
    CONTRIBUTES = "contributes"
    CAUSES = "causes"
    UNKNOWN = "unknown"


class Proof(StrEnum):
    """How the blame was established. Only free and replayed blame may become a warning."""

    FREE = "free"  # a check failed: exception, schema, ensure, empty retrieval, recall
    REPLAYED = "replayed"  # a corrected output in the suspect's place flipped the score
    CLAIMED = "claimed"  # the critic says so


@dataclass(frozen=True, slots=True, order=True)
class Gradient:
    """One message. `target` is a slot, or the name of an input of the event. `quote` holds the words at fault, exactly, or nothing."""

    row: str
    event: EventKey
    target: SlotId | str
    verdict: Verdict
    critique: str
    quote: str = ""
    proof: Proof = Proof.CLAIMED
    score: float = 0.0
