"""A reply that comes in pieces is remembered, retried and booked like any other."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from prompts_lang.engine.provider.caller import Caller
from prompts_lang.engine.provider.model import FinishReason, ModelSpec, Reply, Request
from prompts_lang.engine.provider.pacing import Limits
from prompts_lang.engine.store.account import RunAccount
from prompts_lang.engine.store.model import Purpose, RunKind, RunRecord
from prompts_lang.engine.store.sqlite import SqliteStore, memory_store
from prompts_lang.errors import ProviderError, ProviderFailure

from .fakes import MODEL, FakeBackend, FakeClock, ask, reply, trouble


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    opened = memory_store()
    opened.start_run(RunRecord("r", RunKind.RUN, "a.prompt", "a"))
    yield opened
    opened.close()


def caller(store: SqliteStore, backend: FakeBackend) -> Caller:
    return Caller(backend, RunAccount(store, "r"), Limits(), clock=FakeClock())


async def pieces(asking: Caller, request: Request | None = None) -> list[str]:
    return [piece async for piece in asking.stream(request or ask(), purpose=Purpose.FORWARD, node="a/b")]


def states(store: SqliteStore) -> list[str]:
    return [str(entry.state) for entry in store.entries("r")]


class BreaksOff(FakeBackend):
    """Sends one piece and then fails, or just ends."""

    def __init__(self, error: ProviderError | None) -> None:
        super().__init__()
        self.error = error

    async def stream(self, request: Request) -> AsyncIterator[str | Reply]:
        self.asked.append(request)
        yield "one "
        if self.error is not None:
            raise self.error


async def test_pieces_come_as_they_are_said_and_are_remembered_whole(store):
    asking = caller(store, FakeBackend(reply("one two three")))
    assert await pieces(asking) == ["one", "two", "three"]
    assert await pieces(asking) == ["one two three"]
    assert (await asking.complete(ask(), purpose=Purpose.FORWARD, node="a/b")).text == "one two three"
    assert states(store) == ["committed"]
    assert (asking.account.totals.calls, asking.account.totals.cached) == (1, 2)


async def test_a_stream_that_does_not_begin_is_tried_again_and_then_elsewhere(store):
    asking = caller(store, FakeBackend(*[trouble(ProviderFailure.SERVER)] * 3, reply("spare")))
    model = replace(MODEL, fallback=ModelSpec("spare", "openai/spare"))
    assert await pieces(asking, ask(model=model)) == ["spare"]
    assert states(store) == ["failed"] * 3 + ["committed"]


@pytest.mark.parametrize("error", [trouble(ProviderFailure.CONNECTION, billable=True), None])
async def test_a_stream_that_breaks_off_is_an_error_and_not_begun_anew(store, error):
    backend = BreaksOff(error)
    stream = caller(store, backend).stream(ask(), purpose=Purpose.FORWARD, node="a/b")
    assert await anext(stream) == "one "
    with pytest.raises(ProviderError):
        await anext(stream)
    assert len(backend.asked) == 1
    assert states(store) == ["possibly_spent"]


async def test_who_stops_listening_leaves_the_books_right_and_the_slot_free(store):
    asking = caller(store, FakeBackend(reply("one two three")))
    model = replace(MODEL, concurrency=1)
    async with contextlib.aclosing(asking.stream(ask(model=model), purpose=Purpose.FORWARD, node="a/b")) as stream:
        async for piece in stream:
            assert piece == "one"
            break
    await asking.account.flush()
    assert states(store) == ["possibly_spent"]
    assert asking.account.in_flight == 0
    assert await pieces(asking, ask("again", model=model)) == ["one", "two", "three"]


class SaysNothing(FakeBackend):
    """Ends its first stream without a piece."""

    async def stream(self, request: Request) -> AsyncIterator[str | Reply]:
        whole = await self.attempt(request)
        if whole.text:
            yield whole.text
        yield whole


async def test_a_stream_that_ends_without_a_piece_is_booked_and_asked_for_again(store):
    asking = caller(store, SaysNothing(reply(""), reply("at last")))
    assert await pieces(asking) == ["at last"]
    assert states(store) == ["committed", "committed"]
    assert await pieces(asking) == ["at last"]
    assert len(states(store)) == 2


async def test_a_refusal_at_the_end_of_a_stream_is_an_error_that_is_paid_for(store):
    with pytest.raises(ProviderError) as caught:
        await pieces(caller(store, FakeBackend(reply("no", FinishReason.REFUSED))))
    assert caught.value.kind is ProviderFailure.REFUSED
    assert states(store) == ["committed"]
