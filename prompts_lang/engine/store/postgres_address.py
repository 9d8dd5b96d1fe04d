"""The address of a store on a PostgreSQL server: `postgresql://user@host:5432/database?schema=prompts`.

Invariant: what is shown or sent elsewhere never holds a password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from prompts_lang.errors import UsageError

SCHEMES: Final = ("postgresql", "postgres")
SCHEMA: Final = "prompts"

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_SECRETS: Final = ("password", "sslpassword")
_HINT: Final = "Write it as in `postgresql://user@host:5432/database`."


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """Where a store is.

    Attributes:
        shown: The address as people may see it, and other machines: without a password.
        schema: The schema that holds the tables; one per project.
        url: The address as the client library takes it.
        written: The address as it was written.
    """

    shown: str
    schema: str
    url: str = field(repr=False)
    written: str = field(repr=False)


def read_address(written: str) -> PostgresAddress:
    """Reads an address as it stands in a file, a variable or an option.

    Raises:
        UsageError: It is no address of a PostgreSQL server.
    """
    try:
        parts = urlsplit(written)
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        _ = parts.port
    except ValueError:
        # Not chained: the text of the error may hold the whole address.
        raise UsageError("The address of the store cannot be read.", hint=_HINT) from None
    if parts.scheme not in SCHEMES or not parts.path.strip("/"):
        raise UsageError("The address of the store is not that of a PostgreSQL database.", hint=_HINT)
    schema = dict(query).get("schema", SCHEMA)
    if not _NAME.fullmatch(schema):
        raise UsageError(
            f"The store's schema '{schema}' is not a plain name.",
            hint="Use small letters, digits and underscores, as in `?schema=my_project`.",
        )
    ours = [(name, value) for name, value in query if name != "schema"]
    public = [(name, value) for name, value in query if name not in _SECRETS]
    return PostgresAddress(
        shown=_spelled(parts, _without_password(parts.netloc), public),
        schema=schema,
        url=_spelled(parts, parts.netloc, ours),
        written=written,
    )


def _without_password(netloc: str) -> str:
    user, at, host = netloc.rpartition("@")
    return f"{quote(unquote(user.partition(':')[0]))}{at}{host}"


def _spelled(parts: Any, netloc: str, query: list[tuple[str, str]]) -> str:
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(query, quote_via=quote), ""))
