"""What a finding and its rewrite may claim."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lsprotocol.types import DiagnosticSeverity

from prompts_server.finding_diagnostics import severity_of
from prompts_server.finding_text import action_title, all_title, effect
from prompts_server.findings import Finding, Suggestion, with_share

FINDING = Finding("f", "run", "qa/reply/system", "hash", "Too long.", verdict="causes", verified=True, rows=("1", "2"))
ALONE = Suggestion("text", True, 0.4, 0.9, (0.3, 0.7), 20)
SET = replace(ALONE, together=3)


@pytest.mark.parametrize(
    ("verified", "failing", "severity"),
    [
        (True, 10, DiagnosticSeverity.Warning),
        (True, 11, DiagnosticSeverity.Information),
        (True, 0, DiagnosticSeverity.Information),
        (False, 2, DiagnosticSeverity.Hint),
    ],
)
def test_only_verified_blame_for_a_fifth_of_the_failing_rows_is_a_warning(
    verified: bool, failing: int, severity: DiagnosticSeverity
) -> None:
    assert severity_of(replace(FINDING, verified=verified, failing=failing)) is severity


def test_the_failing_rows_are_those_that_the_findings_of_a_run_explain() -> None:
    others = [replace(FINDING, id="g", rows=("2", "3")), replace(FINDING, id="h", run="other", rows=("9",))]
    assert [one.failing for one in with_share([FINDING, *others])] == [3, 3, 1]


def test_a_rewrite_that_was_measured_alone_says_its_effect() -> None:
    assert action_title(FINDING.slot, ALONE) == "Rewrite reply system: 40 % → 90 % on 20 held-out rows"
    assert "not proven" in action_title(FINDING.slot, replace(ALONE, proven=False))


def test_a_part_of_a_change_claims_nothing_for_itself() -> None:
    title = action_title(FINDING.slot, SET)
    assert title == "Rewrite reply system alone: measured only together with 2 more"
    assert "%" not in title


def test_all_of_a_change_says_the_effect_and_a_part_does_not() -> None:
    assert all_title(SET, 3) == "Apply all 3 proven rewrites: 40 % → 90 % on 20 held-out rows"
    assert all_title(SET, 3, files=2) == "Apply all 3 proven rewrites in 2 files: 40 % → 90 % on 20 held-out rows"
    assert "%" not in all_title(SET, 2)
    assert effect(SET) == "all 3 rewrites together: 40 % → 90 % on 20 held-out rows"
