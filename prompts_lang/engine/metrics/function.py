"""Metrics by a function of the user's, in the sandbox: `score(output, expected)` gives a number, or a number and feedback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prompts_lang.data.content import content_key
from prompts_lang.engine.metrics.judge import Verdict
from prompts_lang.engine.nodes.code import KINDS, lasting, recorded
from prompts_lang.engine.sandbox.model import Limits, SandboxProblemKind
from prompts_lang.engine.values import Problem, ProblemKind

if TYPE_CHECKING:
    from prompts_lang.engine.nodes.protocol import Services
    from prompts_lang.graph.model import FunctionMetric
    from prompts_lang.graph.types import JsonValue


async def measure(metric: FunctionMetric, values: Mapping[str, JsonValue], services: Services) -> Verdict:
    """Calls the function with the metric's inputs in their order, or recalls what it gave before.

    A function that fails, or returns something else, gives no score: a mistake in a metric is not the graph's.
    """
    unit = services.resources.function(metric.function, ("score",), positional=True)
    arguments = dict(values)
    key = content_key("metric", [unit.digest, list(arguments.values())])

    async def execute() -> tuple[JsonValue, bool]:
        result = await services.sandbox.call(unit.code, arguments, Limits())
        return recorded(result), lasting(result)

    record, _ = await services.results.get(key, execute)
    assert isinstance(record, dict)  # noqa: S101  made by `recorded`
    where = f"{metric.function.path.name}:{metric.function.name}"
    if "kind" in record:
        kind = KINDS[SandboxProblemKind(str(record["kind"]))]
        return Verdict(None, problem=Problem(kind, f"the metric {where} failed: {record['message']}"))
    value = record["value"]
    return _verdict(value["score"] if isinstance(value, dict) else None, where)


def _verdict(returned: JsonValue, where: str) -> Verdict:
    score, feedback = returned, ""
    if isinstance(returned, dict):
        score, feedback = returned.get("score"), str(returned.get("feedback") or "")
    if not isinstance(score, int | float):
        message = f"the metric {where} must return a number, or an object with 'score' and 'feedback', not {returned!r}"
        return Verdict(None, problem=Problem(ProblemKind.SCHEMA, message))
    if not 0 <= score <= 1:
        message = f"the metric {where} returned {score}; a score lies between 0 and 1"
        return Verdict(None, problem=Problem(ProblemKind.SCHEMA, message))
    return Verdict(float(score), feedback)
