"""Reads a teacher's request: the labelled pieces of its text, the node it is about, the rows it shows, the reply it wants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prompts_lang.simulate.recognise import row_of, rows_in, shown_node
from prompts_lang.simulate.request import SimulatedRequest
from prompts_lang.simulate.schema import Schema, requested_schema, resolve
from prompts_lang.simulate.world import Row, World, WorldNode

_TAG = re.compile(r"<(?P<name>[A-Za-z][\w:.-]*)(?P<attributes>(?:\s[^<>\n]*)?)>(?P<text>.*?)</(?P=name)>", re.DOTALL)
_HEADING = re.compile(r"^(?P<level>#{1,6})[ \t]*(?P<name>[^\n]*?)[ \t#]*$", re.MULTILINE)
_LABEL = re.compile(r"^[ \t]*(?:[-*][ \t]+)?(?P<name>[A-Za-z][\w:/. ()-]{0,60}):[ \t]*(?=\n|\S)", re.MULTILINE)
_INPUT = re.compile(r"input:(\w+)")
_FENCE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?P<text>.*?)\n?[ \t]*(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a request with the words that introduce it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """What a teacher's request shows. `runs` are the inputs of the node in each run that is shown, as far as they can be told apart."""

    request: SimulatedRequest
    text: str
    node: WorldNode | None
    rows: tuple[Row, ...]
    schema: Schema | None
    blocks: tuple[Block, ...]
    runs: tuple[Mapping[str, str], ...]

    def find(self, *labels: str) -> str | None:
        """The text of the first block whose label matches one of the patterns, tried in order; None where there is none."""
        for pattern in labels:
            for block in self.blocks:
                if re.search(pattern, block.label, re.IGNORECASE) and block.text.strip():
                    return block.text
        return None

    def find_all(self, label: str) -> tuple[str, ...]:
        """The texts of all blocks whose label matches a pattern."""
        return tuple(block.text for block in self.blocks if re.search(label, block.label, re.IGNORECASE))


def view(world: World, request: SimulatedRequest) -> View:
    """Reads a request."""
    text = request.text
    schema = requested_schema(request)
    node = shown_node(world, text)
    blocks = tuple(blocks_of(text))
    runs = tuple(_runs(blocks))
    found = {row.keys: row for row in rows_in(world, text)}
    found |= {row.keys: row for run in runs if (row := row_of(world, run)) is not None}
    return View(
        request=request,
        text=text,
        node=node,
        rows=tuple(found.values()),
        schema=resolve(schema) if schema is not None else None,
        blocks=blocks,
        runs=runs,
    )


def blocks_of(text: str) -> Iterator[Block]:
    """The labelled pieces of a text: tags (inner ones too), Markdown headings, and lines that end in a colon."""
    yield from _tags(text)
    headings = list(_HEADING.finditer(text))
    for index, heading in enumerate(headings):
        end = next(
            (later.start() for later in headings[index + 1 :] if len(later["level"]) <= len(heading["level"])),
            len(text),
        )
        yield Block(heading["name"], _unfenced(text[heading.end() : end]))
    labels = list(_LABEL.finditer(text))
    for index, label in enumerate(labels):
        end = labels[index + 1].start() if index + 1 < len(labels) else len(text)
        yield Block(label["name"], _unfenced(_paragraph(text[label.end() : end])))


def _runs(blocks: Sequence[Block]) -> Iterator[Mapping[str, str]]:
    """The inputs of each run: the first blocks of all inputs belong together, then the second ones, and so on."""
    shown: dict[str, list[str]] = {}
    for block in blocks:
        if match := _INPUT.match(block.label):
            shown.setdefault(match[1], []).append(block.text)
    for index in range(max(map(len, shown.values()), default=0)):
        yield {name: texts[index] for name, texts in shown.items() if index < len(texts)}


def fenced(text: str) -> Sequence[str]:
    """The contents of all fenced blocks."""
    return [match["text"] for match in _FENCE.finditer(text)]


def _tags(text: str) -> Iterator[Block]:
    pending = [text]
    while pending:
        for match in _TAG.finditer(pending.pop()):
            yield Block(f"{match['name']}{match['attributes']}", match["text"].strip())
            pending.append(match["text"])


def _unfenced(text: str) -> str:
    stripped = text.strip()
    match = _FENCE.match(stripped)
    return match["text"] if match else stripped


def _paragraph(text: str) -> str:
    stripped = text.strip("\n")
    if stripped.lstrip().startswith(("```", "~~~")):
        return stripped
    return re.split(r"\n[ \t]*\n(?=[ \t]*(?:[#<]|\Z))", stripped)[0]
