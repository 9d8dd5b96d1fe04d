"""What the protocol is given: the handlers of its methods, and the connection that carries it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Handler = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Routes:
    """What this server answers: a handler for each method, and the types of parameters that the protocol lacks."""

    handlers: Mapping[str, Handler]
    custom_params: Mapping[str, type]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the protocol needs from the connection that carries it.

    Attributes:
        send: Queues one message body.
        processed: Says that one incoming item has been dealt with.
        idle: Called when every message that has arrived is handled.
        ended: Called with the exit code when the conversation is over.
    """

    send: Callable[[bytes], None]
    processed: Callable[[], None]
    idle: Callable[[], None]
    ended: Callable[[int], None]
