"""What nodes work with: models, corpora, datasets and functions in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from prompts_lang.graph.types import JsonValue


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """US dollars for a million tokens of a prompt and of a reply."""

    tokens_in: Decimal
    tokens_out: Decimal


@dataclass(frozen=True, slots=True)
class Model:
    """A declared model.

    `parameters` are sampling options by LiteLLM's names, sorted. `timeout` is in seconds. Without a `price`, LiteLLM's counts.
    """

    name: str
    id: str
    parameters: tuple[tuple[str, JsonValue], ...] = ()
    retries: int = 2
    timeout: float = 60.0
    concurrency: int = 16
    base: str | None = None
    base_env: str | None = None
    key_env: str | None = None
    price: TokenPrice | None = None
    fallback: Model | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents to retrieve from. `location` is an absolute path or a vector store's URL; without an `embedding` model, it is BM25."""

    name: str
    location: str
    text_field: str = "text"
    id_field: str = "id"
    embedding: Model | None = None


@dataclass(frozen=True, slots=True)
class SplitByRatio:
    """Train, validation and test in proportion, by a stable hash of the row."""

    train: int
    validation: int
    test: int


@dataclass(frozen=True, slots=True)
class SplitByColumn:
    """A column holds the words train, validation and test."""

    column: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows of examples. `path` is absolute, or None where all rows are inline `case` lines. `expect` names the reference columns."""

    name: str
    path: Path | None
    expect: tuple[str, ...]
    split: SplitByRatio | SplitByColumn
    cases: tuple[Mapping[str, JsonValue], ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionReference:
    """`"file.py:function"`: an absolute path and the name of a function in it."""

    path: Path
    name: str
