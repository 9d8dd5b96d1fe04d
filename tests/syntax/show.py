"""Shows nodes as short text, so that an expectation can be read."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum

from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.syntax.nodes import (
    Declaration,
    Name,
    Number,
    Problem,
    Property,
    Reference,
    Section,
    String,
    Word,
)
from prompts_lang.text import Span

LEFT_OUT = {"lines", "span", "head_span", "text_span", "keyword", "documentation", "comments", "content"}


def parse(text: str) -> SyntaxFile:
    """A file from text."""
    return SyntaxFile.parse(text.encode())


def only(text: str) -> Declaration:
    """The one declaration of a file without problems."""
    file = parse(text)
    assert list(file.problems()) == []
    [(_, declaration)] = file.declarations()
    return declaration


def show(node: object) -> str:
    """A node in brackets, without its places: `Property(retry 3)` reads `(Property retry ((3)))`."""
    match node:
        case None:
            return "-"
        case bool():
            return str(node).lower()
        case Name() | Reference() | Word():
            return node.text
        case String():
            return repr(node.value)
        case Number():
            return f"{node.value}{node.unit or ''}"
        case Enum():
            return str(node.value)
        case tuple():
            return "(" + " ".join(show(part) for part in node) + ")"
        case _ if is_dataclass(node):
            parts = [show(getattr(node, field.name)) for field in fields(node) if field.name not in LEFT_OUT]
            return f"({type(node).__name__} {' '.join(parts)})" if parts else type(node).__name__
        case _:
            return str(node)


def spans_of(node: object) -> list[Span]:
    """Every span in a node, at any depth."""
    match node:
        case Span():
            return [node]
        case tuple():
            return [span for part in node for span in spans_of(part)]
        case _ if is_dataclass(node) and not isinstance(node, type):
            return [span for field in fields(node) for span in spans_of(getattr(node, field.name))]
        case _:
            return []


def told(text: str) -> list[str]:
    """The problems of a file, each as `kind: words at fault`."""
    file = parse(text)
    return [f"{problem.kind}: {words_at(file, offset, problem)}" for offset, problem in file.problems()]


def words_at(file: SyntaxFile, offset: int, problem: Problem) -> str:
    """The words that a problem points at."""
    return problem.span.shift(offset).of(file.text).decode("utf-8", "replace")


def section(text: str, word: str) -> Section:
    """The first section of that word in a file."""
    for _, declaration in parse(text).declarations():
        for item in declaration.sections:
            if item.word.text == word:
                return item
    raise AssertionError(f"no section {word}")


def property_of(line: str) -> object:
    """The item that one line at column 2 makes."""
    declaration = only(f'model m = "x"\n  {line}\n')
    [item] = declaration.items
    assert not isinstance(item, Property) or item.word
    return item
