"""Sampling options by the names that other tools give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prompts_lang.convert.outline import Loss
from prompts_lang.convert.reading import items
from prompts_lang.graph.properties import property_of
from prompts_lang.graph.types import JsonValue

NAMES = {
    "temperature": "temperature",
    "topP": "top_p",
    "top_p": "top_p",
    "maxOutputTokens": "max_tokens",
    "maxTokens": "max_tokens",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "frequency_penalty": "frequency_penalty",
    "frequencyPenalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "presencePenalty": "presence_penalty",
    "stop": "stop",
    "stopSequences": "stop",
}
"""Our property for each spelling."""


def convert_parameters(
    options: Mapping[str, Any], where: str
) -> tuple[tuple[tuple[str, JsonValue], ...], tuple[Loss, ...]]:
    """The properties of a model, and the options that we have none for."""
    kept = {NAMES[name]: value for name, value in options.items() if name in NAMES and _fits(name, value)}
    return tuple(kept.items()), tuple(_losses(options, where))


def _fits(name: str, value: object) -> bool:
    if NAMES[name] == "stop":
        texts = items(value) or [value]
        return all(isinstance(text, str) for text in texts)
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _losses(options: Mapping[str, Any], where: str) -> Iterator[Loss]:
    for name, value in options.items():
        if value is not None and (name not in NAMES or not _fits(name, value)):
            known = property_of("model", name)
            reason = "takes another kind of value here" if known else "has no counterpart here"
            yield Loss(f"{where}.{name}", f"the option {reason}")
