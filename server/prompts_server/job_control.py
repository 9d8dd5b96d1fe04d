"""Starts, replaces and stops jobs: the rules between a person's click and the worker.

A request is answered at once with a job id; all waiting happens in a task per job. The latest request for a graph wins,
except that a running job which has been paid for is replaced only after asking. A job that is being replaced gets to
finish, so that what it paid for is kept. However a job ends, its progress ends with it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from lsprotocol import types

from prompts_lang.errors import PromptsError
from prompts_lang.worker.protocol import JobEvent, Start, Stop, Task
from prompts_server.editor import Editor
from prompts_server.jobs import GraphKey, Job, JobTable, Phase, advance
from prompts_server.progress import ProgressReport
from prompts_server.worker_client import WorkerClient

logger = logging.getLogger(__name__)

CreateWorker = Callable[[Callable[[JobEvent], None], Callable[[str], None]], WorkerClient]

_KEEP = "Keep it running"


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for, by a person unless `background`.

    `start` makes the worker's command when the job's turn comes, from the text as it is then.
    """

    key: GraphKey
    task: Task
    start: Callable[[str], Start]
    background: bool = False


class JobControl:
    """All jobs of one session.

    Args:
        editor: Where progress is shown and questions are asked.
        create_worker: Makes the client of the worker that does the work, from the two callbacks that it reports to.
        changed: Called with each new value of a job.
        happened: Called with every event of a graph's latest job, after the job has advanced.
    """

    def __init__(
        self,
        editor: Editor,
        create_worker: CreateWorker,
        changed: Callable[[Job], None],
        happened: Callable[[Job, JobEvent], None],
    ) -> None:
        self._editor = editor
        self._worker = create_worker(self._handle, self._worker_lost)
        self._announce = changed
        self._happened = happened
        self._pending: dict[GraphKey, _Pending] = {}
        self._unfinished: dict[str, _Unfinished] = {}
        self._progress: dict[str, ProgressReport] = {}
        self.table = JobTable(self._changed)

    def request(self, order: Order) -> str:
        """Takes an order and gives the id of its job, which may have to wait for its turn."""
        job = replace(self.table.new(order.key, order.task), background=order.background)
        earlier = self._pending.get(order.key)
        if earlier is not None:
            earlier.task.cancel()
        task = asyncio.get_running_loop().create_task(self._perform(job, order))
        self._pending[order.key] = _Pending(job.id, task)
        task.add_done_callback(lambda _: self._no_longer_pending(job))
        return job.id

    def stop(self, job_id: str) -> bool:
        """Stops a job; False when there is nothing to stop under that id."""
        job = self.table.get(job_id)
        if job is None or not job.phase.active:
            return False
        if job.id in self._unfinished:
            self._worker.send(Stop(job.id))
            self.table.change(replace(job, phase=Phase.STOPPING))
            return True
        self.table.change(replace(job, phase=Phase.STOPPED))
        if (pending := self._pending.get(job.key)) is not None and pending.job_id == job.id:
            pending.task.cancel()
        return True

    def stop_where(self, wanted: Callable[[GraphKey], bool]) -> int:
        """Stops the jobs of some graphs and says how many there were."""
        return sum(self.stop(job.id) for job in self.table if wanted(job.key))

    async def close(self) -> None:
        """Ends all waiting, the worker with everything that it runs, and all progress."""
        tasks = [pending.task for pending in self._pending.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._worker.close()
        await asyncio.gather(*(report.close() for report in list(self._progress.values())))

    # --- what the worker reports -----------------------------------------------------------------------------------

    def _handle(self, event: JobEvent) -> None:
        """Takes in an event of the worker's. Of a job that was replaced, only its end matters any more."""
        job = self.table.get(event.job)
        if job is not None:
            advanced = advance(job, event)
            self.table.change(advanced)
            self._happened(advanced, event)
            if advanced.phase is Phase.FAILED and event.event == "finished":
                self._editor.show(types.MessageType.Error, f"{job.title}: {job.message or 'it failed.'}")
        if event.event == "finished" and (unfinished := self._unfinished.pop(event.job, None)) is not None:
            unfinished.over.set()

    def _worker_lost(self, message: str) -> None:
        """Takes note that the worker crashed: everything that it was doing has failed. Says so once."""
        for job in self.table:
            if job.id in self._unfinished:
                self.table.change(replace(job, phase=Phase.FAILED, message=message))
        self._editor.show(types.MessageType.Error, message)
        for unfinished in self._unfinished.values():
            unfinished.over.set()
        self._unfinished.clear()

    # --- the life of one job ---------------------------------------------------------------------------------------

    async def _perform(self, job: Job, order: Order) -> None:
        """Takes a job from the request to the worker; what follows are the worker's events."""
        try:
            if not await self._may_replace(job):
                return
            self._take_over(job)
            for unfinished in [one for one in self._unfinished.values() if one.key == job.key]:
                await unfinished.over.wait()
            await self._worker.start()
            self._unfinished[job.id] = _Unfinished(job.key, asyncio.Event())
            self._worker.send(order.start(job.id))
        except asyncio.CancelledError:
            self.table.change(replace(job, phase=Phase.STOPPED))
            raise
        except PromptsError as error:
            self._fail(job, str(error))
        except Exception:
            logger.exception("%s could not be started", job.title)
            self._fail(job, "it could not be started; see the server's log.")

    async def _may_replace(self, job: Job) -> bool:
        previous = self.table.of(job.key)
        if previous is None or previous.phase is not Phase.RUNNING or previous.calls == 0:
            return True
        replace_it = f"Stop it and {job.task.value}"
        question = f"{previous.title} is running and has paid for {previous.cost}. What is paid for is kept."
        return await self._editor.ask(question, [replace_it, _KEEP]) == replace_it

    def _take_over(self, job: Job) -> None:
        previous = self.table.of(job.key)
        if previous is not None and previous.phase.active:
            self.stop(previous.id)
            self._update_progress(replace(previous, phase=Phase.STOPPED))
        report = ProgressReport(self._editor, job)
        self._progress[job.id] = report
        report.when_over(lambda: self._progress.pop(job.id))
        self.table.put(job)

    def _fail(self, job: Job, message: str) -> None:
        self._unfinished.pop(job.id, None)
        if self.table.change(replace(job, phase=Phase.FAILED, message=message)):
            self._editor.show(types.MessageType.Error, f"{job.title}: {message}")

    def _changed(self, job: Job) -> None:
        self._update_progress(job)
        self._announce(job)

    def _update_progress(self, job: Job) -> None:
        if (report := self._progress.get(job.id)) is not None:
            report.update(job)

    def _no_longer_pending(self, job: Job) -> None:
        pending = self._pending.get(job.key)
        if pending is not None and pending.job_id == job.id:
            del self._pending[job.key]


@dataclass(frozen=True, slots=True)
class _Pending:
    """A job on its way to the worker."""

    job_id: str
    task: asyncio.Task[None]


@dataclass(frozen=True, slots=True)
class _Unfinished:
    """A job that the worker has been given and has not finished."""

    key: GraphKey
    over: asyncio.Event
