"""Cutting a byte stream into messages: the same result however the bytes arrive, whatever they are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_server.transport.framing import Fault, FaultKind, Frame, FrameDecoder, Limits, frame

SMALL = Limits(header_line_bytes=40, headers=3, body_bytes=50)


def decode(data: bytes, limits: Limits = SMALL) -> list[Frame | Fault]:
    return list(FrameDecoder(limits).feed(data))


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 2\r\n\r\n",
        b"content-length:2\r\n\r\n",
        b"CONTENT-LENGTH \t:\t 2 \r\n\r\n",
        b"Content-Length: 2\n\n",
        b"Content-Length: 002\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n",
        b"Content-Type: application/x\r\nContent-Length: 2\r\n\r\n",
        b"\r\n\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_every_legal_spelling_of_the_header_is_read(header: bytes) -> None:
    assert decode(header + b"{}") == [Frame(b"{}")]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"Content-Length: -1\r\n\r\n", FaultKind.BAD_LENGTH),
        (b"Content-Length: 1e3\r\n\r\n", FaultKind.BAD_LENGTH),
        (b"Content-Length: " + b"9" * 20 + b"\r\n\r\n", FaultKind.BAD_LENGTH),
        (b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", FaultKind.BAD_LENGTH),
        (b"Content-Length:\r\n\r\n", FaultKind.BAD_LENGTH),
        (b"Content-Type: x\r\n\r\n{}", FaultKind.NO_LENGTH),
        (b"nothing like a header\r\n", FaultKind.BAD_HEADER),
        (b"A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n", FaultKind.TOO_MANY_HEADERS),
        (b"A: " + b"x" * 100, FaultKind.HEADER_TOO_LONG),
        (b"Content-Length: 51\r\n\r\n" + b"x" * 51, FaultKind.BODY_TOO_LARGE),
        (b'{"jsonrpc":"2.0"}', None),
    ],
)
def test_a_bad_message_is_one_fault_and_the_next_message_is_read(data: bytes, kind: FaultKind | None) -> None:
    faults = [] if kind is None else [Fault(kind)]
    if kind is None:
        # Without a line end there is nothing to judge yet; the next message shows that it was garbage.
        faults = [Fault(FaultKind.BAD_HEADER)]
    assert decode(data + frame(b"next")) == [*faults, Frame(b"next")]


def test_a_body_that_is_too_large_is_never_held() -> None:
    decoder = FrameDecoder(SMALL)
    assert list(decoder.feed(b"Content-Length: 100000000000\r\n\r\n")) == [Fault(FaultKind.BODY_TOO_LARGE)]
    for _ in range(100):
        assert list(decoder.feed(b"x" * 1000)) == []
        assert len(decoder._buffer) == 0


def test_an_endless_header_line_is_never_held() -> None:
    decoder = FrameDecoder(SMALL)
    found = [item for _ in range(100) for item in decoder.feed(b"x" * 1000)]
    assert found == [Fault(FaultKind.HEADER_TOO_LONG)]
    assert len(decoder._buffer) < 1000


pieces = st.one_of(
    st.binary(max_size=60),
    st.binary(max_size=60).map(frame),
    st.sampled_from([b"Content-Length", b": ", b"3", b"\r\n", b"\n", b"content-length:", b"x" * 45]),
)


@given(st.lists(pieces, max_size=12), st.data())
def test_chunks_make_no_difference(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    chunks = [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]
    decoder = FrameDecoder(SMALL)
    assert [item for chunk in chunks for item in decoder.feed(chunk)] == decode(stream)


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_what_is_framed_is_read_back(bodies: list[bytes]) -> None:
    assert decode(b"".join(map(frame, bodies))) == list(map(Frame, bodies))
