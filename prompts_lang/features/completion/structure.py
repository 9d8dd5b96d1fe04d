"""Whole lines: declarations, properties and sections, from the tables."""

from __future__ import annotations

from collections.abc import Iterator

from prompts_lang.features.completion.offer import Completion, CompletionKind, Place
from prompts_lang.graph.properties import DECLARATIONS, Property, Takes, properties_of


def declarations(place: Place) -> Iterator[Completion]:
    """Every declaration, with a snippet that writes its parts."""
    for form in DECLARATIONS:
        yield Completion(
            form.keyword, CompletionKind.KEYWORD, form.snippet, place.span, form.form, form.doc, snippet=True
        )


def properties(place: Place) -> Iterator[Completion]:
    """The properties that the declaration above may have and does not have yet."""
    if place.entry is None:
        return
    declaration = place.entry.declaration
    used = {item.word.text for item in declaration.items if not item.span.touches(place.relative)}
    rules = properties_of(declaration.keyword.text)
    learning = "learn " in place.line
    for rule in rules:
        if (rule.word not in used or rule.repeatable) and (rule.learnable or not learning):
            yield _property(place, rule)
    if not learning and any(rule.learnable for rule in rules):
        yield Completion(
            "learn", CompletionKind.KEYWORD, "learn ", place.span, "learn SECTION:", "Makes a section trainable."
        )


def _property(place: Place, rule: Property) -> Completion:
    is_text = rule.takes is Takes.SECTION
    insert = f"{rule.word}:" if is_text else rule.word if rule.takes is Takes.NOTHING else f"{rule.word} "
    return Completion(rule.word, CompletionKind.PROPERTY, insert, place.span, rule.example, rule.doc)
