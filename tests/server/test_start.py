"""What a start may cost: the server stays light, because an editor starts it for every window."""

from __future__ import annotations

import subprocess
import sys
from typing import cast

from prompts_server.handlers import import_handlers, routes
from prompts_server.session import Session

HEAVY = {
    "litellm",
    "networkx",
    "numpy",
    "aiohttp",
    "openai",
    "bm25s",
    "click",
    "rich",
    "sqlite3",
    "prompts_lang.engine.executor",
    "prompts_lang.features.refactor",
    "prompts_lang.features.rename",
    "prompts_lang.features.navigation",
    "prompts_lang.features.completion.complete",
    "prompts_server.handlers.code_action",
}
"""What the first diagnostics do not need; the last five are imported when they are asked for, or when nobody waits."""


def test_nothing_heavy_is_imported_to_serve_an_editor() -> None:
    program = "import sys, prompts_server.command; print('\\n'.join(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY.isdisjoint(modules)


def test_every_handler_is_there_when_it_is_asked_for() -> None:
    assert len(list(import_handlers())) == len(routes(cast("Session", None)).handlers)


def test_importing_the_package_imports_nothing_else_of_it() -> None:
    program = "import sys, prompts_server; print('\\n'.join(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in modules if name.startswith(("prompts_server.", "pygls", "lsprotocol"))] == []


def test_the_language_knows_nothing_of_the_protocol() -> None:
    """Everything below the server imports without pygls and lsprotocol, and leaves them alone."""
    program = (
        "import sys, pkgutil, importlib, prompts_lang\n"
        "sys.modules['pygls'] = sys.modules['lsprotocol'] = None\n"
        "for layer in ('text', 'syntax', 'graph', 'analysis', 'features', 'worker.protocol'):\n"
        "    package = importlib.import_module('prompts_lang.' + layer)\n"
        "    for found in pkgutil.walk_packages(getattr(package, '__path__', []), package.__name__ + '.'):\n"
        "        importlib.import_module(found.name)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
