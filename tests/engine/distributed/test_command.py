"""`prompts eval` with workers and a store on a server, as a user types it: real processes, LiteLLM, the sandbox."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.postgres import PASSWORD

SUPPORT = Path(__file__).parents[3] / "examples" / "support"


def evaluated(folder, *options, **variables):
    prompts = Path(sys.executable).with_name("prompts")
    command = [prompts, "eval", "support.prompt", "--rows", "6", "--json", *options]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PROMPTS_")}
    done = subprocess.run(
        command, cwd=folder, env=environ | variables, capture_output=True, text=True, check=True, timeout=100
    )
    assert PASSWORD not in done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.timeout(300)
def test_what_workers_paid_for_is_what_one_process_finds_in_the_memo(tmp_path, postgres_url, scheduler):
    folder = tmp_path / "support"
    shutil.copytree(SUPPORT, folder, ignore=shutil.ignore_patterns(".prompts"))
    (folder / "pyproject.toml").write_text(f'[tool.prompts]\nworkers = "{scheduler}"\n')
    by_workers = evaluated(folder, "--store", postgres_url)
    assert by_workers["calls"] > 0
    assert by_workers["scored"] == 6

    (folder / "pyproject.toml").unlink()
    alone = evaluated(folder, PROMPTS_STORE=postgres_url)
    assert (alone["calls"], alone["cached"]) == (0, by_workers["calls"] + by_workers["cached"])
    assert alone["score"] == by_workers["score"]
    assert not (folder / ".prompts").exists(), "the store is on the server"
