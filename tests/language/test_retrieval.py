"""Corpora and retrieve nodes: lines of JSON, folders, and what comes out."""

from __future__ import annotations

import pytest

from tests.language.running import Language

LINES = """{"key": "a", "body": "Alpha is the first letter.", "year": 1}
{"key": "b", "body": "Beta follows alpha.", "year": 2}
{"key": "c", "body": "Gamma rays come from stars.", "year": 3}
"""
SOURCE = """corpus wiki from "wiki.jsonl"
  text body
  id key
  index bm25

graph main(question: text) -> first.found

retrieve first(question) -> found: list[text]
  from wiki
  top 1
  learn query: {{question}} letter
"""


async def test_the_best_documents_for_the_query_are_found(language: Language):
    language.write(SOURCE, wiki__jsonl=LINES)
    ran = await language.run(question="first")
    assert ran.outputs == {"found": ["Alpha is the first letter."]}
    assert ran.event("first").sent[0].content == "first letter"


async def test_top_says_how_many(language: Language):
    language.write(SOURCE.replace("top 1", "top 2").replace(" letter", " alpha"), wiki__jsonl=LINES)
    assert len((await language.run(question="")).outputs["found"]) == 2


async def test_records_have_the_fields_that_they_name(language: Language):
    language.write(
        SOURCE.replace("list[text]", "list[{id: text, year: integer, text: text, score: number}]"), wiki__jsonl=LINES
    )
    (found,) = (await language.run(question="first")).outputs["found"]
    assert {**found, "score": 0} == {"id": "a", "year": 1, "text": "Alpha is the first letter.", "score": 0}


async def test_a_folder_of_texts_is_a_corpus(language: Language):
    (language.folder / "wiki" / "deep").mkdir(parents=True)
    (language.folder / "wiki" / "a.md").write_text("Alpha is the first letter.")
    (language.folder / "wiki" / "deep" / "b.txt").write_text("Beta follows alpha.")
    source = SOURCE.replace('"wiki.jsonl"\n  text body\n  id key', '"wiki"').replace("list[text]", "list[{id: text}]")
    language.write(source)
    assert (await language.run(question="first")).outputs == {"found": [{"id": "a.md"}]}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("text body", "text bdoy", "P603"),
        ("wiki.jsonl", "wikis.jsonl", "P601"),
        ("from wiki\n", "from wikis\n", "P201"),
        ("  from wiki\n", "", "P403"),
        ("  learn query: {{question}} letter\n", "", "P405"),
        ("found: list[text]", "found: text", "P302"),
        ("top 1", "top 0", "P402"),
        ("index bm25", "index bm52", "P402"),
    ],
)
def test_mistakes_are_told(language: Language, old: str, new: str, code: str):
    language.write(SOURCE.replace(old, new), wiki__jsonl=LINES)
    assert code in language.told()


def test_an_empty_corpus_is_told(language: Language):
    language.write(SOURCE, wiki__jsonl="\n")
    assert language.told() == ["P605"]
