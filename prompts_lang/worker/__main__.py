"""The worker process: `python -m prompts_lang.worker`. It speaks `protocol` on standard input and output until its input ends."""

from __future__ import annotations

import os
import sys

from prompts_lang.jobs.process import prepare_process
from prompts_lang.worker.service import serve


def main() -> None:
    """Keeps the real standard output for the protocol: whatever a library prints goes to standard error."""
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.stdout = sys.stderr
    prepare_process()
    serve(sys.stdin.buffer, channel)


if __name__ == "__main__":
    main()
