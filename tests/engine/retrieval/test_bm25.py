"""Documents are read, found in the same order every time, and shaped as the node declares them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prompts_lang.data.corpus import read_corpus
from prompts_lang.engine.retrieval.bm25 import Bm25Retriever
from prompts_lang.engine.retrieval.recall import found_by, gold_of, recall
from prompts_lang.engine.values import Message
from prompts_lang.errors import DataError, FileError, ProgramError
from prompts_lang.graph.model import Corpus
from prompts_lang.graph.types import Field, ListType, NumberType, RecordType
from tests.engine.build import TEXT, graph, retrieve, row

DOCUMENTS = (
    {"id": "cat", "title": "Cat", "text": "A cat is a small animal that purrs."},
    {"id": "dog", "title": "Dog", "text": "A dog is an animal that barks at a cat."},
    {"id": "sun", "title": "Sun", "text": "The sun shines over the isles."},
    {"id": "twin", "title": "Twin", "text": "The sun shines over the isles."},
)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    path = tmp_path / "wiki.jsonl"
    path.write_text("".join(json.dumps(document) + "\n" for document in DOCUMENTS))
    return Corpus("wiki", str(path))


class NoEmbedder:
    """Whoever searches by words needs no model."""

    async def embed(self, request, *, node, keep=None):
        raise AssertionError("nothing is embedded here")

    def relive(self, keys):
        raise AssertionError("nothing was embedded here")


NO_EMBEDDER = NoEmbedder()


async def found(corpus: Corpus, query: str, top: int = 3) -> list[str]:
    searched = await Bm25Retriever(read_corpus(corpus)).search(query, top, NO_EMBEDDER, node="qa/find")
    return [hit.document.id for hit in searched.hits]


async def test_the_best_documents_come_first_and_unrelated_ones_not_at_all(corpus):
    assert await found(corpus, "Which CAT purrs?") == ["cat", "dog"]
    assert await found(corpus, "Which CAT purrs?", top=1) == ["cat"]
    assert await found(corpus, "volcano") == []
    assert await found(corpus, "") == []
    assert await found(corpus, "the of and") == []


async def test_equal_documents_keep_the_order_of_the_corpus(corpus):
    assert await found(corpus, "sun") == ["sun", "twin"]


async def test_a_corpus_without_a_single_word_can_be_searched(tmp_path):
    (tmp_path / "a.txt").write_text("…")
    assert await found(Corpus("wiki", str(tmp_path)), "anything") == []


def test_a_folder_gives_its_text_files_by_their_paths(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.md").write_text("Two")
    (tmp_path / "one.txt").write_text("One")
    (tmp_path / "skipped.png").write_bytes(b"\x89")
    documents = read_corpus(Corpus("wiki", str(tmp_path))).items
    assert [(document.id, document.text) for document in documents] == [("b/two.md", "Two"), ("one.txt", "One")]


def test_documents_without_an_id_are_numbered_by_their_line(tmp_path):
    path = tmp_path / "wiki.jsonl"
    path.write_text('{"body": "One"}\n\n{"body": "Two"}\n')
    documents = read_corpus(Corpus("wiki", str(path), text_field="body")).items
    assert [document.id for document in documents] == ["1", "3"]


def test_the_digest_follows_the_content(corpus, tmp_path):
    first = read_corpus(corpus).digest
    assert read_corpus(corpus).digest == first
    Path(corpus.location).write_text('{"id": "cat", "text": "changed"}\n')
    assert read_corpus(corpus).digest != first


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": 1, "body": "x"}\n', "wiki.jsonl:1: The document has no text in the field 'text'; it has id, body."),
        (
            '{"id": 1, "text": "x"}\n{"id": 1, "text": "y"}\n',
            "wiki.jsonl:2: The document id '1' of 'wiki' stands twice",
        ),
        ("\n", "wiki.jsonl: The corpus 'wiki' has no documents."),
        ("{\n", "wiki.jsonl:1: The line is not JSON"),
    ],
)
def test_mistakes_in_a_corpus_are_named_with_their_line(tmp_path, text, message):
    path = tmp_path / "wiki.jsonl"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        read_corpus(Corpus("wiki", str(path)))
    assert message in str(caught.value)


@pytest.mark.parametrize(("name", "message"), [("gone.jsonl", "does not exist"), ("x.pdf", "neither a JSONL file nor")])
def test_a_corpus_that_cannot_be_read(tmp_path, name, message):
    (tmp_path / "x.pdf").write_text("x")
    with pytest.raises(FileError, match=message):
        read_corpus(Corpus("wiki", str(tmp_path / name)))


# ------------------------------------------------------------------------------------------------------------- the node


async def test_a_retrieval_returns_texts_and_leaves_ids_and_scores_in_the_trace(world, corpus):
    node = retrieve("find", {"question": "question"}, corpus, "about {{question}}", type_=ListType(TEXT))
    graph_ = graph(node, gives={"answer": "find.passages"}, type_=ListType(TEXT))
    (run,) = await world().executor.run_rows(graph_, [row(question="purrs cat")])
    assert run.outputs == {"answer": [DOCUMENTS[0]["text"], DOCUMENTS[1]["text"]]}
    (event,) = run.events
    assert event.sent == (Message("user", "about purrs cat"),)
    assert found_by(event) == ("cat", "dog")
    assert event.cached
    assert event.cost.calls == 0


async def test_a_retrieval_can_return_records(world, corpus):
    record = RecordType((Field("title", TEXT), Field("text", TEXT), Field("score", NumberType())))
    node = retrieve("find", {"question": "question"}, corpus, "{{question}}", top=1, type_=ListType(record))
    graph_ = graph(node, gives={"answer": "find.passages"}, type_=ListType(record))
    (run,) = await world().executor.run_rows(graph_, [row(question="barks")])
    (entry,) = run.outputs["answer"]
    assert (entry["title"], entry["text"]) == ("Dog", DOCUMENTS[1]["text"])
    assert entry["score"] > 0


async def test_recall_counts_gold_passages_by_id_or_text_over_all_retrievals(world, corpus):
    first = retrieve("first", {"question": "question"}, corpus, "purrs", top=1, type_=ListType(TEXT))
    second = retrieve("second", {"question": "question"}, corpus, "{{question}}", top=1, type_=ListType(TEXT))
    graph_ = graph(first, second, gives={"answer": "second.passages"}, type_=ListType(TEXT))
    (run,) = await world().executor.run_rows(graph_, [row(question="sun")])
    assert recall(run.events, gold_of({"gold": ["cat", DOCUMENTS[2]["text"]]})) == 1
    assert recall(run.events, gold_of({"gold": ["cat", "dog"]})) == 0.5
    assert recall(run.events, gold_of({"gold": "dog"})) == 0
    assert recall(run.events, gold_of({"question": "no gold"})) is None
    assert recall((), ("cat",)) is None


@pytest.mark.parametrize(
    ("corpus", "message"),
    [
        (Corpus("wiki", "weaviate://127.0.0.1/wiki"), "in a store that is not known: 'weaviate://'"),
        (Corpus("wiki", "qdrant://127.0.0.1/wiki"), "does not say which model made the vectors"),
    ],
)
async def test_an_index_that_there_is_not_is_an_error(world, corpus, message):
    node = retrieve("find", {"question": "question"}, corpus, "{{question}}", type_=ListType(TEXT))
    with pytest.raises(ProgramError, match=message):
        await world().executor.run_rows(graph(node, gives={"a": "find.passages"}, type_=ListType(TEXT)), [row()])
