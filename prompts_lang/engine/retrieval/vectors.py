"""Vectors of texts in one SQLite file, searched by the `sqlite-vec` extension.

The file keeps vectors by content: the model that made one, and the digest of its text. So every corpus of a folder shares it, a document
is paid for once whatever happens around it, and one that comes back after it was gone is still there. Search compares with every document
of a corpus: exact, and the same answer every time.

The connection is `apsw`'s, which brings an SQLite of its own: that of many Pythons cannot load extensions.

Invariants: writes are transactions of a file in WAL mode, so that several processes may use it; methods may be called from any thread; a
file that is not ours is never changed.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prompts_lang.engine.extras import EMBEDDINGS, library
from prompts_lang.engine.store.database import IN_MEMORY, PATIENCE, store_error
from prompts_lang.errors import DataError, StoreFailure

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from prompts_lang.engine.provider.embedding import Vector

_LOG: Final = logging.getLogger(__name__)

FILE: Final = "vectors.sqlite"
"""Its name in `.prompts/`."""

_APPLICATION_ID: Final = 0x50524D56
"""`PRMV`: tells our file from any other SQLite file."""
_VERSION: Final = 1

_TABLES: Final = """
CREATE TABLE vectors (
  id INTEGER PRIMARY KEY, model TEXT NOT NULL, text BLOB NOT NULL, paid TEXT NOT NULL, vector BLOB NOT NULL,
  UNIQUE (model, text)
)
"""
_VERSION_OF: Final = """
SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_master)
FROM pragma_application_id AS a, pragma_user_version AS v
"""
_WANTED: Final = "CREATE TEMP TABLE wanted (place INTEGER PRIMARY KEY, text BLOB NOT NULL)"
# CROSS JOIN keeps the order of the tables: each wanted text is looked up in the index of all vectors, which may hold many more.
_MISSING: Final = """
SELECT min (w.place) FROM wanted AS w LEFT JOIN vectors AS v ON v.model = ? AND v.text = w.text
WHERE v.id IS NULL GROUP BY w.text ORDER BY min (w.place)
"""
_PAID: Final = """
SELECT DISTINCT v.paid FROM wanted AS w CROSS JOIN vectors AS v ON v.text = w.text WHERE v.model = ? ORDER BY v.paid
"""
_SIZES: Final = """
SELECT DISTINCT length (v.vector) FROM wanted AS w CROSS JOIN vectors AS v ON v.text = w.text WHERE v.model = ?
"""
_SEARCH: Final = """
SELECT w.place, vec_distance_cosine (v.vector, ?) AS distance
FROM wanted AS w CROSS JOIN vectors AS v ON v.model = ? AND v.text = w.text
WHERE distance IS NOT NULL ORDER BY distance, w.place LIMIT ?
"""
_PUT: Final = "INSERT OR IGNORE INTO vectors (model, text, paid, vector) VALUES (?, ?, ?, ?)"
_COPY: Final = """
INSERT OR IGNORE INTO main.vectors (model, text, paid, vector)
SELECT k.model, k.text, k.paid, k.vector FROM kept.vectors AS k JOIN wanted AS w ON k.text = w.text WHERE k.model = ?
"""

_FAILURES: Final = {
    "BusyError": StoreFailure.LOCKED,
    "LockedError": StoreFailure.LOCKED,
    "FullError": StoreFailure.FULL,
    "CorruptError": StoreFailure.CORRUPT,
    "NotADBError": StoreFailure.CORRUPT,
    "ReadOnlyError": StoreFailure.UNWRITABLE,
    "CantOpenError": StoreFailure.UNWRITABLE,
    "PermissionsError": StoreFailure.UNWRITABLE,
    "IOError": StoreFailure.UNWRITABLE,
}


class VectorIndex:
    """The vectors of one corpus by one model, in a file that others share.

    Args:
        path: The file, made where it is not there; None for an index that lasts as long as this object.
        model: Names the model that makes the vectors; those of different models are never compared.
        texts: The texts to search among, in the order that decides between equal ones.
        kept: For an index without a file: a file to take vectors from, if it is there. It is only read.

    Raises:
        UsageError: The extra is not installed.
        StoreError: The file cannot be opened.
    """

    def __init__(self, path: Path | None, model: str, texts: Sequence[str], *, kept: Path | None = None) -> None:
        self.model = model
        self.path = path
        self._digests = tuple(map(_digest, texts))
        self._name = IN_MEMORY if path is None else str(path)
        self._using = threading.Lock()
        self._comparable: int | None = None  # bytes of a vector that was seen to fit to all that are kept
        wanted_for = "An index of embeddings"
        self._apsw: Any = library("apsw", EMBEDDINGS, wanted_for=wanted_for)
        extension: Any = library("sqlite_vec", EMBEDDINGS, wanted_for=wanted_for)
        with self._speaking():
            flags = self._apsw.SQLITE_OPEN_READWRITE | self._apsw.SQLITE_OPEN_CREATE | self._apsw.SQLITE_OPEN_URI
            self._connection: Any = self._apsw.Connection(self._name, flags=flags)
            self._connection.set_busy_timeout(int(PATIENCE * 1000))
            self._connection.enable_load_extension(True)
            self._connection.load_extension(extension.loadable_path())
            self._connection.enable_load_extension(False)
            self._prepare()
            self._connection.execute(_WANTED)
            with self._transaction("DEFERRED"):
                self._connection.executemany("INSERT INTO wanted VALUES (?, ?)", enumerate(self._digests))
        if path is None and kept is not None and kept.is_file():
            self._take_from(kept)

    def missing(self) -> tuple[int, ...]:
        """The places of the texts that have no vector yet, each different text once."""
        return tuple(place for (place,) in self._select(_MISSING, self.model))

    def paid(self) -> tuple[str, ...]:
        """The keys of the calls that the vectors of this corpus were paid with."""
        return tuple(key for (key,) in self._select(_PAID, self.model))

    def put(self, vectors: Mapping[int, Vector], paid: str) -> None:
        """Keeps the vectors of the texts at some places. A vector that is there already stays: the first draw counts."""
        rows = [(self.model, self._digests[place], paid, vector) for place, vector in vectors.items()]
        with self._using, self._speaking(), self._transaction("IMMEDIATE"):
            self._connection.executemany(_PUT, rows)

    def search(self, vector: Vector, top: int) -> tuple[tuple[int, float], ...]:
        """The places of the nearest texts and their cosine similarities, the nearest first.

        Raises:
            DataError: The vector cannot be compared with those that are kept.
        """
        if len(vector) != self._comparable:
            self._compare_sizes(vector)
        found = self._select(_SEARCH, vector, self.model, top)
        return tuple((place, 1.0 - distance) for place, distance in found)

    def close(self) -> None:
        """Closes the file. It may be called twice."""
        with self._using:
            self._connection.close()

    def _compare_sizes(self, vector: Vector) -> None:
        sizes = {size for (size,) in self._select(_SIZES, self.model)}
        if sizes - {len(vector)}:
            raise DataError(
                f"The model {self.model} makes other vectors than it did when the index was built.",
                where=self._name,
                hint="Delete the file, and it is built anew. All documents are paid for again.",
            )
        self._comparable = len(vector)

    def _prepare(self) -> None:
        connection = self._connection
        if (version := self._version()) < _VERSION:
            self._enter_wal_mode()
            with self._transaction("IMMEDIATE"):
                if self._version() < _VERSION:  # nobody else was faster
                    connection.execute(_TABLES)
                    connection.pragma("application_id", _APPLICATION_ID)
                    connection.pragma("user_version", _VERSION)
        elif version > _VERSION:
            raise store_error(StoreFailure.NEWER, self._name)
        connection.pragma("synchronous", "normal")

    @contextmanager
    def _transaction(self, mode: str) -> Generator[None]:
        # Not the connection's own context manager: that waits for a lock without letting the thread go on that holds it.
        self._connection.execute(f"BEGIN {mode}")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if (
                self._connection.in_transaction
            ):  # SQLite has rolled back by itself after some errors, a full disk among them
                self._connection.execute("ROLLBACK")
            raise

    def _version(self) -> int:
        application, version, tables = self._connection.execute(_VERSION_OF).fetchone()
        if tables and application != _APPLICATION_ID:
            raise store_error(StoreFailure.CORRUPT, self._name, "it belongs to another program")
        return version

    def _enter_wal_mode(self) -> None:
        # SQLite does not wait here when another process is switching the same new file.
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._connection.pragma("journal_mode", "wal")
            except self._apsw.BusyError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.005)
            else:
                return

    def _take_from(self, kept: Path) -> None:
        with self._using:
            try:
                self._connection.execute("ATTACH ? AS kept", (f"{kept.absolute().as_uri()}?mode=ro",))
                self._connection.execute(_COPY, (self.model,))
                self._connection.execute("DETACH kept")
            except self._apsw.Error as error:
                # It would have saved calls and is nobody's data here: without it, they are made.
                _LOG.warning("The vectors in %s cannot be used: %s", kept, error)

    def _select(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._using, self._speaking():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _speaking(self) -> Generator[None]:
        try:
            yield
        except self._apsw.Error as error:
            kind = _FAILURES.get(type(error).__name__)
            if kind is None:
                raise
            raise store_error(kind, self._name, str(error)) from error


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
