"""Problems: one for each mistake, on the words at fault, with the way out, and with a fix that works."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prompts_lang.syntax.file import Chunk, SyntaxFile
from prompts_lang.syntax.recovery import LONGEST_LINE
from tests.syntax.show import parse, show, told
from tests.syntax.sources import EVERYTHING

LLM = "llm a() -> b\n"

MISTAKES = [
    # heads
    ("llm", ["missing-name: llm"]),
    ("llm plan", ["missing-inputs: plan"]),
    ("llm plan(question)", ["missing-outputs: llm"]),
    ("llm plan(question) ->", ["missing-outputs: llm"]),
    ("llm plan(question -> query: text", ["unclosed-bracket: ("]),
    ("llm plan question) -> query: text", ["unexpected: question) -> query: text"]),
    ("llm plan(question) > query: text", ["unexpected: > query: text"]),
    ("llm plan(question) query: text", ["unexpected: query: text"]),
    ("llm plan(ques tion) -> query: text", ["unexpected: tion) -> query: text"]),
    ("llm plan(question) -> query: list[text", ["unclosed-bracket: ["]),
    ("llm plan(question) -> query: list[]", ["missing-part: list[]"]),
    ("llm plan(question) -> query:", ["missing-part: query"]),
    ("llm plan(question) -> query: {name}", ["missing-part: name"]),
    ("llm plan(hint = ) -> query", ["missing-part: hint"]),
    ("llm plan(hint = a.) -> query", ["missing-part: ."]),
    ("llm plan(hint = a else) -> query", ["missing-part: else"]),
    ('model = "a/b"', ["missing-name: model"]),
    ("model student", ["missing-part: model"]),
    ('model student "a/b"', ['unexpected: "a/b"']),
    ("model student = a/b", ["slip: a/b"]),
    ("model student = 'a/b'", ["slip: 'a/b'"]),
    ("dataset rows from data/rows.jsonl", ["slip: data/rows.jsonl"]),
    ('model student = "a/b" {', ["slip: {"]),
    ('model student = "a/b"  // cheap', ["slip: // cheap"]),
    ("llm plan(question) => query: text", ["slip: => query: text"]),
    ("llm plan(question): text", ["slip: : text"]),
    ("llm plan(question) -> query: text:", ["slip: :"]),
    ('model my-model = "a/b"', ['slip: -model = "a/b"']),
    ("// A comment.", ["unknown-declaration: // A comment."]),
    ("}", ["unknown-declaration: }"]),
    ("temperature 0", ["unknown-declaration: temperature"]),
    ("user: {{question}}", ["unknown-declaration: user"]),
    ('model student = "a/b', ['unclosed-string: "a/b']),
    ('corpus wiki frm "x"', ['unexpected: frm "x"']),
    ("corpus wiki", ["missing-part: corpus"]),
    ("dataset rows from", ["missing-part: dataset"]),
    ("use search", ["missing-part: use"]),
    ('use from "./x.prompt"', ["missing-name: use"]),
    ("call second = search", ["missing-inputs: search"]),
    ("call second", ["missing-part: call"]),
    ("call second search(q)", ["unexpected: search(q)"]),
    ("metric score(answer)", ["missing-part: metric"]),
    ("metric score(answer) judged", ["missing-part: metric"]),
    ("optimize multihop", ["missing-part: optimize"]),
    ("language", ["missing-part: language"]),
    ("language one", ["unexpected: one"]),
    ("graph g(a: text)", ["missing-outputs: graph"]),
    ("lmm plan(question) -> query", ["unknown-declaration: lmm"]),
    ("Graph g(a) -> b", ["unknown-declaration: Graph"]),
    ("Turn it into a query.", ["unknown-declaration: Turn"]),
    ('{"a": 1}', ['unknown-declaration: {"a": 1}']),
    # items
    (LLM + "  top 3)", ["unexpected: )"]),
    (LLM + "  top 3 $", ["unexpected: $"]),
    (LLM + "  split 40/30/", ["unexpected: /"]),
    (LLM + "  top = 3", ["slip: = 3"]),
    (LLM + '  stop = "x"', ['slip: = "x"']),
    (LLM + "  stop 'x'", ["slip: 'x'"]),
    (LLM + "  top 3;", ["slip: ;"]),
    (LLM + "  model my-model", ["slip: -model"]),
    (LLM + "  when a && b", ["slip: && b"]),
    (LLM + "  when a || b", ["slip: || b"]),
    (LLM + '  base "x', ['unclosed-string: "x']),
    (LLM + '  case q = "C:\\data"', ["bad-string: \\"]),
    (LLM + "  case q =", ["missing-part: q ="]),
    (LLM + "  case q = [1, 2", ["unclosed-bracket: ["]),
    (LLM + "  when", ["missing-part: when"]),
    (LLM + "  when not check.ok and", ["unexpected: and"]),
    (LLM + "  when and", ["bad-condition: and"]),
    (LLM + '  when check.ok = "x"', ["bad-condition: ="]),
    (LLM + "  when check.ok == maybe", ["bad-condition: maybe"]),
    (LLM + "  when check.ok ==", ["missing-part: "]),
    (LLM + "  when check.ok is", ["missing-part: check.ok is"]),
    (LLM + "  ensure (a or b", ["unclosed-bracket: ("]),
    (LLM + "  each x of y", ["unexpected: of y"]),
    (LLM + "  each x", ["missing-part: each"]),
    (LLM + "  repeat until x", ["missing-part: repeat"]),
    (LLM + "  learn", ["missing-part: learn"]),
    (LLM + "  learn:", ["missing-part: learn"]),
    (LLM + "  learn system", ["missing-colon: learn system"]),
    (LLM + "  user\n    Some text.", ["missing-colon: user"]),
    (LLM + "  user {{a}}", ["missing-colon: user"]),
    # margins
    (LLM + "\tuser: x", ["tab-in-margin: \t"]),
    (LLM + "  user:\n\t\ta\n\t\tb", ["tab-in-margin: \t\t"]),
    (LLM + "   top 3", ["bad-indentation:    "]),
    (LLM + "  user:\n   Some, text", ["bad-indentation:    "]),
    (LLM + "  system:\n  Some, text\n  more of it.\n  user: x", ["bad-indentation: Some, text"]),
    (LLM + "  user:\n  {{a}}", ["bad-indentation: {{a}}"]),
    (LLM + "    top 3", ["text-without-section: top 3"]),
    (LLM + "  top 3\n    k 4\n    l 5", ["text-without-section: k 4\n    l 5"]),
    ("  top 3\n", ["item-without-declaration: top 3"]),
    ("# c\n    text\n\nlanguage 1\n", ["item-without-declaration: text"]),
]


@pytest.mark.parametrize(("text", "problems"), MISTAKES, ids=[ascii(text) for text, _ in MISTAKES])
def test_a_mistake_is_told_once_on_the_words_at_fault(text: str, problems: list[str]) -> None:
    assert told(text) == problems
    assert told(text + "\n\nlanguage 1\n") == problems


@pytest.mark.parametrize("text", [text for text, _ in MISTAKES], ids=ascii)
def test_every_fix_repairs_its_problem(text: str) -> None:
    file = parse(text)
    for offset, problem in file.problems():
        if problem.fix is None:
            continue
        fixed = file.text
        for edit in sorted(problem.fix.edits, key=lambda edit: edit.span, reverse=True):
            span = edit.span.shift(offset)
            fixed = fixed[: span.start] + edit.text.encode() + fixed[span.end :]
        kinds = [left.kind for _, left in SyntaxFile.parse(fixed).problems()]
        assert problem.kind not in kinds


def test_messages_are_one_sentence() -> None:
    for text, _ in MISTAKES:
        for _, problem in parse(text).problems():
            assert problem.message.endswith((".", "?")), problem.message
            assert "\n" not in problem.message


def test_a_mistake_on_one_line_leaves_the_other_lines_of_its_declaration_readable() -> None:
    file = parse(
        'llm a(q) -> b\n  model (((\n  top 3\n  base "x\n  learn system:\n    Hello {{q}}.\n  when and\n  user: {{q}}\n'
    )
    [(_, declaration)] = file.declarations()
    assert [item.word.text for item in declaration.items] == ["model", "top", "base", "system", "when", "user"]
    assert [section.text for section in declaration.sections] == ["Hello {{q}}.", "{{q}}"]
    assert len(list(file.problems())) == 3


def test_a_broken_head_still_names_its_declaration() -> None:
    for text in [
        "llm plan(((",
        "llm plan > x",
        "llm plan(a b c) -> -> d",
        'llm plan "x"',
        "llm plan = 3",
        "lmm plan(a) -> b",
    ]:
        [(_, declaration)] = parse(text).declarations()
        assert declaration.name is not None
        assert declaration.name.text == "plan"


def test_bytes_that_are_not_utf_8_are_told_and_kept() -> None:
    file = SyntaxFile.parse(b"llm a() -> b\n  user:\n    caf\xe9!\n")
    assert [problem.kind for _, problem in file.problems()] == ["not-utf8"]
    [(_, declaration)] = file.declarations()
    assert declaration.sections[0].text == "caf\udce9!"


@pytest.mark.parametrize(
    ("start", "opening"),
    [
        (LLM + "  case x = ", "["),
        (LLM + "  case x = ", "{a: "),
        (LLM + "  case ", "x = "),
        (LLM + "  when ", "not "),
        (LLM + "  when ", "("),
        ("llm a(x: ", "list["),
        ("llm a(x: ", "{a: "),
        ("llm a(x: ", "("),
    ],
)
def test_deep_nesting_is_a_problem_and_not_a_crash(start: str, opening: str) -> None:
    assert list(parse(start + opening * 3000).problems())


def test_long_rows_are_no_nesting() -> None:
    options = " | ".join(f'"{number}"' for number in range(2000))
    operands = " or ".join(f"a{number}" for number in range(2000))
    file = parse(f"llm a(x: {options}) -> b\n  when {operands}\n")
    assert list(file.problems()) == []


def test_a_line_that_nobody_can_have_written_is_not_parsed_and_keeps_its_name() -> None:
    bomb = "(" * LONGEST_LINE
    assert told(f"llm plan{bomb}\n  top {bomb}\n  user: hi\n") == [
        f"line-too-long: llm plan{bomb}",
        f"line-too-long: top {bomb}",
    ]
    [(_, declaration)] = parse(f"llm plan{bomb}\n  top {bomb}\n  user: hi\n").declarations()
    assert declaration.name is not None
    assert declaration.name.text == "plan"
    assert [(item.word.text, type(item).__name__) for item in declaration.items] == [
        ("top", "Property"),
        ("user", "Section"),
    ]


@pytest.mark.parametrize("head", ["user:", "learn  system :", "learn examples :"])
def test_text_behind_a_colon_may_be_as_long_as_it_likes(head: str) -> None:
    [(_, declaration)] = parse(f"llm a() -> b\n  {head} {'text ' * LONGEST_LINE}\n").declarations()
    [section] = declaration.sections
    assert len(section.text) == 5 * LONGEST_LINE
    assert told(f"llm a() -> b\n  {head} {'text ' * LONGEST_LINE}\n") == []


@pytest.mark.parametrize(
    "chunk",
    [chunk for chunk in SyntaxFile.parse(EVERYTHING).chunks if chunk.declaration],
    ids=lambda chunk: ascii(chunk.text[:20]),
)
def test_what_stands_beside_a_mistake_is_read_as_without_it(chunk: Chunk) -> None:
    assert chunk.declaration is not None
    beside = Chunk.parse(chunk.text.rstrip() + b"\n  broken )\n").declaration
    assert beside is not None
    assert beside.items[:-1] == chunk.declaration.items
    assert beside.comments == chunk.declaration.comments
    assert show(replace(beside, items=())) == show(replace(chunk.declaration, items=()))
