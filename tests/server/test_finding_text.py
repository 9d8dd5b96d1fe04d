"""What a finding and its rewrite may claim."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lsprotocol.types import DiagnosticSeverity
from markdown_it import MarkdownIt

from prompts_server.finding_diagnostics import severity_of
from prompts_server.finding_text import action_title, all_title, beside_diagnostics, effect, hover_markdown
from prompts_server.findings import Finding, Placed, State, Suggestion, with_share

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


def test_findings_of_one_section_show_their_rewrite_once_beside_their_diagnostics() -> None:
    sure = Placed(replace(FINDING, suggestion=SET), FINDING.slot, None, State.FRESH)
    doubtful = replace(sure, finding=replace(sure.finding, id="g", verified=False, critique="Too short."))
    elsewhere = replace(sure, finding=replace(sure.finding, id="h", slot="qa/plan/system"))
    (alone,) = beside_diagnostics([sure])
    assert alone.startswith("**Verified fault in reply system**\n\nRewrite: ")
    both, other = beside_diagnostics([doubtful, sure, elsewhere])
    assert both.startswith("**2 faults in reply system, 1 of them verified**\n\nRewrite: ")
    assert both.count("Rewrite: ") == 1
    assert "Too" not in both + other
    assert "plan system" in other


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "```",
        "````\n```",
        "text\n```\n[x](command:evil)",
        "~~~\n~~~",
        "`" * 50 + "\n# head",
        "a\n\n---\n\nb",
        "    ```",
        "<script>",
    ],
)
def test_a_rewrite_is_shown_as_code_that_it_cannot_end(text: str) -> None:
    placed = Placed(replace(FINDING, suggestion=replace(ALONE, text=text)), FINDING.slot, None, State.FRESH)
    tokens = MarkdownIt("commonmark").parse(hover_markdown(placed))
    fences = [token for token in tokens if token.type == "fence"]
    assert [(fence.info, fence.content) for fence in fences] == [("text", f"{text}\n")]
    assert tokens[-1] is fences[0]


def test_a_hostile_finding_is_words_wherever_they_come_from() -> None:
    link = "[x](command:evil) <img src=y> ![z](https://evil.example)"
    finding = replace(FINDING, critique=link, quote=link, rows=(link,), downstream=link, slot=f"qa/reply/{link}")
    for state in (State.FRESH, State.OUTDATED):
        kinds = {
            child.type
            for token in MarkdownIt("commonmark").parse(hover_markdown(Placed(finding, finding.slot, None, state)))
            for child in token.children or ()
        }
        assert kinds <= {"text", "text_special", "strong_open", "strong_close", "em_open", "em_close", "code_inline"}
