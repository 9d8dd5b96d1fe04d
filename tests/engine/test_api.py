"""A `.prompt` file as a Python object."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import prompts_lang
from prompts_lang.api import PromptFile
from prompts_lang.engine.outputs import Outputs
from prompts_lang.engine.provider.model import Request
from prompts_lang.engine.session import Surroundings
from prompts_lang.errors import FileError, NodeError, ProgramError, ProviderError, ProviderFailure, UsageError
from prompts_lang.graph.load import require_program
from tests.engine.fakes import FakeBackend, InProcess

SOURCE = """\
language 1

model student = "fake/student"
  retry 0

graph answer(question: text) -> answer = reply.answer

llm reply(question) -> answer: text
  model student
  user: Q: {{question}}

graph both(question: text) -> query = plan.query, count = plan.count

llm plan(question) -> query: text, count: integer
  model student
  user: P: {{question}}
"""


def respond(request: Request):
    text = request.messages[-1].content
    if "down" in text:
        return ProviderError("The server is down.", kind=ProviderFailure.SERVER)
    if text.startswith("P:"):
        return "no JSON" if "bad" in text else '{"query": "x", "count": 2}'
    return f"You said {text}"


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend(respond)


@pytest.fixture
def qa(tmp_path: Path, backend: FakeBackend) -> Iterator[PromptFile]:
    path = tmp_path / "qa.prompt"
    path.write_text(SOURCE)
    with PromptFile(require_program(path), surroundings=Surroundings(backend, InProcess())) as file:
        yield file


def test_a_graph_is_a_function_of_its_inputs(qa):
    assert qa.answer(question="Who?") == "You said Q: Who?"
    assert qa["answer"](question="Who?") == "You said Q: Who?"
    assert list(qa) == ["answer", "both"]
    assert repr(qa.both) == "<graph both(question: text) -> query: text, count: integer>"


def test_several_outputs_come_as_one_value_that_cannot_be_changed(qa):
    found = qa.both(question="Who?")
    assert (found.query, found.count, dict(found)) == ("x", 2, {"query": "x", "count": 2})
    assert repr(found) == "Outputs(query='x', count=2)"
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  our own
    with pytest.raises(AttributeError, match="cannot be changed"):
        found.query = "y"
    with pytest.raises(AttributeError, match="no output 'answer'"):
        _ = found.answer
    assert Outputs({"items": 1})["items"] == 1


def test_nothing_is_remembered_and_nothing_is_written(qa, backend, tmp_path):
    qa.answer(question="Who?")
    qa.answer(question="Who?")
    assert len(backend.requests) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["qa.prompt"]


async def test_it_works_in_any_event_loop(qa):
    found = await asyncio.gather(*(qa.answer.acall(question=str(number)) for number in range(20)))
    assert found == [f"You said Q: {number}" for number in range(20)]
    other = await asyncio.to_thread(lambda: asyncio.run(qa.answer.acall(question="there")))
    assert other == "You said Q: there"
    assert qa.answer(question="even blocking") == "You said Q: even blocking"


def test_many_rows_run_side_by_side_and_columns_that_are_no_inputs_are_left_aside(qa):
    rows = [{"question": str(number), "answer": "?"} for number in range(5)]
    assert qa.answer.map(rows) == [f"You said Q: {number}" for number in range(5)]


async def test_errors_of_rows_are_raised_at_the_end_or_returned(qa, backend):
    rows = [{"question": "down"}, {"question": "up"}, {"question": 3}]
    with pytest.raises(ProviderError, match="The server is down"):
        await qa.answer.amap(rows)
    assert len(backend.requests) == 2
    down, up, misfit = qa.answer.map(rows, errors="return")
    assert (type(down), up, type(misfit)) == (ProviderError, "You said Q: up", UsageError)
    assert down.kind is ProviderFailure.SERVER


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda qa: qa.answer(), UsageError, "graph 'answer' needs 'question' (text), and there is none"),
        (lambda qa: qa.answer(query="x"), UsageError, "The graph 'answer' has no input 'query'."),
        (lambda qa: qa.answer(question=3), UsageError, "'question' must be a text, not 3"),
        (lambda qa: qa.answer(question=float("nan")), UsageError, "'question' holds nan, which is not a JSON number"),
        (lambda qa: qa.answer(question={"a"}), UsageError, "'question' holds a set, which is not a JSON value"),
        (lambda qa: qa.answer(question="down"), ProviderError, "The server is down."),
        (lambda qa: qa.both(question="bad"), NodeError, "because node 'plan' failed: the reply is not a JSON object"),
        (lambda qa: list(qa.both.stream(question="x")), UsageError, "Only a graph with one output, a text, can be"),
        (lambda qa: list(qa.answer.stream(question="down")), ProviderError, "The server is down."),
        (lambda qa: qa.absent, AttributeError, "<prompts qa.prompt: answer, both> has no graph 'absent'"),
    ],
)
def test_errors_say_what_is_wrong(qa, call, error, message):
    with pytest.raises(error) as caught:
        call(qa)
    assert message in str(caught.value)


async def test_a_text_can_be_streamed(qa):
    pieces = ["You", " said", " Q:", " Who?"]
    assert list(qa.answer.stream(question="Who?")) == pieces
    assert [piece async for piece in qa.answer.astream(question="Who?")] == pieces


def test_stopping_a_stream_early_cancels_the_run(qa, backend):
    stream = qa.answer.stream(question="a b c d")
    assert next(stream) == "You"
    stream.close()
    assert qa.answer(question="still alive") == "You said Q: still alive"


async def test_cancelling_a_call_cancels_its_run(qa, backend):
    begun, ended = threading.Event(), threading.Event()

    async def stuck(request: Request):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    backend.attempt = stuck
    task = asyncio.create_task(qa.answer.acall(question="x"))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 10)


def test_closing_ends_the_thread_and_what_is_under_way(qa, backend):
    begun = threading.Event()

    async def stuck(request: Request):
        begun.set()
        await asyncio.Event().wait()

    backend.attempt = stuck
    failures: list[BaseException] = []

    def call() -> None:
        try:
            qa.answer(question="x")
        except BaseException as error:  # noqa: BLE001  whatever it is, it must come
            failures.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    begun.wait()
    qa.close()
    caller.join(10)
    assert not caller.is_alive()
    assert len(failures) == 1
    with pytest.raises(UsageError, match="The file was closed"):
        qa.answer(question="x")
    assert backend.closed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_it_works_in_a_forked_process(tmp_path):
    program = """
import os, sys
from prompts_lang.api import PromptFile
from prompts_lang.engine.session import Surroundings
from prompts_lang.graph.load import require_program
from tests.engine.fakes import FakeBackend, InProcess
from pathlib import Path
qa = PromptFile(require_program(Path(sys.argv[1])), surroundings=Surroundings(FakeBackend(), InProcess()))
assert qa.answer(question="before") == "ok"
child = os.fork()
if child == 0:
    os._exit(0 if qa.answer(question="after") == "ok" else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    root = Path(__file__).parents[2]
    path = tmp_path / "qa.prompt"
    path.write_text(SOURCE)
    command = [sys.executable, "-W", "ignore", "-c", program, str(path)]
    result = subprocess.run(command, cwd=root, timeout=60, check=False, capture_output=True)
    assert result.returncode == 0, result.stderr.decode()


def test_a_file_with_mistakes_says_the_first_one(tmp_path):
    path = tmp_path / "bad.prompt"
    path.write_text(SOURCE.replace("model student\n  user: Q", "model teacher\n  user: Q"))
    with pytest.raises(ProgramError, match=r"bad\.prompt:9:\d+: .*teacher"):
        prompts_lang.load(path)
    with pytest.raises(FileError):
        prompts_lang.load(tmp_path / "gone.prompt")


def test_importing_the_package_loads_nothing_heavy():
    light = "import sys, prompts_lang; print(sorted({'litellm', 'numpy', 'networkx', 'sqlite3', 'asyncio'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", light], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
