"""Messages are whole on the wire, whoever sends them and however long they are."""

from __future__ import annotations

import os
import threading

from prompts_server.transport.framing import Fault, Frame, FrameDecoder
from prompts_server.transport.writer import Writer


def test_messages_of_many_threads_never_interleave() -> None:
    """pygls: two threads that send more than 8 KiB at once break the stream."""
    reading, writing = os.pipe()
    writer = Writer(writing, lost=lambda: None)
    writer.start()
    bodies = [bytes([65 + number]) * 20_000 for number in range(4)]

    def send(body: bytes) -> None:
        for _ in range(100):
            writer.send(body)

    senders = [threading.Thread(target=send, args=(body,)) for body in bodies]
    for sender in senders:
        sender.start()
    decoder = FrameDecoder()
    found: list[Frame | Fault] = []
    while len(found) < 400:
        found += decoder.feed(os.read(reading, 1 << 16))
    writer.close(10)
    os.close(reading)
    os.close(writing)
    assert sorted(one.body for one in found if isinstance(one, Frame)) == sorted(bodies * 100)


def test_a_reader_that_is_gone_is_told_once_and_keeps_nobody() -> None:
    """pygls: every further message raises, and the server goes on."""
    reading, writing = os.pipe()
    os.close(reading)
    lost = threading.Semaphore(0)
    writer = Writer(writing, lost=lost.release)
    writer.start()
    writer.send(b"{}")
    assert lost.acquire(timeout=10)
    for _ in range(10):
        writer.send(b"{}")
    writer.close(10)
    os.close(writing)
    assert not lost.acquire(blocking=False)


def test_what_a_reader_does_not_take_is_not_held_for_ever() -> None:
    reading, writing = os.pipe()
    lost = threading.Semaphore(0)
    writer = Writer(writing, lost=lost.release, max_pending_bytes=1 << 20)
    writer.start()
    for _ in range(20):
        writer.send(b"x" * 100_000)
    assert lost.acquire(timeout=10)
    os.close(reading)
    writer.close(10)
    os.close(writing)
