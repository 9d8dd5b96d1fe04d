"""Spans: which there are, what stands in them, and what does not."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from prompts_lang.api import PromptFile
from prompts_lang.data.splitting import Split
from prompts_lang.engine import session as sessions
from prompts_lang.engine.evaluate import evaluate
from prompts_lang.engine.objective import Objective
from prompts_lang.engine.provider.model import Request
from prompts_lang.engine.session import Surroundings, open_session
from prompts_lang.engine.store.model import RunKind
from prompts_lang.engine.store.sqlite import memory_store
from prompts_lang.engine.tracing.setup import set_up
from prompts_lang.engine.tracing.spans import CAPTURE, OFF, Tracing, tracing
from prompts_lang.errors import ProviderError, ProviderFailure, UsageError
from prompts_lang.graph.model import BuiltinMetric, Corpus, Dataset, Graph, Metric, Model, Program, SplitByRatio
from prompts_lang.graph.types import ListType, NumberType
from tests.engine.build import FILE, TEXT, call, code, graph, llm, ports, retrieve
from tests.engine.fakes import Answer, FakeBackend, InProcess

HIDDEN = "the secret word"
METRIC = Metric("score", ("answer", "expected"), BuiltinMetric("exact"))
MODEL = Model("student", "azure/gpt-5", (("temperature", 0),), retries=1, base="https://models.example/v1")


class Trace:
    """The spans that were recorded."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        (span,) = self.named(name)
        return span

    def path(self, span: ReadableSpan) -> list[str]:
        """The names from the root to a span."""
        by_id = {other.context.span_id: other for other in self.spans if other.context is not None}
        names = [span.name]
        while span.parent is not None and span.parent.span_id in by_id:
            span = by_id[span.parent.span_id]
            names.append(span.name)
        return names[::-1]


@pytest.fixture
def recording(monkeypatch) -> Callable[..., Trace]:
    def record(*, content: bool = False) -> Trace:
        exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        made = Tracing(provider.get_tracer("test"), content=content)
        monkeypatch.setattr(sessions, "tracing", lambda environ: made)
        return Trace(exporter)

    return record


def program(main: Graph) -> Program:
    return Program(FILE, {main.name: main})


async def evaluated(main: Graph, answer: Callable[[Request], Answer], rows: int = 1) -> None:
    cases = tuple({"id": f"r{n}", "question": f"{HIDDEN} {n}", "answer": "ok"} for n in range(rows))
    objective = Objective(main, Dataset("rows", None, ("answer",), SplitByRatio(0, 0, 100), cases), METRIC)
    surroundings = Surroundings(FakeBackend(answer), InProcess(), memory_store(), environ={})
    async with open_session(program(main), RunKind.EVAL, "main", surroundings=surroundings) as session:
        await evaluate(session, objective, split=Split.TEST)


CHAIN = graph(
    llm("plan", {"question": "question"}, model=MODEL),
    code("shout", {"plan": "plan.out"}, "out = plan.upper()"),
    gives={"answer": "shout.out"},
)


async def test_run_row_node_and_call_are_nested(recording):
    trace = recording()
    await evaluated(CHAIN, lambda _: "ok", rows=2)
    assert trace.path(trace.named("chat gpt-5")[0]) == [
        "invoke_workflow main",
        "row main",
        "llm main/plan",
        "chat gpt-5",
    ]
    assert trace.path(trace.named("code main/shout")[1]) == ["invoke_workflow main", "row main", "code main/shout"]
    assert trace.path(trace.named("score score")[0]) == ["invoke_workflow main", "score score"]
    assert {span.context.trace_id for span in trace.spans if span.context} == {
        trace.one("invoke_workflow main").context.trace_id
    }
    assert sorted(span.attributes["prompts.row.id"] for span in trace.named("row main")) == ["r0", "r1"]


async def test_a_call_speaks_the_terms_of_the_conventions(recording):
    trace = recording()
    await evaluated(CHAIN, lambda _: "ok")
    span = trace.one("chat gpt-5")
    assert span.kind is SpanKind.CLIENT
    assert dict(span.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "azure.ai.openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.request.temperature": 0.0,
        "gen_ai.output.type": "text",
        "server.address": "models.example",
        "server.port": 443,
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 2,
        "prompts.model": "student",
        "prompts.usd": 0.01,
    }
    run = trace.one("invoke_workflow main")
    assert run.attributes["gen_ai.workflow.name"] == "main"
    assert run.attributes["prompts.run.kind"] == "eval"
    score = trace.one("score score")
    assert score.attributes["gen_ai.evaluation.name"] == "score"
    assert score.attributes["gen_ai.evaluation.score.value"] == 1.0


async def test_no_text_is_in_a_span_unless_asked_for(recording):
    trace = recording()
    await evaluated(CHAIN, lambda request: f"said {request.messages[-1].content}")
    assert "secret" not in told(trace).lower()
    trace = recording(content=True)
    await evaluated(CHAIN, lambda request: f"said {request.messages[-1].content}")
    span = trace.one("chat gpt-5")
    (asked,) = json.loads(span.attributes["gen_ai.input.messages"])
    assert asked == {"role": "user", "parts": [{"type": "text", "content": f"plan: {HIDDEN} 0"}]}
    (written,) = json.loads(span.attributes["gen_ai.output.messages"])
    assert written["finish_reason"] == "stop"
    assert written["parts"] == [{"type": "text", "content": f"said plan: {HIDDEN} 0"}]
    assert HIDDEN.upper() in trace.one("score score").attributes["gen_ai.evaluation.explanation"]


def told(trace: Trace) -> str:
    return "".join(span.to_json() for span in trace.spans)


@pytest.mark.parametrize("content", [False, True])
async def test_a_failure_has_its_kind_and_its_words_only_if_asked_for(recording, content):
    trace = recording(content=content)
    number = graph(
        llm("count", {"question": "question"}, outputs=ports(out=NumberType()), model=MODEL),
        gives={"answer": "count.out"},
    )
    await evaluated(number, lambda _: f"{HIDDEN} is no number")
    for name, kind in (("llm main/count", "schema"), ("row main", "absent")):
        span = trace.one(name)
        assert span.status.status_code is StatusCode.ERROR
        assert span.attributes["error.type"] == kind
        assert bool(span.status.description) is content
    assert [span.status.status_code for span in trace.named("chat gpt-5")] == [StatusCode.UNSET] * 2
    assert ("secret" in told(trace)) is content


async def test_every_attempt_is_a_call_and_a_refused_one_says_why(recording, monkeypatch):
    trace = recording()
    monkeypatch.setattr("prompts_lang.engine.provider.payer.backoff", lambda *_: 0.0)
    answers: list[Answer] = [ProviderError("slow down", kind=ProviderFailure.RATE_LIMIT), "ok"]
    await evaluated(CHAIN, lambda _: answers.pop(0))
    refused, answered = trace.named("chat gpt-5")
    assert refused.attributes["error.type"] == "rate_limit"
    assert refused.status.status_code is StatusCode.ERROR
    assert refused.status.description is None
    assert refused.events == ()
    assert answered.status.status_code is StatusCode.UNSET


async def test_a_remembered_reply_is_no_call(recording):
    trace = recording()
    constant = graph(llm("say", {"question": "question"}, user="hello", model=MODEL), gives={"answer": "say.out"})
    await evaluated(constant, lambda _: "ok", rows=3)
    assert sorted(span.attributes["prompts.cached"] for span in trace.named("llm main/say")) == [False, True, True]
    assert len(trace.named("chat gpt-5")) == 1


async def test_sub_graphs_retrievals_and_embeddings(recording, tmp_path):
    trace = recording(content=True)
    path = tmp_path / "wiki.jsonl"
    path.write_text('{"id": "cat", "text": "A secret cat."}\n')
    embedder = Model("near", "openai/embed")
    find = retrieve(
        "find",
        {"question": "question"},
        Corpus("wiki", str(path), embedding=embedder),
        "{{question}}",
        type_=ListType(TEXT),
    )
    inner = graph(find, name="inner", gives={"found": "find.passages"}, type_=ListType(TEXT))
    main = graph(
        call("sub", {"question": "question"}, inner),
        llm("say", {"found": "sub.found"}, types={"found": ListType(TEXT)}, model=MODEL),
        gives={"answer": "say.out"},
    )
    await evaluated(main, lambda _: "ok")
    span = trace.one("retrieval wiki")
    assert trace.path(span) == ["invoke_workflow main", "row main", "invoke_workflow inner", "retrieval wiki"]
    assert span.attributes["gen_ai.operation.name"] == "retrieval"
    assert span.attributes["gen_ai.data_source.id"] == "wiki"
    assert span.attributes["gen_ai.retrieval.query.text"] == f"{HIDDEN} 0"
    assert json.loads(span.attributes["gen_ai.retrieval.documents"])[0]["id"] == "cat"
    assert len(trace.named("embeddings embed")) == 2
    assert trace.named("embeddings embed")[0].attributes["gen_ai.embeddings.dimension.count"] == 1024


async def test_a_stream_is_a_call(recording):
    trace = recording()
    file = PromptFile(program(graph(llm("say", {"question": "question"}, model=MODEL), gives={"answer": "say.out"})))
    file._background._given = Surroundings(FakeBackend(lambda _: "one two"), InProcess(), environ={})
    with file:
        pieces = [piece async for piece in file.main.astream(question="?")]
    assert "".join(pieces) == "one two"
    span = trace.one("chat gpt-5")
    assert span.attributes["gen_ai.request.stream"] is True
    assert span.attributes["gen_ai.usage.output_tokens"] == 2


async def test_a_call_from_an_application_belongs_to_its_span(recording):
    trace = recording()
    provider = TracerProvider(shutdown_on_exit=False)
    file = PromptFile(program(CHAIN), surroundings=Surroundings(FakeBackend(), InProcess(), environ={}))
    with file, provider.get_tracer("app").start_as_current_span("request") as request:
        await file.main.acall(question="?")
        await asyncio.to_thread(file.main, question="?")
    runs = trace.named("invoke_workflow main")
    assert [run.parent.span_id for run in runs if run.parent] == [request.get_span_context().span_id] * 2


# ------------------------------------------------------------------------------------------------------------ configuration


def test_without_a_provider_there_is_no_tracing():
    assert tracing({}) is OFF
    assert not OFF.on


@pytest.mark.parametrize(
    ("value", "content"),
    [("", False), ("true", True), ("SPAN_ONLY", True), ("span_and_event", True), ("EVENT_ONLY", False), ("0", False)],
)
def test_the_switch_of_the_conventions(monkeypatch, value, content):
    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", TracerProvider)
    assert tracing({CAPTURE: value}).content is content


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_EXPORTER": ""},
        {"OTEL_TRACES_EXPORTER": "console", "OTEL_SDK_DISABLED": "true"},
    ],
)
def test_nothing_is_set_up_unless_asked_for(environ, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    set_up(environ)


def test_a_missing_extra_and_an_unknown_exporter_are_named(monkeypatch):
    with pytest.raises(UsageError, match=r"no exporter 'zipkin'.*console"):
        set_up({"OTEL_TRACES_EXPORTER": "zipkin"})
    with pytest.raises(UsageError, match="no exporter 'otlp_proto_grpc'"):
        set_up({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(UsageError, match=r"prompts-lang\[otel\]"):
        set_up({"OTEL_TRACES_EXPORTER": "console"})


PROGRAM = """\
model student = "simulated/student"

graph main(question: text) -> answer = say.text

code say(question) -> text
  python: text = question.upper()
"""


def command(folder: Path, **environ: str) -> subprocess.Popen[str]:
    (folder / "main.prompt").write_text(PROGRAM)
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from prompts_lang.cli import main; main()",
            "run",
            "main.prompt",
            "--input",
            "question=hi",
            "--json",
        ],
        cwd=folder,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_line_traces_to_the_console_and_keeps_its_output_clean(tmp_path):
    with command(tmp_path, OTEL_TRACES_EXPORTER="console") as process:
        out, err = process.communicate()
    assert json.loads(out)["outputs"] == {"answer": "HI"}
    assert '"name": "invoke_workflow main"' in err
    assert '"service.name": "prompts"' in err


async def test_the_command_line_sends_spans_to_a_collector(tmp_path):
    received: list[ExportTraceServiceRequest] = []

    async def collect(request: web.Request) -> web.Response:
        body: Any = ExportTraceServiceRequest()
        body.ParseFromString(await request.read())
        received.append(body)
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/traces", collect)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}"
    with command(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_SERVICE_NAME="mine") as process:
        await asyncio.to_thread(process.communicate)
    await runner.cleanup()
    resources = [resource for body in received for resource in body.resource_spans]
    names = {span.name for resource in resources for scope in resource.scope_spans for span in scope.spans}
    assert names == {"invoke_workflow main", "row main", "code main/say"}
    attributes = {entry.key: entry.value.string_value for entry in resources[0].resource.attributes}
    assert attributes["service.name"] == "mine"
