"""Taking secrets out of text that came from outside, before anyone shows, logs or stores it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

MASK: Final = "[secret]"

_NAMED_LIKE_A_SECRET: Final = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH(?!OR)", re.IGNORECASE)
_SHORTEST: Final = 8
"""Shorter values are switches and numbers; masking them would eat ordinary words."""
_SURELY_A_KEY: Final = 16
"""From this length on, a key that stands in a reply is that key and no word of the reply's own."""
_SHAPED_LIKE_A_SECRET: Final = re.compile(
    r"""
    (?: \b(?:sk|pk|rk|gsk|hf|xai|pplx|r8|nvapi|ghp|gho|github_pat)[-_][A-Za-z0-9_*.-]{8,}  # keys with a vendor's prefix
      | \bAIza[A-Za-z0-9_-]{20,}
      | \bAKIA[A-Z0-9]{12,}
      | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*                          # JSON web tokens
    )
    """,
    re.VERBOSE,
)
_PLACE_OF_A_SECRET: Final = re.compile(
    r"""
      ( :// ) [^\s/]+ (?=@)                                                        # https://user:password@host
    | ( (?:[Bb]earer|[Bb]asic)[ ] ) [A-Za-z0-9._~+/=-]{8,}
    | ( \b(?:api[-_]?)?(?:key|token|secret|password|signature|sig)= ) [^\s&"']+     # queries and forms
    """,
    re.VERBOSE,
)


def redact(text: str, environment: Mapping[str, str], named: str | None = None) -> str:
    """Returns `text` with secrets masked: what is shaped like a key, the values of variables named like secrets, and that of `named`."""
    values = {
        value
        for name, value in environment.items()
        if len(value) >= _SHORTEST and (name == named or (_NAMED_LIKE_A_SECRET.search(name) and not _is_path(value)))
    }
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, MASK)
    text = _PLACE_OF_A_SECRET.sub(lambda match: f"{match[1] or match[2] or match[3]}{MASK}", text)
    return _SHAPED_LIKE_A_SECRET.sub(MASK, text)


def holds_key(text: str) -> bool:
    """Whether anything in `text` is shaped like a key."""
    return _SHAPED_LIKE_A_SECRET.search(text) is not None


def without_key(text: str, keys: Iterable[str]) -> str:
    """Returns what a model said without the keys that the call was made with, which an endpoint may echo. Short keys may be words."""
    for key in keys:
        if len(key) >= _SURELY_A_KEY:
            text = text.replace(key, MASK)
    return text


def public(address: str) -> str:
    """Returns an address without the user, the password and the query, which may hold keys."""
    head, mark, rest = address.partition("://")
    if not mark:
        return address
    host, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{head}{mark}{host.rpartition('@')[2]}{slash}{path}"


def _is_path(value: str) -> bool:
    # `SSH_AUTH_SOCK` and its like name a place, which messages must be able to name too.
    return value.startswith(("/", "~", ".")) and " " not in value
