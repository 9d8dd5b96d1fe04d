"""Takes standard input and output for the protocol alone.

After `take_standard_streams` nobody else in the process, nor a child, can read the editor's messages or write between
ours: descriptor 0 reads as empty, descriptor 1 and `sys.stdout` lead to standard error. A stray `print` is then a line
in the log rather than a broken connection.
"""

import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """The two descriptors of a connection, private to this process."""

    incoming: int
    outgoing: int


def take_standard_streams() -> Channel:
    """Moves the process's standard input and output to private descriptors.

    Raises:
        OSError: Standard input or output is closed.
    """
    sys.stdout.flush()
    channel = Channel(incoming=os.dup(0), outgoing=os.dup(1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return channel
