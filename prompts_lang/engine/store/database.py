"""Opening the store's SQLite file, and saying in our words what SQLite says in its own.

Invariant: an existing file is never changed, moved or emptied because it could not be read.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prompts_lang.engine.store.schema import APPLICATION_ID, MIGRATIONS, VERSION
from prompts_lang.errors import StoreError, StoreFailure

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

FOLDER: Final = ".prompts"
FILE: Final = "store.sqlite"
IN_MEMORY: Final = ":memory:"
PATIENCE: Final = 30.0
"""Seconds to wait for another process that is writing; its transactions take milliseconds."""

_CHECKPOINT: Final = 4000
"""Pages after which the write-ahead log is brought into the file: each time the event loop waits for the disk, so it is four times
SQLite's own figure, for a log of 16 MB."""
_PRIMARY_CODE: Final = 0xFF
_HINTS: Final = {
    StoreFailure.LOCKED: "Another process is using it. Wait for it to finish, or stop it, and try again.",
    StoreFailure.FULL: "Free some space and try again: everything written so far is safe.",
    StoreFailure.NEWER: "Update prompts-lang, or move the file away to start with an empty store.",
    StoreFailure.CORRUPT: "Move the file away to start with an empty store; no .prompt file depends on it.",
    StoreFailure.UNWRITABLE: "Check that the folder exists, is on a local disk, and may be written to.",
}
_FAILURES: Final = {
    sqlite3.SQLITE_BUSY: StoreFailure.LOCKED,
    sqlite3.SQLITE_LOCKED: StoreFailure.LOCKED,
    sqlite3.SQLITE_FULL: StoreFailure.FULL,
    sqlite3.SQLITE_CORRUPT: StoreFailure.CORRUPT,
    sqlite3.SQLITE_NOTADB: StoreFailure.CORRUPT,
    sqlite3.SQLITE_READONLY: StoreFailure.UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: StoreFailure.UNWRITABLE,
    sqlite3.SQLITE_PERM: StoreFailure.UNWRITABLE,
    sqlite3.SQLITE_IOERR: StoreFailure.UNWRITABLE,
    sqlite3.SQLITE_PROTOCOL: StoreFailure.UNWRITABLE,
}
_SAYS: Final = {
    StoreFailure.LOCKED: "The store is locked.",
    StoreFailure.FULL: "There is no room left to write to the store.",
    StoreFailure.CORRUPT: "The store is damaged, or not a store at all.",
    StoreFailure.UNWRITABLE: "The store cannot be opened or written.",
}


def store_error(kind: StoreFailure, path: str, detail: str | None = None) -> StoreError:
    """Returns the error for a failure, with its usual way out."""
    said = _SAYS[kind] if detail is None else f"{_SAYS[kind]} ({detail}.)"
    return StoreError(said, kind=kind, where=path, hint=_HINTS[kind])


@contextmanager
def speaking_of(path: str) -> Generator[None]:
    """Turns errors of SQLite about the file at `path` into `StoreError`; mistakes in our own statements pass."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        kind = None if code is None else _FAILURES.get(code & _PRIMARY_CODE)
        if kind is None:
            raise
        raise store_error(kind, path, str(error)) from error


def connect(path: str, *, patience: float = PATIENCE) -> sqlite3.Connection:
    """Opens the file, making or updating its tables where needed.

    Args:
        path: The file, or `IN_MEMORY`.
        patience: Seconds to wait for another process that is writing.

    Raises:
        StoreError: The file is locked, damaged, of a newer version, or cannot be written.
    """
    with speaking_of(path):
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, path, patience)
        except BaseException:
            connection.close()
            raise
        return connection


def make_home(home: Path) -> None:
    """Makes the folder `.prompts/` for stores and what stands beside them, unless it is there; git ignores what is in it.

    Raises:
        StoreError: It cannot be made.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        ignore = home / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except FileExistsError as error:
        raise store_error(StoreFailure.UNWRITABLE, str(home), "something that is no folder is in its place") from error
    except OSError as error:
        raise store_error(StoreFailure.UNWRITABLE, str(home), str(error.strerror or error)) from error


def move_aside(folder: Path) -> Path | None:
    """Moves the store of `folder` out of the way, whatever is wrong with it, and returns where it is now.

    The caller makes sure that the user wants this. Nothing is deleted.
    """
    file = folder / FOLDER / FILE
    if not file.exists():
        return None
    aside = file.with_name(f"{FILE}.{datetime.now(UTC):%Y%m%d-%H%M%S-%f}")
    for ending in ("", "-wal", "-shm"):
        part = file.with_name(file.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def _prepare(connection: sqlite3.Connection, path: str, patience: float) -> None:
    version = _version(connection, path)
    if version == 0:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _enter_wal_mode(connection, patience)
    # A killed process loses nothing at this level: only a crash of the machine can take the last transactions along,
    # and leaves the file sound.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")
    if version < VERSION:
        _migrate(connection, path)


def _enter_wal_mode(connection: sqlite3.Connection, patience: float) -> None:
    # SQLite does not wait here when another process is switching the same new file.
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def _migrate(connection: sqlite3.Connection, path: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for version in range(_version(connection, path), VERSION):
            for statement in _statements(MIGRATIONS[version]):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: str) -> int:
    # The tables come first: another process may be making them, and they are there with their marks or not at all.
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables and application != APPLICATION_ID:
        raise store_error(StoreFailure.CORRUPT, path, "it belongs to another program")
    if version > VERSION:
        raise StoreError(
            f"The store was written by a newer version: its format is {version}, this one knows {VERSION}.",
            kind=StoreFailure.NEWER,
            where=path,
            hint=_HINTS[StoreFailure.NEWER],
        )
    return int(version)


def _statements(script: str) -> Iterator[str]:
    # `executescript` would commit the transaction that keeps two processes from migrating at once.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
