"""Judge replies: a score by what an output really shows of what its row asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from prompts_lang.simulate.chance import Chance
from prompts_lang.simulate.schema import fill, properties
from prompts_lang.simulate.teacher.reading import View
from prompts_lang.simulate.world import Criterion, Judge, World, expand, squash


def verdict(world: World, shown: View, chance: Chance) -> Mapping[str, Any]:
    """A score from 0 to 1, in the fields that the schema names."""
    judge = _judge(world, shown)
    if judge is None:
        score, critique = 0.5, "There is no rubric that this simulated world knows."
    else:
        score, critique = _score(world, judge, shown, chance)
    values = {"score": score, "critique": critique, "feedback": critique, "reason": critique, "reasoning": critique}
    if shown.schema is None:
        return {"score": score, "critique": critique}
    filled: Mapping[str, Any] = fill(
        shown.schema, {name: values[name] for name in properties(shown.schema) if name in values}
    )
    return filled


def _judge(world: World, shown: View) -> Judge | None:
    if len(world.judges) == 1:
        return next(iter(world.judges.values()))
    matching = (
        judge for judge in world.judges.values() if any(pattern.search(squash(shown.text)) for pattern in judge.rubric)
    )
    return next(matching, None)


def _score(world: World, judge: Judge, shown: View, chance: Chance) -> tuple[float, str]:
    wanted = _wanted(judge, shown)
    output = shown.find(r"^(the )?outputs?\b", r"\b(draft|reply|response|answer)\b") or shown.text
    flat = squash(output)
    facts = {name: re.escape(value) for row in shown.rows[:1] for name, value in row.facts.items()}
    lacking = [criterion for criterion in wanted if not _shows(criterion, facts, flat)]
    total = sum(criterion.weight for criterion in wanted)
    share = 1 - sum(criterion.weight for criterion in lacking) / total if total else 1.0
    swing = world.dials.judge.noise * (2 * chance.draw("judge") - 1)
    score = round(min(1.0, max(0.0, share**world.dials.judge.severity + swing)), 2)
    return score, " ".join(criterion.critique for criterion in lacking) or "It has everything that the rubric asks for."


def _shows(criterion: Criterion, facts: Mapping[str, str], text: str) -> bool:
    return any(re.search(expand(pattern, facts), text, re.IGNORECASE | re.DOTALL) for pattern in criterion.shows)


def _wanted(judge: Judge, shown: View) -> Sequence[Criterion]:
    needed = {name for row in shown.rows[:1] for name in row.needs.get(judge.name, frozenset())}
    chosen = [criterion for criterion in judge.criteria if criterion.id in needed]
    return chosen or judge.criteria


def asks_for_score(text: str) -> bool:
    """Whether a request without a schema wants a score."""
    return (
        re.search(r"\bscore\b.{0,80}\b(0|zero)\b.{0,20}\b(1|one|10|ten)\b", text, re.IGNORECASE | re.DOTALL) is not None
    )
