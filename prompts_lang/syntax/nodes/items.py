"""Items: what stands at column 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from prompts_lang.syntax.nodes.text import Section

if TYPE_CHECKING:
    from prompts_lang.syntax.nodes.conditions import Condition
    from prompts_lang.syntax.nodes.names import Name, Reference
    from prompts_lang.syntax.nodes.values import Number, Phrase, Value
    from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class Property:
    """`word value, value …`: `temperature 0`, `index embedding small`, `case question = "Why?", answer = "No."`."""

    word: Name
    phrases: tuple[Phrase, ...]
    span: Span

    @property
    def values(self) -> tuple[Value, ...]:
        """The values of all phrases in one row, for properties where commas mean nothing."""
        return tuple(value for phrase in self.phrases for value in phrase.values)


@dataclass(frozen=True, slots=True)
class ConditionProperty:
    """`when CONDITION` or `ensure CONDITION`."""

    word: Name
    condition: Condition | None
    span: Span


@dataclass(frozen=True, slots=True)
class EachProperty:
    """`each NAME in LIST`."""

    word: Name
    variable: Name | None
    source: Reference | None
    span: Span


@dataclass(frozen=True, slots=True)
class RepeatProperty:
    """`repeat until CONDITION, at most N`."""

    word: Name
    until: Condition | None
    at_most: Number | None
    span: Span


Item: TypeAlias = Property | ConditionProperty | EachProperty | RepeatProperty | Section
