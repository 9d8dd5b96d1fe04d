"""A process may be killed at any instant, and several may use one store."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from prompts_lang.engine.store.model import EntryState, RunKind, RunRecord, RunState
from prompts_lang.engine.store.protocol import Remember
from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.errors import StoreError, StoreFailure

from .conftest import a_reservation, a_run
from .dying_run import opened, run

STEPS = {"before": 8, "after": 8, "asking": 6, "served": 6}
KILLS = [f"{kind}-{number}" for kind, count in STEPS.items() for number in range(1, count + 1)]


def bill(folder: Path) -> list[str]:
    file = folder / "bill"
    return file.read_text().splitlines() if file.exists() else []


def test_the_steps_at_which_to_kill_are_all_steps_there_are(tmp_path):
    assert asyncio.run(run(tmp_path, None))["steps"] == STEPS


@pytest.mark.parametrize("step", KILLS)
def test_a_run_killed_at_any_step_is_resumed_to_the_same_result_and_pays_for_no_finished_call_again(step, tmp_path):
    check_survival(step, tmp_path)


@pytest.mark.parametrize("step", KILLS[1::5])
def test_a_run_on_a_server_survives_as_one_in_a_file_does(step, tmp_path, postgres_url):
    check_survival(step, tmp_path, postgres_url)


def check_survival(step: str, tmp_path: Path, address: str | None = None) -> None:
    (tmp_path / "whole").mkdir()
    whole = asyncio.run(run(tmp_path / "whole", None))

    killed = tmp_path / "killed"
    killed.mkdir()
    script = Path(__file__).with_name("dying_run.py")
    command = [sys.executable, script, killed, step, *([] if address is None else [address])]
    died = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL, died.stderr
    store = opened(killed, address)
    (found,) = store.runs()
    entries = store.entries(found.id)
    finished = {entry.key for entry in entries if entry.state is EntryState.COMMITTED}
    served = Counter(bill(killed))
    store.close()
    assert found.state is RunState.STOPPED
    assert not any(entry.state is EntryState.RESERVED for entry in entries)
    assert len(entries) >= served.total(), "nothing was asked that had not been reserved"

    resumed = asyncio.run(run(killed, None, address))
    assert (resumed["last"], resumed["calls"], resumed["cached"]) == (whole["last"], whole["calls"], whole["cached"])
    in_flight = len(entries) - len(finished)
    asked_again = Counter(bill(killed)) - Counter(bill(tmp_path / "whole"))
    assert asked_again.total() <= in_flight
    assert len(resumed["states"]) >= len(bill(killed))


def test_a_run_that_another_process_holds_cannot_be_resumed(tmp_path):
    code = (
        "import sys, pathlib\n"
        "from prompts_lang.engine.store.sqlite import open_store\n"
        "from prompts_lang.engine.store.model import RunKind, RunRecord\n"
        "store = open_store(pathlib.Path(sys.argv[1]))\n"
        "store.start_run(RunRecord('held', RunKind.EVAL, 'a.prompt', 'a'))\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    store = open_store(tmp_path)
    assert store.run("held").state is RunState.RUNNING, "a run of a live process is not taken for dead"
    with pytest.raises(StoreError, match="still going in another process") as caught:
        store.resume_run("held")
    assert caught.value.kind is StoreFailure.RUN_IN_USE

    holder.kill()
    holder.communicate()
    assert store.note_dead_runs() == ("held",)
    assert store.resume_run("held").state is RunState.RUNNING
    store.close()


def test_the_lock_of_a_run_leaves_no_file_behind(tmp_path):
    store = open_store(tmp_path)
    store.start_run(a_run("a"))
    store.start_run(a_run("b"))
    store.finish_run("a", RunState.DONE)
    store.close()
    assert list((tmp_path / ".prompts" / "locks").iterdir()) == []


def test_several_processes_write_into_one_new_store_at_once(tmp_path):
    code = (
        "import sys, pathlib\n"
        "from prompts_lang.engine.store.sqlite import open_store\n"
        "from prompts_lang.engine.store.model import *\n"
        "from prompts_lang.engine.store.protocol import *\n"
        "folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "store = open_store(folder)\n"
        "store.start_run(RunRecord(name, RunKind.EVAL, 'a.prompt', 'a'))\n"
        "for number in range(100):\n"
        "    (entry,) = store.append([Reserve(name, f'k{number}', Purpose.FORWARD, 'n', 'm', None)])\n"
        "    store.append([Settle(entry, EntryState.COMMITTED, memo=Remember(f'k{number}', name, name))])\n"
        "store.finish_run(name, RunState.DONE)\n"
        "store.close()\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, tmp_path, f"run-{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said

    store = open_store(tmp_path)
    assert {run.state for run in store.runs()} == {RunState.DONE}
    assert [store.spent(f"run-{number}").calls for number in range(4)] == [100] * 4
    numbers = [entry.number for number in range(4) for entry in store.entries(f"run-{number}")]
    assert len(set(numbers)) == 400
    assert all(store.memo(f"k{number}") is not None for number in range(100))
    assert store._reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()


@pytest.mark.parametrize("look", [1, 2, 3, 4])
def test_a_store_that_another_process_makes_between_looks_at_it_is_none_of_another_program(tmp_path, monkeypatch, look):
    """`look` is the first look at the file that comes after the other process has made its tables."""
    looks = []

    class Looking(sqlite3.Connection):
        def execute(self, *given):
            looks.append(given)
            if len(looks) == look:
                open_store(tmp_path).close()
            return super().execute(*given)

    factories = [Looking]
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3,
        "connect",
        lambda *given, **named: connect(*given, **named, factory=factories.pop() if factories else sqlite3.Connection),
    )
    store = open_store(tmp_path)
    assert len(looks) >= look
    assert store.runs() == ()
    store.close()


def test_threads_share_one_store(tmp_path):
    store = open_store(tmp_path)
    store.start_run(RunRecord("r", RunKind.EVAL, "a.prompt", "a"))

    def work(name: int) -> None:
        for number in range(50):
            store.append([a_reservation(f"{name}-{number}", run="r"), Remember(f"{name}-{number}", number, "r")])
            assert store.memo(f"{name}-{number}").value == number

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(work, name) for name in range(4)))

    asyncio.run(main())
    assert store.spent("r").calls == 200
    store.close()
