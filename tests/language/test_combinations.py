"""Features together, as whoever writes a real graph puts them together."""

from __future__ import annotations

import json
from typing import Any

import pytest

from prompts_lang.engine.provider.model import Request
from prompts_lang.engine.values import ProblemKind, Status
from prompts_lang.errors import ProviderError, ProviderFailure
from tests.language.running import STUDENT, Language, echo

MAPPED = """graph main(people: list[{name: text, pet: {kind: text}?}], go: boolean) -> lines = greet.out else none.out, count = size.n

llm greet(person) -> out: text
  model student
  each person in people
  when go
  user: {{person.name}} has {{person.pet.kind}}.

code none() -> out: list[text]
  python: out = ["nobody was asked"]

code size(lines = greet.out else none.out) -> n: integer
  python: n = len(lines)
"""
PEOPLE = [{"name": "Ada", "pet": {"kind": "a cat"}}, {"name": "Bo"}]


async def test_each_with_when_and_else_over_records_whose_fields_fill_placeholders(language: Language):
    language.write(STUDENT + MAPPED)
    ran = await language.run(people=PEOPLE, go=True)
    assert ran.outputs == {"lines": ["[Ada has a cat.]", "[Bo has .]"], "count": 2}
    skipped = await language.run(people=PEOPLE, go=False)
    assert skipped.outputs == {"lines": ["nobody was asked"], "count": 1}
    assert skipped.requests == ()
    empty = await language.run(people=[], go=True)
    assert empty.outputs == {"lines": [], "count": 0}


async def test_one_item_that_breaks_its_contract_leaves_the_map_without_a_list(language: Language):
    language.write(
        "graph main(words: list[text]) -> out = a.out\n\ncode a(word) -> out: text\n  each word in words\n"
        "  ensure out is not empty\n  python: out = word\n"
    )
    ran = await language.run(words=["x", "", "y"])
    assert ran.outputs == {}
    assert [event.status for event in ran.events if event.node == "a"] == [Status.DONE, Status.FAILED, Status.DONE]


async def test_each_over_a_list_that_may_be_absent(language: Language):
    language.write(
        "graph main(tags: list[text]?) -> out = a.out else none.out\n\n"
        "code a(tag) -> out: text\n  when tags is not empty\n  each tag in tags\n  python: out = tag.upper()\n\n"
        "code none() -> out: list[text]\n  python: out = []\n"
    )
    assert (await language.run(tags=["a", "b"])).outputs == {"out": ["A", "B"]}
    assert (await language.run()).outputs == {"out": []}


async def test_a_loop_carries_several_outputs_and_hands_on_those_that_it_does_not_carry(language: Language):
    language.write(
        "graph main(draft: text) -> draft = loop.draft, rounds = loop.rounds, why = loop.why, notes = loop.notes\n\n"
        "call loop = step(draft, rounds = zero.n, notes = zero.notes)\n  repeat until good and rounds >= 2, at most 6\n\n"
        "code zero() -> n: integer, notes: list[text]\n  python: n, notes = 0, []\n\n"
        "graph step(draft: text, rounds: integer, notes: list[text]) "
        "-> draft = w.draft, rounds = w.rounds, notes = w.notes, good = w.good, why = w.why\n\n"
        'code w(draft, rounds, notes) -> draft: text, rounds: integer, notes: list[text], good: boolean, why: "long" | "short"\n'
        "  python:\n    draft, rounds, notes = draft + '!', rounds + 1, notes + [draft]\n"
        "    good = len(draft) > 1\n    why = 'long' if len(draft) > 2 else 'short'\n"
    )
    assert (await language.run(draft="x")).outputs == {
        "draft": "x!!", "rounds": 2, "why": "long", "notes": ["x", "x!"]
    }  # fmt: skip


async def test_a_conversation_reaches_a_graph_of_another_file(language: Language):
    language.write(
        'use talker from "./lib.prompt"\n\ngraph main(question: text, talk: chat?) -> answer = t.answer\n\n'
        "call t = talker(question, talk)\n",
        lib__prompt=STUDENT + "graph talker(question: text, talk: chat?) -> answer = say.answer\n\n"
        "llm say(question, talk) -> answer: text\n  model student\n  system: Be kind.\n  history talk\n  user: {{question}}\n",
    )
    talk = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    ran = await language.run(question="well?", talk=talk)
    assert ran.asked == [
        [("system", "Be kind."), ("user", "hi"), ("assistant", "hello"), ("user", "well?")],
    ]
    assert (await language.run(question="well?")).asked == [[("system", "Be kind."), ("user", "well?")]]


async def test_what_may_be_absent_goes_through_calls_and_fields(language: Language):
    language.write(
        STUDENT + "graph main(note: text?, person: {name: text, age: integer?}) -> out = c.out\n\n"
        "call c = inner(note, age = person.age)\n\n"
        "graph inner(note: text?, age: integer?) -> out = a.out\n\n"
        "llm a(note, age) -> out: text\n  model student\n  user: note={{note}} age={{age}}\n"
    )
    assert (await language.run(person={"name": "Ada"})).outputs == {"out": "[note= age=]"}
    assert (await language.run(person={"name": "Ada", "age": 3.0}, note="n")).outputs == {"out": "[note=n age=3]"}


@pytest.mark.parametrize(
    ("type_", "python", "complaint"),
    [
        ("integer", '"many"', "'out' must be an integer, not \"many\""),
        ('"a" | "b"', '"c"', '\'out\' must be one of "a" | "b", not "c"'),
        ("list[{n: integer}]", '[{"n": 1}, {"n": "x"}]', "field 'n' of item 2 of 'out' must be an integer, not \"x\""),
        ("{a: {b: text}}", '{"a": {}}', "field 'a' of 'out' has no field 'b' (it needs {b: text})"),
        ("number", 'float("inf")', "Out of range float values are not JSON compliant"),
        ("text", "None", "'out' must be a text, not null"),
        ("chat", '[{"role": "tool", "content": ""}]', "message 1 of 'out' has the role 'tool'"),
    ],
)
async def test_code_that_gives_another_type_fails_and_says_exactly_why(
    sandboxed: Language, type_: str, python: str, complaint: str
):
    sandboxed.write(f"graph main() -> out = a.out\n\ncode a() -> out: {type_}\n  python: out = {python}\n")
    problem = (await sandboxed.run()).event("a").problem
    assert problem is not None
    assert complaint in problem.message


async def test_values_of_any_depth_end_in_a_sentence(sandboxed: Language):
    sandboxed.write(
        "graph main() -> out = a.out\n\ncode a() -> out: json\n  python:\n    out = 1\n"
        "    for _ in range(900): out = [out]\n"
    )
    problem = (await sandboxed.run()).event("a").problem
    assert problem is not None
    assert problem.message == "The output 'out' nests more than 198 levels deep."


@pytest.mark.parametrize(
    ("reply", "said"), [("[" * 900 + "]" * 900, "nested too deeply"), ('{"n": 1e999}', "not JSON")]
)
async def test_replies_beyond_json_end_in_a_sentence(language: Language, reply: str, said: str):
    language.write(
        f"{STUDENT}graph main() -> out = a.n\n\nllm a() -> n: json, m: text?\n  model student\n  user: Go.\n"
    )
    language.answer = lambda _: reply
    problem = (await language.run()).event("a").problem
    assert problem is not None
    assert (problem.kind, said in problem.message) == (ProblemKind.SCHEMA, True)


@pytest.mark.parametrize(
    ("xs", "broken"),
    [
        ([1, 2, 3], None),
        ([1], "total >= 3 and out is not empty"),
        ([], "total >= 3 and out is not empty"),
        ([100], 'total < 50 or label == "large"'),
    ],
)
async def test_contracts_on_numbers_lists_and_words(language: Language, xs: list[int], broken: str | None):
    language.write(
        "graph main(xs: list[integer]) -> out = a.out\n\n"
        'code a(xs) -> out: list[integer], total: integer, label: "large" | "small"\n'
        '  ensure total >= 3 and out is not empty\n  ensure total < 50 or label == "large"\n'
        "  python: out, total, label = xs, sum(xs), 'small'\n"
    )
    problem = (await language.run(xs=xs)).event("a").problem
    assert (problem and problem.message) == (broken and f"the contract `{broken}` does not hold")


async def test_a_chain_of_fallbacks_that_are_all_down_says_so_once(language: Language):
    base = '  retry 0\n  base "http://127.0.0.1:1/v1"\n'
    language.write(
        f'model student = "fake/student"\n{base}  else second\nmodel second = "fake/second"\n{base}  else third\n'
        f'model third = "fake/third"\n{base}\ngraph main() -> a\n\nllm a() -> out: text\n  model student\n  user: Go.\n'
    )

    def down(request: Request) -> Exception:
        return ProviderError(f"{request.model.name} is down.", kind=ProviderFailure.SERVER)

    language.answer = down
    ran = await language.run()
    assert [request.model.name for request in ran.requests] == ["student", "second", "third"]
    assert ran.problem is not None
    assert (ran.problem.kind, ran.problem.message) == (ProblemKind.PROVIDER, "a: third is down.")


JUDGED = (
    STUDENT + "dataset rows\n  expect answer\n  split by part\n"
    '  case question = "1", answer = "1", part = "test", id = "one"\n\n'
    "graph main(question: text) -> answer = a.out\n\ncode a(question) -> out: text\n  python: out = question\n\n"
    "metric score(answer, question) judged by student\n  rubric: Is it polite?\n"
)


@pytest.mark.parametrize(
    "reply", ["no JSON at all", '{"critique": "x"}', '{"critique": "x", "score": 7}', '{"score": "high"}']
)
async def test_a_judge_whose_verdict_is_none_gives_no_score_and_says_why(language: Language, reply: str):
    language.write(JUDGED)
    language.answer = lambda _: reply
    found = (await language.evaluate(allowed=("P604",))).to_json()
    assert (found["score"], found["rows"], found["scored"]) == (None, 1, 0)


async def test_a_judge_is_asked_once_more(language: Language):
    language.write(JUDGED.replace("  retry 0\n", "  retry 1\n"))
    replies = iter(["no JSON at all", '{"critique": "Fine.", "score": 1}'])
    language.answer = lambda _: next(replies)
    assert (await language.evaluate(allowed=("P604",))).to_json()["score"] == 1


ROWS = (
    'dataset rows from "{name}"\n  expect answer\n  split by part\n\n'
    "graph main(question: text, n: integer?, tags: list[text]?) -> answer = a.out\n\n"
    "code a(question, n, tags) -> out: text\n  python: out = f'{{question}}|{{n}}|{{tags}}'\n\n"
    "metric score(answer, expected) = exact\n"
)


async def test_cells_of_a_table_have_quotes_lines_and_nothing_in_them(language: Language):
    language.write(
        ROWS.format(name="rows.csv"),
        rows__csv="id,question,n,tags,answer,part\r\n"
        'one,"a ""b"", c\nd",3,"[""x""]","a ""b"", c\nd|3|[\'x\']",test\r\n'
        "two,é,,,é|None|None,test\r\n"
        "three,x,3.0,,x|3|None,test\r\n"
        "four,not asked,,,,train\r\n",
    )
    found = (await language.evaluate(allowed=("P604",))).to_json()
    assert (found["score"], found["rows"]) == (1, 3)


async def test_a_parquet_file_has_numbers_lists_and_nulls(language: Language):
    arrow: Any = pytest.importorskip("pyarrow")
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    table = arrow.table(
        {
            "question": ["a", "b", "c"],
            "n": arrow.array([1.0, None, float("nan")]),
            "tags": arrow.array([["x"], None, []], arrow.list_(arrow.string())),
            "answer": ["a|1|['x']", "b|None|None", "c|None|[]"],
            "part": ["test"] * 3,
        }
    )
    parquet.write_table(table, language.folder / "rows.parquet")
    language.write(ROWS.format(name="rows.parquet"))
    found = (await language.evaluate(allowed=("P604",))).to_json()
    assert (found["score"], found["rows"]) == (1, 3)


async def test_text_from_data_is_replaced_where_nothing_could_send_it(language: Language):
    language.write(
        STUDENT
        + "graph main(question: text) -> a\n\nllm a(question) -> out: text\n  model student\n  user: {{question}}\n"
    )
    ran = await language.run(question=json.loads('"a\\ud800b"'))
    assert ran.outputs == {"out": "[a?b]"}


async def test_every_kind_of_node_can_stand_in_a_map(language: Language):
    language.write(
        STUDENT
        + 'corpus wiki from "wiki.jsonl"\n\ngraph main(words: list[text]) -> found = r.found, echoed = c.out\n\n'
        "retrieve r(word) -> found: list[text]\n  from wiki\n  top 1\n  each word in words\n  query: {{word}}\n\n"
        "call c = say(word)\n  each word in words\n\n"
        "graph say(word: text) -> a.out\n\nllm a(word) -> out: text\n  model student\n  user: {{word}}\n",
        wiki__jsonl='{"id": "1", "text": "alpha"}\n{"id": "2", "text": "beta"}\n',
    )
    language.answer = echo
    ran = await language.run(words=["beta", "alpha"])
    assert ran.outputs == {"found": [["beta"], ["alpha"]], "echoed": ["[beta]", "[alpha]"]}
