"""The command: reads its arguments, takes the standard streams, serves one editor, returns an exit code."""

import argparse
import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass

from prompts_server.connection import converse
from prompts_server.job_control import CreateWorker
from prompts_server.log import logging_to_standard_error
from prompts_server.transport.framing import Limits
from prompts_server.transport.streams import take_standard_streams
from prompts_server.worker_client import WorkerClient

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    client_process_id: int | None
    log_level: str
    limits: Limits


def serve_standard_streams(arguments: Sequence[str] | None, create_worker: CreateWorker = WorkerClient) -> int:
    """Serves one editor over standard input and output; see `prompts_server.main`."""
    options = _parse(arguments)
    channel = take_standard_streams()
    with logging_to_standard_error(options.log_level):
        return asyncio.run(converse(channel, options.limits, options.client_process_id, create_worker))


def _parse(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="prompts lsp", description="The language server for prompt graphs, on standard input and output."
    )
    parser.add_argument(
        "--stdio", action="store_true", help="accepted because editors pass it; standard streams are the only transport"
    )
    parser.add_argument("--clientProcessId", type=int, metavar="N", help="leave when the process N dies")
    parser.add_argument(
        "--log-level",
        default=os.environ.get("PROMPTS_LOG", "warning"),
        choices=["debug", "info", "warning", "error"],
        help="what to write to standard error (default: %(default)s)",
    )
    parser.add_argument(
        "--max-message-bytes",
        type=int,
        default=Limits().body_bytes,
        metavar="N",
        help="refuse larger messages (default: %(default)s)",
    )
    known, unknown = parser.parse_known_args(arguments)
    if unknown:
        # Editors add arguments of their own; refusing to start would cost people their editor's support.
        logger.warning("ignored the arguments %s", " ".join(unknown))
    return Options(known.clientProcessId, known.log_level.upper(), Limits(body_bytes=known.max_message_bytes))
