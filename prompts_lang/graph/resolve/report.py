"""Collects the problems of one declaration while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prompts_lang.graph.problem import Problem, did_you_mean
from prompts_lang.syntax.nodes import Fix, Name
from prompts_lang.text.span import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompts_lang.graph.problem import Check, Related, Severity


@dataclass(slots=True)
class Report:
    """A list of problems under construction; it lives no longer than the reading of one declaration."""

    problems: list[Problem] = field(default_factory=list[Problem])

    def add(
        self,
        check: Check,
        span: Span,
        message: str,
        *,
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Notes one problem."""
        self.problems.append(Problem(check, span, message, related, fix, severity))

    @property
    def failed(self) -> bool:
        """True where at least one error was noted."""
        return any(problem.severity == "error" for problem in self.problems)


def rename_fix(name: Name, known: Iterable[str]) -> Fix | None:
    """A fix that puts the name in that was probably meant."""
    match = did_you_mean(name.text, known)
    return None if match is None else Fix(f"Change to '{match}'", (Edit(name.span, match),))
