"""A worker that does what a script says: `python fake_worker.py SCRIPT`.

SCRIPT is a JSON file: task -> list of steps, and `"handshake"` to replace the first line. Nothing here imports the
project. A step is an event to send, or a trick:

* `{"do": "await-stop"}` waits for the job's stop.
* `{"do": "crash"}` ends the process with code 9.
* `{"do": "say", "line": ...}` writes any line.
* `{"do": "spawn", "file": ...}` starts a child that would live for ever and writes its process id into the file;
  `"detached": true` puts it out of the server's reach.
* `{"do": "deaf"}`: from now on neither `exit` nor the end of the input is heeded.
* `{"do": "keep", "file": ...}` writes the order of the job into the file.
* `{"do": "flood", "count": N}` reports progress N times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any


class Worker:
    def __init__(self, script: dict[str, Any]) -> None:
        self.script = script
        self.lock = threading.Lock()
        self.stops: dict[str, threading.Event] = {}
        self.jobs: list[threading.Thread] = []
        self.deaf = False

    def say(self, line: str) -> None:
        with self.lock:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def run(self) -> None:
        ready = {"event": "ready", "protocol": 1, "version": "fake"}
        self.say(json.dumps(self.script.get("handshake", ready)))
        for line in sys.stdin:
            command = json.loads(line)
            if command["do"] == "exit":
                break
            if command["do"] == "stop":
                self.stops[command["job"]].set()
            else:
                self.stops[command["job"]] = threading.Event()
                thread = threading.Thread(target=self.perform, args=(command,), daemon=True)
                self.jobs.append(thread)
                thread.start()
        if self.deaf:
            threading.Event().wait()

    def perform(self, command: dict[str, Any]) -> None:
        job = command["job"]
        for step in self.script[command["do"]]:
            if step.get("do") == "keep":
                Path(step["file"]).write_text(json.dumps(command))
            else:
                self.step(job, step)

    def step(self, job: str, step: dict[str, Any]) -> None:
        match step.get("do"):
            case None:
                self.say(json.dumps({"job": job, **step}))
            case "await-stop":
                self.stops[job].wait()
            case "crash":
                os._exit(9)
            case "say":
                self.say(step["line"])
            case "deaf":
                self.deaf = True
            case "spawn":
                endless = [sys.executable, "-c", "import threading; threading.Event().wait()"]
                child = subprocess.Popen(endless, start_new_session=step.get("detached", False))
                Path(step["file"]).write_text(str(child.pid))
            case "flood":
                for number in range(step["count"]):
                    self.say(json.dumps({"job": job, "event": "progress", "done": number, "total": step["count"]}))
            case other:
                raise ValueError(other)


if __name__ == "__main__":
    Worker(json.loads(Path(sys.argv[1]).read_text())).run()
    os._exit(0)
