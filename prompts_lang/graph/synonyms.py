"""What words from other languages and tools are called here, so that whoever tries one is told the word that it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_ELSEWHERE: Final[Mapping[str, str]] = {
    # types
    "text": "str string char",
    "integer": "int long",
    "number": "float double decimal",
    "boolean": "bool",
    "json": "dict object any map record",
    "list": "array tuple sequence set",
    "chat": "messages conversation",
    # properties
    "when": "if only_if condition",
    "each": "for foreach for_each",
    "ensure": "assert require check validate",
    "repeat": "while loop until",
    "system": "instruction instructions developer",
    "user": "prompt human message template content",
    "assistant": "ai bot",
    "examples": "shots few_shot demos demonstrations",
    "model": "llm engine",
    "stop": "stop_sequences",
    "max_tokens": "max_length max_output_tokens max_completion_tokens",
    "retry": "retries attempts max_retries",
    "base": "url base_url api_base endpoint",
    "key": "api_key",
    "else": "fallback",
    "from": "corpus source",
    "top": "k top_k limit",
    "query": "search",
    "run": "function call",
    "python": "code",
    "expect": "expected label labels target answer",
    "split": "splits",
    "case": "row example",
    "maximize": "metric objective maximise",
    "minimize": "minimise",
    "critic": "backward judge",
    "rewriter": "optimizer proposer",
    "budget": "cost limit",
    "rounds": "iterations steps epochs",
    "rubric": "criteria",
    # metrics
    "exact": "accuracy em exact_match equals",
    "contains": "includes",
    "rouge": "rouge_l",
    # formatters
    "bullets": "bullet ul",
    "numbered": "ol enumerate",
    "lines": "join",
    "first": "head take",
}

HERE: Final[Mapping[str, tuple[str, ...]]] = {
    word: tuple(ours for ours, words in _ELSEWHERE.items() if word in words.split())
    for words in _ELSEWHERE.values()
    for word in words.split()
}
"""What a word from elsewhere may be called here."""
