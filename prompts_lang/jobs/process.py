"""What a process of ours does before it runs anything. An application that imports the library keeps its own settings."""

from __future__ import annotations

import gc
import os

from prompts_lang.engine.tracing.setup import set_up

COLLECT = (20_000, 10, 100)
"""When Python looks for garbage (`gc.set_threshold`): a run makes a great many objects that last, and hardly any cycles. At Python's own
figures looking for them takes a fifth of the engine's time."""


def prepare_process() -> None:
    """Sets up tracing where the environment asks for it, and the search for garbage.

    Raises:
        UsageError: The environment asks for tracing that cannot be had.
    """
    set_up(os.environ)
    gc.freeze()
    gc.set_threshold(*COLLECT)
