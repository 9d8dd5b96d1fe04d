"""Where a conversation stands, and what may be called there."""

from enum import Enum, auto

from lsprotocol import types

from prompts_server.messages import ErrorCode, RequestError


class Lifecycle(Enum):
    """Where a connection stands between `initialize` and `exit`."""

    FRESH = auto()
    RUNNING = auto()
    SHUT_DOWN = auto()


def refuse(lifecycle: Lifecycle, method: str) -> RequestError | None:
    """Why a method may not be called at this point of the conversation; None when it may."""
    match lifecycle:
        case Lifecycle.FRESH if method != types.INITIALIZE:
            return RequestError(ErrorCode.NOT_INITIALIZED, "The server is not initialized yet.")
        case Lifecycle.RUNNING if method == types.INITIALIZE:
            return RequestError(ErrorCode.INVALID_REQUEST, "The server is already initialized.")
        case Lifecycle.SHUT_DOWN:
            return RequestError(ErrorCode.INVALID_REQUEST, "The server is shutting down.")
        case _:
            return None
