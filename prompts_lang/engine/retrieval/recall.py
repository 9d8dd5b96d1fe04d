"""How much of what should have been found was found: free blame for retrievals, where rows name their gold passages.

A row names them in a column called `gold`: ids or texts of documents, as a list or as one value. Several retrievals of a graph share the
gold of a row, so one retrieval may rightly find only a part of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from prompts_lang.engine.values import Event, Kind, Status

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue

GOLD = "gold"
"""The column with the gold passages of a row."""


def gold_of(values: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """The gold passages that a row's values name; empty where they name none."""
    gold = values.get(GOLD)
    found = gold if isinstance(gold, list) else [] if gold is None else [gold]
    return tuple(str(entry) for entry in found)


def found_by(event: Event) -> tuple[str, ...]:
    """The ids of the documents that a retrieval found, the best first."""
    if event.kind is not Kind.RETRIEVE or not event.reply:
        return ()
    return tuple(hit["id"] for hit in json.loads(event.reply))


def texts_found_by(event: Event) -> tuple[str, ...]:
    """The texts of the documents that a retrieval returned, where its output is a list of texts."""
    lists = (value for value in event.outputs.values() if isinstance(value, list))
    return tuple(entry for value in lists for entry in value if isinstance(entry, str))


def recall(events: Sequence[Event], gold: Sequence[str]) -> float | None:
    """The share of the gold passages that at least one of the retrievals found; None where there is nothing to compare."""
    searches = [event for event in events if event.kind is Kind.RETRIEVE and event.status is Status.DONE]
    if not gold or not searches:
        return None
    found = {name for event in searches for name in (*found_by(event), *texts_found_by(event))}
    return sum(passage in found for passage in gold) / len(gold)
