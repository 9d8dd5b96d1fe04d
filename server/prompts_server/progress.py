"""Shows a job's progress in the editor, at most four times a second, and always ends what it began.

The token is the server's own and a string, because some editors know no numbers. A percentage stands in `begin` because
VS Code ignores later ones otherwise (2026-11). The editor's answer to the creation is awaited in a task of its own, so
nothing else ever waits for it.
"""

import asyncio
from collections.abc import Callable

from lsprotocol import types

from prompts_server.editor import Editor
from prompts_server.jobs import Job, Phase

_SECONDS_BETWEEN_REPORTS = 0.25
_PREFIX = "prompts/"


def token_of(job: Job) -> str:
    """The progress token of a job."""
    return _PREFIX + job.id


def job_of(token: str | int) -> str | None:
    """The id of the job that a token belongs to; None for a token that is not ours."""
    is_ours = isinstance(token, str) and token.startswith(_PREFIX)
    return str(token).removeprefix(_PREFIX) if is_ours else None


class ProgressReport:
    """The progress of one job, from its beginning to its end.

    Args:
        editor: Where to show it.
        job: The job as it is now.
    """

    def __init__(self, editor: Editor, job: Job) -> None:
        self._editor = editor
        self._job = job
        self._changed = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._show())

    def update(self, job: Job) -> None:
        """Takes over the job's new value."""
        self._job = job
        self._changed.set()

    async def close(self) -> None:
        """Ends the progress now, whatever the job does."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def when_over(self, callback: Callable[[], object]) -> None:
        """Calls back once the end has been shown."""
        self._task.add_done_callback(lambda _: callback())

    async def _show(self) -> None:
        token = token_of(self._job)
        if not await self._editor.create_progress(token):
            return
        begin = types.WorkDoneProgressBegin(title=self._job.title, cancellable=True, percentage=0)
        self._editor.progress(token, begin)
        try:
            await self._report_until_over(token)
        finally:
            self._editor.progress(token, types.WorkDoneProgressEnd(message=_outcome(self._job)))

    async def _report_until_over(self, token: str) -> None:
        shown = 0
        while self._job.phase.active:
            await self._changed.wait()
            self._changed.clear()
            if not self._job.phase.active:
                return
            # A total that grows would make the bar run backwards, which editors show as an error.
            shown = max(shown, self._job.percentage)
            report = types.WorkDoneProgressReport(cancellable=True, message=_message(self._job), percentage=shown)
            self._editor.progress(token, report)
            await asyncio.sleep(_SECONDS_BETWEEN_REPORTS)


def _message(job: Job) -> str:
    if job.phase is Phase.STOPPING:
        return "stopping"
    steps = f"{job.done} of {job.total}" if job.total else "starting"
    return ", ".join(part for part in (job.doing, steps, job.cost) if part)


def _outcome(job: Job) -> str:
    return ", ".join(part for part in (job.phase.value, job.cost) if part)
