"""Cuts a byte stream into message bodies, within limits.

A message is a block of `Name: value` lines, an empty line, and as many bytes as `Content-Length` says. The decoder is
incremental and pure: however the stream is cut into chunks, the same frames and faults come out, and it never holds more
than one message within the limits. After a fault it finds the next message by looking for the next `Content-Length`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

_CONTENT_LENGTH = re.compile(rb"content-length[ \t]{0,8}:", re.IGNORECASE)
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:[ \t]*(.*?)[ \t]*", re.DOTALL)
# 19 digits are more than any limit; longer runs are refused before Python turns them into an integer.
_DECIMAL = re.compile(rb"[0-9]{1,19}")
# Enough of the discarded bytes to recognise a `Content-Length:` that arrives in two chunks.
_OVERLAP_BYTES = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """What a peer may make us hold in memory: bytes in one header line, header lines, and bytes in one body."""

    header_line_bytes: int = 8 * 1024
    headers: int = 16
    body_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """One message body, complete."""

    body: bytes


class FaultKind(Enum):
    """Why bytes were skipped."""

    BAD_HEADER = "a header line could not be read"
    HEADER_TOO_LONG = "a header line is too long"
    TOO_MANY_HEADERS = "there are too many header lines"
    BAD_LENGTH = "Content-Length is not a whole number of bytes"
    NO_LENGTH = "Content-Length is missing"
    BODY_TOO_LARGE = "the message is larger than this server accepts"


@dataclass(frozen=True, slots=True)
class Fault:
    """Bytes that were no acceptable message. The stream goes on after it."""

    kind: FaultKind


class _State(Enum):
    HEADERS = auto()
    BODY = auto()
    SKIP_BODY = auto()
    SEARCH = auto()


class FrameDecoder:
    """Decodes one stream. Feed it chunks in order; it keeps what is not complete yet."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._buffer = bytearray()
        self._state = _State.HEADERS
        self._length: int | None = None
        self._headers_seen = 0

    def feed(self, chunk: bytes) -> Iterator[Frame | Fault]:
        """Adds a chunk and yields everything that is complete now, in order."""
        self._buffer += chunk
        while True:
            before = (self._state, len(self._buffer))
            yield from self._step()
            if (self._state, len(self._buffer)) == before:
                return

    def _step(self) -> Iterator[Frame | Fault]:
        match self._state:
            case _State.HEADERS:
                yield from self._read_header()
            case _State.BODY:
                yield from self._read_body()
            case _State.SKIP_BODY:
                self._skip_body()
            case _State.SEARCH:
                self._search()

    def _read_header(self) -> Iterator[Fault]:
        end = self._buffer.find(b"\n", 0, self._limits.header_line_bytes + 2)
        if end < 0:
            if len(self._buffer) >= self._limits.header_line_bytes + 2:
                yield self._refuse_line(FaultKind.HEADER_TOO_LONG)
            return
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        if not line:
            del self._buffer[: end + 1]
            yield from self._finish_headers()
            return
        fault = self._accept_header(line)
        if fault is None:
            del self._buffer[: end + 1]
        else:
            yield self._refuse_line(fault)

    def _accept_header(self, line: bytes) -> FaultKind | None:
        header = _HEADER.fullmatch(line)
        if header is None:
            return FaultKind.BAD_HEADER
        self._headers_seen += 1
        if self._headers_seen > self._limits.headers:
            return FaultKind.TOO_MANY_HEADERS
        if header[1].lower() != b"content-length":
            return None
        if not _DECIMAL.fullmatch(header[2]) or self._length not in {None, int(header[2])}:
            return FaultKind.BAD_LENGTH
        self._length = int(header[2])
        return None

    def _finish_headers(self) -> Iterator[Fault]:
        if self._length is None:
            # An empty line between messages is harmless; headers without a length are not.
            if self._headers_seen:
                self._state = _State.SEARCH
                yield Fault(FaultKind.NO_LENGTH)
        elif self._length > self._limits.body_bytes:
            self._state = _State.SKIP_BODY
            yield Fault(FaultKind.BODY_TOO_LARGE)
        else:
            self._state = _State.BODY

    def _read_body(self) -> Iterator[Frame]:
        length = self._length or 0
        if len(self._buffer) < length:
            return
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._start_over()
        yield Frame(body)

    def _skip_body(self) -> None:
        remaining = self._length or 0
        skipped = min(remaining, len(self._buffer))
        del self._buffer[:skipped]
        if skipped == remaining:
            self._start_over()
        else:
            self._length = remaining - skipped

    def _search(self) -> None:
        found = _CONTENT_LENGTH.search(self._buffer)
        if found is not None:
            del self._buffer[: found.start()]
            self._start_over()
        else:
            del self._buffer[:-_OVERLAP_BYTES]

    def _refuse_line(self, kind: FaultKind) -> Fault:
        # One byte goes, so that the search cannot find the line that was just refused.
        del self._buffer[:1]
        self._state = _State.SEARCH
        return Fault(kind)

    def _start_over(self) -> None:
        self._state = _State.HEADERS
        self._length = None
        self._headers_seen = 0


def frame(body: bytes) -> bytes:
    """Puts the header before a body, ready to be sent."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
