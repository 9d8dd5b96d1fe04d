"""What an optimisation tried, for people: a line for every set of texts, and one of them whole.

An older version may have written the records, so every field may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import click

from prompts_lang.cli.amounts import plural
from prompts_lang.cli.optimize_text import TESTS, diff
from prompts_lang.cli.text import flat, harmless
from prompts_lang.engine.store.model import CandidateRecord
from prompts_lang.graph.types import JsonValue

SHOWN = 20
"""How many candidates of a run are listed."""
SHOWN_ID = 8
"""Characters of an id that are shown; the start of one is enough to name it."""


def candidate_lines(candidates: Sequence[CandidateRecord]) -> Iterator[str]:
    """Every candidate with its slots and how its tests ended."""
    if not candidates:
        return
    yield f"{plural(len(candidates), 'candidate')} tried:"
    for candidate in candidates[:SHOWN]:
        tests = "; ".join(_tests(candidate))
        yield f"  {click.style(candidate.id[:SHOWN_ID], bold=True)}  {_slots(candidate)}: {tests}"
    if len(candidates) > SHOWN:
        yield f"  and {len(candidates) - SHOWN} more, which `--json` shows"


def show_candidate(candidate: CandidateRecord, report: JsonValue) -> None:
    """Prints one candidate: its tests, how its texts differ from those in the file, and its score on every row."""
    click.echo(f"{click.style(candidate.id[:SHOWN_ID], bold=True)}: {_slots(candidate)}")
    for test in _tests(candidate):
        click.echo(f"  {test}")
    before = {slot.get("slot"): slot.get("before") for slot in _objects(_fields(report).get("slots"))}
    for name, text in _fields(_body(candidate).get("slots")).items():
        click.echo(click.style(flat(name), bold=True))
        for line in diff(str(before.get(name) or ""), str(text)):
            click.echo(click.style(f"  {harmless(line)}", fg={"+": "green", "-": "red"}.get(line[:1])))
    scores = _fields(_body(candidate).get("scores"))
    if scores:
        click.echo(f"scores: {', '.join(f'{flat(row)} {score:.2f}' for row, score in scores.items())}")


def candidate_json(candidate: CandidateRecord) -> dict[str, Any]:
    """The object of `prompts show --json`."""
    return {"candidate": candidate.id, "parents": list(candidate.parents), **_body(candidate)}


def _slots(candidate: CandidateRecord) -> str:
    return ", ".join(map(flat, _fields(_body(candidate).get("slots")))) or "the texts in the file"


def _tests(candidate: CandidateRecord) -> Iterator[str]:
    for test in _objects(_body(candidate).get("tests")):
        name, gain, rows = TESTS.get(str(test.get("test")), "tested"), test.get("gain"), test.get("rows")
        parent = test.get("parent")
        against = f", against {parent[:SHOWN_ID]}" if isinstance(parent, str) else ""
        how = f" ({gain:+.2f} in all on {plural(rows, 'row')}{against})" if isinstance(rows, int) else ""
        yield f"{name}: {flat(str(test.get('outcome')))}{how}"


def _body(candidate: CandidateRecord) -> dict[str, Any]:
    return _fields(candidate.body)


def _fields(value: object) -> dict[str, Any]:
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [_fields(item) for item in cast("list[object]", value)] if isinstance(value, list) else []
