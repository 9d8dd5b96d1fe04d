"""The data of a simulated world: models, dials, nodes with their hidden rules, judges and rows. Immutable; read by `load`.

Texts are matched after `squash` (white space collapsed, case kept), and every pattern ignores case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from prompts_lang.graph.template import Placeholder, parse_template
from prompts_lang.simulate.shapes import is_array, is_object

BLIND = "blind"
"""The fault of a node whose inputs lack the evidence that it needs."""
NOISE = "noise"
"""The fault of a node that slipped although nothing was missing."""


def squash(text: str) -> str:
    """The text on one line: every run of white space becomes a single blank."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Rule:
    """A hidden rule: something that a good prompt says, and that the world's prompts do not say at first.

    `statement` is how a critic and a rewriter put it; `symptom` is what a critic sees in an output that breaks it. `inserts` are the
    texts that a rewriter may add. `wordings` recognise any reasonable phrasing. `implied_by` are observations in feedback from which a
    rewriter may guess the rule without being told.
    """

    id: str
    statement: str
    symptom: str
    wordings: tuple[re.Pattern[str], ...]
    inserts: tuple[str, ...]
    implied_by: tuple[re.Pattern[str], ...] = ()
    blames: re.Pattern[str] | None = None

    def stated_in(self, text: str) -> bool:
        """Whether a text states the rule in any known wording."""
        flat = squash(text)
        return any(pattern.search(flat) for pattern in self.wordings)

    def implied_in(self, text: str) -> bool:
        """Whether feedback shows something that suggests the rule."""
        flat = squash(text)
        return any(pattern.search(flat) for pattern in self.implied_by)


@dataclass(frozen=True, slots=True)
class Decoy:
    """Plausible advice that does not help. Where a prompt states it, an otherwise good answer fails with probability `harm`."""

    text: str
    harm: float = 0.0

    def stated_in(self, text: str) -> bool:
        """Whether a text contains the advice, word for word."""
        return squash(self.text).lower() in squash(text).lower()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How a request of a node looks. `weight` counts the literal characters: the heavier, the more specific."""

    pattern: re.Pattern[str]
    weight: int
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an input must contain for a good output. `contains` is a template over the row's facts."""

    input: str
    contains: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that the node reads out of an input, or the default: wrong answers come from what was really given."""

    input: str
    pattern: str
    default: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text that is `kept` where its rule is followed and `missed` where it is not. Empty for rows that do not need it."""

    rule: str
    kept: str
    missed: str


@dataclass(frozen=True, slots=True)
class Fault:
    """How outputs change when something is wrong. `when` is a rule's id, `blind` or `noise`; `{{self}}` is the output so far."""

    when: str
    outputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WorldNode:
    """A node as the simulated model knows it. `name` is `graph/node`, as in a slot's name."""

    name: str
    kind: Literal["llm", "retrieve"]
    inputs: tuple[str, ...]
    fingerprints: tuple[Fingerprint, ...]
    rules: tuple[Rule, ...] = ()
    decoys: tuple[Decoy, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    reads: Mapping[str, Reading] = field(default_factory=dict[str, Reading])
    parts: Mapping[str, Part] = field(default_factory=dict[str, Part])
    good: Mapping[str, Any] = field(default_factory=dict[str, Any])
    faults: tuple[Fault, ...] = ()

    @property
    def short(self) -> str:
        """The name without its graph."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Row:
    """One example: the texts by which it is recognised, its facts, and the rules that it needs at each node or judge.

    A key is recognised wherever it occurs; an alias only where it is the whole of an input.
    """

    keys: tuple[str, ...]
    aliases: tuple[str, ...]
    facts: Mapping[str, str]
    needs: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Criterion:
    """Something that a judge looks for in an output. `critique` is what the judge says where it is absent.

    `shows` are patterns, as templates over the row's facts.
    """

    id: str
    shows: tuple[str, ...]
    critique: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Judge:
    """A rubric as the simulated judge understands it."""

    name: str
    rubric: tuple[re.Pattern[str], ...]
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class StudentDials:
    """The student. Probabilities from 0 to 1."""

    noise: float = 0.03  # a good answer goes wrong all the same
    luck: float = 0.0  # a rule that the prompt does not state is followed all the same
    example_lift: float = 0.5  # an example in the prompt teaches each of the rules that it needs


@dataclass(frozen=True, slots=True)
class CriticDials:
    """The critic. Probabilities from 0 to 1."""

    recall: float = 0.85  # a missing rule is named
    vague: float = 0.5  # where nothing is named: says something vague rather than nothing
    false_blame: float = 0.08  # blames something that is in order
    attention: int = 2  # rules named in one critique, at most


@dataclass(frozen=True, slots=True)
class RewriterDials:
    """The rewriter. Probabilities from 0 to 1."""

    add: float = 0.9  # adds a rule that the feedback names
    guess: float = 0.5  # adds a rule that the feedback only implies
    keep: float = 0.99  # keeps a rule that the text already states
    filler: float = 0.2  # adds a harmless sentence
    decoy: float = 0.08  # adds one of the node's decoys
    drop_placeholder: float = 0.02
    truncate: float = 0.01  # the reply is cut off
    break_format: float = 0.02  # the reply is not in the format that was asked for


@dataclass(frozen=True, slots=True)
class JudgeDials:
    """The judge."""

    noise: float = 0.04  # largest deviation of a score, to either side
    severity: float = 1.0  # the share of criteria that are met is raised to this power


@dataclass(frozen=True, slots=True)
class ServiceDials:
    """The service around the model. `latency` (per call) and `retry_after` in seconds; the others are probabilities per attempt."""

    latency: float = 0.0
    rate_limited: float = 0.0  # 429
    retry_after: float = 1.0  # what a 429 asks its caller to wait
    server_error: float = 0.0  # 500
    malformed: float = 0.0  # the text is cut or wrapped so that it does not parse


@dataclass(frozen=True, slots=True)
class Dials:
    """Everything that can be turned."""

    student: StudentDials = field(default_factory=StudentDials)
    critic: CriticDials = field(default_factory=CriticDials)
    rewriter: RewriterDials = field(default_factory=RewriterDials)
    judge: JudgeDials = field(default_factory=JudgeDials)
    service: ServiceDials = field(default_factory=ServiceDials)


@dataclass(frozen=True, slots=True)
class SimulatedModel:
    """A model of the world. `expertise` is the probability that it follows a rule without being told (0 for a student)."""

    name: str
    expertise: float = 0.0


@dataclass(frozen=True, slots=True)
class World:
    """A whole world. `rows_by_key` and `rows_by_alias` map squashed, lower-case texts to rows, longest key first."""

    name: str
    seed: int
    models: Mapping[str, SimulatedModel]
    dials: Dials
    nodes: Mapping[str, WorldNode]
    judges: Mapping[str, Judge]
    rows: tuple[Row, ...]
    rows_by_key: Mapping[str, Row]
    rows_by_alias: Mapping[str, Row]
    unknown: str = "I do not know."


def expand(template: Any, values: Mapping[str, str]) -> Any:
    """Fills `{{name}}` in every text of a JSON value; a name without a value stays as it is written."""
    if isinstance(template, str):
        parts = parse_template(template).parts
        return "".join(_fill(part, values, template) if isinstance(part, Placeholder) else part for part in parts)
    if is_array(template):
        return [expand(item, values) for item in template]
    if is_object(template):
        return {name: expand(value, values) for name, value in template.items()}
    return template


def _fill(part: Placeholder, values: Mapping[str, str], source: str) -> str:
    return values.get(part.name, source[part.start : part.end])
