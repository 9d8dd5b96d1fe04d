"""What an optimisation tells: kept in the store as it comes, with its places in the files, and handed on as JSON objects."""

from __future__ import annotations

import json
from collections.abc import Callable

from prompts_lang.engine.session import Session
from prompts_lang.engine.store.model import RunState
from prompts_lang.engine.store.protocol import Store
from prompts_lang.graph.types import JsonValue
from prompts_lang.jobs.candidates import CandidateKeeper
from prompts_lang.jobs.places import FindingKeeper, Places, keep_findings
from prompts_lang.jobs.sandbox import level_in_force
from prompts_lang.optimize.events import CandidateTried, FindingMade, OptimizeEvent, to_json
from prompts_lang.optimize.report import Report, Stopped

EventSink = Callable[[dict[str, JsonValue]], None]
"""Takes one event as a JSON object, the moment it happens. It must not block."""


class Recorder:
    """Takes the events of one run.

    Args:
        session: The run's session, whose report and state it sets.
        store: Where findings are kept.
        places: Knows where in the files a finding stands.
        sink: Takes every event, the report last.
        on_report: Takes the report before the sink does.
    """

    def __init__(
        self,
        session: Session,
        store: Store,
        places: Places,
        sink: EventSink,
        on_report: Callable[[Report], object] | None,
    ) -> None:
        self._session = session
        self._store = store
        self._folder = places.path.parent
        self._places = places
        self._sink = sink
        self._on_report = on_report
        self._candidates = CandidateKeeper(session)
        self._findings = FindingKeeper(store, session.run, self._folder)

    def __call__(self, event: OptimizeEvent) -> None:
        """Keeps an event and hands it on.

        Raises:
            StoreError: The report could not be kept; it was handed on all the same.
        """
        body: dict[str, JsonValue] = self._places.placed(json.loads(to_json(event)))
        match event:
            case Report():
                self._report(event, body)
                return
            case CandidateTried():
                self._candidates.keep(event)
            case FindingMade():
                self._findings.keep(body)
            case _:
                pass
        self._sink(body)

    def _report(self, report: Report, body: dict[str, JsonValue]) -> None:
        body["sandbox"] = level_in_force(self._session)
        self._session.report = body
        if report.stopped is Stopped.ERROR:
            self._session.state = RunState.FAILED
        if self._on_report is not None:
            self._on_report(report)
        try:
            keep_findings(self._store, self._session.run, body, self._folder)
        finally:  # a store that takes no more keeps nobody from what was reached
            self._sink(body)
