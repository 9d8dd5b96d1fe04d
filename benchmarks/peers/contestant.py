"""What every adapter shares, with the standard library alone: reading the task, scoring a reply, saying which texts are adopted when.

An adapter is run as `python X_peer.py TASK.json OUT.jsonl`. It writes one line per adopted candidate, with the calls and tokens that the
endpoint had counted at that moment; the last line is what the tool would hand to its user.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from pathlib import Path


class Task:
    """The task as the adapter was given it."""

    def __init__(self, task_path, out_path):
        self.data = json.loads(Path(task_path).read_text(encoding="utf-8"))
        self.out = Path(out_path)
        self.base = self.data["base"]
        self.budget = self.data["budget"]
        self.seed = self.data["seed"]
        self.folder = Path(self.data["folder"])
        self.nodes = self.data["nodes"]
        self.train = self.data["train"]
        self.validation = self.data["validation"]
        self.started = time.monotonic()

    @classmethod
    def from_arguments(cls):
        """The task that the command line names."""
        return cls(*sys.argv[1:3])

    @property
    def last(self):
        """The name of the node whose output is the answer."""
        return self.nodes[-1]["name"]

    def adopt(self, texts, claimed, **more):
        """Writes down that these texts (by node) are the tool's best from now on, and what score it believes they have."""
        stats = self.stats()
        line = {
            "calls": stats.get("calls", 0),
            "tokens": stats.get("prompt_tokens", 0) + stats.get("completion_tokens", 0),
            "seconds": round(time.monotonic() - self.started, 3),
            "claimed": claimed,
            "texts": texts,
            **more,
        }
        with self.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def stats(self):
        """The endpoint's own counters. Asking is free."""
        address = self.base.removesuffix("/v1") + "/stats"
        with urllib.request.urlopen(address, timeout=30) as reply:  # noqa: S310 - the harness's own loopback address
            return json.load(reply)


def render(node, values):
    """The user's part of a node's prompt: its template with the values of the inputs."""
    text = node["user"]
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def inputs_of(node, case, outputs):
    """What a node reads, by name: the outputs of the nodes before it, or the case itself."""
    return {name: outputs[name] for name in node["reads"]} or {"case": case}


def score(answer, expected):
    """The metric: exact match."""
    return float(str(answer).strip() == expected)


def complaint(answer, expected):
    """The metric in words, for tools that learn from words. The same for everybody."""
    if score(answer, expected):
        return "The answer is right."
    return f"The answer is wrong. It should have been exactly: {expected}. It was: {answer}"
