"""An OpenAI-compatible endpoint on loopback that answers as a test tells it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A response."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def says(text: str, finish: str = "stop") -> Answer:
    """A model's reply."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    return Answer(
        {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    )


def fails(status: int, message: str = "the endpoint is not well", **headers: str) -> Answer:
    """An error."""
    return Answer(
        {"error": {"message": message}}, status, {name.replace("_", "-"): text for name, text in headers.items()}
    )


class Endpoint:
    """Answers every request by a function of the request's number, from 0, and its body."""

    def __init__(self, answer: Callable[[int, Any], Answer | None]) -> None:
        self.answer = answer
        self.requests: list[Any] = []
        self.base = ""
        self._arrived = threading.Condition()
        self._closed = threading.Event()

    def take(self, body: Any) -> Answer | None:
        """The answer to a request; None, when the endpoint closes, to one that is never answered."""
        with self._arrived:
            number = len(self.requests)
            self.requests.append(body)
            self._arrived.notify_all()
        answer = self.answer(number, body)
        if answer is None:
            self._closed.wait()
        return answer

    def wait_for(self, count: int) -> None:
        """Waits until so many requests have arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.requests) >= count, timeout=60)

    def close(self) -> None:
        """Lets go of whoever waits."""
        self._closed.set()


@contextmanager
def serving(answer: Callable[[int, Any], Answer | None]) -> Iterator[Endpoint]:
    """Serves until the context ends. An answer of None leaves the caller waiting."""
    endpoint = Endpoint(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            given = endpoint.take(body)
            if given is None:
                self.close_connection = True
                return
            content = given.body.encode() if isinstance(given.body, str) else json.dumps(given.body).encode()
            self.send_response(given.status)
            for name, text in given.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    endpoint.base = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.close()
        server.shutdown()
        server.server_close()
        thread.join()
