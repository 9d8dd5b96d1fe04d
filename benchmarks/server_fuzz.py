"""Sends random conversations to the language server for as long as one wants, and checks what no conversation may break.

    python -m benchmarks.server_fuzz --messages 100000

Each request has exactly one reply, with no error but those that a client can cause; the server lives, says nothing alarming
in its log, runs no job, and its memory does not grow with the number of conversations. Bytes that are no messages are mixed in.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from pathlib import Path

from tests.server.asking import OTHER
from tests.server.conversation import ERRORS, URIS, Conversation
from tests.server.raw_client import RICH_CAPABILITIES, RawClient, encode
from tests.server.test_session import SOURCE

BATCH = 1000
GARBAGE = (
    b"\r\n",
    b"garbage\r\n\r\n",
    b"Content-Length: x\r\n\r\n",
    b"Content-Length: 5\r\n\r\n{]}}}",
    b"Content-Length: 2\r\n\r\n[]",
)


async def main(messages: int, seed: int) -> None:
    client = await RawClient.start()
    client.answer_everything()
    await client.initialize(RICH_CAPABILITIES)
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    codes: Counter[int] = Counter()
    sent, started = 0, time.perf_counter()
    memory: list[int] = []
    conversation = Conversation(seed)
    while sent < messages:
        for uri in URIS[:4]:
            await client.open(uri, SOURCE if "qa" in uri or uri.endswith("a") else OTHER)
        first = len(conversation.requests)
        for _ in range(BATCH):
            await client.send_bytes(encode(conversation.next()))
            if chance.random() < 0.02:
                await client.send_bytes(chance.choice(GARBAGE))
        sent += BATCH
        barrier = await client.request("workspace/symbol", {"query": ""})
        check("result" in barrier, barrier)
        replies = [one for one in client.unread if "method" not in one and one.get("id") is not None]
        check(Counter(one["id"] for one in replies) == Counter(conversation.requests[first:]), "not one reply each")
        codes.update(one["error"]["code"] for one in replies if "error" in one)
        check(set(codes) <= ERRORS, codes)
        alarms = [line for line in client.log if " ERROR " in line or "Traceback" in line]
        check(not alarms, alarms[:5])
        client.unread.clear()
        memory.append(_resident(client.process.pid))
        if sent % (10 * BATCH) == 0:
            print(f"{sent:,} messages, {time.perf_counter() - started:.0f} s, {memory[-1]} MB", flush=True)
    check(await client.leave() == 0, "the server ended with an error")
    requests = len(conversation.requests)
    print(f"{sent:,} messages, {requests:,} requests, one reply each; errors by code: {dict(sorted(codes.items()))}")
    print(f"resident memory after the first and the last tenth: {memory[len(memory) // 10]} and {memory[-1]} MB")


def check(holds: bool, found: object) -> None:
    if not holds:
        raise SystemExit(f"broken: {found}")


def _resident(process_id: int) -> int:
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.messages, arguments.seed))
