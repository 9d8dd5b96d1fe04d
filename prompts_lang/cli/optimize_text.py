"""Tells an optimisation to people: gradients as they arrive, what was accepted, and at the end the rewrites with their evidence."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

import click
from rich.markup import escape

from prompts_lang.cli.amounts import plural, scored
from prompts_lang.cli.event_text import harmless
from prompts_lang.cli.running import Display
from prompts_lang.graph.types import JsonValue
from prompts_lang.optimize.report import Measured, Report, SlotReport, SlotStatus, Stopped

ENDINGS = {
    Stopped.DONE: "The search found nothing more to improve.",
    Stopped.BUDGET: "The budget is used up.",
    Stopped.ROUNDS: "All rounds are done.",
    Stopped.CANCELLED: "Stopped. Run it again to go on from here; what was paid for is kept.",
    Stopped.NO_HEADROOM: "There is nothing to gain: a stronger model does not score higher on the failing rows.",
    Stopped.ERROR: "The run could not be completed.",
}
STATUS = {SlotStatus.PROVEN: "green", SlotStatus.UNPROVEN: "yellow", SlotStatus.UNCHANGED: "bright_black"}


class Teller:
    """Turns events into lines above the progress bar."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._told: set[tuple[JsonValue, JsonValue]] = set()

    def tell(self, event: Mapping[str, JsonValue]) -> None:
        """Shows one event."""
        match event:
            case {"event": "bound", "bound": {"calls": int() as calls, "usd": usd}}:
                self._display.say(f"[dim]At most {_bound(calls, usd)}.[/]")
            case {"event": "headroom", "reason": str() as reason}:
                self._display.say(f"[dim]{_plain(reason)}[/]")
            case {
                "event": "progress",
                "doing": str() as doing,
                "done": int() as done,
                "total": int() as total,
                "calls": calls,
            }:
                self._display.update(_plain(doing), done, total, f"{calls} calls")
            case {"event": "finding"}:
                self._finding(event)
            case {"event": "proposal", "rejected": str() as reason, "slot": str() as slot}:
                self._display.say(f"  [dim]a proposal for {slot} was rejected: {_plain(reason)}[/]")
            case {"event": "accepted", "slots": dict() as slots}:
                self._display.say(f"[green]accepted[/] a rewrite; {plural(len(slots), 'slot')} in all")
            case {
                "event": "gate",
                "test": str() as test,
                "outcome": str() as outcome,
                "rows": rows,
                "gain": gain,
                "slot": str() as slot,
            }:
                if test == "targeted":
                    self._display.say(f"  [dim]{slot}: {_plain(outcome)} ({gain:+.2f} on {rows} rows)[/]")
            case {"event": "warning", "message": str() as message}:
                self._display.say(f"[yellow]warning[/] {_plain(message)}")
            case _:
                pass

    def _finding(self, event: Mapping[str, JsonValue]) -> None:
        slot, critique = event.get("slot"), event.get("critique")
        if (slot, critique) in self._told or not isinstance(critique, str):
            return
        self._told.add((slot, critique))
        sure = "verified" if event.get("verified") else str(event.get("verdict"))
        self._display.say(f"[magenta]gradient[/] to [bold]{slot}[/] ({sure}): {_plain(critique)}")
        quote = event.get("quote")
        if isinstance(quote, str) and quote:
            self._display.say(f"  [dim]at the words[/] {_plain(quote)!r}")


def _plain(text: str) -> str:
    return escape(" ".join(harmless(text).split()))


def _bound(calls: int, usd: JsonValue) -> str:
    money = f" and ${usd:.2f}" if isinstance(usd, int | float) else ""
    return f"{plural(calls, 'call')}{money} will be made"


def show_bound(calls: int, usd: float | None) -> None:
    """Prints the most that a run can cost."""
    click.echo(f"At most {_bound(calls, usd)}.")


def show_report(report: Report) -> None:
    """Prints the report: every changed text as a diff, the score before and after on held-out rows, what it took."""
    for slot in report.slots:
        if slot.status is not SlotStatus.UNCHANGED:
            _show_slot(slot)
    if not report.texts:
        click.echo("No text was changed.")
    click.echo()
    if report.before is not None and report.after is not None:
        click.echo(f"On {plural(report.after.rows, 'held-out test row')}:")
        click.echo(f"  before  {_measured(report.before)}")
        click.echo(click.style(f"  after   {_measured(report.after)}", bold=True))
    else:
        click.echo("Nothing is claimed: there are no test rows, or none of them could be measured.")
    for note in report.notes:
        click.echo(f"  {harmless(note)}")
    money = f", ${report.usd:.4f}" if report.usd else ""
    spent = (
        f"{plural(report.calls, 'call')} of at most {report.bound.calls} ({report.cached} more from the memo){money}"
    )
    click.echo(click.style(f"{ENDINGS[report.stopped]} {spent}, {report.seconds:.1f} s.", dim=True))


def _measured(measured: Measured) -> str:
    return scored(measured.score, measured.interval)


def _show_slot(slot: SlotReport) -> None:
    status = click.style(slot.status.value, fg=STATUS[slot.status], bold=True)
    click.echo(f"\n{click.style(str(slot.slot), bold=True)} {status}{_effect(slot)}")
    for line in _diff(slot.before, slot.after):
        colour = {"+": "green", "-": "red"}.get(line[:1])
        click.echo(click.style(f"  {harmless(line)}", fg=colour))


def _effect(slot: SlotReport) -> str:
    if slot.effect is None or slot.interval is None:
        return ""
    low, high = slot.interval
    return f": {slot.effect:+.2f} together with the other changes (95 % between {low:+.2f} and {high:+.2f})"


def _diff(before: str, after: str) -> Iterator[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return (line for line in lines if not line.startswith("?"))
