"""Jobs: what runs for each graph, as immutable values in one table.

There is one job per graph, the latest. A job's id is never used twice, so whatever arrives under an older id is late and
changes nothing. The phases go Queued → Running → (Stopping →) Done, Stopped or Failed; an edit turns a finished graph
Stale.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from prompts_lang.worker.protocol import JobEvent, JobState, Task
from prompts_server.data import as_count, as_number, as_text
from prompts_server.uris import UriKey


@dataclass(frozen=True, slots=True)
class GraphKey:
    """A graph of a document."""

    document: UriKey
    graph: str


class Phase(Enum):
    """Where a graph's latest job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    STALE = "stale"

    @property
    def active(self) -> bool:
        """Whether the job still has something to do."""
        return self in {Phase.QUEUED, Phase.RUNNING, Phase.STOPPING}


@dataclass(frozen=True, slots=True)
class Job:
    """The latest job of a graph.

    Attributes:
        number: Counts the jobs of a session; a later job has a greater one.
        key: The graph.
        task: What it does.
        phase: Where it stands.
        doing: What is under way, in a few words.
        done: Steps done.
        total: Steps in all; 0 while that is not known.
        calls: Calls to models that were paid for.
        usd: US dollars spent; None while no price is known.
        message: Why it failed, for people.
        report: The last event of a finished job, as in the command's `--json`.
        background: Whether it was started without being asked for.
    """

    number: int
    key: GraphKey
    task: Task
    phase: Phase = Phase.QUEUED
    doing: str = ""
    done: int = 0
    total: int = 0
    calls: int = 0
    usd: float | None = None
    message: str = ""
    report: Mapping[str, Any] = field(default_factory=dict[str, Any])
    background: bool = False

    @property
    def id(self) -> str:
        """The job's name between editor, server and worker."""
        return f"job-{self.number}"

    @property
    def title(self) -> str:
        """The job in words: `Optimize multihop`."""
        return f"{self.task.value.capitalize()} {self.key.graph}"

    @property
    def percentage(self) -> int:
        """How much is done, 0 to 100."""
        return min(100, 100 * self.done // self.total) if self.total > 0 else 0

    @property
    def can_go_on(self) -> bool:
        """Whether starting it again takes it up where it ended: what it has paid for is then free."""
        return self.task is Task.OPTIMIZE and self.phase in {Phase.STOPPED, Phase.FAILED} and self.calls > 0

    @property
    def cost(self) -> str:
        """What was paid for, in words; empty when nothing was."""
        if self.calls == 0:
            return ""
        calls = "1 call" if self.calls == 1 else f"{self.calls} calls"
        return calls if self.usd is None else f"{calls}, ${self.usd:.2f}"


def advance(job: Job, event: JobEvent) -> Job:
    """The job after an event of its own. What was paid for never falls, whatever a worker says."""
    body = event.body
    paid = replace(
        job,
        calls=max(job.calls, as_count(body.get("calls"))),
        usd=_amount(body.get("usd"), job.usd),
    )
    match event.event:
        case "started" if job.phase is Phase.QUEUED:
            return replace(paid, phase=Phase.RUNNING)
        case "progress":
            done, total = as_count(body.get("done")), as_count(body.get("total"))
            return replace(paid, done=done, total=total, doing=as_text(body.get("doing")))
        case "report":
            return replace(paid, report=dict(body))
        case "failed":
            return replace(paid, message=str(body.get("message", "")))
        case "finished":
            return replace(paid, phase=_FINISHED.get(str(body.get("state")), Phase.FAILED))
        case _:
            return paid


class JobTable:
    """The latest job of every graph. `changed` is called with each new value of a job."""

    def __init__(self, changed: Callable[[Job], None]) -> None:
        self._changed = changed
        self._jobs: dict[GraphKey, Job] = {}
        self._count = 0

    def __iter__(self) -> Iterator[Job]:
        return iter(tuple(self._jobs.values()))

    def of(self, key: GraphKey) -> Job | None:
        """The latest job of a graph."""
        return self._jobs.get(key)

    def get(self, job_id: str) -> Job | None:
        """The job with an id, unless a later one has taken its place."""
        return next((job for job in self._jobs.values() if job.id == job_id), None)

    def new(self, key: GraphKey, task: Task) -> Job:
        """A job with a fresh id. It is not in the table before it is `put` there."""
        self._count += 1
        return Job(self._count, key, task)

    def recall(self, key: GraphKey, task: Task, report: Mapping[str, Any], *, current: bool) -> None:
        """Takes over what a job of an earlier session has shown, unless there is a job of this one."""
        if key not in self._jobs:
            self.put(replace(self.new(key, task), phase=Phase.DONE if current else Phase.STALE, report=report))

    def recall_interrupted(self, key: GraphKey, calls: int, usd: float) -> None:
        """Takes over that an optimisation of an earlier session did not come to its end. What that session showed stays."""
        stopped = replace(self.new(key, Task.OPTIMIZE), phase=Phase.STOPPED, calls=calls, usd=usd)
        earlier = self._jobs.get(key)
        self.put(stopped if earlier is None else replace(stopped, report=earlier.report))

    def put(self, job: Job) -> None:
        """Makes this the latest job of its graph."""
        self._jobs[job.key] = job
        self._changed(job)

    def change(self, job: Job) -> bool:
        """Takes over a new value of a job; False, and nothing happens, when the job is no longer the latest."""
        current = self._jobs.get(job.key)
        if current is None or current.id != job.id:
            return False
        if job != current:
            self.put(job)
        return True

    def outdate(self, document: UriKey) -> None:
        """Marks what finished for a document as stale: its text has changed since."""
        for job in self:
            if job.key.document == document and job.phase in _CAN_BE_STALE:
                self.put(replace(job, phase=Phase.STALE))


_FINISHED = {
    JobState.DONE.value: Phase.DONE,
    JobState.STOPPED.value: Phase.STOPPED,
    JobState.FAILED.value: Phase.FAILED,
}
_CAN_BE_STALE = {Phase.DONE, Phase.STOPPED}


def _amount(value: object, before: float | None) -> float | None:
    amount = as_number(value)
    return before if amount is None or amount < 0 else max(amount, before or 0.0)
