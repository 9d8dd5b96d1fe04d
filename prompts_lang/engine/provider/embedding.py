"""Embeddings: texts in, vectors out, as plain values.

A vector is a string of 32-bit floats, little end first, which is how vector stores take it. Invariant: the vectors of one answer stand in
the order of the texts and have one length.
"""

from __future__ import annotations

import base64
import math
import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from prompts_lang.data.content import canonical_json, content_key

if TYPE_CHECKING:
    from prompts_lang.engine.provider.model import ModelSpec
    from prompts_lang.graph.types import JsonValue

Vector: TypeAlias = bytes
"""32-bit floats, little end first."""

FLOAT_BYTES: Final = 4

BATCH_TEXTS: Final = 64
"""Texts per call: below what the usual providers take (96 the least of them)."""
BATCH_BYTES: Final = 200_000
"""UTF-8 bytes per call. A token is at least a byte, and the strictest of the usual limits is 300,000 tokens."""


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """Texts to embed, at least one, none of them empty."""

    model: ModelSpec
    texts: tuple[str, ...]

    @property
    def key(self) -> str:
        """The content key: everything that decides the vectors, nothing that does not."""
        model = self.model
        parameters: list[JsonValue] = [[name, value] for name, value in model.parameters]
        return content_key(
            "embed", {"model": model.model, "base": model.base, "parameters": parameters, "texts": list(self.texts)}
        )


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of the texts of a request, in their order, and what they took. `usd` is None where the price is unknown."""

    vectors: tuple[Vector, ...]
    tokens_in: int
    usd: Decimal | None
    seconds: float
    model: str
    cached: bool = False

    @property
    def tokens_out(self) -> int:
        """Always 0: an embedding is not made of tokens."""
        return 0

    @property
    def dimensions(self) -> int:
        """Numbers in each vector."""
        return len(self.vectors[0]) // FLOAT_BYTES


def maker(model: ModelSpec) -> str:
    """Names what makes vectors: those of different makers are never compared."""
    if not model.parameters:
        return model.endpoint
    return f"{model.endpoint} {canonical_json([[name, value] for name, value in model.parameters])}"


def batches(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Cuts texts into what one call takes, in order. A text that is too long for any call stands alone; its provider will say so."""
    batch: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode("utf-8", "surrogatepass"))
        if batch and (len(batch) == BATCH_TEXTS or size + length > BATCH_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield tuple(batch)


def vector_of(numbers: Sequence[float]) -> Vector:
    """Numbers as a vector."""
    return _little(array("f", numbers)).tobytes()


def numbers_of(vector: Vector) -> list[float]:
    """A vector as numbers."""
    numbers = array("f")
    numbers.frombytes(vector)
    return _little(numbers).tolist()


def is_finite(vector: Vector) -> bool:
    """Whether all its numbers are: one that is not makes every comparison with it senseless."""
    return all(map(math.isfinite, numbers_of(vector)))


def embedded_value(made: Embedded) -> JsonValue:
    """An answer as the memo keeps it."""
    return {
        "vectors": [base64.b64encode(vector).decode("ascii") for vector in made.vectors],
        "tokens_in": made.tokens_in,
        "usd": None if made.usd is None else str(made.usd),
        "seconds": made.seconds,
        "model": made.model,
    }


def read_embedded(value: JsonValue, *, cached: bool) -> Embedded:
    """The answer that `embedded_value` wrote."""
    held = cast("Mapping[str, JsonValue]", value)
    return Embedded(
        vectors=tuple(base64.b64decode(vector) for vector in cast("list[str]", held["vectors"])),
        tokens_in=int(cast("int", held["tokens_in"])),
        usd=None if held["usd"] is None else Decimal(str(held["usd"])),
        seconds=float(cast("float", held["seconds"])),
        model=str(held["model"]),
        cached=cached,
    )


def _little(numbers: array[float]) -> array[float]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
