"""The two models that are asked about the graph: the critic says what is wrong, the rewriter proposes what to write instead."""

from __future__ import annotations

from dataclasses import dataclass

from prompts_lang.autodiff.ask import Teacher


@dataclass(frozen=True, slots=True)
class Teachers:
    """Who differentiates and who rewrites."""

    critic: Teacher
    rewriter: Teacher
