"""The standard streams: what there is to say gets out in any encoding, and a stream that takes no more is no crash."""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import sys
from contextlib import suppress
from typing import TextIO

import click

ESCAPED = "prompts-escaped"
"""The name of the error handler that spells characters as JSON does."""

_TAKES_NO_MORE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def prepare_streams() -> None:
    """Has characters that a stream's encoding lacks written as `\\u00e9`, which is right in JSON and clear to people.

    They are letters where the encoding is not UTF-8, and halves of surrogate pairs, which JSON data may hold, in any encoding.
    """
    codecs.register_error(ESCAPED, _escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ESCAPED)


def is_about_output(error: OSError) -> bool:
    """Whether an error is that of a stream that takes no more, a full disk below it for instance."""
    return error.filename is None and error.errno in _TAKES_NO_MORE


def tell(message: str) -> None:
    """Says something on standard error, if that can be."""
    try:
        click.echo(message, err=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Lets a stream that takes no more go: whatever is still to be written to it, at the latest when Python ends, vanishes."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end
