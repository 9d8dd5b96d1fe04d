"""Tells an editor that understands `prompts/status` what runs and what it has cost, a few times a second at most."""

from prompts_server.coalesce import Coalescer
from prompts_server.editor import Editor
from prompts_server.jobs import Job, JobTable, Phase

METHOD = "prompts/status"

_SECONDS_BETWEEN = 0.25
_STATES = {
    Phase.QUEUED: "queued",
    Phase.RUNNING: "running",
    Phase.STOPPING: "running",
    Phase.FAILED: "failed",
    Phase.DONE: "done",
    Phase.STOPPED: "idle",
    Phase.STALE: "idle",
}


class Status:
    """The status of all jobs in one line: the busiest of them, the latest first. The end of a job is told in any case;
    what an earlier session has left, never: nothing has just happened then.
    """

    def __init__(self, editor: Editor, table: JobTable) -> None:
        self._editor = editor
        self._table = table
        self._sending = Coalescer(_SECONDS_BETWEEN, self._send)
        self._at_work: set[str] = set()
        self._ended: set[str] = set()
        self._told: dict[str, object] = {}

    def changed(self, job: Job) -> None:
        """Takes note that a job has changed."""
        if not self._editor.understands_ours:
            return
        if job.phase.active:
            self._at_work.add(job.id)
        elif job.id in self._at_work:
            # Whoever waits for this job must not miss its end because another one is at work.
            self._at_work.remove(job.id)
            self._ended.add(job.id)
            self._tell(status_of(job))
        if job.id in self._at_work | self._ended:
            self._sending.request()

    def close(self) -> None:
        """Sends nothing more."""
        self._sending.close()

    def _send(self) -> None:
        own = [job for job in self._table if job.id in self._at_work | self._ended]
        jobs = sorted(own, key=lambda job: (job.phase.active, job.number))
        self._tell(status_of(jobs[-1]) if jobs else {"state": "idle"})

    def _tell(self, status: dict[str, object]) -> None:
        # The end of a job is told at once; when its turn comes, there is mostly nothing new to say.
        if status != self._told:
            self._told = status
            self._editor.notify(METHOD, status)


def status_of(job: Job) -> dict[str, object]:
    """A job as `prompts/status` has it."""
    status: dict[str, object] = {"state": _STATES[job.phase], "id": job.id, "job": job.title, "calls": job.calls}
    if job.total > 0:
        status["percentage"] = job.percentage
    if job.message:
        status["message"] = job.message
    if job.usd is not None:
        status["usd"] = job.usd
    return status
