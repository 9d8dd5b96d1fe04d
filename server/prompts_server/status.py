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
    """The status of all jobs in one line: the busiest of them, the latest first."""

    def __init__(self, editor: Editor, table: JobTable) -> None:
        self._editor = editor
        self._table = table
        self._sending = Coalescer(_SECONDS_BETWEEN, self._send)

    def changed(self) -> None:
        """Takes note that a job has changed."""
        if self._editor.understands_ours:
            self._sending.request()

    def close(self) -> None:
        """Sends nothing more."""
        self._sending.close()

    def _send(self) -> None:
        jobs = sorted(self._table, key=lambda job: (job.phase.active, job.number))
        self._editor.notify(METHOD, status_of(jobs[-1]) if jobs else {"state": "idle"})


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
