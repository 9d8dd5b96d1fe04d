"""Reading: what each piece of syntax becomes, as `show` prints it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from prompts_lang.syntax.nodes import Money, Name, Property, String
from tests.syntax.show import only, parse, property_of, section, show, told

DECLARATIONS = [
    ("language 1", "(LanguageDeclaration - () 1)"),
    ('use a, b from "./x.prompt"', "(UseDeclaration - () (a b) './x.prompt')"),
    ('model m = "a/b"', "(ModelDeclaration m () 'a/b')"),
    ('corpus c from "d"', "(CorpusDeclaration c () 'd')"),
    ('dataset d from "e.csv"', "(DatasetDeclaration d () 'e.csv')"),
    ("dataset d", "(DatasetDeclaration d () -)"),
    (
        "graph g(a: text) -> b",
        "(GraphDeclaration g () ((Parameter a (NamedType text) -)) ((GraphOutput - - (Source (b)))))",
    ),
    (
        "graph g() -> b.c else d, e = f.g, h: text = i",
        (
            "(GraphDeclaration g () () ((GraphOutput - - (Source (b.c d))) (GraphOutput e - (Source (f.g)))"
            " (GraphOutput h (NamedType text) (Source (i)))))"
        ),
    ),
    (
        "llm n(a, b = c.d else e, t: text = f) -> x, y: json",
        (
            "(NodeDeclaration n () llm ((Parameter a - -) (Parameter b - (Source (c.d e)))"
            " (Parameter t (NamedType text) (Source (f)))) ((Parameter x - -) (Parameter y (NamedType json) -)))"
        ),
    ),
    ("code n() -> x", "(NodeDeclaration n () code () ((Parameter x - -)))"),
    ("retrieve n(q) -> x", "(NodeDeclaration n () retrieve ((Parameter q - -)) ((Parameter x - -)))"),
    ("call n = g(a = b, c)", "(CallDeclaration n () g ((Parameter a - (Source (b))) (Parameter c - -)))"),
    ("metric m(a, b) = f1", "(MetricDeclaration m () ((Parameter a - -) (Parameter b - -)) f1 - -)"),
    ('metric m(a) from "m.py:f"', "(MetricDeclaration m () ((Parameter a - -)) - 'm.py:f' -)"),
    ("metric m(a) judged by j", "(MetricDeclaration m () ((Parameter a - -)) - - j)"),
    ("optimize g on d", "(OptimizeDeclaration - () g d)"),
]


@pytest.mark.parametrize(("text", "shown"), DECLARATIONS, ids=[text for text, _ in DECLARATIONS])
def test_declarations(text: str, shown: str) -> None:
    assert show(only(text)) == shown


TYPES = [
    ("text", "(NamedType text)"),
    ("list[list[json]]", "(ListType list (ListType list (NamedType json)))"),
    ('"yes" | "no" | 3', "(UnionType ((LiteralType 'yes') (LiteralType 'no') (LiteralType 3)))"),
    ("text?", "(OptionalType (NamedType text))"),
    ("text | json?", "(UnionType ((NamedType text) (OptionalType (NamedType json))))"),
    ("(text | json)?", "(OptionalType (UnionType ((NamedType text) (NamedType json))))"),
    ("{}", "(RecordType ())"),
    (
        "{a: text, b: {c: integer}?,}",
        "(RecordType ((RecordField a (NamedType text)) (RecordField b (OptionalType (RecordType ((RecordField c (NamedType integer))))))))",
    ),
]


@pytest.mark.parametrize(("text", "shown"), TYPES, ids=[text for text, _ in TYPES])
def test_types(text: str, shown: str) -> None:
    assert show(only(f"graph g(x: {text}) -> y").inputs[0].type) == shown  # type: ignore[attr-defined]


ITEMS = [
    ("frozen", "(Property frozen ())"),
    ("temperature 0.2", "(Property temperature ((Phrase (0.2))))"),
    ("timeout 10s", "(Property timeout ((Phrase (10s))))"),
    ("share 80%", "(Property share ((Phrase (80%))))"),
    ("p -1, .5, 1e3", "(Property p ((Phrase (-1)) (Phrase (0.5)) (Phrase (1000.0))))"),
    ("split 40/30/30", "(Property split ((Phrase ((Ratio (40 30 30))))))"),
    ("split by part", "(Property split ((Phrase (by part))))"),
    ("key env NAME", "(Property key ((Phrase (env NAME))))"),
    ("expect a, b.c", "(Property expect ((Phrase (a)) (Phrase (b.c))))"),
    ('case q = "a", n = 3', "(Property case ((Phrase ((Assignment q 'a'))) (Phrase ((Assignment n 3)))))"),
    (
        'case x = [1, {a: "b", "c d": true}]',
        (
            "(Property case ((Phrase ((Assignment x (ListValue (1 (ObjectValue "
            "((ObjectEntry a 'b') (ObjectEntry 'c d' true))))))))))"
        ),
    ),
    ("when a", "(ConditionProperty when (Truth a))"),
    ("when not a.b", "(ConditionProperty when (Not (Truth a.b)))"),
    ("ensure a and b and c", "(ConditionProperty ensure (AllOf ((Truth a) (Truth b) (Truth c))))"),
    ("when a or b and not c", "(ConditionProperty when (AnyOf ((Truth a) (AllOf ((Truth b) (Not (Truth c)))))))"),
    ("when (a or b) and c", "(ConditionProperty when (AllOf ((AnyOf ((Truth a) (Truth b))) (Truth c))))"),
    ('when a.b == "x"', "(ConditionProperty when (Compare a.b == 'x'))"),
    ("when a <= 3 or b != true", "(ConditionProperty when (AnyOf ((Compare a <= 3) (Compare b != true))))"),
    ("when a is empty", "(ConditionProperty when (IsEmpty a false))"),
    ("when not a is not empty", "(ConditionProperty when (Not (IsEmpty a true)))"),
    ("each x in a.b", "(EachProperty each x a.b)"),
    ("repeat until a and not b, at most 3", "(RepeatProperty repeat (AllOf ((Truth a) (Not (Truth b)))) 3)"),
]


@pytest.mark.parametrize(("line", "shown"), ITEMS, ids=[line for line, _ in ITEMS])
def test_items(line: str, shown: str) -> None:
    assert show(property_of(line)) == shown


def test_money_is_exact() -> None:
    item = property_of("budget $2.10")
    assert isinstance(item, Property)
    [value] = item.values
    assert isinstance(value, Money)
    assert value.amount == Decimal("2.10")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"a \"b\" \\ \/ \n\t"', 'a "b" \\ / \n\t'),
        (r'"\u00e9\ud83d\ude00"', "é😀"),
        (r'"\ud83d"', "\ufffd"),
        ('"ünïcode 😀 # no comment"', "ünïcode 😀 # no comment"),
        ('""', ""),
    ],
)
def test_strings_are_read_as_json_reads_them(written: str, value: str) -> None:
    item = property_of(f"base {written}")
    assert isinstance(item, Property)
    [string] = item.values
    assert isinstance(string, String)
    assert string.value == value


def test_numbers_too_large_to_hold_are_told() -> None:
    assert told(f'model m = "x"\n  retry {"9" * 5000}\n') == [f"unexpected: {'9' * 5000}"]


def test_places_point_at_the_words() -> None:
    text = "# é\nllm plan(question, hint = a.b) -> query: text\n  model student  # why\n  learn system: Für {{question | first 3}}.\n"
    declaration = only(text)
    data = text.encode()

    def words(node: object) -> str:
        return node.span.of(data).decode()  # type: ignore[attr-defined]

    assert words(declaration.keyword) == "llm"
    assert isinstance(declaration.name, Name)
    assert words(declaration.name) == "plan"
    assert declaration.head_span.of(data).decode() == "llm plan(question, hint = a.b) -> query: text"
    assert words(declaration.inputs[1]) == "hint = a.b"  # type: ignore[attr-defined]
    assert words(declaration.inputs[1].source.alternatives[0].parts[1]) == "b"  # type: ignore[attr-defined]
    assert [words(item) for item in declaration.items] == ["model student", "learn system: Für {{question | first 3}}."]
    [found] = declaration.sections
    [placeholder] = found.placeholders
    assert words(placeholder) == "{{question | first 3}}"
    assert words(placeholder.reference) == "question"
    assert words(placeholder.formatters[0]) == "first 3"
    assert found.text[placeholder.range.start : placeholder.range.end] == "{{question | first 3}}"
    assert found.head_span.of(data).decode() == "learn system:"
    assert words(declaration) == text[text.index("llm") :].rstrip()
    assert [comment.text for comment in declaration.comments] == ["why"]


HEAD = "llm a() -> b\n"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("  user: one\n", "one"),
        ("  user:one\n", "one"),
        ("  user:   one  \n", "one  "),
        ("  user: # no comment\n", "# no comment"),
        ("  user:\n    one\n    two\n", "one\ntwo"),
        ("  user: one\n    two\n", "one\ntwo"),
        ("  user:\n\n    one\n\n\n    two\n\n\n", "one\n\n\ntwo"),
        ("  user:\n      one\n    two\n", "  one\ntwo"),
        ("  user:\n    one\n      \n    two\n", "one\n  \ntwo"),
        ("  user:\n    one\n# out\n  # out\n    two\n", "one\ntwo"),
        ("  user:\n    # text\n", "# text"),
        ("  user:\n", ""),
        ("  user:    \n      \n", ""),
        ("  user:\n    llm c() -> d\n      model x\n", "llm c() -> d\n  model x"),
        ("  user:\n    a\x0bb\x0cc\u2028d\x85e\n", "a\x0bb\x0cc\u2028d\x85e"),
    ],
)
def test_the_text_of_a_section(lines: str, text: str) -> None:
    found = section(HEAD + lines, "user")
    assert found.text == text
    assert "\n".join(line.text for line in found.lines) == text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{a}}{{b.c}}", ["a", "b.c"]),
        ("{{ a }} {{b . c}} {{ d|first 3|numbered }}", ["a", "b.c", "d"]),
        ("{a} {{}} {{ a b }} {{a |}} {{#each a}} {{a.}} {{1}}", []),
        ("{{{a}}}", ["a"]),
        (r"\{{a}} \\{{b}} {{c}}", ["c"]),
        ("{{größe}} {{名前}}", ["größe", "名前"]),
        ("{{a}", []),
    ],
)
def test_placeholders(text: str, names: list[str]) -> None:
    found = section(f"{HEAD}  user: {text}\n", "user")
    assert [placeholder.reference.text for placeholder in found.placeholders] == names
    for placeholder in found.placeholders:
        assert found.text[placeholder.range.start : placeholder.range.end].startswith("{{")
        assert placeholder.span == found.source_span(placeholder.range.start, placeholder.range.end)


def test_double_braces_that_start_no_placeholder_are_noted() -> None:
    text = f"{HEAD}  user:\n    {{{{a}}}} {{{{ no way }}}} \\{{{{b}}}} {{{{{{c}}}}}}\n    {{{{d\n"
    found = section(text, "user")
    assert [text.encode()[span.start : span.start + 6] for span in found.loose_braces] == [b"{{ no ", b"{{d\n"]


def test_python_has_no_placeholders() -> None:
    found = section('code a() -> b\n  python:\n    b = "{{x}}"\n', "python")
    assert (found.text, found.placeholders, found.loose_braces) == ('b = "{{x}}"', (), ())


def test_a_section_keeps_the_words_between_its_name_and_its_colon() -> None:
    found = section(f"{HEAD}  learn examples from rows, at most 3:\n    r1\n    r2\n", "examples")
    assert show(found.phrases) == "((Phrase (from rows)) (Phrase (at most 3)))"
    assert found.text == "r1\nr2"


def test_an_unknown_declaration_keeps_its_name_and_its_items() -> None:
    [(_, declaration)] = parse("lmm plan(a) -> b\n  top 3\n  user: {{a}}\n").declarations()
    assert show(declaration) == (
        "(UnknownDeclaration plan ((Property top ((Phrase (3)))) (Section - user () true {{a}} ((Placeholder a () (TextRange 0 5))) ())))"
    )


def test_words_of_the_language_are_names_where_a_name_stands() -> None:
    declaration = only("llm from(else, when, learn: list = model.on) -> use, call: graph\n  frozen\n")
    assert show(declaration.inputs) == (  # type: ignore[attr-defined]
        "((Parameter else - -) (Parameter when - -) (Parameter learn (NamedType list) (Source (model.on))))"
    )
