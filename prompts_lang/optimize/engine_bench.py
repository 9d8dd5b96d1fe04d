"""The bench of the real engine: a session's models, rows and account, and an objective's metric."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from prompts_lang.autodiff.ask import Complete, Teacher
from prompts_lang.autodiff.blocks import shown
from prompts_lang.data.dataset import Row
from prompts_lang.data.splitting import Split
from prompts_lang.engine.bound import Bound, MaxCost, call_bound, models_of, row_bound
from prompts_lang.engine.evaluate import measure
from prompts_lang.engine.metrics.score import Scorer
from prompts_lang.engine.nodes.llm import can_show
from prompts_lang.engine.objective import Objective
from prompts_lang.engine.provider.declared import model_spec
from prompts_lang.engine.retrieval.recall import gold_of
from prompts_lang.engine.session import Session
from prompts_lang.engine.store.model import Budget, Purpose, Totals
from prompts_lang.graph.model import Examples, Graph, Model, Slot, SlotId
from prompts_lang.graph.types import JsonValue
from prompts_lang.optimize.bench import Outcome, Splits

_SHOWN = 1_200
"""Characters of one value in the statement of a loss."""


class EngineBench:
    """Runs and scores rows with the engine. Implements `bench.Bench`.

    Args:
        session: The models, the account and the store. It should serve nothing else meanwhile.
        objective: The graph's dataset and metric.
        max_cost: The most that a call of a model can cost (see `dearest_calls`), for the bound in money.

    Raises:
        FileError: The dataset cannot be read.
        DataError: A row is not what it should be.
    """

    def __init__(self, session: Session, objective: Objective, max_cost: MaxCost) -> None:
        self._session = session
        self._objective = objective
        self._max_cost = max_cost
        rows = session.resources.rows(objective.dataset)
        self._rows: Mapping[str, Row] = {row.id: row for row in rows}
        by_split = {split: tuple(row.id for row in rows if row.split is split) for split in Split}
        self._splits = Splits(by_split[Split.TRAIN], by_split[Split.VALIDATION], by_split[Split.TEST])
        self._reads = Scorer(objective.metric, objective.graph, objective.dataset, session.services).reads

    @property
    def splits(self) -> Splits:
        """The dataset's rows by split."""
        return self._splits

    @property
    def totals(self) -> Totals:
        """What the run has used so far."""
        return self._session.account.totals

    @property
    def maximize(self) -> bool:
        """Whether a higher value of the metric is better."""
        return self._objective.maximize

    @property
    def stopping(self) -> bool:
        """Whether the session was asked to stop."""
        return self._session.stopping

    def remaining(self) -> Budget:
        """What is left of the budget."""
        return self._session.account.remaining()

    def teacher(self, model: Model) -> Teacher:
        """The way to the critic or the rewriter."""
        services = self._session.services
        caller: Complete = services.caller
        return Teacher(caller, model_spec(model, services.environ))

    def row_bound(self, graph: Graph) -> Bound:
        """The most that one row can cost, its scoring included. Maps are taken at one item."""
        return row_bound(graph, self._objective.metric, max_cost=self._max_cost)

    def edit_bound(self, graph: Graph, slots: Collection[SlotId]) -> Bound:
        """The most that a row can cost whose run is remembered, but for new texts in these slots."""
        changed = {(slot.graph, slot.node) for slot in slots}
        return row_bound(graph, self._objective.metric, max_cost=self._max_cost, changed=changed)

    def call_bound(self, model: Model) -> Bound:
        """The most that one question to the critic or the rewriter can cost."""
        return call_bound(model, self._max_cost)

    def dearest_attempt(self, graph: Graph, *teachers: Model) -> Decimal | None:
        """The most that any one attempt of a call can cost in US dollars; None where that is not known."""
        costs = [self._max_cost(model) for model in self._asked(graph, teachers)]
        known = [cost for cost in costs if cost is not None]
        return max(known, default=Decimal(0)) if len(known) == len(costs) else None

    def unpriced_models(self, graph: Graph, *teachers: Model) -> tuple[str, ...]:
        """The names of the models for which that is not known: there is no price for them, or no limit of what they read."""
        names = (model.name for model in self._asked(graph, teachers) if self._max_cost(model) is None)
        return tuple(dict.fromkeys(names))

    def _asked(self, graph: Graph, teachers: Sequence[Model]) -> Iterator[Model]:
        """All models that a run can ask, fallbacks included."""
        for model in (*models_of(graph, self._objective.metric), *teachers):
            asked: Model | None = model
            while asked is not None:
                yield asked
                asked = asked.fallback

    async def measure(
        self, graph: Graph, rows: Sequence[str], *, purpose: Purpose = Purpose.FORWARD
    ) -> tuple[Outcome, ...]:
        """Runs and scores rows side by side, in the order given."""
        chosen = [self._rows[row] for row in rows]
        # Of the texts as they stand in the file, the store keeps what happened; candidates are too many.
        as_written = graph is self._objective.graph
        scored = await measure(self._session, self._objective, graph, chosen, purpose=purpose, keep_events=as_written)
        return tuple(Outcome(each.run, each.score) for each in scored)

    def scored_outputs(self) -> tuple[str, ...]:
        """The graph's outputs that the metric reads."""
        return self._reads

    def statement(self, outcome: Outcome) -> str:
        """The loss of a row, for the critic: the score, what was asked, given and expected, and what the metric says."""
        score = outcome.score
        lines = [f"The metric {self._objective.metric.name} gave {score.value or 0.0:.2f}, where 1.00 is perfect."]
        lines += [f"Input {name}: {shown(value, _SHOWN)}" for name, value in outcome.run.inputs.items()]
        for name in self._reads:
            given = shown(outcome.run.outputs[name], _SHOWN) if name in outcome.run.outputs else "nothing"
            lines.append(f"Output {name}: {given}")
        if score.expected is not None:
            lines.append(f"Expected: {shown(score.expected, _SHOWN)}")
        if score.feedback:
            lines.append(f"Feedback: {shown(score.feedback, _SHOWN)}")
        return "\n".join(lines)

    def gold(self, row: str) -> tuple[str, ...]:
        """The passages that a row says should be retrieved."""
        return gold_of(self._rows[row].values)

    def example_rows(self, slot: Slot, rows: Sequence[str]) -> tuple[str, ...]:
        """The rows that can stand in an examples slot."""
        examples = slot.section
        if not isinstance(examples, Examples):
            raise TypeError(f"{slot.id} is a text, not a choice of examples")
        own = examples.dataset == self._objective.dataset
        there = self._session.resources.rows_by_id(examples.dataset)
        meant = rows if own else [row.id for row in there.values() if row.split is Split.TRAIN]
        return tuple(name for name in meant if can_show(slot.node, examples, there[name]))

    def row_texts(self, row: str) -> tuple[str, ...]:
        """All texts of a row."""
        return tuple(_texts(dict(self._rows[row].values)))


def _texts(value: JsonValue) -> Iterator[str]:
    pending = [value]
    while pending:
        match pending.pop():
            case str(text):
                yield text
            case list(items):
                pending.extend(items)
            case dict(fields):
                pending.extend(fields.values())
            case _:
                pass
