"""Retrieval by meaning: what is found, what is paid for and when, and what is left after something went wrong."""

from __future__ import annotations

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from prompts_lang.data.corpus import read_corpus
from prompts_lang.engine.provider.caller import Caller
from prompts_lang.engine.provider.embedding import BATCH_TEXTS, vector_of
from prompts_lang.engine.provider.pacing import Limits
from prompts_lang.engine.retrieval import vectors
from prompts_lang.engine.retrieval.choose import VectorPlace, open_retriever
from prompts_lang.engine.retrieval.recall import found_by
from prompts_lang.engine.retrieval.vectors import VectorIndex
from prompts_lang.engine.store.account import RunAccount
from prompts_lang.engine.store.model import UNLIMITED, Budget, EntryState, Purpose, RunKind, RunRecord, RunState
from prompts_lang.engine.store.sqlite import memory_store, open_store
from prompts_lang.engine.values import ProblemKind
from prompts_lang.errors import BudgetExceeded, DataError, ProviderError, ProviderFailure, UsageError
from prompts_lang.graph.model import Corpus, Model
from prompts_lang.graph.types import ListType
from tests.engine.build import TEXT, graph, retrieve, row
from tests.engine.fakes import FakeBackend

MODEL = Model("embedder", "fake/embedding")
TEXTS = {
    "cat": "A cat is a small animal that purrs.",
    "dog": "A dog is an animal that barks.",
    "sun": "The sun shines over the isles.",
    "twin": "The sun shines over the isles.",
    "blank": " ",
}


def write(path: Path, texts: dict[str, str]) -> Corpus:
    path.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in texts.items()))
    return Corpus("wiki", str(path), embedding=MODEL)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return write(tmp_path / "wiki.jsonl", TEXTS)


@pytest.fixture
def place(tmp_path: Path) -> VectorPlace:
    return VectorPlace(tmp_path / "vectors.sqlite")


def caller(backend: FakeBackend, *, budget: Budget = UNLIMITED, store=None, run: str = "run") -> Caller:
    store = store or memory_store()
    if store.run(run) is None:
        store.start_run(RunRecord(run, RunKind.RUN, "test.prompt", "main"))
    return Caller(backend, RunAccount(store, run, budget), Limits())


async def search(corpus: Corpus, place: VectorPlace, asker: Caller, query: str, top: int = 3) -> list[str]:
    """Opens the index as a new session does, and searches once."""
    retriever = await asyncio.to_thread(open_retriever, corpus, place, {})
    try:
        found = await retriever.search(query, top, asker, node="qa/find")
    finally:
        await retriever.close()
    return [hit.document.id for hit in found.hits]


def many(count: int) -> dict[str, str]:
    return {f"d{number}": f"document {number:04} about nothing" for number in range(count)}


# --------------------------------------------------------------------------------------------------- what is found


async def test_the_nearest_documents_come_first_and_unrelated_ones_not_at_all(corpus, place):
    asker = caller(FakeBackend())
    assert await search(corpus, place, asker, "which animal purrs") == ["cat", "dog"]
    assert await search(corpus, place, asker, "which animal purrs", top=1) == ["cat"]
    assert await search(corpus, place, asker, "volcano") == []


async def test_equal_documents_keep_the_order_of_the_corpus_and_are_embedded_once(corpus, place):
    backend = FakeBackend()
    assert await search(corpus, place, caller(backend), "sun") == ["sun", "twin"]
    assert backend.embedded[0] == (TEXTS["cat"], TEXTS["dog"], TEXTS["sun"])


async def test_an_empty_query_finds_nothing_and_costs_nothing(corpus, place):
    backend = FakeBackend()
    assert await search(corpus, place, caller(backend), "  ") == []
    assert backend.embedded == []


async def test_a_lone_surrogate_in_a_document_does_no_harm(tmp_path, place):
    path = tmp_path / "odd.jsonl"
    path.write_text('{"id": "odd", "text": "half a \\ud83d pair purrs"}\n')
    assert await search(Corpus("odd", str(path), embedding=MODEL), place, caller(FakeBackend()), "purrs") == ["odd"]


async def test_corpora_and_models_that_share_a_file_do_not_mix(corpus, place, tmp_path):
    backend = FakeBackend()
    other = write(tmp_path / "other.jsonl", {"cat2": "Another cat."})
    assert await search(corpus, place, caller(backend), "cat") == ["cat"]
    assert await search(other, place, caller(backend), "cat") == ["cat2"]
    for model in (
        Model("other", "fake/other"),
        Model("elsewhere", "fake/embedding", base="http://elsewhere"),
        Model("shorter", "fake/embedding", (("dimensions", 256),)),
    ):
        await search(replace(corpus, embedding=model), place, caller(backend), "cat")
    assert sum(len(texts) for texts in backend.embedded if texts != ("cat",)) == 3 + 1 + 3 * 3


# ----------------------------------------------------------------------------------------- what is paid for, and when


async def test_only_what_is_new_is_embedded(place, tmp_path):
    backend = FakeBackend()
    first = write(tmp_path / "wiki.jsonl", {"cat": TEXTS["cat"], "dog": TEXTS["dog"]})
    assert await search(first, place, caller(backend), "cat") == ["cat"]
    second = write(tmp_path / "wiki.jsonl", {"sun": TEXTS["sun"], "cat": TEXTS["cat"]})
    assert await search(second, place, caller(backend), "animal purrs barks") == ["cat"]
    third = write(tmp_path / "wiki.jsonl", {"dog": TEXTS["dog"]})
    assert await search(third, place, caller(backend), "cat dog") == ["dog"]
    documents = [texts for texts in backend.embedded if texts[0] in TEXTS.values()]
    assert documents == [(TEXTS["cat"], TEXTS["dog"]), (TEXTS["sun"],)]


async def test_documents_go_in_batches_and_every_batch_is_booked(place, tmp_path):
    corpus = write(tmp_path / "wiki.jsonl", many(2 * BATCH_TEXTS + 1))
    backend = FakeBackend()
    asker = caller(backend)
    await search(corpus, place, asker, "document")
    assert [len(texts) for texts in backend.embedded] == [BATCH_TEXTS, BATCH_TEXTS, 1, 1]
    entries = asker.account._store.entries("run")
    assert {(entry.purpose, entry.state) for entry in entries} == {(Purpose.EMBED, EntryState.COMMITTED)}
    assert [entry.node for entry in entries] == ["corpus wiki", "corpus wiki", "corpus wiki", "qa/find"]
    assert asker.account.totals.usd == Decimal("0.004")


async def test_a_query_is_paid_for_once(corpus, place):
    backend = FakeBackend()
    asker = caller(backend)
    await search(corpus, place, asker, "cat")
    await search(corpus, place, asker, "cat")
    assert backend.embedded.count(("cat",)) == 1
    assert (asker.account.totals.calls, asker.account.totals.cached) == (2, 1)


async def test_queries_at_the_same_time_build_the_index_once(corpus, place):
    backend = FakeBackend()
    asker = caller(backend)
    retriever = open_retriever(corpus, place, {})
    found = await asyncio.gather(*(retriever.search("sun", 1, asker, node="n") for _ in range(20)))
    await retriever.close()
    assert {one.hits[0].document.id for one in found} == {"sun"}
    assert len(backend.embedded) == 2


async def test_two_that_build_at_the_same_time_pay_for_no_document_twice(place, tmp_path):
    corpus = write(tmp_path / "wiki.jsonl", many(5 * BATCH_TEXTS))
    backend = FakeBackend()
    await asyncio.gather(*(search(corpus, place, caller(backend), f"query {number}") for number in range(2)))
    documents = [text for texts in backend.embedded for text in texts if text.startswith("document")]
    assert len(documents) == len(set(documents)) == 5 * BATCH_TEXTS


async def test_a_run_without_a_store_takes_what_is_on_disk_and_leaves_no_trace(corpus, place, tmp_path):
    await search(corpus, place, caller(FakeBackend()), "cat")
    assert place.file is not None
    before = place.file.read_bytes()
    backend = FakeBackend()
    assert await search(corpus, VectorPlace(kept=place.file), caller(backend), "purrs") == ["cat"]
    assert backend.embedded == [("purrs",)]
    assert place.file.read_bytes() == before
    assert await search(corpus, VectorPlace(kept=tmp_path / "none.sqlite"), caller(backend), "purrs") == ["cat"]


# -------------------------------------------------------------------------------------------- when something goes wrong


async def test_a_failure_keeps_what_was_paid_and_the_next_run_does_the_rest(place, tmp_path):
    corpus = write(tmp_path / "wiki.jsonl", many(3 * BATCH_TEXTS))
    backend = FakeBackend()
    backend.refuse_texts = lambda texts: _auth() if "document 0100 about nothing" in texts else None
    with pytest.raises(ProviderError, match="no entry"):
        await search(corpus, place, caller(backend), "document")
    paid = sum(map(len, backend.embedded))
    assert paid > 0
    backend.refuse_texts = lambda texts: None
    await search(corpus, place, caller(backend), "document")
    documents = [text for texts in backend.embedded for text in texts if text.startswith("document ")]
    assert len(documents) == len(set(documents)) == 3 * BATCH_TEXTS


def _auth() -> ProviderError:
    return ProviderError("no entry", kind=ProviderFailure.AUTH)


async def test_a_resumed_run_counts_what_it_paid_for_before(corpus, place, tmp_path):
    store = open_store(tmp_path)
    backend = FakeBackend()
    first = caller(backend, store=store)
    await search(corpus, place, first, "cat")
    await first.account.flush()
    store.finish_run("run", RunState.STOPPED)
    store.resume_run("run")
    again = caller(backend, store=store)
    await search(corpus, place, again, "cat")
    assert again.account.totals == first.account.totals
    assert len(backend.embedded) == 2
    store.close()


async def test_the_budget_holds_for_embeddings(corpus, place):
    with pytest.raises(BudgetExceeded, match="1 calls"):
        await search(corpus, place, caller(FakeBackend(), budget=Budget(calls=1)), "cat")


async def test_a_row_whose_query_cannot_be_embedded_is_not_run(world, corpus):
    made = world()
    made.backend.refuse_texts = lambda texts: _auth()
    node = retrieve("find", {"question": "question"}, corpus, "{{question}}", type_=ListType(TEXT))
    graph_ = graph(node, gives={"answer": "find.passages"}, type_=ListType(TEXT))
    (run,) = await made.executor.run_rows(graph_, [row(question="cat")])
    assert run.problem is not None
    assert run.problem.kind is ProblemKind.PROVIDER
    assert not run.completed


async def test_the_cost_of_a_query_stands_in_its_event(world, corpus):
    made = world()
    node = retrieve("find", {"question": "question"}, corpus, "{{question}}", type_=ListType(TEXT))
    graph_ = graph(node, gives={"answer": "find.passages"}, type_=ListType(TEXT))
    runs = await made.executor.run_rows(graph_, [row("r1", question="cat")])
    runs += await made.executor.run_rows(graph_, [row("r2", question="cat")])
    first, second = (run.events[0] for run in runs)
    assert found_by(first) == found_by(second) == ("cat",)
    assert (first.cached, first.cost.calls, first.cost.tokens_in, first.cost.usd) == (False, 1, 5, Decimal("0.001"))
    assert (second.cached, second.cost.calls) == (True, 0)
    assert made.account.totals.calls == 2


@pytest.mark.parametrize("module", ["apsw", "sqlite_vec"])
def test_a_missing_extra_is_named(corpus, place, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=rf"needs the package '{module}'.*prompts-lang\[embeddings\]"):
        open_retriever(corpus, place, {})


def test_bm25_needs_no_extra(corpus, place, monkeypatch):
    for module in ("apsw", "sqlite_vec", "qdrant_client"):
        monkeypatch.setitem(sys.modules, module, None)
    plain = Corpus("wiki", corpus.location)
    assert open_retriever(plain, place, {}).digest == f"bm25:{read_corpus(plain).digest}"


# ------------------------------------------------------------------------------------------------------ the index itself


def test_vectors_of_another_length_are_refused(place):
    index = VectorIndex(place.file, "m", ["one", "two"])
    index.put({0: vector_of([1.0, 0.0]), 1: vector_of([0.0, 1.0])}, "paid")
    assert index.search(vector_of([1.0, 0.0]), 2) == ((0, 1.0), (1, 0.0))
    with pytest.raises(DataError, match="makes other vectors than it did"):
        index.search(vector_of([1.0, 0.0, 0.0]), 2)
    index.close()


@pytest.mark.parametrize("query", ["_MISSING", "_PAID", "_SIZES", "_SEARCH"])
def test_looking_up_texts_takes_time_linear_in_their_number(place, query):
    index = VectorIndex(place.file, "m", ["one", "two"])
    values = {"_SEARCH": (vector_of([1.0]), "m", 1)}.get(query, ("m",))
    plan = [row[-1] for row in index._select(f"EXPLAIN QUERY PLAN {getattr(vectors, query)}", *values)]
    index.close()
    assert any(step.startswith("SCAN w") for step in plan)
    assert any(step.startswith("SEARCH v USING") and "(model=? AND text=?)" in step for step in plan)


def test_threads_that_open_a_new_file_at_once_do_not_wait_for_each_other_in_vain(tmp_path, monkeypatch):
    monkeypatch.setattr(vectors, "PATIENCE", 2.0)

    def fill(path: Path, place: int) -> None:
        index = VectorIndex(path, "m", ["one", "two"])
        index.put({place: vector_of([1.0])}, "paid")
        index.close()

    with ThreadPoolExecutor(2) as pool:
        for number in range(20):
            list(pool.map(partial(fill, tmp_path / f"{number}.sqlite"), (0, 1)))
            index = VectorIndex(tmp_path / f"{number}.sqlite", "m", ["one", "two"])
            assert index.missing() == ()
            index.close()
