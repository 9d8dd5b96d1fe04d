"""What goes between the process that leads a run and those that work on it.

Invariant: no value here holds a secret. Keys and passwords are looked up by each worker in its own environment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from prompts_lang.engine.session import litellm_backend, local_sandbox
from prompts_lang.engine.store.account import Share
from prompts_lang.engine.store.model import Budget, Purpose

if TYPE_CHECKING:
    from prompts_lang.engine.execution import Overrides
    from prompts_lang.engine.provider.model import Backend
    from prompts_lang.engine.sandbox.model import Sandbox
    from prompts_lang.engine.values import Run
    from prompts_lang.errors import PromptsError


@dataclass(frozen=True, slots=True)
class Tools:
    """Makes, on each worker, what the worker runs rows with. Both are functions that a worker can import."""

    backend: Callable[[], Backend] = litellm_backend
    sandbox: Callable[[], Sandbox] = local_sandbox


@dataclass(frozen=True, slots=True)
class Assignment:
    """A run, as a worker has to know it.

    Attributes:
        id: Names this leading of the run; a resumed run gets another one.
        run: The run.
        seed: Its seed.
        folder: The folder of its program, the same on every machine.
        store: The address of the store, without a password.
        budget: The limits of all processes together.
        before: The last entry of the ledger that is the run's past.
        remember: Whether replies are taken from the memo and put there.
        processes: How many workers there are.
        tools: Makes what the rows are run with.
    """

    id: str
    run: str
    seed: int
    folder: Path
    store: str
    budget: Budget
    before: int
    remember: bool
    processes: int
    tools: Tools


@dataclass(frozen=True, slots=True)
class Way:
    """How a graph is to be run on a row (see `execution.Settings`)."""

    purpose: Purpose
    replica: int
    overrides: Overrides


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a row: its run, or the error after which nothing can go on; and what the worker's account knows."""

    run: Run | None
    error: PromptsError | None = None
    share: Share = field(default_factory=Share)
