"""Connections to the PostgreSQL server that holds a store, and what it says in its own words said in ours.

Invariant: a schema that holds the tables of another program, or of a newer version, is left alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from prompts_lang.engine.extras import POSTGRES, library
from prompts_lang.engine.store.postgres_schema import MIGRATIONS, VERSION
from prompts_lang.errors import StoreError, StoreFailure

if TYPE_CHECKING:
    from collections.abc import Generator

    from prompts_lang.engine.store.postgres_address import PostgresAddress

_CONNECT_TIMEOUT: Final = 10
"""Seconds."""
_SESSION: Final = """
SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4;
SET idle_session_timeout = 0; SET client_min_messages = warning
"""
"""So that the server notices within half a minute when a machine is gone, and takes nobody for gone who only thinks."""
_KEEPALIVES: Final = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4}

_FAILURES: Final = {
    "55P03": StoreFailure.LOCKED,
    "40P01": StoreFailure.LOCKED,
    "53100": StoreFailure.FULL,
    "XX001": StoreFailure.CORRUPT,
    "XX002": StoreFailure.CORRUPT,
    "42501": StoreFailure.UNWRITABLE,
    "25006": StoreFailure.UNWRITABLE,
    "3D000": StoreFailure.UNWRITABLE,
}
_OUTAGES: Final = ("08", "28", "53", "57")
"""Classes of errors that say that the server does not serve: no connection, no admission, no resources, an operator."""
_SAYS: Final = {
    StoreFailure.LOCKED: "The store is locked.",
    StoreFailure.FULL: "The database server has no room left.",
    StoreFailure.CORRUPT: "The store is damaged.",
    StoreFailure.UNWRITABLE: "The store cannot be reached or written.",
}
_HINTS: Final = {
    StoreFailure.LOCKED: "Other processes write to it. Try again.",
    StoreFailure.FULL: "Free some space and try again: everything written so far is safe.",
    StoreFailure.CORRUPT: "Ask the server's administrator.",
    StoreFailure.UNWRITABLE: "Check the address, that the server runs, and that this user may write to the database.",
}


@contextmanager
def speaking_of(shown: str) -> Generator[None]:
    """Turns errors of the server at the address `shown` into `StoreError`; mistakes in our own statements pass."""
    psycopg = client()
    try:
        yield
    except psycopg.Error as error:
        kind = _kind(error.sqlstate, lost=isinstance(error, psycopg.OperationalError))
        if kind is None:
            raise
        detail = " ".join(str(error).split())
        said = f"{_SAYS[kind]} ({detail})"
        raise StoreError(said, kind=kind, where=shown, hint=_HINTS[kind]) from error


def client() -> Any:
    """The client library.

    Raises:
        UsageError: It is not installed.
    """
    return library("psycopg", POSTGRES, wanted_for="A store on a PostgreSQL server")


def connect(address: PostgresAddress) -> Any:
    """Opens a connection on which each statement is a transaction, making or updating the tables where needed.

    Raises:
        StoreError: The server cannot be reached, or the schema is of another program or of a newer version.
        UsageError: The client library is not installed.
    """
    psycopg = client()
    with speaking_of(address.shown):
        connection = psycopg.connect(
            address.url,
            autocommit=True,
            connect_timeout=_CONNECT_TIMEOUT,
            application_name="prompts",
            **_KEEPALIVES,
        )
        try:
            connection.execute(_SESSION)
            connection.execute("SELECT set_config('search_path', %s, false)", (address.schema,))
            if _version(connection, address) < VERSION:
                _migrate(connection, address)
            connection.cursor_factory = psycopg.RawCursor
        except BaseException:
            connection.close()
            raise
        return connection


def _kind(state: str | None, *, lost: bool) -> StoreFailure | None:
    if state is None:
        return StoreFailure.UNWRITABLE if lost else None
    found = _FAILURES.get(state)
    return StoreFailure.UNWRITABLE if found is None and state[:2] in _OUTAGES else found


def _migrate(connection: Any, address: PostgresAddress) -> None:
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"migrate:{address.schema}",))
        version = _version(connection, address)
        if version == 0:
            # Not IF NOT EXISTS: that asks for the right to make schemas even where there is nothing to make.
            if connection.execute("SELECT to_regnamespace(%s) IS NULL", (address.schema,)).fetchone()[0]:
                connection.execute(f"CREATE SCHEMA {address.schema}")
            connection.execute("CREATE TABLE prompts_store (version INTEGER NOT NULL)")
            connection.execute("INSERT INTO prompts_store VALUES (0)")
        for script in MIGRATIONS[version:]:
            connection.execute(script)
        connection.execute("UPDATE prompts_store SET version = %s", (VERSION,))


def _version(connection: Any, address: PostgresAddress) -> int:
    tables = {
        name
        for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (address.schema,))
    }
    if not tables:
        return 0
    if "prompts_store" not in tables:
        raise StoreError(
            f"The schema '{address.schema}' belongs to another program.",
            kind=StoreFailure.CORRUPT,
            where=address.shown,
            hint="Name another one in the address, as in `?schema=my_project`.",
        )
    (version,) = connection.execute("SELECT version FROM prompts_store").fetchone()
    if version > VERSION:
        raise StoreError(
            f"The store was written by a newer version: its format is {version}, this one knows {VERSION}.",
            kind=StoreFailure.NEWER,
            where=address.shown,
            hint="Update prompts-lang, or name another schema in the address.",
        )
    return int(version)
