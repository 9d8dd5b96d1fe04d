"""Document URIs: one key for every spelling of the same document, and the path where there is one.

Editors spell one file in several ways (`file:///C:/x`, `file:///c%3A/x`), sometimes within one session. The key is for
looking up; what is sent back to an editor is always its own spelling.
"""

import os
import re
from pathlib import Path
from typing import NewType
from urllib.parse import quote, unquote, urlsplit

UriKey = NewType("UriKey", str)

_DRIVE = re.compile(r"/([A-Za-z]):")
_SAFE_IN_PATHS = "/:@!$&'()*+,;=~"


def key_of(uri: str) -> UriKey:
    """The same key for every spelling of one document's URI."""
    scheme, separator, rest = uri.partition(":")
    if not separator:
        return UriKey(uri)
    if scheme.lower() != "file":
        return UriKey(f"{scheme.lower()}:{unquote(rest)}")
    host, path = _file_parts(uri)
    return UriKey(f"file://{host}{path}")


def path_of(uri: str) -> Path | None:
    """The file that a URI names; None for `untitled:` and every other scheme that names no local file."""
    if uri.partition(":")[0].lower() != "file":
        return None
    host, path = _file_parts(uri)
    if "\0" in path:
        return None
    if host:
        return Path(f"//{host}{path}")
    return Path(path[1:] if os.name == "nt" and _DRIVE.match(path) else path)


def uri_of(path: Path) -> str:
    """The `file:` URI of an absolute path, with a colon after a drive letter as most editors spell it."""
    text = path.as_posix()
    if text.startswith("//"):
        return f"file:{quote(text, safe=_SAFE_IN_PATHS)}"
    rooted = text if text.startswith("/") else f"/{text}"
    return f"file://{quote(_lower_drive(rooted), safe=_SAFE_IN_PATHS)}"


def _file_parts(uri: str) -> tuple[str, str]:
    try:
        parts = urlsplit(uri)
    except ValueError:
        # Something like `file://[`: no host that exists, yet still a key.
        return "", unquote(uri.partition(":")[2])
    host = "" if parts.netloc.lower() == "localhost" else unquote(parts.netloc).lower()
    # A `?` or `#` that an editor left unquoted belongs to the file's name: file URIs have no query.
    rest = parts.path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
    return host, _lower_drive(unquote(rest))


def _lower_drive(path: str) -> str:
    drive = _DRIVE.match(path)
    return path if drive is None else f"/{drive[1].lower()}:{path[3:]}"
