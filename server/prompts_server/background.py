"""Optimises without being asked: after a save or a pause in typing, in trusted workspaces, within a budget per day.

Nothing happens unless the settings say so. A text is optimised once: what has been tried is not tried again until the
file's meaning changes. A job that a person asked for is never replaced.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from prompts_lang.engine.amounts import read_budget
from prompts_lang.engine.store.model import Budget
from prompts_lang.graph.problem import Severity
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.resolve.draft import OptimizeDraft
from prompts_lang.worker.protocol import Task
from prompts_server.documents import OpenDocument
from prompts_server.job_control import JobControl
from prompts_server.jobs import GraphKey
from prompts_server.money import is_spent, left_of, stricter, written
from prompts_server.settings import Settings
from prompts_server.stored_findings import stores_of
from prompts_server.threads import in_thread
from prompts_server.uris import UriKey
from prompts_server.workspace import Workspace

logger = logging.getLogger(__name__)


class Host(Protocol):
    """What this module needs of the session."""

    @property
    def trusted(self) -> bool:
        """Whether the workspace may run things."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def workspace(self) -> Workspace:
        """The documents and what they mean."""
        ...

    @property
    def jobs(self) -> JobControl:
        """What runs."""
        ...

    def order(
        self,
        document: OpenDocument,
        graph: str,
        task: Task,
        options: Mapping[str, Any],
        *,
        background: bool = False,
    ) -> str:
        """Starts a job on a graph."""
        ...


class Background:
    """Watches the documents of a session."""

    def __init__(self, session: Host) -> None:
        self._session = session
        self._timers: dict[UriKey, asyncio.TimerHandle] = {}
        self._tried: dict[UriKey, bytes] = {}
        self._starting: set[asyncio.Task[None]] = set()

    def changed(self, document: OpenDocument) -> None:
        """Takes note of a keystroke: the pause begins anew."""
        self.forget(document.key)
        settings = self._session.settings
        if settings.background == "onIdle":
            loop = asyncio.get_running_loop()
            self._timers[document.key] = loop.call_later(settings.background_idle, self._begin, document.uri)

    def saved(self, document: OpenDocument) -> None:
        """Takes note of a save."""
        self.forget(document.key)
        if self._session.settings.background != "off":
            self._begin(document.uri)

    def forget(self, key: UriKey) -> None:
        """Does nothing for a document any more until something happens to it."""
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()

    async def close(self) -> None:
        """Begins nothing more."""
        for key in tuple(self._timers):
            self.forget(key)
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)

    def _begin(self, uri: str) -> None:
        document = self._session.workspace.documents.get(uri)
        if document is None or not document.is_file or not self._session.trusted:
            return
        self._timers.pop(document.key, None)
        meaning = self._session.workspace.meaning(document)
        wanted = _objective(meaning)
        broken = any(one.severity is Severity.ERROR for one in self._session.workspace.problems(document))
        if wanted is None or broken or self._tried.get(document.key) == document.text:
            return
        job = self._session.jobs.table.of(GraphKey(document.key, wanted.graph))
        if job is not None and job.phase.active:
            return
        task = asyncio.get_running_loop().create_task(self._start(document, wanted))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start(self, document: OpenDocument, wanted: OptimizeDraft) -> None:
        settings = self._session.settings
        left = await in_thread(_left_today, document.path, read_budget(settings.background_budget))
        if is_spent(left):
            logger.info("the budget of the day for background optimisation is spent")
            return
        self._tried[document.key] = document.text
        own = Budget(calls=wanted.budget_calls, usd=wanted.budget_usd)
        budget = stricter(left, own if not settings.budget else read_budget(settings.budget))
        options = {"budget": written(budget)}
        self._session.order(document, wanted.graph, Task.OPTIMIZE, options, background=True)


def _objective(meaning: FileMeaning) -> OptimizeDraft | None:
    """What the first optimize block of a file says."""
    drafts = (resolved.draft for resolved in meaning.resolution.resolved)
    return next((draft for draft in drafts if isinstance(draft, OptimizeDraft)), None)


def _left_today(path: Path, budget: Budget) -> Budget:
    """What is left of a day's budget after all that was spent since midnight on the nearest store. Blocks."""
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    for store, _ in stores_of(path):
        spent = store.spent_since(midnight.timestamp())
        return left_of(budget, spent.calls, spent.usd)
    return budget
