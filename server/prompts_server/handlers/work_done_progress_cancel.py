"""`window/workDoneProgress/cancel`: a person pressed the cross beside a job's progress."""

from lsprotocol import types

from prompts_server.progress import job_of
from prompts_server.session import Session


def work_done_progress_cancel(session: Session, params: types.WorkDoneProgressCancelParams) -> None:
    """Stops the job that the token belongs to; a token that has ended means nothing."""
    job_id = job_of(params.token)
    if job_id is not None:
        session.jobs.stop(job_id)
