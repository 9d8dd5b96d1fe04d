"""What a job runs in, by the names that a user or a project gives."""

import pytest

from prompts_lang.errors import UsageError
from prompts_lang.jobs.surroundings import Means, surroundings

ADDRESS = "postgresql://me:pw@db/evals"


async def test_without_names_a_job_has_the_store_beside_its_file_and_no_workers():
    async with surroundings(Means()) as around:
        assert (around.address, around.workforce) == (None, None)


async def test_a_store_is_named_by_its_address():
    async with surroundings(Means(store=ADDRESS)) as around:
        assert around.address.shown == "postgresql://me@db/evals"


async def test_workers_want_a_store_to_share():
    with pytest.raises(UsageError, match="--store"):
        async with surroundings(Means(workers="2")):
            pass


def test_a_password_is_in_no_representation():
    assert "pw" not in repr(Means(store=ADDRESS))
