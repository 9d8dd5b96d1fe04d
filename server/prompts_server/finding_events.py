"""Reads findings and rewrites out of the worker's events and out of what the store keeps of them.

The fields are those of `prompts optimize --json`, with `characters` for the place of the quote in its section. What is
missing or of another kind than expected is left out rather than refused: a newer worker may say more, and a finding with
less evidence is still one.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from prompts_lang.graph.slots import text_hash
from prompts_server.data import as_count, as_list, as_number, as_object, as_pair, as_text
from prompts_server.findings import Companion, Finding, Suggestion

_PROVEN = {"proven": True, "unproven": False}


def finding_of(body: Any, run: str) -> Finding | None:
    """The finding that an event or an entry of a report describes; None when it names no slot or says nothing."""
    fields = as_object(body)
    slot, critique, quote = (as_text(fields.get(name)) for name in ("slot", "critique", "quote"))
    if not slot or not critique:
        return None
    place = as_pair(fields.get("characters"))
    return Finding(
        id=text_hash(f"{slot}\n{quote}\n{critique}"),
        run=run,
        slot=slot,
        text_hash=as_text(fields.get("text_hash")),
        critique=critique,
        quote=quote,
        range=None if place is None else (int(place[0]), int(place[1])),
        verdict=as_text(fields.get("verdict")) or "unknown",
        verified=fields.get("verified") is True,
        rows=tuple(row for row in as_list(fields.get("rows")) if isinstance(row, str)),
        downstream=as_text(fields.get("downstream")) or None,
    )


def stored_finding(body: Any, run: str) -> Finding | None:
    """A finding as the store keeps it: with the rewrite of its section, and the scores of the change of all `together`."""
    fields = as_object(body)
    finding = finding_of(fields, run)
    if finding is None:
        return None
    report = {"slots": [fields.get("suggestion")], "before": fields.get("before"), "after": fields.get("after")}
    suggestion = suggestions_of(report).get(finding.slot)
    if suggestion is not None:
        others = map(as_object, as_list(fields.get("others")))
        suggestion = replace(
            suggestion,
            together=max(as_count(fields.get("together")), 1),
            companions=tuple(map(_companion, others)),
        )
    return replace(finding, suggestion=suggestion)


def suggestions_of(report: Mapping[str, Any]) -> dict[str, Suggestion]:
    """The rewrites of a report, by slot."""
    changed = [slot for slot in map(as_object, as_list(report.get("slots"))) if slot.get("status") in _PROVEN]
    before, after = as_object(report.get("before")), as_object(report.get("after"))
    return {
        as_text(slot.get("slot")): Suggestion(
            text=as_text(slot.get("after")),
            proven=_PROVEN[slot["status"]],
            before=as_number(before.get("score")),
            after=as_number(after.get("score")),
            interval=as_pair(slot.get("interval")),
            rows=as_count(after.get("rows")),
            together=len(changed),
            companions=tuple(_companion(other) for other in changed if other is not slot),
        )
        for slot in changed
    }


def _companion(slot: Mapping[str, Any]) -> Companion:
    return Companion(as_text(slot.get("slot")), text_hash(as_text(slot.get("before"))), as_text(slot.get("after")))
