"""How much time the engine takes, beside what the models take: `python -m benchmarks.engine [latency] [peers] [calls] … [--full]`.

Every figure is a ratio to, or stands beside, something that was measured in the same run: the critical path for wall times, other tools on
the same graph, a bare HTTP client for LiteLLM, the smallest graph for the largest. Each measurement is a process of its own, so that memory
and caches are its own.

Processor time is what the engine itself costs. Wall time on a machine with other work says more about that work, unless the benchmark goes
first: `chrt -f 1 python -m benchmarks.engine latency peers`, as root. Replies take 50 ms each, or vary around that by 20 %, as those of
real models do: where all take exactly as long, all rows want the processor at the same moments and wait for each other.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from benchmarks.peers.environments import ENVIRONMENTS, prepare
from prompts_lang.engine.evaluate import evaluate
from prompts_lang.engine.objective import choose_objective
from prompts_lang.engine.provider.model import (
    ChatMessage,
    FinishReason,
    ModelLimits,
    ModelSpec,
    Price,
    Reply,
    Request,
    Role,
)
from prompts_lang.engine.session import Surroundings, open_session
from prompts_lang.engine.store.model import RunKind
from prompts_lang.engine.values import Event
from prompts_lang.graph.load import require_program
from prompts_lang.jobs.process import prepare_process

LATENCY = 0.05
"""Seconds of a call."""
VARYING = 0.2
"""Share by which it varies, where it does."""
ROWS = 60
LONG = 1.0
"""Seconds from which on a measurement is not repeated."""

# ------------------------------------------------------------------------------------------------------------------ graphs


def layers(width: int, depth: int) -> list[tuple[str, tuple[str, ...]]]:
    """Nodes with the nodes that they read: `depth` layers of `width`, each node reading two of the layer above (one, if there is one)."""
    nodes: list[tuple[str, tuple[str, ...]]] = []
    for level in range(depth):
        for place in range(width):
            above = {f"n{level - 1}x{place}", f"n{level - 1}x{(place + 1) % width}"} if level else set()
            nodes.append((f"n{level}x{place}", tuple(sorted(above))))
    return nodes


FOUR_NODES = [("plan", ()), ("facts", ("plan",)), ("style", ("plan",)), ("reply", ("facts", "style"))]
"""Three calls on the critical path."""


def source(nodes: list[tuple[str, tuple[str, ...]]], model: str, base: str = "") -> str:
    """A `.prompt` file with one llm node each."""
    address = f'  base "{base}"\n' if base else ""
    parts = [
        f'model student = "{model}"\n{address}  concurrency 100000\n',
        'dataset rows from "rows.jsonl"\n  expect answer\n  split 0/0/100\n',
        "metric score(answer, expected) = exact\n",
        f"graph main(question: text) -> answer = {nodes[-1][0]}.out\n",
    ]
    for name, above in nodes:
        takes = ", ".join(f"v{place} = {other}.out" for place, other in enumerate(above)) or "v0 = question"
        shown = " and ".join(f"{{{{v{place}}}}}" for place in range(max(len(above), 1)))
        parts.append(
            f"llm {name}({takes}) -> out: text\n  model student\n  system:\n    You are the step {name} of several. Think, and answer "
            f"in one word.\n  user:\n    {shown}\n"
        )
    return "\n".join(parts)


# ------------------------------------------------------------------------------------------------------------------ models


class Instant:
    """A backend in this process that answers each request with an answer of its own, after `seconds`, which vary by a share of them."""

    def __init__(self, seconds: float, varying: float = 0.0) -> None:
        self._seconds = seconds
        self._varying = varying
        self.calls = 0

    async def prepare(self) -> None: ...

    async def attempt(self, request: Request) -> Reply:
        self.calls += 1
        said = hashlib.md5(repr(request.messages).encode(), usedforsecurity=False).hexdigest()
        seconds = self._seconds * (1 + self._varying * (int(said[:8], 16) / 2**31 - 1))
        if seconds:
            await asyncio.sleep(seconds)
        return Reply(said, FinishReason.STOP, 60, 8, Decimal("0.0001"), seconds, request.model.model)

    async def stream(self, request: Request) -> AsyncIterator[str | Reply]:
        yield await self.attempt(request)

    async def embed(self, request: Any) -> Any:
        raise NotImplementedError

    def price(self, _: ModelSpec) -> Price:
        return Price(Decimal("0.0000001"), Decimal("0.0000004"))

    def limits(self, _: ModelSpec) -> ModelLimits:
        return ModelLimits(128_000, 4096)

    async def close(self) -> None: ...


COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 60, "completion_tokens": 8, "total_tokens": 68},
}


async def serve(seconds: float) -> None:
    """An OpenAI-compatible endpoint on loopback; prints its address and runs until its input ends."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        if seconds:
            await asyncio.sleep(seconds)
        return web.json_response(COMPLETION)

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)


@asynccontextmanager
async def endpoint(seconds: float) -> AsyncIterator[str]:
    """The endpoint in a process of its own, so that its work is not taken for the engine's."""
    command = (sys.executable, "-m", "benchmarks.engine", "--one", "serve", str(seconds))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    yield (await process.stdout.readline()).decode().strip() if process.stdout else ""
    await process.communicate(b"")  # before 3.12, without an input it would not end the one that the process waits for


# ------------------------------------------------------------------------------------------------------------ measurements


class Clock:
    """Wall and processor seconds since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._wall, time.process_time() - self._cpu


class Paths:
    """The critical path of the slowest row, from how long the calls of each row really took."""

    def __init__(self, nodes: list[tuple[str, tuple[str, ...]]]) -> None:
        self._nodes = nodes
        self._took: dict[tuple[str, str], float] = {}

    def note(self, event: Event) -> None:
        self._took[event.key.row, event.node] = event.cost.seconds

    def longest(self) -> float:
        return max(self._of(row) for row in {row for row, _ in self._took})

    def _of(self, row: str) -> float:
        ends: dict[str, float] = {}
        for name, above in self._nodes:
            ends[name] = max((ends[other] for other in above), default=0.0) + self._took[row, name]
        return max(ends.values())


async def run(
    nodes: list[tuple[str, tuple[str, ...]]], rows: int, seconds: float, varying: float = 0.0
) -> dict[str, float]:
    """Evaluates rows with a store on disk, as `prompts eval` does, against an `Instant` backend."""
    prepare_process()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "main.prompt"
        file.write_text(source(nodes, "benchmark/student"))
        lines = [{"id": f"r{number}", "question": f"question {number}", "answer": "?"} for number in range(rows)]
        (Path(folder) / "rows.jsonl").write_text("\n".join(map(json.dumps, lines)))
        program = require_program(file)
        backend, paths = Instant(seconds, varying), Paths(nodes)
        surroundings = Surroundings(backend=backend, environ={})
        async with open_session(program, RunKind.EVAL, "main", surroundings=surroundings) as session:
            clock = Clock()
            listener = paths.note if seconds else None
            found = await evaluate(
                session, choose_objective(program, "main"), split=None, hold_events=False, on_event=listener
            )
            wall, cpu = clock.read()
    if (found.summary.count, backend.calls) != (rows, rows * len(nodes)):
        sys.exit(f"{found.summary.count} rows were scored with {backend.calls} calls")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    floor = paths.longest() if seconds else 0.0
    return {"wall": wall, "floor": floor, "cpu": cpu, "calls": backend.calls, "peak_mib": peak}


async def call(way: str, at_once: int, calls: int, seconds: float) -> dict[str, float]:
    """Calls an endpoint on loopback, `at_once` at a time: by a bare HTTP client, or by the engine's way through LiteLLM."""
    async with endpoint(seconds) as base:
        if way == "bare":
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
                body = {"model": "m", "messages": [{"role": "user", "content": "Is it?"}]}

                async def ask() -> None:
                    async with http.post(f"{base}/chat/completions", json=body) as response:
                        _expect((await response.json())["choices"][0]["message"]["content"])

                return await _calling(ask, at_once, calls)
        from prompts_lang.engine.provider.litellm_backend import LiteLLMBackend  # noqa: PLC0415  not in other processes

        backend = LiteLLMBackend({})
        request = Request(ModelSpec("m", "openai/m", base=base), (ChatMessage(Role.USER, "Is it?"),))

        async def ask() -> None:
            _expect((await backend.attempt(request)).text)

        found = await _calling(ask, at_once, calls)
        await backend.close()
        return found


def _expect(text: str) -> None:
    if text != "yes":
        sys.exit(f"the endpoint said {text!r}")


async def _calling(ask: Any, at_once: int, calls: int) -> dict[str, float]:
    remaining = iter(range(calls))

    async def take() -> None:
        for _ in remaining:
            await ask()

    await asyncio.gather(*(ask() for _ in range(at_once)))  # imports, connections
    clock = Clock()
    await asyncio.gather(*(take() for _ in range(at_once)))
    wall, cpu = clock.read()
    return {"wall": wall, "cpu": cpu, "calls": calls}


async def search(documents: int, dimensions: int) -> dict[str, float]:
    """Searches an index of embeddings."""
    import numpy as np  # noqa: PLC0415  not in other processes

    from prompts_lang.engine.retrieval.vectors import VectorIndex  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        index = VectorIndex(Path(folder) / "vectors.sqlite", "m", [f"text {number}" for number in range(documents)])
        draws = np.random.default_rng(0).standard_normal((documents + 20, dimensions)).astype("<f4")
        index.put({place: draws[place].tobytes() for place in range(documents)}, "paid")
        index.search(draws[-1].tobytes(), 3)
        clock = Clock()
        for query in draws[documents:]:
            index.search(query.tobytes(), 3)
        wall, cpu = clock.read()
        index.close()
        matrix = draws[:documents]
        bare = Clock()
        for query in draws[documents:]:
            (matrix @ query).argsort()[-3:]
        return {"wall": wall, "cpu": cpu, "calls": 20, "bare_cpu": bare.read()[1]}


def measured(*arguments: object, **environ: str) -> dict[str, float]:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.engine", "--one", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environ}, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


# ------------------------------------------------------------------------------------------------------------------ tables


SHAPES = (("4 nodes", 0, 3), ("200 in a chain", 1, 200), ("100 x 2", 2, 100), ("50 x 4", 4, 50))


def latency(*, full: bool) -> Iterator[tuple[str, ...]]:
    yield "60 rows", "ms a call", "calls", "critical path s", "wall s", "ratio", "CPU µs a call"
    for varying, each in ((0.0, "50"), (VARYING, "40 to 60")):
        for name, width, depth in SHAPES:
            found = _quickest(measured, "run", width, depth, ROWS, LATENCY, varying)
            wall, floor, calls = found["wall"], found["floor"], found["calls"]
            cost = found["cpu"] / calls * 1e6
            yield name, each, f"{calls:.0f}", f"{floor:.2f}", f"{wall:.2f}", f"{wall / floor:.2f}", f"{cost:.0f}"


def peers(*, full: bool) -> Iterator[tuple[str, ...]]:
    yield "60 rows", "4 nodes s", "200 in a chain s", "CPU µs a call, 4 nodes", "CPU µs a call, 200 nodes"
    yield "critical path", f"{3 * LATENCY:.2f}", f"{200 * LATENCY:.2f}", "", ""
    ours = [_quickest(measured, "run", *shape, ROWS, took) for took in (LATENCY, 0) for shape in ((0, 3), (1, 200))]
    yield "Prompts", *_waits_and_costs(ours)
    chain = layers(1, 200)
    for peer, environment in ENVIRONMENTS.items():
        title = environment.packages[0].replace("==", " ")
        theirs = [
            _quickest(_by_peer, peer, nodes, took)
            for took in (LATENCY, 0)
            for nodes in (FOUR_NODES, chain)
            if not (took and nodes is chain and peer in ROW_BY_ROW)
        ]
        if peer in ROW_BY_ROW:
            theirs.insert(1, {"wall": ROWS * len(chain) * LATENCY})
        yield title, *_waits_and_costs(theirs)


def _waits_and_costs(found: list[dict[str, float]]) -> tuple[str, ...]:
    """The walls of the first two measurements, and the processor time per call of the others, in which the model answers at once."""
    small, large, *at_once = found
    return (
        f"{small['wall']:.2f}",
        f"{large['wall']:.2f}",
        *(f"{each['cpu'] / each['calls'] * 1e6:.0f}" for each in at_once),
    )


ROW_BY_ROW = frozenset({"trace"})
"""Peers that run one row after the other. The chain would take them ten minutes, which is told and not waited for."""
PEERS = {"gepa": "dspy"}
"""What evaluates in the environment of a peer, where it is not the peer itself."""


def _by_peer(peer: str, nodes: list[tuple[str, tuple[str, ...]]], seconds: float) -> dict[str, float]:
    """An evaluation by another tool (see `engine_peers`)."""
    ready = prepare(peer)
    with tempfile.TemporaryDirectory() as folder:
        task = Path(folder) / "task.json"
        given = [{"name": name, "reads": above} for name, above in nodes]
        task.write_text(json.dumps({"nodes": given, "rows": ROWS, "seconds": seconds}))
        script = Path(__file__).with_name("engine_peers.py")
        command = [str(ready.python), str(script), PEERS.get(peer, peer), str(task)]
        environ = {**os.environ, **ready.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        done = subprocess.run(command, capture_output=True, text=True, env=environ, cwd=folder, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    found = json.loads(done.stdout.splitlines()[-1])
    if found["calls"] != ROWS * len(nodes):
        sys.exit(f"{peer} made {found['calls']} calls")
    return found


def _quickest(measure: Callable[..., dict[str, float]], *arguments: Any) -> dict[str, float]:
    """The measurement of three that other work on the machine disturbed least. Long ones are made once."""
    found = measure(*arguments)
    if found["wall"] > LONG:
        return found
    return min(found, measure(*arguments), measure(*arguments), key=lambda each: each["wall"])


def calls(*, full: bool) -> Iterator[tuple[str, ...]]:
    yield "a call at zero latency", "at once", "CPU µs a call", "wall µs a call", "x bare HTTP (CPU)"
    engine = measured("run", 2, 100, ROWS, 0)
    yield "engine, a backend that answers at once", "60+", *_per_call(engine, None)
    for at_once in (1, 16, 60):
        bare = measured("call", "bare", at_once, 1500, 0)
        yield "bare HTTP client (aiohttp)", str(at_once), *_per_call(bare, bare)
        for transport, disabled in (("aiohttp", "False"), ("httpx", "True")):
            found = measured("call", "litellm", at_once, 1500, 0, DISABLE_AIOHTTP_TRANSPORT=disabled)
            yield f"LiteLLM over {transport}", str(at_once), *_per_call(found, bare)


def _per_call(found: dict[str, float], bare: dict[str, float] | None) -> tuple[str, str, str]:
    cpu, wall = (found[name] / found["calls"] * 1e6 for name in ("cpu", "wall"))
    ratio = "" if bare is None else f"{cpu / (bare['cpu'] / bare['calls'] * 1e6):.1f}"
    return f"{cpu:.0f}", f"{wall:.0f}", ratio


def scale(*, full: bool) -> Iterator[tuple[str, ...]]:
    yield "rows x nodes", "calls", "CPU s", "CPU µs a call", "x the smallest", "peak MiB"
    sizes = [(1000, 10), (1000, 30), (1000, 100), (100, 1000)] + ([(1000, 300), (1000, 1000)] if full else [])
    first = None
    for rows, nodes in sizes:
        found = measured("run", 10, nodes // 10, rows, 0)
        each = found["cpu"] / found["calls"] * 1e6
        first = first or each
        yield (
            f"{rows:,} x {nodes:,}",
            f"{found['calls']:.0f}",
            f"{found['cpu']:.1f}",
            f"{each:.0f}",
            f"{each / first:.2f}",
            f"{found['peak_mib']:.0f}",
        )


def vectors(*, full: bool) -> Iterator[tuple[str, ...]]:
    yield "documents x numbers", "CPU ms a search", "x one product with a matrix in memory"
    for documents, dimensions in ((1_000, 1024), (10_000, 1024), *(((50_000, 1024),) if full else ())):
        found = measured("search", documents, dimensions)
        each = found["cpu"] / found["calls"] * 1e3
        yield f"{documents:,} x {dimensions:,}", f"{each:.1f}", f"{found['cpu'] / found['bare_cpu']:.1f}"


TABLES = {"latency": latency, "peers": peers, "calls": calls, "scale": scale, "vectors": vectors}


def show(table: Iterator[tuple[str, ...]]) -> None:
    """Prints a table as Markdown, row by row as they come."""
    head = next(table)
    print(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}", flush=True)
    for line in table:
        print(f"| {' | '.join(line)} |", flush=True)


async def one(what: str, *given: str) -> None:
    """What `measured` starts."""
    match what:
        case "serve":
            await serve(float(given[0]))
            return
        case "run":
            width, depth, rows = map(int, given[:3])
            found = await run(layers(width, depth) if width else FOUR_NODES, rows, *map(float, given[3:]))
        case "call":
            found = await call(given[0], int(given[1]), int(given[2]), float(given[3]))
        case _:
            found = await search(int(given[0]), int(given[1]))
    print(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"{', '.join(TABLES)}; all by default")
    parser.add_argument("--full", action="store_true", help="the largest sizes, too: a quarter of an hour more")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        asyncio.run(one(*options.one))
        return
    print(
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}"
    )
    for name in options.tables or TABLES:
        show(TABLES[name](full=options.full))


if __name__ == "__main__":
    main()
