"""Gives findings their places in files, and keeps them in the store for the editor."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from prompts_lang.engine.session import stored_name
from prompts_lang.engine.store.model import FindingRecord, RunRecord
from prompts_lang.engine.store.protocol import Store
from prompts_lang.errors import StoreError
from prompts_lang.graph.model import SlotId
from prompts_lang.graph.project import Project
from prompts_lang.graph.slots import place_of, text_hash
from prompts_lang.graph.types import JsonValue
from prompts_lang.text.document import Document
from prompts_lang.text.encoding import Encoding
from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class Places:
    """Adds to findings where they stand: the file, the range in it as editors count, and the hash of the text they speak about."""

    project: Project
    path: Path

    def placed(self, event: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """The event with places, where it has findings."""
        if event.get("event") == "finding":
            return {**event, **self._place(event)}
        findings = event.get("findings")
        if isinstance(findings, list):
            return {
                **event,
                "findings": [
                    {**found, **self._place(found)} if isinstance(found, dict) else found for found in findings
                ],
            }
        return event

    def _place(self, finding: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        slot, quote = finding.get("slot"), finding.get("quote")
        place = place_of(self.project, self.path, SlotId.parse(slot)) if isinstance(slot, str) else None
        if place is None:
            return {}
        span = place.span_of(quote if isinstance(quote, str) else "")
        text = place.meaning.syntax.text
        return {
            "file": str(place.meaning.path),
            "range": _range(text, span),
            "characters": finding.get("range"),
            "text_hash": text_hash(place.section.text),
        }


def _range(text: bytes, span: Span) -> JsonValue:
    document = Document.of(text)
    ends = (document.position_at(offset, Encoding.UTF_16) for offset in (span.start, span.end))
    start, end = ({"line": position.line, "character": position.character} for position in ends)
    return {"start": dict(start), "end": dict(end)}


@dataclass(slots=True)
class FindingKeeper:
    """Keeps the findings of a run as they come, so that they are there when the run dies. Those of the report take their place."""

    store: Store
    run: RunRecord
    folder: Path
    _found: dict[tuple[str, ...], JsonValue] = field(default_factory=dict[tuple[str, ...], JsonValue])

    def keep(self, finding: Mapping[str, JsonValue]) -> None:
        """Keeps one finding, with its place; it may come again with more rows. A store that takes no more is told of with the report."""
        self._found[tuple(str(finding.get(name)) for name in ("slot", "quote", "critique"))] = dict(finding)
        with suppress(StoreError):
            keep_findings(self.store, self.run, {"findings": list(self._found.values())}, self.folder)


def keep_findings(store: Store, run: RunRecord, report: Mapping[str, JsonValue], folder: Path) -> None:
    """Keeps the report's findings with the rewrites of their slots, so that they are there after a restart of the editor."""
    rewrites = {slot["slot"]: slot for slot in _objects(report.get("slots")) if slot.get("status") != "unchanged"}
    by_file: dict[str, list[FindingRecord]] = {}
    for finding in _objects(report.get("findings")):
        slot, file = finding.get("slot"), finding.get("file")
        if not isinstance(slot, str) or not isinstance(file, str):
            continue
        name = stored_name(Path(file), folder)
        body: JsonValue = {
            **finding,
            "suggestion": rewrites.get(slot),
            "together": len(rewrites),
            "others": [_part(other) for name, other in rewrites.items() if name != slot],
            "before": report.get("before"),
            "after": report.get("after"),
        }
        identity = text_hash(f"{slot}\n{finding.get('quote')}\n{finding.get('critique')}")
        record = FindingRecord(
            identity, name, run.graph, slot, str(finding.get("text_hash")), run.id, body, time.time()
        )
        by_file.setdefault(name, []).append(record)
    try:
        for file, records in by_file.items():
            store.replace_findings(file, run.graph, records)
    except StoreError as error:
        raise StoreError(f"The findings could not be kept: {error.message}", kind=error.kind) from error


def _part(rewrite: Mapping[str, JsonValue]) -> JsonValue:
    """What another section of the same change needs to be applied with it."""
    return {name: rewrite.get(name) for name in ("slot", "before", "after")}


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
