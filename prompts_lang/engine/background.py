"""Runs graphs from anywhere: any thread, any event loop, or none.

One event loop in a thread does the work of one loaded file, so that its calls share connections and the limits of models, whoever makes
them. Nothing is kept of a run: it has a store in memory of its own, and no reply is remembered.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import finalize

from prompts_lang.data.dataset import Row
from prompts_lang.data.splitting import Split
from prompts_lang.engine.execution import Stream
from prompts_lang.engine.executor import side_by_side
from prompts_lang.engine.provider.pacing import Limits
from prompts_lang.engine.resources import Resources
from prompts_lang.engine.session import Surroundings, litellm_backend, local_sandbox, open_session, vector_place
from prompts_lang.engine.store.model import RunKind
from prompts_lang.engine.store.sqlite import memory_store
from prompts_lang.engine.streaming import streamed_path
from prompts_lang.errors import UsageError

if TYPE_CHECKING:
    from prompts_lang.engine.values import Run
    from prompts_lang.graph.model import Graph, Program
    from prompts_lang.graph.types import JsonValue

T = TypeVar("T")


@dataclass(slots=True)
class _Thread:
    """An event loop in a thread, with what the runs in it share."""

    shared: Surroundings
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    process: int = field(default_factory=os.getpid)
    thread: threading.Thread = field(init=False)

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run, name="prompts-engine", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        if self.process == os.getpid() and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.loop.stop)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.run_until_complete(self._end())
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.shared.resources is not None:
            await self.shared.resources.close()
        if self.shared.backend is not None:
            await self.shared.backend.close()


class Background:
    """Runs the graphs of one program in a thread, which starts with the first run.

    Args:
        program: The program.
        surroundings: What is not to be made here.
    """

    def __init__(self, program: Program, surroundings: Surroundings | None = None) -> None:
        self.program = program
        self._given = surroundings or Surroundings()
        self._thread: _Thread | None = None
        self._changing = threading.Lock()
        self._closed = False

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Starts work in the thread. Cancelling the future cancels the work.

        Raises:
            UsageError: It was closed.
        """
        with self._changing:  # so that whatever is submitted stands in the loop before its end does
            loop = self._running().loop
            return asyncio.run_coroutine_threadsafe(work(), loop)

    def wait(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Does work in the thread and waits for it. An interruption cancels it."""
        future = self.submit(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def run(
        self, graph: Graph, rows: Sequence[Mapping[str, JsonValue]], *, push: Callable[[str], None] | None = None
    ) -> tuple[Run, ...]:
        """Runs a graph on rows, inside of the thread.

        Args:
            graph: One of the program's graphs.
            rows: Its inputs by name.
            push: Takes the output piece by piece where the graph's output is the reply of one node, and is not called where it is not.
        """
        with self._changing:
            shared = self._running().shared
        store = memory_store()
        try:
            surroundings = replace(shared, store=store)
            async with open_session(
                self.program, RunKind.RUN, graph.name, remember=False, surroundings=surroundings
            ) as session:
                path = streamed_path(graph) if push is not None else None
                stream = Stream(path, push) if path is not None and push is not None else None
                execution = session.executor.prepare(graph, stream=stream)
                numbered = [Row(str(number), row, Split.TEST) for number, row in enumerate(rows, 1)]
                return await side_by_side(numbered, execution.run, at_once=session.executor.rows_at_once)
        finally:
            store.close()

    def close(self) -> None:
        """Ends what is under way, and the thread, and waits for that. It may be called twice."""
        with self._changing:
            self._closed = True
            thread, self._thread = self._thread, None
            if thread is not None:
                thread.stop()
        if thread is not None and thread.process == os.getpid():
            thread.thread.join()

    def _running(self) -> _Thread:
        """The thread; the caller holds the lock."""
        if self._closed:
            raise UsageError("The file was closed.", where=str(self.program.path), hint="Load it again.")
        # A thread does not survive a fork, as web servers make them after loading an application.
        if self._thread is None or self._thread.process != os.getpid():
            given = self._given
            shared = Surroundings(
                backend=given.backend or litellm_backend(given.environ),
                sandbox=given.sandbox or local_sandbox(),
                limits=given.limits or Limits(),
                resources=given.resources or Resources(vector_place(self.program.path.parent, None)),
                environ=given.environ,
            )
            self._thread = _Thread(shared)
            self._thread.start()
            finalize(self, self._thread.stop)
        return self._thread
