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
from prompts_lang.optimize.events import Bounds
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

TESTS = {"targeted": "tried on training rows", "claim": "tested on unseen rows", "prune": "tried without"}


class Teller:
    """Turns events into lines above the progress bar. Texts that were tested together share a line."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._told: set[tuple[JsonValue, JsonValue]] = set()
        self._together: list[str] = []

    def tell(self, event: Mapping[str, JsonValue]) -> None:
        """Shows one event."""
        self._display.note(f"{event.get('calls')} calls")
        match event:
            case {"event": "bound", "bound": {"calls": int() as calls, "usd": usd}}:
                self._display.say(f"[dim]{_bound(calls, usd)}[/]")
            case {"event": "headroom", "reason": str() as reason}:
                self._display.say(f"[dim]{_plain(reason)}[/]")
            case {"event": "progress", "doing": str() as doing, "done": int() as done, "total": int() as total}:
                self._display.update(_plain(doing), done, total, f"{event.get('calls')} calls")
            case {"event": "finding"}:
                self._finding(event)
            case {"event": "proposal", "rejected": str() as reason, "slot": str() as slot}:
                self._display.say(f"  [dim]a proposal for {slot} was rejected: {_plain(reason)}[/]")
            case {"event": "accepted"}:
                self._display.say("[green]accepted[/]: the search goes on from these texts")
            case {"event": "gate", "slot": str() as slot, "together": int() as together}:
                self._together.append(slot)
                if len(self._together) >= together:
                    self._gate(event)
            case {"event": "warning", "message": str() as message}:
                self._display.say(f"[yellow]warning[/] {_plain(message)}")
            case _:
                pass

    def _gate(self, event: Mapping[str, JsonValue]) -> None:
        slots, self._together = ", ".join(self._together), []
        gain, what = event.get("gain"), TESTS.get(str(event.get("test")), "tested")
        said = f"{gain:+.2f} on {event.get('rows')} rows" if isinstance(gain, int | float) else ""
        self._display.say(f"  [dim]{slots} {what}: {_plain(str(event.get('outcome')))} ({said})[/]")

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
    money = f"${usd:,.2f}" if isinstance(usd, int | float) else "an amount that nobody knows, since a price is unknown"
    return f"At most {plural(calls, 'call')} will be made, for at most {money}."


def show_bound(bound: Bounds) -> None:
    """Prints the most that a run can cost."""
    click.echo(_bound(bound.calls, bound.usd))


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
