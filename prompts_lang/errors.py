"""The one family of errors that this package raises on purpose.

Every message says what was wrong, where, and what to do about it, in words that a user can act on. Whatever else
escapes is a defect of ours.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


class PromptsError(Exception):
    """The root of the family.

    Args:
        message: What was wrong: a sentence, with its full stop.
        where: The place, in the form that is most useful to jump to: `qa.prompt:12:3`, `multihop/plan`, a path.
        hint: The way out: another sentence.
    """

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Spells the error for another process, with all that its class adds."""
        return _told_again, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        said = self.message if self.where is None else f"{self.where}: {self.message}"
        return said if self.hint is None else f"{said} {self.hint}"


def _told_again(kind: type[PromptsError], args: tuple[object, ...], held: dict[str, object]) -> PromptsError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(held)
    return error


class UsageError(PromptsError):
    """A command, an option or an argument makes no sense."""


class FileError(PromptsError):
    """A file is missing, unreadable or not what it should be."""


class ProgramError(PromptsError):
    """A `.prompt` file has mistakes that keep it from running."""


class DataError(PromptsError):
    """A dataset, a corpus or one of their rows does not fit the graph that uses it."""


class NodeError(PromptsError):
    """A node could not produce its outputs from the inputs that it was given."""


class SandboxError(PromptsError):
    """The sandbox for code could not be set up. What the code itself does wrong is a value, never this error."""


class WorkerError(PromptsError):
    """A process that was to run rows for another one cannot."""


class ProviderFailure(StrEnum):
    """Why a model gave no usable reply."""

    RATE_LIMIT = "rate_limit"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    SERVER = "server"
    MALFORMED = "malformed"
    AUTH = "auth"
    REFUSED = "refused"
    EMPTY = "empty"
    BAD_REQUEST = "bad_request"
    CONTEXT = "context"
    UNKNOWN_MODEL = "unknown_model"
    UNKNOWN_PRICE = "unknown_price"
    SCHEMA = "schema"  # the endpoint takes no response schema; the backend knows now, and the next attempt goes without


class ProviderError(PromptsError):
    """A model gave no usable reply: the row could not be run, which is never a score.

    Args:
        message: What was wrong, already free of secrets.
        kind: Which failure it was; policy depends on it.
        retry_after: Seconds that the provider asked us to wait, where it did.
        status: The HTTP status, where there was one.
        billable: Whether the provider may charge for the attempt all the same: it was sent, and nobody saw how it ended.
        where: As for every error.
        hint: As for every error.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: ProviderFailure,
        retry_after: float | None = None,
        status: int | None = None,
        billable: bool = False,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.kind = kind
        self.retry_after = retry_after
        self.status = status
        self.billable = billable


class BudgetExceeded(PromptsError):  # noqa: N818 - a limit that did its work, not a mistake
    """The next call could take the run over its budget, so it was not made.

    Args:
        message: Which limit, and how far it was used.
        calls: Calls that the run has made so far.
        usd: US dollars that the run has spent so far.
        where: As for every error.
        hint: As for every error.
    """

    def __init__(
        self, message: str, *, calls: int, usd: Decimal, where: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.calls = calls
        self.usd = usd


class StoreFailure(StrEnum):
    """Why the store could not do what it was asked to."""

    LOCKED = "locked"
    FULL = "full"
    NEWER = "newer"
    CORRUPT = "corrupt"
    UNWRITABLE = "unwritable"
    RUN_IN_USE = "run_in_use"
    UNKNOWN_RUN = "unknown_run"


class StoreError(PromptsError):
    """The store could not be opened, read or written. Nothing that it already held was lost by it."""

    def __init__(self, message: str, *, kind: StoreFailure, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, where=where, hint=hint)
        self.kind = kind
