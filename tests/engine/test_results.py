"""Results are remembered by content, made once, and forgotten in bounds."""

from __future__ import annotations

import asyncio

import pytest

from prompts_lang.engine.results import ResultMemo


class Shelf:
    """A lasting memory that counts."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}

    def recall(self, key: str):
        return type("Recalled", (), {"value": self.kept[key]})() if key in self.kept else None

    async def remember(self, key: str, value: object) -> None:
        self.kept[key] = value


def maker(value: object, *, lasting: bool = True):
    made: list[object] = []

    async def make():
        made.append(value)
        await asyncio.sleep(0)
        return value, lasting

    return make, made


async def test_those_who_want_the_same_at_the_same_time_share_one_execution():
    memo = ResultMemo()
    make, made = maker(1)
    found = await asyncio.gather(*(memo.get("key", make) for _ in range(5)))
    assert sorted(found) == [(1, False), (1, True), (1, True), (1, True), (1, True)]
    assert made == [1]


async def test_a_failure_is_not_shared_and_the_next_one_tries_again():
    memo = ResultMemo()
    make, made = maker(1)

    async def fails():
        await asyncio.sleep(0)
        raise RuntimeError("no")

    first = asyncio.create_task(memo.get("key", fails))
    await asyncio.sleep(0)
    second = asyncio.create_task(memo.get("key", make))
    with pytest.raises(RuntimeError):
        await first
    assert await second == (1, False)
    assert made == [1]


async def test_a_cancelled_execution_leaves_the_others_to_try_again():
    memo = ResultMemo()
    make, _ = maker(1)
    first = asyncio.create_task(memo.get("key", asyncio.Event().wait))
    await asyncio.sleep(0)
    second = asyncio.create_task(memo.get("key", make))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == (1, False)


async def test_what_does_not_last_is_made_again():
    memo = ResultMemo(shelf := Shelf())
    make, made = maker(1, lasting=False)
    await memo.get("key", make)
    await memo.get("key", make)
    assert made == [1, 1]
    assert shelf.kept == {}


async def test_results_last_beyond_this_process_and_memory_stays_bounded():
    shelf = Shelf()
    memo = ResultMemo(shelf, most=2)
    for number in range(5):
        await memo.get(str(number), maker(number)[0])
    make, made = maker("never")
    assert await memo.get("0", make) == (0, True)
    assert await ResultMemo(shelf).get("4", make) == (4, True)
    assert made == []
    bare = ResultMemo(most=2)
    for number in range(3):
        await bare.get(str(number), maker(number)[0])
    assert await bare.get("0", maker("again")[0]) == ("again", False)
