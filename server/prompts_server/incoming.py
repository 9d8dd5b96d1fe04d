"""From what the transport delivers to what the protocol handles."""

from prompts_server.messages import ErrorCode, Message, Refusal, read_message
from prompts_server.transport.framing import Fault, FaultKind, Frame
from prompts_server.transport.reader import EndOfStream, Incoming


def decode(item: Incoming) -> Message | Refusal | EndOfStream:
    """The message in a frame, what to answer to bytes that are none, or the end."""
    match item:
        case Frame(body):
            return read_message(body)
        case Fault(kind):
            code = ErrorCode.INVALID_REQUEST if kind is FaultKind.BODY_TOO_LARGE else ErrorCode.PARSE_ERROR
            return Refusal(None, code, f"Skipped bytes: {kind.value}.")
        case EndOfStream():
            return item
