"""Libraries that come with an extra: imported where they are needed, and asked for by the name of the extra where they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from prompts_lang.errors import UsageError

EMBEDDINGS = "embeddings"
"""The extra for indexes of embeddings on this machine."""
QDRANT = "qdrant"
"""The extra for indexes on a Qdrant server."""
POSTGRES = "postgres"
"""The extra for a store that several machines share."""
DASK = "dask"
"""The extra for rows that run on several machines."""
OTEL = "otel"
"""The extra for traces."""


def library(module: str, extra: str, *, wanted_for: str) -> Any:
    """A module of an optional dependency.

    Args:
        module: Its name.
        extra: The extra of this package that brings it.
        wanted_for: What cannot be done without it.

    Raises:
        UsageError: It is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise  # it is there, and something that it needs is not: another problem, with its own message
        raise UsageError(
            f"{wanted_for} needs the package '{module}', which is not installed.",
            hint=f'Install the extra: pip install "prompts-lang[{extra}]".',
        ) from error
