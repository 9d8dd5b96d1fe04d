"""The page's own files: an explicit list, so that no address can lead anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}


def static_files() -> Mapping[str, tuple[bytes, str]]:
    """The content and the type of every file of the page, by name; `index.html` is the page. Blocks."""
    folder = files("prompts_server.panel").joinpath("static")
    found: dict[str, tuple[bytes, str]] = {}
    for item in folder.iterdir():
        ending = item.name[item.name.rfind(".") :]
        if item.is_file() and ending in _TYPES:
            found[item.name] = (item.read_bytes(), _TYPES[ending])
    return MappingProxyType(found)
