"""Turns templates and values into messages.

Values are data. They are inserted once and never looked at again, so nothing inside them can become a placeholder, and a role is always
the section's own: a conversation keeps its user and assistant turns, but a system message inside it is handed on as a user's.

Invariant: the roles of the messages, and their order, depend on the node and on the turns of its conversations, never on what a text says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from prompts_lang.data.values import sendable, text_of
from prompts_lang.engine.values import Message, Values
from prompts_lang.graph.model import Examples, History, LlmBody, Section
from prompts_lang.graph.template import Formatter, Part, Placeholder, Template

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue

USER, ASSISTANT = "user", "assistant"


def render(template: Template, values: Values) -> str:
    """The text with its placeholders filled. A value that is absent leaves nothing behind."""
    return sendable("".join(_filled(part, values) for part in template.parts))


def fill(placeholder: Placeholder, values: Values) -> str:
    """What one placeholder stands for."""
    value = field_of(values.get(placeholder.name), placeholder.path)
    for formatter in placeholder.formatters:
        value = apply(formatter, value)
    return text_of(value)


def field_of(value: JsonValue, path: Iterable[str]) -> JsonValue:
    """The field at the end of `path` inside a value; None where something on the way is missing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def apply(formatter: Formatter, value: JsonValue) -> JsonValue:
    """The value after one `| formatter`. A list formatter takes a single value for a list of one, and null for an empty list."""
    match formatter.name:
        case "first":
            return value[: formatter.argument or 1] if isinstance(value, list | str) else value
        case "json":
            return json.dumps(value, ensure_ascii=False, indent=2)
        case "bullets":
            return "\n".join(f"- {_indented(item, 2)}" for item in _items(value))
        case "numbered":
            return "\n".join(f"{number}. {_indented(item, 3)}" for number, item in enumerate(_items(value), 1))
        case "lines":
            return "\n".join(" ".join(item.splitlines()) for item in _items(value))
        case _:
            message = f"unknown formatter '{formatter.name}'"  # the checks refuse such a file before anything runs
            raise ValueError(message)


def _items(value: JsonValue) -> list[str]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [text_of(item) for item in items]


def _indented(item: str, width: int) -> str:
    # Continuation lines stand below their own marker, so that an item cannot pass one of its lines off as the next item.
    return ("\n" + " " * width).join(item.splitlines())


# -------------------------------------------------------------------------------------------------------------- messages


def render_messages(body: LlmBody, inputs: Values, shots: Sequence[Message] = ()) -> tuple[Message, ...]:
    """The messages of an llm node in order.

    Sections that come out empty are left out, because providers refuse empty messages; one message always remains.

    Args:
        body: The node's parts.
        inputs: Values by the node's own names.
        shots: The few-shot turns to put where the examples stand (see `shot`).
    """
    messages: list[Message] = []
    for part in body.parts:
        match part:
            case Section(role=role, template=template):
                messages.append(Message(role, render(template, inputs)))
            case History(input=name):
                messages.extend(conversation(inputs.get(name)))
            case Examples():
                messages.extend(shots)
    filled = tuple(message for message in messages if message.content.strip())
    return filled or tuple(messages[-1:]) or (Message(USER, ""),)


def conversation(value: JsonValue) -> tuple[Message, ...]:
    """The turns of a chat value. Whatever is not the assistant's counts as the user's: data cannot speak as the system."""
    turns = value if isinstance(value, list) else []
    return tuple(
        Message(ASSISTANT if turn.get("role") == ASSISTANT else USER, sendable(text_of(turn.get("content"))))
        for turn in turns
        if isinstance(turn, dict)
    )


def shot(body: LlmBody, known: Mapping[str, JsonValue], answer: str) -> tuple[Message, Message]:
    """One few-shot example: what the user would have said, with the values that the row has, and the right answer.

    A row knows the graph's inputs but not what flows between its nodes. What the prompt says about a value that the row does not have is
    left out: the paragraph, where it is about nothing else, or else the line. So the example keeps the form of the real prompt.
    """
    wanted = [part.template for part in body.parts if isinstance(part, Section) and part.role == USER]
    texts = [_about(template, known) for template in wanted]
    return Message(USER, "\n\n".join(text for text in texts if text)), Message(ASSISTANT, sendable(answer))


def _about(template: Template, known: Mapping[str, JsonValue]) -> str:
    paragraphs: list[str] = []
    for blank, group in groupby(_lines(template), key=lambda line: not any(line)):
        lines = list(group)
        named = [part.name in known for line in lines for part in line if isinstance(part, Placeholder)]
        if blank or (named and not any(named)):
            continue
        kept = [line for line in lines if all(isinstance(part, str) or part.name in known for part in line)]
        paragraphs.append("\n".join("".join(_filled(part, known) for part in line) for line in kept))
    return sendable("\n\n".join(paragraphs).strip())


def _lines(template: Template) -> list[list[Part]]:
    """The parts of a template line by line, as they stand in the template: line breaks inside of values do not count."""
    lines: list[list[Part]] = [[]]
    for part in template.parts:
        first, *others = part.split("\n") if isinstance(part, str) else [part]
        lines[-1].append(first)
        lines.extend([other] for other in others)
    return lines


def _filled(part: Part, values: Values) -> str:
    return part if isinstance(part, str) else fill(part, values)
