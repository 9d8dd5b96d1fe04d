"""Values as they are written: what they mean is the business of the property that takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from prompts_lang.syntax.nodes.names import Reference

if TYPE_CHECKING:
    from decimal import Decimal

    from prompts_lang.syntax.nodes.names import Name
    from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word: `bm25`, `off`, `true`, or the name of a declaration. What it means is the property's business."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class String:
    """A quoted string. `value` has its escapes resolved; `content` is the span between the quotes."""

    value: str
    span: Span
    content: Span


@dataclass(frozen=True, slots=True)
class Number:
    """`3`, `-0.5`, `1e-3`, with a unit where one is written: `10s`, `256mb`, `80%`. An integer stays an `int`."""

    value: int | float
    unit: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Money:
    """`$2.00`: US dollars, exact."""

    amount: Decimal
    span: Span


@dataclass(frozen=True, slots=True)
class Ratio:
    """`40/30/30`, at least two parts."""

    parts: tuple[int | float, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListValue:
    """`[1, 2, 3]`."""

    items: tuple[Value, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """`role: "user"` in an object."""

    key: Name | String
    value: Value | None
    span: Span


@dataclass(frozen=True, slots=True)
class ObjectValue:
    """`{role: "user", content: "Hello"}`, as in a row of a chat dataset."""

    entries: tuple[ObjectEntry, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name = value`, as in a `case` row."""

    name: Name
    value: Value | None
    span: Span


Value: TypeAlias = Word | Reference | String | Number | Money | Ratio | ListValue | ObjectValue | Assignment


@dataclass(frozen=True, slots=True)
class Phrase:
    """Values that stand side by side, up to the next comma: `at most 3`."""

    values: tuple[Value, ...]
    span: Span
