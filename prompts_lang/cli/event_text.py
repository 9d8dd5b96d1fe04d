"""Shows one node execution to people."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

from prompts_lang.cli.text import flat, harmless
from prompts_lang.engine.values import Event, Status
from prompts_lang.graph.model import Kind
from prompts_lang.graph.types import JsonValue

COLOURS = {
    Status.DONE: "green",
    Status.SKIPPED: "bright_black",
    Status.FAILED: "red",
    Status.BLOCKED: "yellow",
    Status.NOT_RUN: "red",
}
LONGEST = 160
"""Characters of a value that a line shows."""


def place_of(event: Event) -> str:
    """The node below the calls that lead to it, and which round of a loop or item of a map it was, counted from 0."""
    return event.key.path + "".join(f"[{number}]" for number in event.key.iteration)


def show_event(event: Event, *, whole: bool = False) -> None:
    """Prints one event: a line, its inputs and outputs, and with `whole` what was sent and what came back."""
    status = click.style(event.status.value, fg=COLOURS[event.status])
    place = place_of(event)
    how = "from the memo" if event.cached and event.kind is Kind.LLM else f"{event.cost.seconds:.2f} s"
    click.echo(f"{click.style(place, bold=True)} ({event.kind.value}) {status}, {how}")
    _show_values("in", event.inputs)
    if whole:
        for message in event.sent:
            _show_block(message.role, message.content)
        if event.reply is not None:
            _show_block("reply", event.reply)
    _show_values("out", event.outputs)
    if event.problem is not None:
        click.echo(f"  {click.style('problem', fg='red')}: {harmless(event.problem.message)}")


def _show_values(label: str, values: Mapping[str, JsonValue]) -> None:
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        click.echo(f"  {click.style(f'{label} {name}', dim=True)}: {flat(text, longest=LONGEST)}")


def _show_block(label: str, text: str) -> None:
    click.echo(f"  {click.style(label, dim=True)}:")
    for line in harmless(text).split("\n"):
        click.echo(f"    {line}")
