"""Retrieval from a Qdrant server, through its REST API: what is found, what is asked, and what is said when it cannot be."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from qdrant_client.models import Distance, PointStruct, VectorParams

from prompts_lang.engine.provider.declared import model_spec
from prompts_lang.engine.retrieval import qdrant
from prompts_lang.engine.retrieval.choose import IN_MEMORY, open_retriever
from prompts_lang.engine.retrieval.qdrant import QdrantRetriever
from prompts_lang.engine.retrieval.recall import found_by
from prompts_lang.engine.values import ProblemKind
from prompts_lang.errors import DataError, ProgramError, ProviderError, ProviderFailure, UsageError
from prompts_lang.graph.model import Corpus
from prompts_lang.graph.types import ListType
from tests.engine.build import TEXT, graph, retrieve, row
from tests.engine.fakes import FakeBackend
from tests.engine.retrieval.qdrant_server import Server, serving
from tests.engine.retrieval.test_embedded import MODEL, caller

PAYLOADS = [
    {"id": "cat", "text": "A cat is a small animal that purrs."},
    {"id": "dog", "text": "A dog is an animal that barks."},
    {"id": "twin", "text": "The sun shines over the isles."},
    {"id": "sun", "text": "The sun shines over the isles."},
    {"text": "A document without a name."},
]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(PAYLOADS) as running:
        yield running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(qdrant, "backoff", lambda *_: 0.0)


def corpus(server: Server) -> Corpus:
    return Corpus("wiki", server.location, embedding=MODEL)


async def search(corpus: Corpus, query: str, *, top: int = 3, environ=None, backend=None) -> list[str]:
    retriever = open_retriever(corpus, IN_MEMORY, environ or {})
    try:
        found = await retriever.search(query, top, caller(backend or FakeBackend()), node="qa/find")
    finally:
        await retriever.close()
    return [hit.document.id for hit in found.hits]


# --------------------------------------------------------------------------------------------------- what is found


async def test_the_nearest_points_come_first(server):
    assert await search(corpus(server), "which animal purrs", top=2) == ["cat", "dog"]


async def test_equal_points_come_in_the_order_of_their_ids(server):
    assert await search(corpus(server), "sun over the isles", top=2) == ["sun", "twin"]


async def test_a_point_without_an_id_field_goes_by_its_number(server):
    assert await search(corpus(server), "without name", top=1) == ["5"]


async def test_fields_are_named_in_the_corpus():
    async with serving([{"title": "Cats", "body": "purrs"}], text="body") as running:
        named = replace(corpus(running), text_field="body", id_field="title")
        assert await search(named, "purrs") == ["Cats"]


async def test_an_empty_query_asks_nobody(server):
    backend = FakeBackend()
    assert await search(corpus(server), " ", backend=backend) == []
    assert (server.requests, backend.embedded) == ([], [])


async def test_a_graph_gets_texts_or_records(server, world):
    made = world()
    node = retrieve("find", {"question": "question"}, corpus(server), "{{question}}", top=1, type_=ListType(TEXT))
    graph_ = graph(node, gives={"answer": "find.passages"}, type_=ListType(TEXT))
    (run,) = await made.executor.run_rows(graph_, [row(question="purrs")])
    assert run.outputs["answer"] == ["A cat is a small animal that purrs."]
    assert found_by(run.events[0]) == ("cat",)
    assert run.events[0].cost.calls == 1


async def test_the_engine_in_memory_can_be_searched_without_a_server(server):
    retriever = QdrantRetriever(corpus(server), model_spec(MODEL, {}), {}, client=server.engine)
    found = await retriever.search("barks", 1, caller(FakeBackend()), node="n")
    await retriever.close()
    assert [hit.document.id for hit in found.hits] == ["dog"]
    assert await server.engine.collection_exists("docs"), "a client that was given stays open"


# ------------------------------------------------------------------------------------------- when something goes wrong


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_passing_failure_is_tried_again(server, status):
    server.refusals = [status, status]
    assert await search(corpus(server), "purrs", top=1) == ["cat"]
    assert len(server.requests) == 3


async def test_an_outage_ends_the_search_with_its_reason(server):
    server.refusals = [503] * 9
    with pytest.raises(ProviderError, match="has a problem on its side") as caught:
        await search(corpus(server), "purrs")
    assert (caught.value.kind, caught.value.status) == (ProviderFailure.SERVER, 503)
    assert len(server.requests) == qdrant.ATTEMPTS


async def test_a_server_that_is_not_there_is_named(server):
    gone = Corpus("wiki", "qdrant://127.0.0.1:9/docs", embedding=MODEL)
    with pytest.raises(ProviderError, match=r"http://127\.0\.0\.1:9 cannot be reached") as caught:
        await search(gone, "purrs")
    assert caught.value.kind is ProviderFailure.CONNECTION


async def test_the_key_comes_from_the_environment(server):
    server.key = "right"
    # The library warns that a key travels without TLS; on loopback that is as it should be.
    with pytest.warns(UserWarning, match="insecure"):
        assert await search(corpus(server), "purrs", top=1, environ={"QDRANT_API_KEY": "right"}) == ["cat"]
    with pytest.raises(ProviderError, match="does not let us in") as caught:
        await search(corpus(server), "purrs")
    assert caught.value.kind is ProviderFailure.AUTH
    assert "QDRANT_API_KEY" in str(caught.value)
    assert len(server.requests) == 2, "what no retry can mend is not tried again"


async def test_a_collection_that_is_not_there_is_named(server):
    gone = replace(corpus(server), location=server.location.replace("docs", "dogs"))
    with pytest.raises(ProviderError, match=r"cannot search the collection.*dogs"):
        await search(gone, "purrs")


async def test_a_collection_of_another_model_is_refused(server):
    await server.engine.delete_collection("docs")
    await server.engine.create_collection("docs", vectors_config=VectorParams(size=3, distance=Distance.COSINE))
    await server.engine.upsert("docs", [PointStruct(id=1, vector=[0.1, 0.2, 0.3], payload={"text": "x"})])
    with pytest.raises(ProviderError, match=r"cannot search the collection") as caught:
        await search(corpus(server), "purrs")
    assert "vectors are those of the corpus's model" in str(caught.value)


async def test_points_without_the_text_field_say_what_they_have(server):
    with pytest.raises(DataError, match=r"no text in the field 'body'; it has id, text"):
        await search(replace(corpus(server), text_field="body"), "purrs")


async def test_a_row_whose_server_is_away_is_not_run(server, world):
    made = world()
    server.refusals = [503] * 9
    node = retrieve("find", {"question": "question"}, corpus(server), "{{question}}", type_=ListType(TEXT))
    graph_ = graph(node, gives={"answer": "find.passages"}, type_=ListType(TEXT))
    (run,) = await made.executor.run_rows(graph_, [row(question="purrs")])
    assert run.problem is not None
    assert run.problem.kind is ProblemKind.PROVIDER


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("qdrant://host", "does not name one collection"),
        ("qdrant://host/a/b", "does not name one collection"),
        ("qdrant://host:port/docs", "is no address"),
        ("qdrant://:secret@host/docs", "holds a key or a password"),
        ("redis://host/docs", "in a store that is not known"),
    ],
)
def test_a_wrong_address_is_refused_before_anything_is_asked(location, message):
    with pytest.raises(ProgramError, match=message):
        open_retriever(Corpus("wiki", location, embedding=MODEL), IN_MEMORY, {})


def test_a_collection_without_a_model_is_refused():
    with pytest.raises(ProgramError, match="which model made the vectors"):
        open_retriever(Corpus("wiki", "qdrant://host/docs"), IN_MEMORY, {})


def test_the_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "qdrant_client", None)
    with pytest.raises(UsageError, match=r"prompts-lang\[qdrant\]"):
        open_retriever(Corpus("wiki", "qdrant://host/docs", embedding=MODEL), IN_MEMORY, {})
