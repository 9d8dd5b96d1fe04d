"""What is shown at the mouse: a node's signature and what is known from its runs, a placeholder's producer, a word's documentation.

What runs have shown is given by the caller as `NodeFacts`; nothing is read or computed here that needs the engine. Text from models and
data is quoted as code, so that it can never format, link or hide anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.features.locations import entry_at, item_at, occurrences_at
from prompts_lang.features.symbols import (
    FileSymbol,
    InputSymbol,
    LocalSymbol,
    NodeSymbol,
    OutputSymbol,
    ResultSymbol,
    Symbol,
)
from prompts_lang.graph.model import Port
from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.properties import form_of, property_of
from prompts_lang.graph.resolve.draft import Draft, GraphDraft, ModelDraft, NodeDraft
from prompts_lang.graph.types import describe
from prompts_lang.syntax import nodes
from prompts_lang.text.normalise import unseen
from prompts_lang.text.span import Span

LONGEST_QUOTE = 400
"""Characters of a sample that a hover shows."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One row on which a node's graph did not do well: its inputs and what came out, as short texts."""

    row: str
    score: float
    shown: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What runs have shown of a node. Scores are from 0 to 1, money in US dollars, times in seconds, per call of the node."""

    score: float | None = None
    interval: tuple[float, float] | None = None
    rows: int = 0
    usd: float | None = None
    seconds: float | None = None
    feedback: tuple[str, ...] = ()
    failure: Failure | None = None
    samples: tuple[tuple[str, str], ...] = ()
    given: tuple[tuple[str, str], ...] = ()
    outdated: bool = False


NO_FACTS = NodeFacts()
FactsOf = Callable[[str, str], NodeFacts]
"""Gives the facts of a node by graph and node name; `NO_FACTS` where it was never run."""


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown, and the span that it explains."""

    markdown: str
    span: Span


def never_run(graph: str, node: str) -> NodeFacts:
    """The facts of nodes before anything was run."""
    del graph, node
    return NO_FACTS


def hover(project: Project, path: Path, offset: int, facts_of: FactsOf = never_run) -> Hover | None:
    """The hover at a place, or None where there is nothing to say."""
    meaning = project.meaning(path)
    if meaning is None:
        return None
    for entry, occurrence in occurrences_at(meaning, offset):
        text = _symbol(project, occurrence.symbol, facts_of)
        if text is not None:
            return Hover(text, meaning.position(entry, occurrence.span))
    return _word(meaning, offset)


def _word(meaning: FileMeaning, offset: int) -> Hover | None:
    """The documentation of a keyword or of a property's first word."""
    if (found := entry_at(meaning, offset)) is None:
        return None
    entry, relative = found
    declaration = entry.declaration
    if declaration.keyword.span.touches(relative) and (form := form_of(declaration.keyword.text)) is not None:
        return Hover(f"{_code(form.form)}\n\n{form.doc}", meaning.position(entry, declaration.keyword.span))
    item = item_at(entry, relative)
    if item is None or not item.word.span.touches(relative):
        return None
    rule = property_of(declaration.keyword.text, item.word.text)
    if rule is None:
        return None
    default = f"\n\nDefault: `{rule.default}`." if rule.default else ""
    return Hover(
        f"{_code(rule.example)}\n\n{rule.doc} Takes {rule.takes.value}.{default}",
        meaning.position(entry, item.word.span),
    )


def _symbol(project: Project, symbol: Symbol, facts_of: FactsOf) -> str | None:
    home = project.meaning(symbol.file)
    if home is None:
        return None
    match symbol:
        case NodeSymbol(_, graph, name):
            return _node(home, graph, name, facts_of(graph, name))
        case OutputSymbol(_, graph, node, name):
            return _output(home, graph, node, name, facts_of(graph, node))
        case LocalSymbol(_, graph, node, name):
            return _local(home, graph, node, name, facts_of)
        case InputSymbol(_, graph, name) | ResultSymbol(_, graph, name):
            return _port_of_graph(home, graph, name)
        case FileSymbol(_, name):
            return _declared(home, name)


def _entry(home: FileMeaning, anchor: str) -> tuple[Entry, Draft | None] | None:
    pairs = zip(home.module.entries, home.resolution.resolved, strict=True)
    return next(((entry, resolved.draft) for entry, resolved in pairs if entry.anchor == anchor), None)


def _declared(home: FileMeaning, name: str) -> str | None:
    if (found := _entry(home, name)) is None:
        return None
    entry, draft = found
    parts = [_code(_head(home, entry)), _documentation(entry.declaration)]
    if isinstance(draft, ModelDraft) and draft.parameters:
        parts.append(", ".join(f"{word} {value}" for word, value in draft.parameters))
    if isinstance(draft, GraphDraft):
        members = home.module.graphs[name].nodes
        parts.append(f"{len(members)} node{'s' if len(members) != 1 else ''}: {', '.join(members)}")
    return _joined(parts)


def _node(home: FileMeaning, graph: str, name: str, facts: NodeFacts) -> str | None:
    if (found := _entry(home, f"{graph}/{name}")) is None:
        return None
    entry, draft = found
    parts = [_code(_head(home, entry)), _documentation(entry.declaration)]
    if isinstance(draft, NodeDraft):
        ports = ", ".join(f"{port.name}: {describe(port.type)}" for port in draft.outputs)
        parts.append(f"Gives {ports}.")
    parts.append(facts_markdown(facts))
    return _joined(parts)


def _output(home: FileMeaning, graph: str, node: str, name: str, facts: NodeFacts) -> str:
    interface = home.resolution.nodes.get(graph, {}).get(node)
    port = None if interface is None else interface.output(name)
    return _joined([_code(f"{node}.{_signature(port, name)}"), _sample(name, facts)])


def _local(home: FileMeaning, graph: str, node: str, name: str, facts_of: FactsOf) -> str | None:
    found = _entry(home, f"{graph}/{node}")
    draft = found[1] if found else None
    if not isinstance(draft, NodeDraft):
        return None
    input_ = next((input_ for input_ in draft.inputs if input_.name == name), None)
    if input_ is None:
        return None
    first = input_.source.alternatives[0]
    origin = f"`{input_.source}`" if first.node else f"the graph's input `{first}`"
    # What the producer gave, or else what the node was given: a graph's inputs have no producer.
    produced = "" if first.node is None else _sample(first.output, facts_of(graph, first.node))
    sample = produced or _example(dict(facts_of(graph, node).given).get(name))
    return _joined([_code(f"{name}: {describe(input_.type)}"), f"Filled by {origin}.", sample])


def _port_of_graph(home: FileMeaning, graph: str, name: str) -> str | None:
    interface = home.resolution.graphs.get(graph)
    if interface is None:
        return None
    port = next((port for port in (*interface.inputs, *interface.outputs) if port.name == name), None)
    kind = "Input" if port in interface.inputs else "Output"
    return None if port is None else _joined([_code(_signature(port, name)), f"{kind} of the graph `{graph}`."])


def facts_markdown(facts: NodeFacts) -> str:
    """What runs have shown, as a few lines of Markdown; nothing where there is nothing to show."""
    lines: list[str] = []
    if facts.outdated:
        lines.append("*From before your edit:*")
    if facts.score is not None:
        interval = f" ({facts.interval[0]:.2f} to {facts.interval[1]:.2f})" if facts.interval else ""
        lines.append(f"**Score** {facts.score:.2f}{interval} on {facts.rows} row{'s' if facts.rows != 1 else ''}")
    spent = [
        f"${facts.usd:.5f}" if facts.usd is not None else "",
        f"{facts.seconds:.2f} s" if facts.seconds is not None else "",
    ]
    if any(spent):
        lines.append(f"**Per call** {', '.join(part for part in spent if part)}")
    if facts.feedback:
        lines.append("**Feedback**")
        lines.extend(f"- {plain(critique)}" for critique in facts.feedback)
    if facts.failure is not None:
        lines.append(f"**A failing row** {plain(facts.failure.row)} (score {facts.failure.score:.2f})")
        lines.extend(f"- {name}: {quoted(value)}" for name, value in facts.failure.shown)
    # A list item stands directly below the line before it; everything else is a paragraph of its own.
    return "".join(
        line if number == 0 else f"\n{line}" if line.startswith("- ") else f"\n\n{line}"
        for number, line in enumerate(lines)
    )


def _sample(name: str, facts: NodeFacts) -> str:
    return _example(dict(facts.samples).get(name))


def _example(value: str | None) -> str:
    return "" if value is None else f"For example: {quoted(value)}"


def _signature(port: Port | None, name: str) -> str:
    return name if port is None else f"{port.name}: {describe(port.type)}"


def _head(home: FileMeaning, entry: Entry) -> str:
    span = home.position(entry, entry.declaration.head_span)
    return span.of(home.syntax.text).decode("utf-8", "replace")


def _documentation(declaration: nodes.Declaration) -> str:
    return "\n".join(comment.text for comment in declaration.documentation)


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _code(text: str) -> str:
    return f"```prompt-graph\n{text}\n```"


def quoted(text: str) -> str:
    """Text from a model or a row as inline code: shortened, on one line, with a fence that it cannot close."""
    short = _short(text)
    longest = max((len(run) for run in re.findall("`+", short)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {short} {fence}" if longest else f"`{short}`"


def plain(text: str) -> str:
    """Text from a model as plain words on one line: Markdown's marks are escaped, so that they show as themselves.

    So are the marks by which editors find links without any: of addresses, of `www.`, and of mail.
    """
    escaped = re.sub(r"([\\`*_\[\]<>!#|~&@]|:(?=//)|(?<=[wW]{3})\.)", r"\\\1", _short(text))
    # At the start of a line, these would begin a list, a rule or a heading above.
    return re.sub(r"^(\d{1,9})(?=[.)])", r"\1\\", re.sub(r"^([-+=])", r"\\\1", escaped))


def _short(text: str) -> str:
    flat = " ".join(text.split())
    hidden = unseen(flat)
    seen = "".join("\N{REPLACEMENT CHARACTER}" if each in hidden else each for each in flat)
    return seen if len(seen) <= LONGEST_QUOTE else seen[: LONGEST_QUOTE - 1] + "…"
