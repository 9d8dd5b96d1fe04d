"""From text to program: every piece of the language, and what the engine gets of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from prompts_lang.graph.model import (
    AllOf,
    BuiltinMetric,
    CallBody,
    CodeBody,
    Comparison,
    Constant,
    Corpus,
    Dataset,
    Each,
    Examples,
    FunctionMetric,
    FunctionReference,
    History,
    IsEmpty,
    JudgeMetric,
    Kind,
    LlmBody,
    Model,
    NodeInput,
    Not,
    Operand,
    Optimization,
    Port,
    Reference,
    Repeat,
    RetrieveBody,
    Section,
    Source,
    SplitByColumn,
    SplitByRatio,
    TokenPrice,
)
from prompts_lang.graph.types import BooleanType, ChatType, JsonType, ListType, OptionalType, TextType
from tests.graph.files import FOLDER, graph_of, node_of, program_of

TEXT = TextType()
HEAD = 'model student = "openai/gpt-4o-mini"\n\n'


def source(*references: str) -> Source:
    """`plan.query`, or `question` for an input of the graph; a dash stands for no node."""
    parts = (reference.split(".") for reference in references)
    return Source(
        tuple(
            Reference(None, part[0]) if len(part) == 1 else Reference(part[0], part[1], tuple(part[2:]))
            for part in parts
        )
    )


# --- models


def test_a_model_has_defaults():
    model = program_of('model m = "openai/gpt-4o-mini"\n').models["m"]
    assert model == Model("m", "openai/gpt-4o-mini", (), retries=2, timeout=60.0, concurrency=16)


def test_a_model_has_everything_that_is_written():
    text = """
model small = "openai/gpt-4o-mini"
  temperature 0.5
  top_p 0.9
  max_tokens 100
  stop "###", "END"
  reasoning_effort low
  retry 0
  timeout 500ms
  concurrency 4
  base "http://127.0.0.1:8000/v1"
  key env TEAM_KEY
  price $0.15 in, $0.60 out
"""
    assert program_of(text).models["small"] == Model(
        "small",
        "openai/gpt-4o-mini",
        (
            ("max_tokens", 100),
            ("reasoning_effort", "low"),
            ("stop", ["###", "END"]),
            ("temperature", 0.5),
            ("top_p", 0.9),
        ),
        retries=0,
        timeout=0.5,
        concurrency=4,
        base="http://127.0.0.1:8000/v1",
        key_env="TEAM_KEY",
        price=TokenPrice(Decimal("0.15"), Decimal("0.60")),
    )


def test_a_base_may_be_a_path_beside_the_file_or_a_variable():
    models = program_of('model a = "x/y"\n  base "./world.json"\nmodel b = "x/y"\n  base env PLACE\n').models
    assert (models["a"].base, models["a"].base_env) == ("/project/world.json", None)
    assert (models["b"].base, models["b"].base_env) == (None, "PLACE")


def test_fallbacks_form_a_chain():
    text = 'model a = "x/a"\n  else b\nmodel b = "x/b"\n  else c\nmodel c = "x/c"\n'
    first = program_of(text).models["a"]
    assert first.fallback is not None
    assert first.fallback.fallback == Model("c", "x/c")


def test_a_fallback_is_looked_up_in_the_file_of_its_model():
    models = program_of(
        'use a from "./models.prompt"\nmodel b = "here/b"\n',
        models='model a = "there/a"\n  else b\nmodel b = "there/b"\n',
    ).models
    assert models["a"].fallback == Model("b", "there/b")
    assert models["b"] == Model("b", "here/b")


# --- data


def test_a_dataset():
    text = 'dataset rows from "data/rows.jsonl"\n  expect answer, source\n  split 60/20/20\n'
    assert program_of(text).datasets["rows"] == Dataset(
        "rows", FOLDER / "data/rows.jsonl", ("answer", "source"), SplitByRatio(60, 20, 20)
    )


def test_a_dataset_without_more_is_split_by_default():
    assert program_of('dataset rows from "rows.csv"\n').datasets["rows"].split == SplitByRatio(40, 30, 30)


def test_a_dataset_may_be_split_by_a_column():
    text = 'dataset rows from "rows.csv"\n  split by part\n  expect "the answer"\n'
    rows = program_of(text).datasets["rows"]
    assert (rows.split, rows.expect) == (SplitByColumn("part"), ("the answer",))


def test_cases_are_rows_in_place():
    text = """
dataset rows
  expect answer
  case question = "1 + 1", answer = 2
  case question = "Hi", chat = [{role: "user", content: "Hi"}], ok = true, none = null, tags = ["a", 1.5]
"""
    assert program_of(text).datasets["rows"].cases == (
        {"question": "1 + 1", "answer": 2},
        {"question": "Hi", "chat": [{"role": "user", "content": "Hi"}], "ok": True, "none": None, "tags": ["a", 1.5]},
    )


OPENAI_SMALL = "openai/text-embedding-3-small"
MODEL_NEAR = 'model near = "openai/e5"\n  base "http://localhost:1/v1"\n\n'


@pytest.mark.parametrize(
    ("text", "corpus"),
    [
        ('corpus c from "wiki"\n', Corpus("c", "/project/wiki")),
        ('corpus c from "w.jsonl"\n  text body\n  id title\n', Corpus("c", "/project/w.jsonl", "body", "title")),
        ('corpus c from "w.jsonl"\n  index bm25\n', Corpus("c", "/project/w.jsonl")),
        (
            'corpus c from "qdrant://host/docs"\n  index embedding "openai/text-embedding-3-small"\n',
            Corpus("c", "qdrant://host/docs", embedding=Model(OPENAI_SMALL, OPENAI_SMALL)),
        ),
        (
            MODEL_NEAR + 'corpus c from "wiki"\n  index embedding near\n',
            Corpus("c", "/project/wiki", embedding=Model("near", "openai/e5", base="http://localhost:1/v1")),
        ),
    ],
)
def test_a_corpus(text: str, corpus: Corpus):
    node = node_of(
        text + "graph main(q: text) -> hits\n\nretrieve hits(q) -> passages: list[text]\n  from c\n  query: {{q}}\n",
        "hits",
    )
    assert isinstance(node.body, RetrieveBody)
    assert node.body.corpus == corpus
    assert (node.kind, node.body.top, node.body.query.name) == (Kind.RETRIEVE, 3, "query")


# --- nodes


def test_an_llm_node_keeps_the_order_of_its_messages():
    text = (
        HEAD
        + """dataset rows from "rows.jsonl"

graph main(talk: chat, question) -> reply

llm reply(talk, question) -> answer: text
  model student
  learn system:
    Be brief.

    Always.
  user: One?
  assistant: Two.
  history talk
  learn examples from rows, at most 2:
    r7
    r9
  user: {{question}}
"""
    )
    body = node_of(text, "reply").body
    assert isinstance(body, LlmBody)
    assert body.model == Model("student", "openai/gpt-4o-mini")
    assert [describe(part) for part in body.parts] == [
        "learn system (system): Be brief.\n\nAlways.",
        "user (user): One?",
        "assistant (assistant): Two.",
        "history talk",
        "learn examples from rows, at most 2: r7 r9",
        "user2 (user): {{question}}",
    ]


def describe(part: Section | History | Examples) -> str:
    match part:
        case Section():
            return f"{'learn ' * part.learn}{part.name} ({part.role}): {part.template.source}"
        case History():
            return f"history {part.input}"
        case Examples():
            rows = " ".join(part.rows)
            return f"{'learn ' * part.learn}examples from {part.dataset.name}, at most {part.at_most}: {rows}"


def test_a_code_node_runs_a_function_or_its_own_lines():
    text = """graph main(question) -> a = f.out, b = g.out

code f(question) -> out: text
  run "lib/checks.py:f"
  timeout 2m
  memory 64mb
  network off

code g(question) -> out
  python:
    out = {
        "question": question,
    }
"""
    f, g = node_of(text, "f"), node_of(text, "g")
    function = FunctionReference(Path("/project/lib/checks.py"), "f")
    assert f.body == CodeBody(function, None, timeout=120.0, memory=64 * 2**20)
    assert g.body == CodeBody(None, 'out = {\n    "question": question,\n}', timeout=10.0, memory=512 * 2**20)
    assert g.outputs == (Port("out", JsonType()),)


def test_inputs_have_the_types_of_what_fills_them():
    text = """graph main(talk: chat, count: integer, question) -> n

code m(question) -> found: {name: text, tags: list[text]}, ok: boolean
  python: found, ok = {}, True

code n(talk, count: number, tags = m.found.tags, record = m.found, ok = m.ok) -> out
  python: out = 1
"""
    assert node_of(text, "n").inputs[0] == NodeInput("talk", ChatType(), source("talk"))
    assert [(input_.name, str(input_.source)) for input_ in node_of(text, "n").inputs] == [
        ("talk", "talk"),
        ("count", "count"),
        ("tags", "m.found.tags"),
        ("record", "m.found"),
        ("ok", "m.ok"),
    ]
    assert node_of(text, "n").inputs[2].type == ListType(TEXT)
    assert node_of(text, "n").inputs[4].type == BooleanType()


def test_a_node_with_one_output_may_be_named_without_it():
    text = "graph main(q) -> b\n\ncode a(q) -> x: text\n  python: x = q\n\ncode b(v = a) -> y: text\n  python: y = v\n"
    assert node_of(text, "b").inputs == (NodeInput("v", TEXT, source("a.x")),)
    assert [(output.name, str(output.source)) for output in graph_of(text).outputs] == [("y", "b.y")]


def test_else_takes_the_first_that_is_present():
    text = """graph main(q) -> out = b.x else a.x

code a(q) -> x: text, ok: boolean
  python: x, ok = q, True

code b(q) -> x: text
  when not a.ok and a.x is not empty
  python: x = q

code c(v = b.x else a.x, w: text? = b.x) -> y: text
  python: y = v
"""
    graph = graph_of(text)
    assert graph.outputs[0].source == source("b.x", "a.x")
    assert graph.outputs[0].type == TEXT
    assert graph.node("c").inputs == (
        NodeInput("v", TEXT, source("b.x", "a.x")),
        NodeInput("w", OptionalType(TEXT), source("b.x")),
    )
    assert graph.node("b").when == AllOf(
        (Not(Operand(Reference("a", "ok"))), Not(IsEmpty(Operand(Reference("a", "x")))))
    )


def test_each_runs_for_every_item_and_gives_lists():
    text = """graph main(items: list[text], q) -> all = n.out

code n(q, item) -> out: text
  each item in items
  python: out = item + q
"""
    node = node_of(text, "n")
    assert node.each == Each("item", source("items"))
    assert node.inputs == (NodeInput("q", TEXT, source("q")), NodeInput("item", TEXT, source("item")))
    assert node.outputs == (Port("out", TEXT),)
    assert graph_of(text).outputs[0].type == ListType(TEXT)


def test_the_variable_of_each_is_an_input_even_if_it_is_not_named():
    text = (
        HEAD
        + """graph main(items: list[text]) -> n

llm n() -> out: text
  model student
  each item in items
  user: {{item}}
"""
    )
    assert node_of(text, "n").inputs == (NodeInput("item", TEXT, source("item")),)


def test_contracts_are_about_the_node_itself():
    text = """graph main(q) -> n.out

code n(q) -> out: text, score: number, kind: "a" | "b"
  python: out, score, kind = q, 1, "a"
  ensure out is not empty
  ensure score >= 0.5 and kind == "a"
  frozen
"""
    node = node_of(text, "n")
    assert node.ensure == (
        Not(IsEmpty(Operand(Reference(None, "out")))),
        AllOf(
            (
                Comparison(">=", Operand(Reference(None, "score")), Constant(0.5)),
                Comparison("==", Operand(Reference(None, "kind")), Constant("a")),
            )
        ),
    )
    assert node.frozen


def test_a_call_takes_the_types_of_the_called_graph():
    text = """graph main(q) -> result = inner.out

call inner = other(x = q)

graph other(x: text, extra: text?) -> out = n.y

code n(x) -> y: text
  python: y = x
"""
    node = node_of(text, "inner")
    assert isinstance(node.body, CallBody)
    assert node.body.graph == graph_of(text, "other")
    assert node.inputs == (NodeInput("x", TEXT, source("q")),)
    assert node.outputs == (Port("out", TEXT),)


def test_a_loop_ends_by_its_condition_or_its_bound():
    text = """graph main(draft) -> result = better.draft

call better = improve(draft)
  repeat until ok, at most 4

graph improve(draft: text) -> draft = n.out, ok = n.ok

code n(draft) -> out: text, ok: boolean
  python: out, ok = draft, True
"""
    body = node_of(text, "better").body
    assert isinstance(body, CallBody)
    assert body.repeat == Repeat(Operand(Reference(None, "ok")), 4)


def test_graphs_and_models_come_from_other_files():
    main = 'use search, student from "./lib.prompt"\n\ngraph main(q) -> hits = s.found\n\ncall s = search(query = q)\n'
    lib = (
        HEAD
        + """corpus wiki from "wiki.jsonl"

graph search(query) -> found = hits.passages

retrieve hits(query) -> passages: list[text]
  from wiki
  learn query: {{query}}
"""
    )
    program = program_of(main, lib=lib)
    body = program.graphs["main"].node("s").body
    assert isinstance(body, CallBody)
    assert body.graph is program.graphs["search"]
    assert body.graph.file == FOLDER / "lib.prompt"
    assert program.models["student"].id == "openai/gpt-4o-mini"


def test_names_of_another_file_stay_its_own():
    main = 'use g from "./lib.prompt"\nmodel m = "here/m"\n\ngraph main(q) -> x = c.out\n\ncall c = g(q)\n'
    lib = 'model m = "there/m"\n\ngraph g(q) -> n\n\nllm n(q) -> out: text\n  model m\n  user: {{q}}\n'
    body = program_of(main, lib=lib).graphs["g"].node("n").body
    assert isinstance(body, LlmBody)
    assert body.model.id == "there/m"


def test_nodes_stand_in_topological_order_and_in_file_order_where_there_is_a_choice():
    text = """graph main(q) -> x = d.out

code d(v = c.out, w = b.out) -> out
  python: out = v

code b(v = a.out) -> out
  python: out = v

code c(v = a.out) -> out
  python: out = v

code a(q) -> out
  python: out = q
"""
    assert [node.name for node in graph_of(text).nodes] == ["a", "b", "c", "d"]


# --- metrics and objectives

SCORED = (
    HEAD
    + """dataset rows from "rows.jsonl"
  expect answer

graph main(question) -> answer = n.out

llm n(question) -> out: text
  model student
  learn user: {{question}}

"""
)


def test_metrics():
    text = (
        SCORED
        + """metric a(answer, expected) = f1
metric b(answer, question) from "lib/metrics.py:score"
metric c(answer) judged by student
  rubric:
    Is {{answer}} kind?
"""
    )
    metrics = program_of(text).metrics
    assert (metrics["a"].inputs, metrics["a"].body) == (("answer", "expected"), BuiltinMetric("f1"))
    assert metrics["b"].body == FunctionMetric(FunctionReference(Path("/project/lib/metrics.py"), "score"))
    judge = metrics["c"].body
    assert isinstance(judge, JudgeMetric)
    assert (judge.model.name, judge.rubric.source) == ("student", "Is {{answer}} kind?")


def test_an_optimize_block_has_defaults():
    text = (
        SCORED
        + """metric score(answer, expected) = f1

optimize main on rows
  maximize score
  critic student
  rewriter student
  budget $2.50
"""
    )
    model = Model("student", "openai/gpt-4o-mini")
    assert program_of(text).optimizations == (
        Optimization("main", "rows", "score", True, model, model, Decimal("2.50"), None, rounds=8, seed=0),
    )


def test_an_optimize_block_has_everything_that_is_written():
    text = (
        SCORED
        + """metric cost(answer, expected) = f1

optimize main on rows
  minimize cost
  critic student
  rewriter student
  budget $1
  budget 300 calls
  rounds 2
  seed 7
"""
    )
    (block,) = program_of(text).optimizations
    assert (block.maximize, block.budget_usd, block.budget_calls, block.rounds, block.seed) == (
        False,
        Decimal(1),
        300,
        2,
        7,
    )
    assert program_of(text).optimization("main") == block
    assert program_of(text).optimization("other") is None
