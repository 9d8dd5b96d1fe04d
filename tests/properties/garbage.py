"""Garbage of any size: what could keep a reader, a resolver or a check busy for longer than a file of that size should."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.syntax.sources import EVERYTHING

_LLM = b"llm a() -> b\n"
_GRAPH = b"graph g() -> n0\n"
_TEXT = b"  user:\n    "


def _fill(size: int, piece: bytes) -> bytes:
    return (piece * (size // len(piece) + 1))[:size]


def _behind(start: bytes, piece: bytes) -> Callable[[int], bytes]:
    return lambda size: start + _fill(size - len(start), piece)


def _numbered(form: str, start: bytes = b"", room: int = 8) -> Callable[[int], bytes]:
    """The form again and again, with `{i}` for its number, `{n}` for the next, and `{c}` for the next in a circle."""

    def build(size: int) -> bytes:
        number = max((size - len(start)) // (len(form) + room), 2)
        return start + "".join(form.format(i=i, n=i + 1, c=(i + 1) % number) for i in range(number)).encode()

    return build


def _shuffled(size: int) -> bytes:
    return bytes(Random(1).choices(EVERYTHING, k=size))  # noqa: S311  noise, not secrets


def _random_bytes(size: int) -> bytes:
    return Random(1).randbytes(size)  # noqa: S311


GARBAGE: dict[str, Callable[[int], bytes]] = {
    "random bytes": _random_bytes,
    "the characters of a file in any order": _shuffled,
    "one endless word": _behind(b"", b"a"),
    "one endless line of heads": _behind(b"", b"llm a "),
    "spaces": _behind(b"", b" "),
    "line feeds": _behind(b"", b"\n"),
    "carriage returns": _behind(b"", b"\r"),
    "zeros": _behind(b"", b"\0"),
    "line separators": _behind(b"", "\u2028".encode()),
    "half of a character": _behind(b"", b"\xe2"),
    "{{": _behind(b"", b"{{"),
    "|": _behind(b"", b"|"),
    '"': _behind(b"", b'"'),
    "(": _behind(b"", b"("),
    "comments": _behind(b"", b"#\n"),
    "lines behind tabs": _behind(b"", b"\tx\n"),
    "{{ in text": _behind(_LLM + _TEXT, b"{{"),
    "placeholders in text": _behind(_LLM + _TEXT, b"{{a}}"),
    "lines of text": _behind(_LLM + b"  user:\n", b"    a\n"),
    "options of a type": _behind(b"llm a() -> b: ", b"a|"),
    "nested types": _behind(b"llm a() -> b: ", b"list["),
    "nested records": _behind(b"llm a() -> b: ", b"{a:"),
    "nested groups of types": _behind(b"llm a() -> b: ", b"(a"),
    "question marks": _behind(b"llm a() -> b: a", b"?"),
    "( in a head": _behind(b"llm a", b"("),
    "inputs": _behind(b"llm a(", b"a, "),
    "( in a condition": _behind(_LLM + b"  when ", b"("),
    "not not not": _behind(_LLM + b"  when ", b"not "),
    "and and and": _behind(_LLM + b"  when a", b" and a"),
    "nested values": _behind(_LLM + b"  x ", b"["),
    "nested objects": _behind(b"dataset d\n  case a = ", b'{"a":'),
    "fields of fields": _behind(b"graph g() -> a = a", b".a"),
    "else else else": _behind(b"graph g() -> a = a", b" else a"),
    "properties": _behind(_LLM, b"  a\n"),
    "sections": _behind(_LLM, b"  user: a\n"),
    "rows": _behind(b"dataset d\n", b"  case a = 1\n"),
    "uses": _behind(b"", b'use a from "x"\n'),
    "heads without names": _behind(b"", b"llm\n"),
    "one head again and again": _behind(b"", _LLM),
    "nodes outside of graphs": _numbered("llm n{i}() -> b\n"),
    "graphs without nodes": _numbered("graph g{i}() -> b\n"),
    "nodes in a chain": _numbered("llm n{i}(a = n{n}) -> b\n  user: {{{{a}}}}\n", _GRAPH),
    "nodes in a circle": _numbered("llm n{i}(a = n{c}) -> b\n  user: {{{{a}}}}\n", _GRAPH),
    "nodes that name what is not there": _numbered("llm n{i}(a = x{i}) -> b\n  user: {{{{a}}}}\n", _GRAPH),
    "placeholders that nothing fills": _numbered("    {{{{x{i}}}}}\n", _LLM + b"  user:\n"),
    "models in a chain": _numbered('model m{i} = "a/b"\n  else m{n}\n'),
    "models in a circle": _numbered('model m{i} = "a/b"\n  else m{c}\n'),
    "models that are not there": _numbered('model m{i} = "a/b"\n  else x{i}\n'),
    "calls in a chain": _numbered("graph g{i}() -> c\n\ncall c = g{n}()\n"),
    "calls in a circle": _numbered("graph g{i}() -> c\n\ncall c = g{c}()\n"),
    "optimize blocks": _behind(b"graph g(q) -> n\n\nllm n(q) -> b\n  user: {{q}}\n\n", b"optimize g on d\n"),
}
"""Builders by name; each takes the size in bytes, which it comes close to."""
