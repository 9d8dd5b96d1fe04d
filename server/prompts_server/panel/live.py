"""The stream of one page: what has changed, whole, and not more often than a person can follow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from prompts_server.panel.protocol import to_json
from prompts_server.panel.source import PanelError, Query, Source

_SECONDS_BETWEEN = 0.25
_SECONDS_OF_SILENCE = 15.0


async def live(source: Source, query: Query) -> AsyncIterator[bytes]:
    """Server-sent events for as long as somebody takes them. A comment now and then shows that the line is alive."""
    changed = asyncio.Event()
    changed.set()
    stop_watching = source.watch(changed.set)
    sent: dict[str, str] = {}
    try:
        while True:
            try:
                async with asyncio.timeout(_SECONDS_OF_SILENCE):
                    await changed.wait()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            changed.clear()
            now = await _now(source, query)
            # What came before a graph went away is sent again when it comes back.
            sent = {event: text for event, text in sent.items() if event in now}
            for event, data in now.items():
                text = json.dumps(data, separators=(",", ":"))
                if sent.get(event) != text:
                    sent[event] = text
                    yield f"event: {event}\ndata: {text}\n\n".encode()
            await asyncio.sleep(_SECONDS_BETWEEN)
    finally:
        stop_watching()


async def _now(source: Source, query: Query) -> dict[str, Any]:
    """Everything that a page shows now, by event."""
    try:
        graph = await source.graph(query)
        state = await source.state(query)
    except PanelError as error:
        return {"gone": {"message": str(error)}}
    return {
        "graph": to_json(graph),
        "state": to_json(state),
        "selection": {"node": source.selected(query)},
    }
