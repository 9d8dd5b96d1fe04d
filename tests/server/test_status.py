"""What the status item of an editor is told of a job."""

from prompts_lang.worker.protocol import Task
from prompts_server.jobs import GraphKey, Job, Phase
from prompts_server.status import status_of


def test_a_status_names_its_job_as_the_command_that_started_it_did() -> None:
    job = Job(3, GraphKey("file:///qa.prompt", "qa"), Task.EVALUATE, Phase.RUNNING, done=1, total=4, calls=2, usd=0.5)
    assert status_of(job) == {
        "state": "running",
        "id": "job-3",
        "job": "Evaluate qa",
        "calls": 2,
        "percentage": 25,
        "usd": 0.5,
    }


def test_a_failed_job_says_why() -> None:
    job = Job(1, GraphKey("file:///qa.prompt", "qa"), Task.RUN, Phase.FAILED, message="The endpoint is dead.")
    assert status_of(job)["message"] == "The endpoint is dead."


def test_what_is_not_known_is_left_out() -> None:
    status = status_of(Job(1, GraphKey("file:///qa.prompt", "qa"), Task.RUN, Phase.STOPPED))
    assert status == {"state": "idle", "id": "job-1", "job": "Run qa", "calls": 0}
