"""What can be typed next: declarations, properties, values, names in scope, outputs, placeholders, files.

The line up to the cursor decides, since a file is usually broken while one types.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from prompts_lang.graph.builtin_metrics import BUILTIN_METRICS
from prompts_lang.graph.interface import NameKind
from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.properties import DECLARATIONS, Property, Takes, properties_of, property_of
from prompts_lang.graph.template import FORMATTERS
from prompts_lang.graph.types import SIMPLE_TYPES, describe
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span

MOST_FILES = 200
"""How many files of a folder are offered."""


class CompletionKind(StrEnum):
    """What an item is; decides its icon."""

    KEYWORD = "keyword"
    PROPERTY = "property"
    VALUE = "value"
    NODE = "node"
    OUTPUT = "output"
    INPUT = "input"
    NAME = "name"
    TYPE = "type"
    FORMATTER = "formatter"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Completion:
    """One offer. `insert` replaces `span` and, where `snippet` is true, is in LSP snippet syntax."""

    label: str
    kind: CompletionKind
    insert: str
    span: Span
    detail: str = ""
    documentation: str = ""
    snippet: bool = False


def completions(project: Project, path: Path, offset: int) -> tuple[Completion, ...]:
    """The offers at a place, best first."""
    meaning = project.meaning(path)
    if meaning is None:
        return ()
    text = meaning.syntax.text
    start = text.rfind(b"\n", 0, offset) + 1
    line = text[start:offset].decode("utf-8", "replace")
    word = re.search(r"[A-Za-z0-9_]*\Z", line)
    span = Span(offset - len(word[0].encode()) if word else offset, offset)
    entry = _entry_above(meaning, offset)
    return tuple(_Offers(meaning, entry, line, span).all())


def _entry_above(meaning: FileMeaning, offset: int) -> Entry | None:
    index = meaning.syntax.chunk_at(offset)
    return next((entry for entry in meaning.module.entries if entry.index == index), None)


@dataclass(frozen=True, slots=True)
class _Offers:
    meaning: FileMeaning
    entry: Entry | None
    line: str
    span: Span

    def all(self) -> Iterator[Completion]:
        margin = len(self.line) - len(self.line.lstrip(" "))
        if (quoted := re.search(r'(?:from|run|base)\s+"([^"]*)\Z', self.line)) is not None:
            yield from self._files(quoted[1])
        elif re.search(r"\{\{[^}]*\Z", self.line) is not None:
            yield from self._placeholder()
        elif margin == 0 and re.fullmatch(r"[a-z]*", self.line):
            yield from self._declarations()
        elif margin in (1, 2, 3) and re.fullmatch(r" {1,3}(?:learn )?[a-z_]*", self.line):
            yield from self._properties()
        elif margin == 0:
            yield from self._head()
        elif margin in (1, 2, 3) and ":" not in self.line:
            yield from self._value()

    # --- whole lines

    def _declarations(self) -> Iterator[Completion]:
        for form in DECLARATIONS:
            yield Completion(
                form.keyword, CompletionKind.KEYWORD, form.snippet, self.span, form.form, form.doc, snippet=True
            )

    def _properties(self) -> Iterator[Completion]:
        if self.entry is None:
            return
        declaration = self.entry.declaration
        used = {item.word.text for item in declaration.items if not item.span.touches(self._relative(self.span.end))}
        learning = "learn " in self.line
        for rule in properties_of(declaration.keyword.text):
            if rule.word in used and not rule.repeatable:
                continue
            if rule.learnable or not learning:
                yield self._property(rule)
        if not learning and any(rule.learnable for rule in properties_of(declaration.keyword.text)):
            yield Completion(
                "learn", CompletionKind.KEYWORD, "learn ", self.span, "learn SECTION:", "Makes a section trainable."
            )

    def _property(self, rule: Property) -> Completion:
        is_text = rule.takes is Takes.SECTION
        insert = f"{rule.word}:" if is_text else rule.word if rule.takes is Takes.NOTHING else f"{rule.word} "
        return Completion(rule.word, CompletionKind.PROPERTY, insert, self.span, rule.example, rule.doc)

    # --- inside of lines

    def _head(self) -> Iterator[Completion]:
        """Names and types in a declaration's first line."""
        if re.search(r"metric\b.*=\s*\w*\Z", self.line):
            yield from self._words(BUILTIN_METRICS.items(), CompletionKind.VALUE)
        elif re.search(r"\bjudged by\s+\w*\Z", self.line):
            yield from self._names(NameKind.MODEL)
        elif re.search(r"^optimize\s+\w*\Z", self.line):
            yield from self._names(NameKind.GRAPH)
        elif re.search(r"^optimize\s+\w+\s+on\s+\w*\Z", self.line):
            yield from self._names(NameKind.DATASET)
        elif re.search(r"^call\s+\w+\s*=\s*\w*\Z", self.line):
            yield from self._names(NameKind.GRAPH)
        elif re.search(r":\s*(?:list\[)?\w*\Z", self.line):
            yield from self._words(((name, "") for name in (*SIMPLE_TYPES, "list")), CompletionKind.TYPE)
        else:
            yield from self._wiring()

    def _value(self) -> Iterator[Completion]:
        word = self.line.split()[0]
        rule = None if self.entry is None else property_of(self.entry.declaration.keyword.text, word)
        if rule is None:
            return
        if rule.names is not None:
            yield from self._names(NameKind(rule.names))
        elif rule.words:
            yield from self._words(((choice, rule.doc) for choice in rule.words), CompletionKind.VALUE)
        elif rule.takes in (Takes.CONDITION, Takes.EACH):
            yield from self._wiring()
        elif rule.takes is Takes.INPUT:
            yield from self._inputs()
        elif rule.takes in (Takes.INDEX, Takes.ENVIRONMENT):
            choices = ("bm25", 'embedding ""') if rule.takes is Takes.INDEX else ("env ",)
            yield from self._words(((choice, rule.doc) for choice in choices), CompletionKind.VALUE)

    def _wiring(self) -> Iterator[Completion]:
        graph = self._graph()
        if graph is None:
            return
        own = self.entry.declaration.name if self.entry else None
        members = self.meaning.resolution.nodes.get(graph, {})
        if (before := re.search(r"(\w+)\.\w*\Z", self.line)) is not None:
            interface = members.get(before[1])
            for port in () if interface is None else interface.outputs:
                yield Completion(port.name, CompletionKind.OUTPUT, port.name, self.span, describe(port.type))
            return
        for port in self.meaning.resolution.graphs[graph].inputs:
            yield Completion(port.name, CompletionKind.INPUT, port.name, self.span, describe(port.type))
        for name, interface in members.items():
            if own is None or name != own.text:
                detail = ", ".join(f"{port.name}: {describe(port.type)}" for port in interface.outputs)
                yield Completion(name, CompletionKind.NODE, name, self.span, detail)

    def _placeholder(self) -> Iterator[Completion]:
        if re.search(r"\|\s*\w*\Z", self.line):
            yield from self._words(FORMATTERS.items(), CompletionKind.FORMATTER)
        else:
            yield from self._inputs()

    def _inputs(self) -> Iterator[Completion]:
        declaration = self.entry.declaration if self.entry else None
        if isinstance(declaration, nodes.NodeDeclaration | nodes.CallDeclaration):
            for parameter in declaration.inputs:
                name = parameter.name.text
                source = (
                    " else ".join(reference.text for reference in parameter.source.alternatives)
                    if parameter.source
                    else name
                )
                yield Completion(name, CompletionKind.INPUT, name, self.span, source)

    def _names(self, kind: NameKind) -> Iterator[Completion]:
        for name, interface in self.meaning.resolution.names.items():
            if interface.kind is kind:
                yield Completion(name, CompletionKind.NAME, name, self.span, kind.value)

    def _words(self, words: Iterable[tuple[str, str]], kind: CompletionKind) -> Iterator[Completion]:
        for word, documentation in words:
            yield Completion(word, kind, word, self.span, documentation=documentation)

    def _files(self, typed: str) -> Iterator[Completion]:
        """Files and folders below what is typed so far; nothing outside of the file's own folder tree is listed."""
        root = self.meaning.path.parent
        folder = (root / typed).resolve() if typed.endswith("/") or not typed else (root / typed).resolve().parent
        if not folder.is_dir() or not folder.is_relative_to(root.resolve().parent):
            return
        span = Span(self.span.end - len(typed.rpartition("/")[2].encode()), self.span.end)
        shown = sorted(item for item in folder.iterdir() if not item.name.startswith("."))
        for item in shown[:MOST_FILES]:
            name = item.name + ("/" if item.is_dir() else "")
            yield Completion(name, CompletionKind.FILE, name, span)

    # --- where we are

    def _relative(self, offset: int) -> int:
        return offset if self.entry is None else offset - self.meaning.syntax.offsets[self.entry.index]

    def _graph(self) -> str | None:
        if self.entry is None:
            return None
        if self.entry.graph is not None:
            return self.entry.graph
        name = self.entry.declaration.name
        is_graph = isinstance(self.entry.declaration, nodes.GraphDeclaration) and name is not None
        return name.text if is_graph and name and name.text in self.meaning.resolution.graphs else None
