"""`each` and `repeat`: maps in order, loops with a bound."""

from __future__ import annotations

from prompts_lang.engine.values import Status
from tests.language.running import STUDENT, Language


async def test_each_keeps_the_order_and_makes_lists(language: Language):
    language.write(
        STUDENT + "graph main(words: list[text], hint: text) -> out = a.out\n\n"
        "llm a(hint) -> out: text\n  model student\n  each word in words\n  user: {{word}} {{hint}}\n"
    )
    ran = await language.run(words=["c", "a", "b"], hint="!")
    assert ran.outputs == {"out": ["[c !]", "[a !]", "[b !]"]}
    assert [(event.key.path, event.key.iteration) for event in ran.events] == [("a", (0,)), ("a", (1,)), ("a", (2,))]


async def test_each_over_nothing_gives_nothing(language: Language):
    language.write(
        "graph main(words: list[text]) -> out = a.out\n\ncode a() -> out: text\n  each word in words\n  python: out = word\n"
    )
    assert (await language.run(words=[])).outputs == {"out": []}


async def test_each_over_records_and_their_fields(language: Language):
    language.write(
        "graph main(people: {all: list[{name: text}]}) -> names = a.name\n\n"
        'code a() -> name: text\n  each person in people.all\n  python: name = person["name"]\n'
    )
    ran = await language.run(people={"all": [{"name": "Ada"}, {"name": "Bo"}]})
    assert ran.outputs == {"names": ["Ada", "Bo"]}


def test_each_needs_a_list(language: Language):
    language.write(
        "graph main(word: text) -> out = a.out\n\ncode a() -> out: text\n  each letter in word\n  python: out = letter\n"
    )
    assert "P302" in language.told()


LOOP = """graph main(draft: text, limit: integer) -> draft = better.draft

call better = step(draft, limit)
  repeat until good, at most 5

graph step(draft: text, limit: integer) -> draft = longer.draft, good = longer.good

code longer(draft, limit) -> draft: text, good: boolean
  python:
    draft = draft + "."
    good = len(draft) >= limit
"""


async def test_a_loop_ends_when_its_condition_holds(language: Language):
    language.write(LOOP)
    ran = await language.run(draft="x", limit=3)
    assert ran.outputs == {"draft": "x.."}
    rounds = [event.key.path for event in ran.events if event.node == "longer"]
    assert len(rounds) == 2


async def test_a_loop_ends_at_its_bound(language: Language):
    language.write(LOOP)
    assert (await language.run(draft="x", limit=100)).outputs == {"draft": "x....."}


async def test_a_loop_in_a_map(language: Language):
    language.write(
        LOOP.replace("graph main(draft: text, limit: integer)", "graph main(drafts: list[text], limit: integer)")
        .replace("step(draft, limit)", "step(draft = item, limit)")
        .replace("  repeat", "  each item in drafts\n  repeat")
    )
    assert (await language.run(drafts=["a", "bb"], limit=4)).outputs == {"draft": ["a...", "bb.."]}


async def test_a_failure_inside_a_loop_ends_it(language: Language):
    language.write(LOOP.replace("    good =", "    assert len(draft) < 3\n    good ="))
    ran = await language.run(draft="x", limit=9)
    assert ran.outputs == {}
    assert [event.status for event in ran.events if event.node == "longer"] == [Status.DONE, Status.FAILED]


def test_a_loop_must_carry_something_and_have_a_bound(language: Language):
    language.write(
        LOOP.replace("-> draft = longer.draft, good", "-> text = longer.draft, good").replace(
            "better.draft", "better.text"
        )
    )
    assert language.told() == ["P310"]
    language.write(LOOP.replace(", at most 5", ""))
    assert language.told() == ["P101"]


def test_wiring_has_no_cycles(language: Language):
    language.write("graph main(x: text) -> a\n\ncode a(y = a.y) -> y: text\n  python: y = y\n")
    assert "P301" in language.told()
