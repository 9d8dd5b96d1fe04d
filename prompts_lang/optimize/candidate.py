"""A candidate: texts for some slots of a graph. It is a value, named by its content, and another graph as far as the engine can see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prompts_lang.data.content import content_key
from prompts_lang.graph.model import Graph, SlotId
from prompts_lang.graph.substitute import with_texts

Texts = Mapping[SlotId, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """The slots that differ from the original, with their texts, in order of the slots."""

    texts: tuple[tuple[SlotId, str], ...] = ()

    @classmethod
    def of(cls, texts: Texts, original: Texts) -> Candidate:
        """A candidate with the texts that differ from the original ones."""
        return cls(tuple((slot, text) for slot, text in sorted(texts.items()) if text != original.get(slot)))

    @property
    def id(self) -> str:
        """The hash of its texts; the original itself has one too."""
        return content_key("candidate", [[str(slot), text] for slot, text in self.texts])

    @property
    def slots(self) -> tuple[SlotId, ...]:
        """The slots that it changes."""
        return tuple(slot for slot, _ in self.texts)

    def text(self, slot: SlotId, original: str) -> str:
        """The slot's text in this candidate."""
        return dict(self.texts).get(slot, original)

    def changed(self, texts: Texts, original: Texts) -> Candidate:
        """This candidate with other texts in some slots."""
        return Candidate.of({**dict(self.texts), **texts}, original)

    def without(self, slot: SlotId) -> Candidate:
        """This candidate with the original text in one slot."""
        return Candidate(tuple(pair for pair in self.texts if pair[0] != slot))

    def on(self, graph: Graph) -> Graph:
        """The graph with the candidate's texts."""
        return with_texts(graph, dict(self.texts)) if self.texts else graph


ORIGINAL = Candidate()
"""The texts as they stand in the file."""
