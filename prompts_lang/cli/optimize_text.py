"""Tells an optimisation to people: gradients as they arrive, what was accepted, and at the end the rewrites with their evidence.

What the search tried in vain is left out unless someone wants to hear everything.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

import click
from rich.markup import escape

from prompts_lang.cli.amounts import dollars, plural, scored
from prompts_lang.cli.running import Display
from prompts_lang.cli.text import flat, harmless, nearby
from prompts_lang.graph.types import JsonValue
from prompts_lang.optimize.events import BoundKnown
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
    """Turns events into lines above the progress bar. Texts that were tested together share a line.

    Args:
        display: Where the lines go.
        verbose: Whether to tell everything: doubtful gradients, every proposal, and every test.
    """

    def __init__(self, display: Display, *, verbose: bool = False) -> None:
        self._display = display
        self._verbose = verbose
        self._told: set[tuple[JsonValue, JsonValue]] = set()
        self._warned: set[str] = set()
        self._together: list[str] = []
        self._tidied = False

    def tell(self, event: Mapping[str, JsonValue]) -> None:
        """Shows one event."""
        self._display.note(f"{event.get('calls')} calls")
        match event:
            case {"event": "bound", "bound": {"calls": int() as calls, "usd": usd}, "unpriced": [*unpriced]}:
                self._say(
                    f"[dim]{_plain(_bound(calls, usd, tuple(map(str, unpriced)), by_budget=event.get('by_budget') is True))}[/]"
                )
            case {"event": "headroom", "reason": str() as reason}:
                self._say(f"[dim]{_plain(reason)}[/]")
            case {"event": "progress", "doing": str() as doing, "done": int() as done, "total": int() as total}:
                self._display.update(_plain(doing), done, total, f"{event.get('calls')} calls")
            case {"event": "finding"}:
                self._finding(event)
            case {"event": "proposal"} if self._verbose:
                self._proposal(event)
            case {"event": "accepted"}:
                self._accepted()
            case {"event": "gate", "slot": str() as slot, "together": int() as together}:
                self._together.append(slot)
                if len(self._together) >= together:
                    self._gate(event)
            case {"event": "warning", "message": str() as message} if self._verbose or message not in self._warned:
                self._warned.add(message)
                self._say(f"[yellow]warning[/]: {_plain(message)}")
            case _:
                pass

    def resumed(self, run: str, calls: int) -> None:
        """Shows that a stopped run is taken up."""
        self._say(f"[dim]Going on with {run}, which was stopped after {plural(calls, 'call')}.[/]")

    def _say(self, markup: str) -> None:
        self._display.say(markup)

    def _gate(self, event: Mapping[str, JsonValue]) -> None:
        slots, self._together = ", ".join(self._together), []
        test, outcome, gain = event.get("test"), event.get("outcome"), event.get("gain")
        self._tidied = test == "prune"
        if not self._verbose and test != "claim" and outcome != "passed":
            return
        said = f" ({gain:+.2f} in all on {event.get('rows')} rows)" if isinstance(gain, int | float) else ""
        self._say(f"  [dim]{_plain(slots)} {TESTS.get(str(test), 'tested')}: {_plain(str(outcome))}{said}[/]")

    def _accepted(self) -> None:
        texts = "without the changes that brought nothing" if self._tidied else "the search goes on from these texts"
        self._say(f"[green]accepted[/]: {texts}")

    def _proposal(self, event: Mapping[str, JsonValue]) -> None:
        slot, rejected = _plain(str(event.get("slot"))), event.get("rejected")
        if isinstance(rejected, str):
            self._say(f"  [dim]a proposal for {slot} was rejected: {_plain(rejected)}[/]")
        else:
            self._say(f"  [dim]a proposal for {slot}: {_plain(str(event.get('idea')))}[/]")

    def _finding(self, event: Mapping[str, JsonValue]) -> None:
        slot, critique, verified = event.get("slot"), event.get("critique"), event.get("verified")
        if (slot, critique) in self._told or not isinstance(critique, str):
            return
        if not (self._verbose or verified or event.get("verdict") == "causes"):
            return
        self._told.add((slot, critique))
        sure = "verified" if verified else str(event.get("verdict"))
        self._say(f"[magenta]gradient[/] to [bold]{_plain(str(slot))}[/] ({sure}): {_plain(critique)}")
        quote = event.get("quote")
        if isinstance(quote, str) and quote:
            self._say(f"  [dim]at the words[/] {_plain(quote)!r}")


def _plain(text: str) -> str:
    return escape(flat(nearby(text)))


def _bound(calls: int, usd: JsonValue, unpriced: Sequence[str], *, by_budget: bool) -> str:
    said = f"At most {plural(calls, 'call')} will be made"
    if isinstance(usd, int | float):
        amount = dollars(float(usd))
        if by_budget:
            return f"{said}, for at most {amount}."
        return f"{said}. If every one filled its model's whole context, that would be {amount}; most calls take a tiny part of it."
    names = f"{', '.join(unpriced[:-1])} and {unpriced[-1]}" if len(unpriced) > 1 else "".join(unpriced)
    return f"{said}. How much they can cost is not known: the price or the context size of {names} is missing."


def show_bound(known: BoundKnown) -> None:
    """Prints the most that a run can cost."""
    click.echo(_bound(known.bound.calls, known.bound.usd, known.unpriced, by_budget=known.by_budget))


def show_report(report: Report, sandbox: str | None, *, quiet: bool = False) -> None:
    """Prints the report: every changed text as a diff, the score before and after on held-out rows, what it took.

    Args:
        report: The report.
        sandbox: The level at which code ran, where any did.
        quiet: Leaves out what it took.
    """
    changed = [slot for slot in report.slots if slot.status is not SlotStatus.UNCHANGED]
    for slot in changed:
        _show_slot(slot)
    if not changed:
        click.echo("No text was changed.")
    click.echo()
    if report.before is not None and report.after is not None:
        click.echo(f"On {plural(report.after.rows, 'held-out test row')}:")
        click.echo(f"  before  {_measured(report.before)}")
        click.echo(click.style(f"  after   {_measured(report.after)}", bold=True))
    else:
        click.echo("Nothing is claimed: there are no test rows, or none of them could be measured.")
    if changed:
        _show_effect(changed[0])
    for note in report.notes:
        click.echo(f"  {harmless(nearby(note))}")
    if quiet:
        return
    calls = f"{plural(report.calls, 'call')} of at most {report.bound.calls}"
    spent = f"{calls} ({report.cached} more from the memo), {dollars(report.usd)}, {report.seconds:.1f} s."
    contained = "" if sandbox is None else f" Code ran in the sandbox at level {sandbox}."
    click.echo(click.style(f"{ENDINGS[report.stopped]} {spent}{contained}", dim=True))


def _measured(measured: Measured) -> str:
    return scored(measured.score, measured.interval)


def _show_slot(slot: SlotReport) -> None:
    status = click.style(slot.status.value, fg=STATUS[slot.status], bold=True)
    click.echo(f"\n{click.style(str(slot.slot), bold=True)} {status}")
    for line in diff(slot.before, slot.after):
        colour = {"+": "green", "-": "red"}.get(line[:1])
        click.echo(click.style(f"  {harmless(line)}", fg=colour))


def _show_effect(slot: SlotReport) -> None:
    """The effect, which is that of all changes together, whichever slot it is read off."""
    if slot.effect is not None and slot.interval is not None:
        low, high = slot.interval
        click.echo(f"  effect  {slot.effect:+.3f} (95 % between {low:+.3f} and {high:+.3f}) of all changes together")


def diff(before: str, after: str) -> Iterator[str]:
    """The lines of both texts, each after `+ ` or `- ` where only one has it."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return (line for line in lines if not line.startswith("?"))
