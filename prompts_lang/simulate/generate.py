"""Makes worlds to measure on: random layered graphs with planted defects, as a `.prompt` file, rows and a world that fit together.

Every node does the same kind of work: it hands a case on as "in order" if what it got was in order and if its prompt states the rules
that the case needs there. Some nodes are defective: they have hidden rules that their prompts do not state. Equal specifications give
equal projects.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from prompts_lang.errors import UsageError
from prompts_lang.simulate.chance import Chance

GRAPH = "line"
"""The name of the generated graph."""

# fmt: off
_QUALITIES = (
    "amber", "blue", "cracked", "double", "early", "faint", "green", "heavy", "inner", "joined", "left", "metal", "narrow", "outer",
)
_THINGS = (
    "seal", "label", "valve", "hinge", "ledger", "stamp", "cable", "socket", "bracket", "gauge", "filter", "rail", "spring", "crate",
)
# fmt: on
_HARMLESS = ("Work through the case step by step.", "Write in plain language.", "Keep the order of the parts.")


@dataclass(frozen=True, slots=True)
class Specification:
    """What to generate.

    Attributes:
        nodes: Model calls in the graph, at least 1.
        layers: Depth; by default about the square root of the number of nodes, or a chain of up to four.
        defects: Nodes with hidden rules; 0 makes a null world, in which no edit can gain anything.
        rules: Hidden rules per defective node.
        rows: Rows of the dataset, split 40/30/30.
        noise: Probability that a row goes wrong somewhere although nothing is missing.
        missed: Shares of rows that need 0, 1, 2, … of the hidden rules.
        harm: How much harm a decoy does where a prompt states it.
        dials: Dials of the world, by group.
        budget: What stands in the optimize block.
        seed: Another seed gives another graph, other rows and other draws.
    """

    nodes: int = 4
    layers: int | None = None
    defects: int = 2
    rules: int = 1
    rows: int = 60
    noise: float = 0.05
    missed: tuple[float, ...] = (0.2, 0.4, 0.3, 0.1)
    harm: float = 0.3
    dials: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    budget: str = "600 calls"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Project:
    """A generated project. `prompt` is the text of its file; `defective` and `wiring` are by node name."""

    prompt: str
    world: Mapping[str, Any]
    rows: tuple[Mapping[str, str], ...]
    wiring: Mapping[str, tuple[str, ...]]
    defective: Mapping[str, tuple[str, ...]]

    def write(self, folder: Path) -> Path:
        """Writes `line.prompt`, `rows.jsonl` and `world.json` into a folder, and returns the path of the first."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "world.json").write_text(json.dumps(self.world, indent=1) + "\n", encoding="utf-8")
        (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in self.rows), encoding="utf-8")
        path = folder / f"{GRAPH}.prompt"
        path.write_text(self.prompt, encoding="utf-8")
        return path


def generate(specification: Specification) -> Project:
    """Generates a project.

    Raises:
        UsageError: the specification makes no sense, such as more defects than nodes.
    """
    _check(specification)
    chance = Chance.of("generate", specification.seed, specification.nodes)
    wiring = _wiring(specification, chance)
    defective = {
        name: tuple(f"{name}-{number}" for number in range(specification.rules))
        for name in sorted(chance.shuffled(tuple(wiring), "defects")[: specification.defects])
    }
    subjects = _subjects([rule for rules in defective.values() for rule in rules], chance)
    needs = list(_needs(specification, subjects, chance))
    answers = [
        f"{chance.pick(_QUALITIES, 'answer', row)} {chance.pick(_THINGS, 'answer thing', row)}"
        for row in range(specification.rows)
    ]
    rows = tuple(
        {"id": f"row-{row:04d}", "case": f"case {row:04d}", "answer": answer} for row, answer in enumerate(answers)
    )
    world = {
        "version": 1,
        "name": f"line of {specification.nodes}",
        "seed": specification.seed,
        "models": {"student": {}, "teacher": {"expertise": 0.95}},
        "dials": _dials(specification),
        "nodes": {
            f"{GRAPH}/{name}": _world_node(
                specification,
                name,
                reads,
                {rule: subjects[rule] for rule in defective.get(name, ())},
                last=name == _last(wiring),
            )
            for name, reads in wiring.items()
        },
        "rows": [
            {"keys": [row["case"]], "facts": {"case": row["case"], "answer": row["answer"]}, "needs": _by_node(needed)}
            for row, needed in zip(rows, needs, strict=True)
        ],
    }
    return Project(_prompt(specification, wiring), world, rows, wiring, defective)


# ---------------------------------------------------------------------------------------------------------------- wiring


def _wiring(specification: Specification, chance: Chance) -> Mapping[str, tuple[str, ...]]:
    """Nodes in topological order with the nodes they read. Every node reaches the last one; those of the first layer read nothing."""
    layers = _layers(specification)
    reads: dict[str, list[str]] = {name: [] for layer in layers for name in layer}
    for above, below in pairwise(layers):
        for name in above:
            reads[chance.pick(below, "consumer", name)].append(name)
        for name in below:
            extra = chance.pick(above, "producer", name)
            if not reads[name] or chance.hit(0.3, "extra", name):
                reads[name].append(extra)
    return {name: tuple(sorted(set(read))) for name, read in reads.items()}


def _layers(specification: Specification) -> Sequence[Sequence[str]]:
    """The nodes in layers as even as can be, the last of which is a single node."""
    total = specification.nodes
    depth = specification.layers or (total if total <= 4 else max(2, round(total**0.5)))
    width = digits = len(str(total))
    names = [f"n{number:0{digits}d}" for number in range(1, total + 1)]
    if depth == 1:
        return [names]
    upper, last = names[:-1], names[-1:]
    width = -(-len(upper) // (depth - 1))
    return [*(upper[start : start + width] for start in range(0, len(upper), width)), last]


def _last(wiring: Mapping[str, tuple[str, ...]]) -> str:
    return list(wiring)[-1]


# ------------------------------------------------------------------------------------------------------------- the world


def _world_node(
    specification: Specification, name: str, reads: tuple[str, ...], rules: Mapping[str, str], *, last: bool
) -> Mapping[str, Any]:
    good = {"answer": "{{answer}}"} if last else {"report": f"{{{{case}}}}: {name} in order"}
    output = next(iter(good))
    missed = "{{case}}: unclear" if last else f"{{{{case}}}}: {name} left open"
    return {
        "template": _user_text(name, reads),
        "evidence": [{"input": read, "contains": f"{read} in order"} for read in reads],
        "good": good,
        "faults": [
            {"when": "blind", "outputs": {output: missed}},
            *(
                {"when": rule, "outputs": {output: f"{missed}, the {subject} was not looked at"}}
                for rule, subject in rules.items()
            ),
            {"when": "noise", "outputs": {output: missed}},
        ],
        "rules": [_rule(rule, subject) for rule, subject in rules.items()],
        "decoys": [
            *({"text": text} for text in _HARMLESS),
            {"text": "Guess where the report is unclear.", "harm": specification.harm},
        ],
    }


def _dials(specification: Specification) -> Mapping[str, Mapping[str, float]]:
    per_node = 1 - (1 - specification.noise) ** (1 / specification.nodes)
    groups = {group: dict(dials) for group, dials in specification.dials.items()}
    return {**groups, "student": {"noise": per_node, **groups.get("student", {})}}


def _rule(rule: str, subject: str) -> Mapping[str, Any]:
    return {
        "id": rule,
        "statement": f"Look at the {subject} of every case before you report it in order.",
        "symptom": f"The {subject} of the case was not looked at.",
        "wordings": [
            rf"\b(look\w*|check\w*|inspect\w*|mind\w*|examin\w*)\b[^.]{{0,60}}\b{subject}\b(?!\w* (?:of the case )?was not)"
        ],
        "inserts": [
            f"Look at the {subject} of every case.",
            f"Always check the {subject} before you report.",
            f"Inspect each case's {subject} as well.",
        ],
    }


def _subjects(rules: Sequence[str], chance: Chance) -> Mapping[str, str]:
    """A thing to look at for each rule, different for all of them."""
    pairs = [f"{quality} {thing}" for quality in _QUALITIES for thing in _THINGS]
    return dict(zip(rules, chance.shuffled(pairs, "subjects"), strict=False))


def _needs(specification: Specification, subjects: Mapping[str, str], chance: Chance) -> Iterator[tuple[str, ...]]:
    """The hidden rules that each row needs. The rows that miss just one share the rules out evenly."""
    rules = list(subjects)
    total = sum(specification.missed)
    for row in range(specification.rows):
        draw, count = chance.draw("missed", row) * total, 0
        while count < len(specification.missed) - 1 and draw >= specification.missed[count]:
            draw -= specification.missed[count]
            count += 1
        start = row % len(rules) if rules else 0
        others = chance.shuffled(rules[:start] + rules[start + 1 :], "needs", row)
        yield tuple(sorted([*rules[start : start + 1], *others][:count]))


def _by_node(needed: Sequence[str]) -> Mapping[str, list[str]]:
    table: dict[str, list[str]] = {}
    for rule in needed:
        table.setdefault(f"{GRAPH}/{rule.partition('-')[0]}", []).append(rule)
    return table


# -------------------------------------------------------------------------------------------------------------- the file


def _prompt(specification: Specification, wiring: Mapping[str, tuple[str, ...]]) -> str:
    last = _last(wiring)
    head = f"""\
language 1

model student = "simulated/student"
  base "./world.json"
  temperature 0
model teacher = "simulated/teacher"
  base "./world.json"

dataset rows from "rows.jsonl"
  expect answer
  split 40/30/30

graph {GRAPH}(case: text) -> answer = {last}.answer
"""
    tail = f"""\
metric score(answer, expected) = exact

optimize {GRAPH} on rows
  maximize score
  critic teacher
  rewriter teacher
  budget {specification.budget}
  rounds 10
  seed {specification.seed}
"""
    return "\n".join([head, *(_declaration(name, reads, last=name == last) for name, reads in wiring.items()), tail])


def _declaration(name: str, reads: tuple[str, ...], *, last: bool) -> str:
    inputs = ", ".join(f"{read} = {read}.report" for read in reads) or "case"
    text = "\n".join(f"    {line}" for line in _user_text(name, reads).splitlines())
    return f"""\
llm {name}({inputs}) -> {"answer" if last else "report"}: text
  model student
  learn system:
    Do the work of station {name}, and report on the case.
  user:
{text}
"""


def _user_text(name: str, reads: tuple[str, ...]) -> str:
    lines = [f"From {read}: {{{{{read}}}}}" for read in reads] or ["Case: {{case}}"]
    return "\n".join([f"You are station {name}.", *lines])


def _check(specification: Specification) -> None:
    if not 1 <= specification.nodes <= 9_999:
        raise UsageError("A generated graph has 1 to 9999 nodes.")
    if not 0 <= specification.defects <= specification.nodes:
        raise UsageError("There cannot be more defective nodes than nodes.")
    if specification.defects * specification.rules > len(_QUALITIES) * len(_THINGS):
        raise UsageError(f"A generated world has at most {len(_QUALITIES) * len(_THINGS)} hidden rules.")
