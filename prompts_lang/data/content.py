"""Names for content: canonical JSON and the key that it hashes to.

Equal content has equal keys on every machine and in every process, whatever the order in which a mapping was built.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_json(value: JsonValue) -> str:
    """Returns the one spelling of `value`: sorted keys, no spaces, no escapes but JSON's own.

    Raises:
        ValueError: A number is not finite, which JSON cannot say.
        TypeError: Something in `value` is not JSON.
    """
    return _CANONICAL.encode(value)


def content_key(kind: str, value: JsonValue) -> str:
    """Returns the sha256, in hexadecimal, of `value` in the role of `kind` (`llm`, `code`, `retrieve`, ...)."""
    spelled = canonical_json([kind, value])
    # Lone surrogates are legal in Python's strings, and a hostile reply may hold one; UTF-8 proper refuses them.
    return hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest()


def stored_json(value: JsonValue) -> str:
    """Returns `canonical_json(value)` in a form that every database takes: lone surrogates are written as escapes.

    Raises:
        ValueError: As for `canonical_json`.
        TypeError: As for `canonical_json`.
    """
    spelled = canonical_json(value)
    try:
        spelled.encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return spelled
