"""The words that reading knows are those of the property table, and words from elsewhere lead to words that are there."""

from __future__ import annotations

import pytest

from prompts_lang.graph.builtin_metrics import BUILTIN_METRICS
from prompts_lang.graph.problem import did_you_mean, similar_file, suggestion
from prompts_lang.graph.properties import PROPERTIES, Takes
from prompts_lang.graph.synonyms import HERE
from prompts_lang.graph.template import FORMATTERS
from prompts_lang.graph.types import SIMPLE_TYPES
from prompts_lang.syntax.words import LEARNED_WORDS, PROPERTY_WORDS, TEXT_WORDS


def test_the_words_that_reading_knows_are_those_of_the_property_table():
    assert {rule.word for rule in PROPERTIES} == PROPERTY_WORDS


def test_the_words_that_start_a_text_are_those_of_the_property_table():
    assert {rule.word for rule in PROPERTIES if rule.takes is Takes.SECTION} == TEXT_WORDS
    assert {rule.word for rule in PROPERTIES if rule.learnable} == LEARNED_WORDS


def test_every_word_from_elsewhere_leads_to_one_that_is_there():
    there = {*PROPERTY_WORDS, *SIMPLE_TYPES, "list", *BUILTIN_METRICS, *FORMATTERS}
    assert {ours for words in HERE.values() for ours in words} <= there


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("anser", ["answer", "question"], "answer"),
        ("Answer", ["answer", "answers"], "answer"),
        ("str", ["text", "boolean"], "text"),
        ("if", ["when", "each"], "when"),
        ("if", ["each"], None),
        ("provider", ["price", "base"], None),
    ],
)
def test_a_name_is_suggested_by_its_spelling_or_as_the_word_for_it_elsewhere(
    word: str, known: list[str], meant: str | None
):
    assert did_you_mean(word, known) == meant


def test_without_a_likely_name_a_short_list_is_shown():
    assert suggestion("zzz", ["b", "a"]) == " Known here: a, b."
    assert suggestion("zzz", ["b", "a"], most=1) == ""


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("serach.prompt", ["search.prompt", "main.prompt"], "search.prompt"),
        ("serach.prompt", ["main.prompt", "other.prompt"], None),
        ("helper.promt", ["helper.prompt"], "helper.prompt"),
        ("rows.jsonl", ["rows.csv", "row.jsonl"], "rows.csv"),
        ("rws.jsonl", ["rows.csv", "rows.jsonl"], "rows.jsonl"),
        ("data", ["date", "x.y"], "date"),
    ],
)
def test_a_file_is_suggested_by_its_stem(name: str, known: list[str], meant: str | None):
    assert similar_file(name, known) == meant
