"""Starts the real server with the scripted worker: `python serve_with_fake_worker.py SCRIPT [ARGUMENTS]`."""

import sys
from functools import partial
from pathlib import Path

from prompts_server.command import serve_standard_streams
from prompts_server.worker_client import WorkerClient

if __name__ == "__main__":
    script, *arguments = sys.argv[1:]
    command = (sys.executable, str(Path(__file__).with_name("fake_worker.py")), script)
    sys.exit(serve_standard_streams(arguments, partial(WorkerClient, command=command)))
