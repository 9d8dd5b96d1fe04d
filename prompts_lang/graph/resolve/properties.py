"""Reads the properties of one declaration against the property table: which may stand here, how often, and what they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeVar

from prompts_lang.graph.interface import NameKind, Scope
from prompts_lang.graph.problem import Check, did_you_mean, suggestion
from prompts_lang.graph.properties import DECLARATIONS, Property, Takes, form_of, properties_of, property_of
from prompts_lang.graph.resolve.report import Report, rename_fix
from prompts_lang.graph.resolve.values import PropertyValue, expectation, read_value
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit, Span

_T = TypeVar("_T")

_SECTIONS = {"llm": "user: {{question}}", "retrieve": "query: {{question}}"}
"""What a node without any line is told to add."""

_PLAIN_VALUE = re.compile(r'[\w.$/]+|"[^"\\]*"')

_ITEM_TAKES: dict[type[nodes.Item], frozenset[Takes]] = {
    nodes.Section: frozenset({Takes.SECTION, Takes.EXAMPLES}),
    nodes.ConditionProperty: frozenset({Takes.CONDITION}),
    nodes.EachProperty: frozenset({Takes.EACH}),
    nodes.RepeatProperty: frozenset({Takes.REPEAT}),
}


@dataclass(slots=True)
class Given:
    """What stands in a declaration: the values of plain properties by word, and the other items in order."""

    values: dict[str, list[PropertyValue]] = field(default_factory=dict[str, list[PropertyValue]])
    items: list[nodes.Item] = field(default_factory=list[nodes.Item])

    def get(self, word: str, kind: type[_T]) -> _T | None:
        """The first value of that property, if it is there and of that type."""
        return next((value for value in self.values.get(word, []) if isinstance(value, kind)), None)

    def number(self, word: str) -> float | None:
        """The first value of a property that takes a number."""
        value = self.get(word, int)
        return self.get(word, float) if value is None else value

    def every(self, word: str, kind: type[_T]) -> tuple[_T, ...]:
        """All values of that property, in order."""
        return tuple(value for value in self.values.get(word, []) if isinstance(value, kind))

    def conditions(self, word: str) -> tuple[nodes.ConditionProperty, ...]:
        """The `when` or `ensure` lines."""
        return tuple(
            item for item in self.items if isinstance(item, nodes.ConditionProperty) and item.word.text == word
        )

    def one(self, kind: type[_T]) -> _T | None:
        """The first item of that syntactic kind."""
        return next((item for item in self.items if isinstance(item, kind)), None)

    @property
    def sections(self) -> tuple[nodes.Section, ...]:
        """The sections, in order."""
        return tuple(item for item in self.items if isinstance(item, nodes.Section))


def read_properties(declaration: nodes.Declaration, scope: Scope, report: Report) -> Given:
    """Reads all items of a declaration. Items that may not stand here are reported and left out."""
    keyword = declaration.keyword.text
    given = Given()
    seen: set[str] = set()
    meant: set[str | None] = set()
    for item in declaration.items:
        rule = property_of(keyword, item.word.text)
        if rule is None:
            _unknown(item, keyword, report)
            meant.add(did_you_mean(item.word.text, [known.word for known in properties_of(keyword)]))
            continue
        if item.word.text in seen and not rule.repeatable:
            report.add(Check.DUPLICATE_PROPERTY, item.word.span, f"'{rule.word}' is given twice; keep one of them.")
            continue
        seen.add(item.word.text)
        _read_item(item, rule, given, scope, report)
    for rule in properties_of(keyword):
        if rule.required and rule.word not in seen | meant and declaration.name is not None:
            message = f"The {keyword} node '{declaration.name.text}' needs a line such as `{rule.example}`"
            section = None if declaration.items else _SECTIONS.get(keyword)
            message += "." if section is None else f", and a section such as `{section}`."
            report.add(
                Check.MISSING_PROPERTY, declaration.head_span, message, fix=_only_choice(rule, declaration, scope)
            )
    return given


def _only_choice(rule: Property, declaration: nodes.Declaration, scope: Scope) -> Fix | None:
    """A fix that adds the property, where there is only one name that it could have."""
    names = () if rule.names is None else scope.named(NameKind(rule.names))
    if len(names) != 1:
        return None
    end = declaration.head_span.end
    line = f"{rule.word} {names[0]}"
    return Fix(f"Add `{line}`", (Edit(Span(end, end), f"\n  {line}"),))


def _read_item(item: nodes.Item, rule: Property, given: Given, scope: Scope, report: Report) -> None:
    if isinstance(item, nodes.Section) and item.learn and not rule.learnable:
        fix = Fix("Remove `learn`", (Edit(Span(item.learn.span.start, item.word.span.start), ""),))
        report.add(Check.NOT_LEARNABLE, item.learn.span, f"'{rule.word}' cannot be learned: remove `learn`.", fix=fix)
    expected = _ITEM_TAKES.get(type(item))
    if expected is not None and rule.takes in expected:
        given.items.append(item)
    elif (
        expected is None
        and isinstance(item, nodes.Property)
        and rule.takes not in frozenset().union(*_ITEM_TAKES.values())
    ):
        value = read_value(rule, item, scope, report)
        if value is not None:
            given.values.setdefault(rule.word, []).append(value)
    elif isinstance(item, nodes.Section) and "\n" not in item.text and item.text.strip():
        _has_colon(item, rule, report)
    else:
        report.add(Check.BAD_VALUE, item.span, expectation(rule))


def _has_colon(item: nodes.Section, rule: Property, report: Report) -> None:
    """Reports a property that is written like a section."""
    value = item.text.strip()
    message = f"'{rule.word}' takes no colon, which starts a text: write a line such as `{rule.example}`."
    colon = Span(item.head_span.end - 1, item.head_span.end)
    fix = Fix("Remove the colon", (Edit(colon, ""),)) if _PLAIN_VALUE.fullmatch(value) else None
    report.add(Check.BAD_VALUE, item.span, message, fix=fix)


def _unknown(item: nodes.Item, keyword: str, report: Report) -> None:
    words = [rule.word for rule in properties_of(keyword)]
    word = item.word.text
    if form_of(word) is not None and not any(property_of(form.keyword, word) for form in DECLARATIONS):
        message = f"`{word}` starts a declaration, which is not part of another one: move it to column 0."
        report.add(Check.UNKNOWN_PROPERTY, item.word.span, message)
        return
    if not words:
        message = f"`{keyword}` has no properties, so '{word}' cannot stand here; remove the line."
        report.add(Check.UNKNOWN_PROPERTY, item.word.span, message)
        return
    owners = [f"`{form.keyword}`" for form in DECLARATIONS if property_of(form.keyword, word)]
    hint = f" It belongs to {', '.join(owners)}." if owners else suggestion(word, words, most=len(words))
    message = f"`{keyword}` has no property '{word}'.{hint}"
    report.add(Check.UNKNOWN_PROPERTY, item.word.span, message, fix=rename_fix(item.word, words))
