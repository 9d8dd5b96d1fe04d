"""The worlds that everybody is measured on, and what a contestant is given of them.

Invariant: a contestant gets the task (graph, starting texts, training and validation rows) and an address; the hidden rules stay here.
Only Prompts is given the held-out rows as well, because its report measures on them; its search does not look at them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prompts_lang.simulate.generate import GRAPH, Project, Specification, generate
from prompts_lang.simulate.load import read_world
from prompts_lang.simulate.world import World

BUDGET, SMALL_BUDGET = 3_000, 1_500
"""Calls that a contestant may make, as the endpoint counts them: on the four-node and the large graph, and on all others."""

TRAIN, VALIDATION, HELD_OUT = 30, 30, 60
"""Rows per part."""

_DIALS: Mapping[str, Mapping[str, float]] = {"critic": {"recall": 0.7}}
"""The critic names a missing rule 70 % of the time; the other dials stand at the defaults of the simulation."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A kind of world. `seeds` is how many of it are made, and `budget` the calls per contestant, when nothing else is asked for."""

    title: str
    specification: Specification
    seeds: int = 3
    budget: int = SMALL_BUDGET


def _setting(
    title: str,
    *,
    seeds: int = 3,
    budget: int = SMALL_BUDGET,
    dials: Mapping[str, Mapping[str, float]] = _DIALS,
    **knobs: Any,
) -> Setting:
    rows = TRAIN + VALIDATION + HELD_OUT
    return Setting(title, Specification(rows=rows, dials=dials, budget=f"{budget} calls", **knobs), seeds, budget)


SETTINGS: Mapping[str, Setting] = {
    "single": _setting("one node, 3 hidden rules", nodes=1, defects=1, rules=3),
    "chain": _setting("chain of two nodes, 4 hidden rules", nodes=2, defects=2, rules=2),
    "multihop": _setting(
        "four nodes in three layers, 6 hidden rules in 3 of them",
        budget=BUDGET,
        nodes=4,
        layers=3,
        defects=3,
        rules=2,
    ),
    "large": _setting("60 nodes, 6 hidden rules in 6 of them", budget=BUDGET, nodes=60, defects=6, rules=1),
    "null": _setting("four nodes, nothing to gain, 40 % noise", nodes=4, layers=3, defects=0, noise=0.4),
    # The second table: the two-node chain with one dial turned at a time.
    "weak-critic": _setting(
        "chain, critic right 40 % and wrongly blaming 30 % of the time",
        nodes=2,
        defects=2,
        rules=2,
        dials={"critic": {"recall": 0.4, "false_blame": 0.3}},
    ),
    "noisy": _setting("chain, 20 % noise", nodes=2, defects=2, rules=2, noise=0.2),
    "faulty": _setting(
        "chain, 2 % of calls refused with 429, 2 % with 500",
        nodes=2,
        defects=2,
        rules=2,
        dials={**_DIALS, "service": {"rate_limited": 0.02, "retry_after": 0.05, "server_error": 0.02}},
    ),
    "careless": _setting(
        "chain, rewriter that forgets 5 % of its lines, adds harmful advice 25 % and breaks the format 10 % of the time",
        nodes=2,
        defects=2,
        rules=2,
        dials={**_DIALS, "rewriter": {"keep": 0.95, "decoy": 0.25, "break_format": 0.1}},
    ),
}

FIRST_TABLE = ("single", "chain", "multihop", "large", "null")
"""The worlds of the main table; all others vary one dial."""


@dataclass(frozen=True, slots=True)
class Arena:
    """One generated world with its task. `rows` are by part."""

    name: str
    seed: int
    project: Project
    world: World
    rows: Mapping[str, tuple[Mapping[str, str], ...]]

    @property
    def starting_texts(self) -> Mapping[str, str]:
        """The learned text of every node before anybody touched it."""
        return {name: f"Do the work of station {name}, and report on the case." for name in self.project.wiring}

    def task(self, base: str, folder: Path, *, budget: int) -> Mapping[str, Any]:
        """What a contestant is told, as JSON."""
        nodes = [
            {
                "name": name,
                "reads": list(reads),
                "system": self.starting_texts[name],
                "user": self.project.world["nodes"][f"{GRAPH}/{name}"]["template"],
                "output": next(iter(self.project.world["nodes"][f"{GRAPH}/{name}"]["good"])),
            }
            for name, reads in self.project.wiring.items()
        ]
        return {
            "base": base,
            "budget": budget,
            "seed": self.seed,
            "folder": str(folder),
            "student": "student",
            "teacher": "teacher",
            "nodes": nodes,
            "train": list(self.rows["train"]),
            "validation": list(self.rows["validation"]),
        }

    def prompt_file(self, base: str, budget: int) -> str:
        """The graph in our own language, with its models at an address and its rows split as everybody's are."""
        text = self.project.prompt.replace("simulated/", "openai/").replace('base "./world.json"', f'base "{base}"')
        text = text.replace("split 40/30/30", "split by part")
        return re.sub(r"budget \d+ calls", f"budget {budget} calls", text)

    def labelled_rows(self) -> list[Mapping[str, str]]:
        """All rows with the part that each belongs to, as `split by part` reads them."""
        return [{**row, "part": part} for part, rows in self.rows.items() for row in rows]


def arena(name: str, seed: int) -> Arena:
    """Makes a world of a kind. Equal names and seeds give equal worlds."""
    project = generate(replace(SETTINGS[name].specification, seed=seed))
    data = {**project.world, "nodes": {key: _with_dspy(key, node) for key, node in project.world["nodes"].items()}}
    rows = project.rows
    parts = {
        "train": rows[:TRAIN],
        "validation": rows[TRAIN : TRAIN + VALIDATION],
        "test": rows[TRAIN + VALIDATION :],
    }
    return Arena(name, seed, project, read_world(data, name=name), parts)


def _with_dspy(key: str, node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node, recognised as well where DSPy lays out the same words in sections of its own.

    DSPy has no user template: the frozen first line is an input field `station`, the others are one field per input.
    """
    station = re.escape(f"You are station {key.rpartition('/')[2]}.")
    names = re.findall(r"\{\{(\w+)\}\}", node["template"])
    fields = "".join(rf"\[\[ ## {name} ## \]\]\s*(?P<{name}>.*?)\s*" for name in names)
    asked = rf"\[\[ ## station ## \]\]\s*{station}\s*{fields}Respond with the corresponding output fields.*"
    shown = rf'"station": "{station}"'
    return {**node, "patterns": [asked, shown]}
