"""Types as they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from prompts_lang.syntax.nodes.names import Name
    from prompts_lang.syntax.nodes.values import Number, String
    from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class NamedType:
    """`text`, `integer`, `chat` and the like; any name, known or not."""

    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class ListType:
    """`list[T]`. `name` is the word before the bracket, whatever it is; `item` is None in `list[]`."""

    name: Name
    item: Type | None
    span: Span


@dataclass(frozen=True, slots=True)
class LiteralType:
    """One allowed value: `"yes"`, `3`."""

    value: String | Number
    span: Span


@dataclass(frozen=True, slots=True)
class UnionType:
    """`A | B`, at least two options, in the order written."""

    options: tuple[Type, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class RecordField:
    """`name: text` in a record type."""

    name: Name
    type: Type | None
    span: Span


@dataclass(frozen=True, slots=True)
class RecordType:
    """`{name: text, age: integer}`."""

    fields: tuple[RecordField, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class OptionalType:
    """`T?`."""

    inner: Type
    span: Span


Type: TypeAlias = NamedType | ListType | LiteralType | UnionType | RecordType | OptionalType
