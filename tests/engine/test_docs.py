"""The guides to the engine: their programs have no mistakes, and their Python does what the guide says."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import prompts_lang
from prompts_lang.graph.load import load_program
from tests.engine.provider import endpoint as served

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


async def answer(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """As a model would that knows the questions of the guide."""
    text = "Paris" if "Paris" in body["messages"][-1]["content"] else "Danube"
    if "response_format" in body:
        text = json.dumps({"topic": "billing", "urgent": True})
    if body.get("stream"):
        return await served.stream(request, body)
    return web.json_response(served.completion(text))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[served.Endpoint]:
    """An endpoint in a thread of its own, in the place of the usual one."""
    loop, begun, found = asyncio.new_event_loop(), threading.Event(), []
    end = asyncio.Event()

    async def serve() -> None:
        async with served.running() as endpoint:
            endpoint.then(answer)
            found.append(endpoint)
            begun.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    begun.wait()
    monkeypatch.setenv("OPENAI_API_KEY", "no-key-needed")
    monkeypatch.setenv("OPENAI_BASE_URL", found[0].base)
    yield found[0]
    loop.call_soon_threadsafe(end.set)
    thread.join()
    loop.close()


async def execute(code: str, names: dict[str, Any]) -> None:
    """Runs a block as an interactive session would, and compares what a line says with the comment behind it."""
    for statement in ast.parse(code).body:
        expected = re.search(r"  # (.+)$", code.splitlines()[statement.end_lineno - 1] if statement.end_lineno else "")
        if isinstance(statement, ast.Expr) and expected is not None:
            tree: Any = ast.Expression(statement.value)
            compiled = compile(tree, "docs", "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            value = eval(compiled, names)  # noqa: S307  our own guide
            value = await value if inspect.isawaitable(value) else value
            assert value == ast.literal_eval(expected[1]), ast.unparse(statement)
            continue
        compiled = compile(ast.Module([statement], []), "docs", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        made = eval(compiled, names)  # noqa: S307  our own guide
        if inspect.isawaitable(made):
            await made


async def test_the_python_guide_does_what_it_says(tmp_path, monkeypatch, model, capsys):
    monkeypatch.chdir(tmp_path)
    (program,) = blocks("python.md", "prompt")
    (tmp_path / "qa.prompt").write_text(program)
    names: dict[str, Any] = {}
    for block in blocks("python.md", "python"):
        await execute(block, names)
    assert names["answers"] == ["Danube", "Paris"]
    assert names["answer"] == "Danube"
    assert capsys.readouterr().out == "one two three" * 2
    assert [path.name for path in tmp_path.iterdir()] == ["qa.prompt"]
    await serves_requests(names["app"], model)


async def serves_requests(app: Callable[..., Any], model: served.Endpoint) -> None:
    """Plays an ASGI server: many requests at once in one event loop, between the start and the end of the application."""
    events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    told: list[str] = []
    begun = asyncio.Event()

    async def tell(message: dict[str, Any]) -> None:
        told.append(message["type"])
        begun.set()

    lifespan = asyncio.create_task(app({"type": "lifespan"}, events.get, tell))
    await events.put({"type": "lifespan.startup"})
    await begun.wait()

    async def post(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": json.dumps(body).encode()}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await app({"type": "http"}, receive, send)
        return sent[0]["status"], json.loads(sent[1]["body"])

    found = await asyncio.gather(*(post({"question": f"Paris {number}?"}) for number in range(20)))
    assert found == [(200, {"answer": "Paris"})] * 20
    status, said = await post({"query": "?"})
    assert (status, "no input 'query'" in said["error"]) == (400, True)
    model.then(served.complaint(401, "wrong key"))
    status, said = await post({"question": "?"})
    assert (status, "does not let us in" in said["error"]) == (503, True)
    await events.put({"type": "lifespan.shutdown"})
    await lifespan
    assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_every_name_of_the_package_is_there():
    assert all(getattr(prompts_lang, name).__name__ == name for name in prompts_lang.__all__)
    with pytest.raises(AttributeError, match="no attribute 'run'"):
        _ = prompts_lang.run


@pytest.mark.parametrize("number", range(len(blocks("retrieval.md", "prompt"))))
def test_the_programs_of_the_retrieval_guide_have_no_mistakes(tmp_path, number):
    path = tmp_path / "main.prompt"
    path.write_text(blocks("retrieval.md", "prompt")[number])
    assert load_program(path).errors == ()


async def test_the_sandbox_guide_does_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checks.py").write_text('def run_tests(program):\n    return {"ok": True, "log": ""}\n')
    names: dict[str, Any] = {}
    for block in blocks("sandbox.md", "python"):
        code = re.sub(r"(result\.\w+|print\(.*\))  # .*", r"\1", block).replace("Level.LANDLOCK", "Level.LIMITS")
        await execute(code, names)
    assert names["result"].value == {"ok": True, "log": ""}
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("page", sorted(page.name for page in DOCS.glob("*.md")))
def test_every_test_that_a_guide_names_is_there(page):
    for file, test in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (DOCS / page).read_text()):
        text = (DOCS.parent / file).read_text()
        assert not test or f"def {test}(" in text, f"{file}::{test}"
