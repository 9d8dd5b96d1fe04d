"""The sandbox of a job: the level that a project requires, and the one that was in force."""

from __future__ import annotations

from pathlib import Path

from prompts_lang.data.settings import project_table
from prompts_lang.engine.sandbox.local import LocalSandbox
from prompts_lang.engine.sandbox.model import Level
from prompts_lang.engine.session import Session
from prompts_lang.errors import FileError, UsageError


def sandbox_at(level: str | None) -> LocalSandbox:
    """A sandbox that runs no code below a level, by its name; any level will do where none is named.

    Raises:
        UsageError: there is no such level.
    """
    return LocalSandbox(at_least=Level.LIMITS if level is None else Level.parse(level))


def project_sandbox(folder: Path) -> LocalSandbox:
    """The sandbox that the project of a folder asks for: `sandbox = "namespaces"` in `[tool.prompts]`.

    Raises:
        FileError: the project's table cannot be read, or names no level.
    """
    path, table = project_table(folder)
    wanted = table.get("sandbox")
    try:
        return sandbox_at(None if wanted is None else str(wanted))
    except UsageError as error:
        raise FileError(f"[tool.prompts] sandbox: {error.message}", where=str(path), hint=error.hint) from error


def level_in_force(session: Session) -> str | None:
    """The name of the level at which the session's code ran; None where it ran none, or the memo had all its results."""
    sandbox = session.services.sandbox
    detection = sandbox.detection if isinstance(sandbox, LocalSandbox) else None
    return None if detection is None else detection.level.label
