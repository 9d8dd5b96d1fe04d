"""Templates: what is a placeholder, and what is text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prompts_lang.graph.template import FORMATTERS, Placeholder, parse_template
from prompts_lang.syntax import nodes
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.syntax.write import canonical_text, replace_section_text

PIECES = [
    *("{", "}", "{{", "}}", "\\", "|", ".", " ", "\t", "\n", "#", ":", '"', "'", "1", "12345678901"),
    *(
        "a",
        "name",
        "Näme",
        "名前",
        "_x",
        "first",
        "first 3",
        "bullets",
        "{{a}}",
        "{{a.b | json}}",
        "\\{{",
        "{{ a . b|first 2|numbered }}",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def described(source: str) -> list[str]:
    """The parts of a template: text as it is, placeholders as their keys in guillemets."""
    parts = parse_template(source).parts
    return [f"«{part.key}»" if isinstance(part, Placeholder) else part for part in parts]


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("", []),
        ("Hello", ["Hello"]),
        ("{{name}}", ["«name»"]),
        ("Dear {{ name }}, {{a.b}}!", ["Dear ", "«name»", ", ", "«a.b»", "!"]),
        ("{{list | first 3 | numbered}}", ["«list | first 3 | numbered»"]),
        ("{{a . b|first  3}}", ["«a.b | first 3»"]),
        ("\\{{name}}", ["{{name}}"]),
        ("{{{name}}}", ["{", "«name»", "}"]),
        ("{{ 1 + 1 }}", ["{{ 1 + 1 }}"]),
        ("{{name", ["{{name"]),
        ("{{na\nme}}", ["{{na\nme}}"]),
        ("{% if x %}{{x}}{% endif %}", ["{% if x %}", "«x»", "{% endif %}"]),
        ('{"json": {"a": {}}}', ['{"json": {"a": {}}}']),
        ("{{größe}}", ["«größe»"]),
        ("{{a | first 99999999999999999999}}", ["«a | first 1000000000»"]),
    ],
)
def test_a_placeholder_is_a_name_with_formatters_and_nothing_else(source: str, parts: list[str]):
    assert described(source) == parts


@given(TEXTS)
def test_the_source_is_kept(text: str):
    assert parse_template(text).source == text


@given(TEXTS)
def test_offsets_are_places_in_the_source(text: str):
    for placeholder in parse_template(text).placeholders:
        piece = text[placeholder.start : placeholder.end]
        assert piece.startswith("{{")
        assert piece.endswith("}}")
        assert described(piece) == [f"«{placeholder.key}»"]


@given(TEXTS)
@example("\\{{a}}")
@example("{{a . b}}")
def test_a_template_and_the_syntax_tree_find_the_same_placeholders(text: str):
    section = section_with(text)
    found = [
        (placeholder.range.start, placeholder.range.end, key_of(placeholder)) for placeholder in section.placeholders
    ]
    template = parse_template(section.text)
    assert found == [(one.start, one.end, one.key) for one in template.placeholders]


def test_every_formatter_is_explained():
    assert all(doc for doc in FORMATTERS.values())


def section_with(text: str) -> nodes.Section:
    """A section of a file that has this text."""
    chunk = b"llm n(a) -> b: text\n  user:\n"
    (declaration,) = [found for _, found in SyntaxFile.parse(chunk).declarations()]
    edit = replace_section_text(chunk, declaration.sections[0], text)
    written = chunk[: edit.span.start] + edit.text.encode() + chunk[edit.span.end :]
    (declaration,) = [found for _, found in SyntaxFile.parse(written).declarations()]
    section = declaration.sections[0]
    assert section.text == canonical_text(text)
    return section


def key_of(placeholder: nodes.Placeholder) -> str:
    formatters = (
        formatter.name.text if formatter.argument is None else f"{formatter.name.text} {formatter.argument.value}"
        for formatter in placeholder.formatters
    )
    return " | ".join([placeholder.reference.text, *formatters])
