"""Problems: places that cannot be read as written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompts_lang.text.span import Edit, Span


class ProblemKind(StrEnum):
    """What is wrong with a piece of syntax. The values are stable: checks and documentation are keyed by them."""

    TAB_IN_MARGIN = "tab-in-margin"
    BAD_INDENTATION = "bad-indentation"
    TEXT_WITHOUT_SECTION = "text-without-section"
    ITEM_WITHOUT_DECLARATION = "item-without-declaration"
    UNKNOWN_DECLARATION = "unknown-declaration"
    MISSING_NAME = "missing-name"
    MISSING_INPUTS = "missing-inputs"
    MISSING_OUTPUTS = "missing-outputs"
    MISSING_PART = "missing-part"
    MISSING_COLON = "missing-colon"
    UNCLOSED_BRACKET = "unclosed-bracket"
    UNCLOSED_STRING = "unclosed-string"
    BAD_STRING = "bad-string"
    BAD_CONDITION = "bad-condition"
    UNEXPECTED = "unexpected"
    SLIP = "slip"
    LINE_TOO_LONG = "line-too-long"
    NOT_UTF8 = "not-utf8"


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that repairs a problem: a title for people, and edits relative to the chunk that do not overlap."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A place that cannot be read as written. `message` is one sentence and names the way out."""

    kind: ProblemKind
    span: Span
    message: str
    fix: Fix | None = None
