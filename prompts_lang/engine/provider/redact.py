"""Taking secrets out of text that came from outside, before anyone shows, logs or stores it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

MASK: Final = "[secret]"

_NAMED_LIKE_A_SECRET: Final = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH", re.IGNORECASE)
_SHORTEST: Final = 8
"""Shorter values are switches and numbers; masking them would eat ordinary words."""
_SHAPED_LIKE_A_SECRET: Final = re.compile(
    r"""
    (?: \b(?:sk|pk|rk|gsk|hf|xai|pplx|r8|nvapi|ghp|gho|github_pat)[-_][A-Za-z0-9_*.-]{8,}  # keys with a vendor's prefix
      | \bAIza[A-Za-z0-9_-]{20,}
      | \bAKIA[A-Z0-9]{12,}
      | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*                          # JSON web tokens
      | (?<=[Bb]earer\ )[A-Za-z0-9._~+/=-]{8,}
      | (?<=://)[^\s/@]+:[^\s/@]+(?=@)                                                     # user:password@host
      | (?<=[?&]key=)[^\s&"']+
      | (?<=api_key=)[^\s&"']+
    )
    """,
    re.VERBOSE,
)


def redact(text: str, environment: Mapping[str, str]) -> str:
    """Returns `text` with secrets masked: values of variables named like secrets, and what is shaped like a key."""
    values = {
        value
        for name, value in environment.items()
        if len(value) >= _SHORTEST and _NAMED_LIKE_A_SECRET.search(name) and not _is_path(value)
    }
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, MASK)
    return _SHAPED_LIKE_A_SECRET.sub(MASK, text)


def _is_path(value: str) -> bool:
    # `SSH_AUTH_SOCK` and its like name a place, which messages must be able to name too.
    return value.startswith(("/", "~", ".")) and " " not in value
