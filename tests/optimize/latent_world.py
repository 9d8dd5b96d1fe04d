"""A cheap world in memory for tests of the optimiser: graphs of model calls with hidden rules, a critic and a rewriter with dials.

A node gives a good output for a row when its text states every rule that the row needs there and its inputs are good. Everything is a
hash of its content, as in a real run with a memo; calls are counted where content is new.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from prompts_lang.autodiff.ask import Teacher
from prompts_lang.engine.bound import Bound, call_bound, row_bound
from prompts_lang.engine.provider.model import FinishReason, ModelSpec, Reply, Request
from prompts_lang.engine.store.model import Budget, Purpose, Totals
from prompts_lang.engine.values import Event, EventKey, Origin, Problem, ProblemKind, Run, Score, Status
from prompts_lang.errors import BudgetExceeded, ProviderError, ProviderFailure
from prompts_lang.graph.model import (
    Graph,
    GraphOutput,
    Kind,
    LlmBody,
    Model,
    Node,
    NodeInput,
    Port,
    Reference,
    Section,
    Slot,
    SlotId,
    Source,
)
from prompts_lang.graph.template import parse_template
from prompts_lang.graph.types import TextType
from prompts_lang.optimize.bench import Outcome, Splits
from prompts_lang.optimize.optimize import Job
from prompts_lang.optimize.options import Options

STUDENT = Model("student", "fake/student", retries=0)
TEACHER = Model("teacher", "fake/teacher", retries=0)
TEXT = TextType()
PRICE = Decimal("0.001")


def draw(*parts: object) -> float:
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=7).digest()
    return int.from_bytes(digest) / 2**56


def node(name: str, reads: Sequence[str], *, learn: bool = True, text: str = "Do your part well.") -> Node:
    """A model call that reads the question and other nodes."""
    inputs = [NodeInput("question", TEXT, Source((Reference(None, "question"),)))]
    inputs += [NodeInput(other, TEXT, Source((Reference(other, "out"),))) for other in reads]
    user = "\n".join(f"{each.name}: {{{{{each.name}}}}}" for each in inputs)
    parts = (
        Section("system", "system", parse_template(text), learn=learn),
        Section("user", "user", parse_template(user)),
    )
    return Node(name, Kind.LLM, tuple(inputs), (Port("out", TEXT),), LlmBody(STUDENT, parts))


def graph_of(nodes: Sequence[Node], name: str = "g") -> Graph:
    last = Source((Reference(nodes[-1].name, "out"),))
    return Graph(
        name, Path("/fake.prompt"), (Port("question", TEXT),), (GraphOutput("answer", TEXT, last),), tuple(nodes)
    )


def chain(length: int, name: str = "n") -> Graph:
    return graph_of([node(f"{name}{i}", [f"{name}{i - 1}"] if i else []) for i in range(length)])


def rule(name: str, number: int) -> str:
    return f"Always mind matter {name}-{number} here."


@dataclass(frozen=True)
class Dials:
    recall: float = 0.7
    add: float = 0.9
    attention: int = 2
    noise: float = 0.03
    false_blame: float = 0.1
    decoy: float = 0.1
    harm: float = 0.0
    malformed: float = 0.0
    failing: float = 0.0
    drop_placeholder: float = 0.0


@dataclass
class World:
    """Hidden rules and what each row needs: row -> node -> rule numbers. `luck` rows pass by chance alone (a null world)."""

    graph: Graph
    needs: Mapping[str, Mapping[str, frozenset[int]]]
    splits: Splits
    dials: Dials = field(default_factory=Dials)
    seed: int = 0
    null: float | None = None
    budget: Budget = field(default_factory=Budget)
    stopping: bool = False
    maximize: bool = True
    memo_on: bool = True
    unpriced: int = 0
    calls: int = 0
    cached: int = 0
    log: list[tuple[str, str]] = field(default_factory=list)
    memo: dict[object, object] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    # -- the bench

    def teacher(self, model: Model) -> Teacher:
        return Teacher(self, ModelSpec(model.name, model.id))

    @property
    def totals(self) -> Totals:
        usd = Decimal(self.calls - self.unpriced) / 1000
        return Totals(self.calls, self.cached, unpriced=self.unpriced, usd=usd, tokens_in=100 * self.calls)

    def remaining(self) -> Budget:
        calls = self.budget.calls
        return Budget(None if calls is None else max(calls - self.calls, 0), self.budget.usd)

    def row_bound(self, graph: Graph) -> Bound:
        return row_bound(graph, max_cost=lambda _: PRICE)

    def edit_bound(self, graph: Graph, slots: Collection[SlotId]) -> Bound:
        return row_bound(graph, max_cost=lambda _: PRICE, changed={(slot.graph, slot.node) for slot in slots})

    def call_bound(self, model: Model) -> Bound:
        return call_bound(model, lambda _: PRICE)

    def gold(self, row: str) -> tuple[str, ...]:
        return ()

    def example_rows(self, slot: Slot, rows: Sequence[str]) -> tuple[str, ...]:
        return tuple(rows)

    def dearest_attempt(self, graph: Graph, *teachers: Model) -> Decimal:
        return PRICE

    def unpriced_models(self, graph: Graph, *teachers: Model) -> tuple[str, ...]:
        return ()

    def scored_outputs(self) -> tuple[str, ...]:
        return ("answer",)

    def row_texts(self, row: str) -> tuple[str, ...]:
        return (f"the question of {row}",)

    def statement(self, outcome: Outcome) -> str:
        return f"The metric gave {outcome.value} for {outcome.row}. It got: {outcome.run.outputs.get('answer')}"

    async def measure(
        self, graph: Graph, rows: Sequence[str], *, purpose: Purpose = Purpose.FORWARD
    ) -> tuple[Outcome, ...]:
        return tuple(self._outcome(graph, row, purpose) for row in rows)

    def _outcome(self, graph: Graph, row: str, purpose: Purpose) -> Outcome:
        try:
            run = self.run(graph, row, purpose)
        except BudgetExceeded as error:
            problem = Problem(ProblemKind.BUDGET, str(error))
            return Outcome(Run(row, graph.name, {}, {}, {}, (), problem), Score(row, None, problem=problem))
        good = run.outputs.get("answer", "").startswith("good")
        return Outcome(run, Score(row, float(good)))

    def pay(self, key: object, purpose: str, name: str) -> bool:
        """Books a call unless it is remembered; true where it was remembered."""
        if self.memo_on and key in self.memo:
            self.cached += 1
            return True
        if self.budget.calls is not None and self.calls >= self.budget.calls:
            raise BudgetExceeded("The budget is used up.", calls=self.calls, usd=Decimal(0))
        self.calls += 1
        self.log.append((purpose, name))
        self.memo[key] = True
        return False

    def run(self, graph: Graph, row: str, purpose: Purpose = Purpose.FORWARD) -> Run:
        values: dict[str, str] = {}
        events: list[Event] = []
        for each in graph.nodes:
            inputs = {"question": f"the question of {row}"}
            origins = {"question": (Origin(None, "question"),)}
            for entry in each.inputs[1:]:
                source = entry.source.alternatives[0].node or ""
                inputs[entry.name] = values[source]
                origins[entry.name] = (Origin(EventKey(row, source), "out"),)
            text = each.sections[0].template.source
            self.pay((each.name, each.body.model.name, text, tuple(inputs.items())), purpose.value, each.name)
            values[each.name] = self.output(each, text, row, inputs)
            events.append(
                Event(
                    EventKey(row, each.name),
                    graph.name,
                    each.name,
                    Kind.LLM,
                    Status.DONE,
                    inputs,
                    {"out": values[each.name]},
                    origins,
                )
            )
        last = graph.nodes[-1].name
        origins = {"answer": (Origin(EventKey(row, last), "out"),)}
        return Run(
            row, graph.name, {"question": f"the question of {row}"}, {"answer": values[last]}, origins, tuple(events)
        )

    def output(self, each: Node, text: str, row: str, inputs: Mapping[str, str]) -> str:
        if self.null is not None:
            good = draw(self.seed, "null", each.name, text, row, *inputs.values()) < self.null
            return f"{'good' if good else 'bad'} {each.name} for {row}"
        expert = isinstance(each.body, LlmBody) and each.body.model == TEACHER
        needed = () if expert else sorted(self.needs.get(row, {}).get(each.name, ()))
        missing = [number for number in needed if rule(each.name, number) not in text]
        if any(value.startswith("bad") for value in list(inputs.values())[1:]):
            return f"bad {each.name} for {row}: its input was bad"
        slipped = draw(self.seed, "noise", each.name, text, row) < self.dials.noise
        harmed = "Beware of the decoy" in text and draw(self.seed, "harm", text, row) < self.dials.harm
        if missing or slipped or harmed:
            return f"bad {each.name} for {row}: {missing}"
        return f"good {each.name} for {row}"

    def true_score(self, texts: Mapping[str, str], rows: Sequence[str]) -> float:
        """The noiseless score with these texts by node."""
        good = 0
        for row in rows:
            needs = self.needs.get(row, {})
            good += all(rule(name, number) in texts[name] for name, numbers in needs.items() for number in numbers)
        return good / len(rows)

    # -- the teachers

    async def complete(self, request: Request, *, purpose: Purpose, node: str) -> Reply:
        self.asked.append(request)
        self.pay(request.key, purpose.value, node)
        if draw(self.seed, "down", request.key) < self.dials.failing:
            raise ProviderError("The service is down.", kind=ProviderFailure.SERVER)
        text = request.messages[-1].content
        schema = request.response_schema
        properties = schema["properties"]
        if "messages" in properties:
            value = self.criticise(request.key, text, properties["messages"]["items"]["properties"]["target"]["enum"])
        elif "suspects" in properties:
            value = self.suspect(request.key, text, properties["suspects"]["items"]["properties"]["node"]["enum"])
        else:
            value = self.rewrite(request.key, text)
        reply = json.dumps(value)
        if draw(self.seed, "malformed", request.key) < self.dials.malformed:
            reply = reply[: len(reply) // 2]
        return Reply(reply, FinishReason.STOP, 100, 20, Decimal("0.001"), 0.0, "fake/teacher")

    def criticise(self, key: str, text: str, targets: Sequence[str]) -> object:
        name = re.search(r"# The node \w+/(\w+)", text)[1]
        own = _block(text, "slot:system") or ""
        rows = sorted(set(re.findall(r"for (row\d+)", text)))
        needed = sorted({number for row in rows for number in self.needs.get(row, {}).get(name, ())})
        missing = [number for number in needed if rule(name, number) not in own]
        named = [number for number in missing if draw(self.seed, "recall", key, number) < self.dials.recall][
            : self.dials.attention
        ]
        messages = []
        for target in targets:
            if target.startswith("slot"):
                verdict, critique = "none", ""
                if named:
                    verdict, critique = "causes", " ".join(rule(name, number) for number in named)
                elif draw(self.seed, "false", key) < self.dials.false_blame:
                    verdict, critique = "contributes", "The wording could be clearer."
                messages.append(
                    {"target": target, "verdict": verdict, "critique": critique, "quote": own[:8] if named else ""}
                )
            else:
                bad = f"bad {target.removeprefix('input:')}" in text
                messages.append(
                    {
                        "target": target,
                        "verdict": "causes" if bad else "none",
                        "critique": "It was bad." if bad else "",
                        "quote": "",
                    }
                )
        return {"messages": messages}

    def suspect(self, key: str, text: str, names: Sequence[str]) -> object:
        found = [
            name for name in names if re.search(rf"^{name} .*out = bad {name} for row\d+: \[\d", text, re.MULTILINE)
        ]
        named = [name for name in found if draw(self.seed, "suspect", key, name) < self.dials.recall]
        return {"suspects": [{"node": name, "why": "It is bad."} for name in named[:3]]}

    def rewrite(self, key: str, text: str) -> object:
        name = re.search(r"# The text \w+/(\w+)/", text)[1]
        current = _block(text, "current-text") or ""
        told = sorted(
            {int(number) for number in re.findall(rf"Always mind matter {name}-(\d+) here", text.replace(current, ""))}
        )
        proposals = []
        for index in range(3):
            added = [
                rule(name, number)
                for number in told
                if (index == 0 or draw(self.seed, "half", key, index, number) < 0.5)
                and draw(self.seed, "add", key, index, number) < self.dials.add
            ]
            if draw(self.seed, "decoy", key, index) < self.dials.decoy or not added:
                added.append(f"Beware of the decoy number {int(draw(key, index) * 1000)}.")
            edits = [{"search": "", "replace": "\n".join(added)}]
            mark = re.search(r"⟦.*?⟧", current)
            if mark and draw(self.seed, "drop", key, index) < self.dials.drop_placeholder:
                edits.append({"search": mark[0], "replace": ""})
            proposals.append({"idea": f"idea {index} of {int(draw(key) * 1000)}", "edits": edits})
        return {"proposals": proposals}


def _block(text: str, label: str) -> str | None:
    match = re.search(rf"<{label}-(\w+)>\n(.*?)\n</{label}-\1>", text, re.DOTALL)
    return match[2] if match else None


def rows(count: int, start: int = 0) -> tuple[str, ...]:
    return tuple(f"row{number}" for number in range(start, start + count))


def world_of(
    graph: Graph,
    *,
    rules: int = 3,
    per_row: int = 2,
    size: tuple[int, int, int] = (30, 30, 30),
    seed: int = 0,
    **options: object,
) -> World:
    """A world in which each row needs a few of the rules, spread over the nodes; every node has `rules` of them."""
    train, validation, test = size
    everything = rows(train + validation + test)
    names = [each.name for each in graph.nodes if any(section.learn for section in each.sections)]
    needs: dict[str, dict[str, frozenset[int]]] = {}
    for row in everything:
        needs[row] = {}
        for name in names:
            order = sorted(range(rules), key=lambda number: draw(seed, "needs", row, name, number))
            count = int(draw(seed, "count", row, name) * (per_row + 1))
            needs[row][name] = frozenset(order[:count])
    splits = Splits(everything[:train], everything[train : train + validation], everything[train + validation :])
    return World(graph, needs, splits, seed=seed, **options)  # type: ignore[arg-type]


def job_of(world: World, **options: object) -> Job:
    return Job(world.graph, TEACHER, TEACHER, Options(seed=world.seed, **options))  # type: ignore[arg-type]


def with_dials(world: World, **dials: float) -> World:
    world.dials = replace(world.dials, **dials)
    return world


def layered(count: int, *, seed: int = 0, width: int = 10, fan_in: int = 3, learned: float = 1.0) -> Graph:
    """A random layered DAG whose last node reads the last layer. Every node reads up to `fan_in` of the layer before."""
    nodes: list[Node] = []
    layers: list[list[str]] = [[]]
    for index in range(count - 1):
        if len(layers[-1]) == width:
            layers.append([])
        above = layers[-2] if len(layers) > 1 else []
        order = sorted(above, key=lambda name: draw(seed, "edge", index, name))
        nodes.append(node(f"n{index}", sorted(order[:fan_in]), learn=draw(seed, "learn", index) < learned))
        layers[-1].append(f"n{index}")
    nodes.append(node("last", layers[-1]))
    return graph_of(nodes)


def ancestors(graph: Graph) -> set[str]:
    """The nodes on a path to the output."""
    found = {graph.nodes[-1].name}
    for each in reversed(graph.nodes):
        if each.name in found:
            found |= {
                reference.node for entry in each.inputs for reference in entry.source.alternatives if reference.node
            }
    return found


def planted(
    graph: Graph,
    *,
    defects: int = 1,
    size: tuple[int, int, int] = (12, 12, 12),
    seed: int = 0,
    share: float = 0.7,
    **options: object,
) -> World:
    """A world in which a few nodes on the path lack one rule that most rows need; every other node is in order."""
    everything = rows(sum(size))
    learned = [
        each.name
        for each in graph.nodes
        if each.name in ancestors(graph) and any(section.learn for section in each.sections)
    ]
    culprits = sorted(learned, key=lambda name: draw(seed, "culprit", name))[:defects]
    needs = {
        row: {name: frozenset({0}) for name in culprits if draw(seed, "needed", row, name) < share}
        for row in everything
    }
    train, validation, _ = size
    splits = Splits(everything[:train], everything[train : train + validation], everything[train + validation :])
    return World(graph, needs, splits, seed=seed, **options)  # type: ignore[arg-type]
