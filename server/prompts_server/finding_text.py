"""What a finding and its rewrite say to people: the title of a code action and the text of a hover."""

from collections.abc import Sequence

from prompts_lang.features.hover import plain, quoted
from prompts_server.findings import Placed, State, Suggestion
from prompts_server.report_text import percent

_MAX_ROWS = 5


def action_title(slot: str, suggestion: Suggestion) -> str:
    """The title of "apply rewrite": with the measured effect and its sample, which a part of a larger change does not have."""
    section = " ".join(slot.split("/")[1:])
    if suggestion.together > 1:
        return f"Rewrite {section} alone: measured only together with {suggestion.together - 1} more"
    return f"Rewrite {section}: {effect(suggestion)}"


def all_title(suggestion: Suggestion, count: int, *, files: int = 1) -> str:
    """The title of "apply all": with the measured effect where these rewrites are the whole change that was measured.

    Args:
        suggestion: One of the rewrites.
        count: How many rewrites are applied.
        files: In how many files they stand.
    """
    if count < suggestion.together:
        return f"Apply {count} proven rewrites of {suggestion.together} that were measured together"
    where = f" in {files} files" if files > 1 else ""
    return f"Apply all {count} proven rewrites{where}: {_change(suggestion)}"


def effect(suggestion: Suggestion) -> str:
    """What the change that a rewrite is part of achieved, and how that is known."""
    whole = f"all {suggestion.together} rewrites together: " if suggestion.together > 1 else ""
    return f"{whole}{_change(suggestion)}{'' if suggestion.proven else ', not proven'}"


def _change(suggestion: Suggestion) -> str:
    if suggestion.before is None or suggestion.after is None:
        return "not measured on held-out rows"
    sample = f" on {suggestion.rows} held-out rows" if suggestion.rows else ""
    return f"{percent(suggestion.before)} → {percent(suggestion.after)}{sample}"


def hover_markdown(placed: Placed) -> str:
    """A finding with its evidence."""
    finding = placed.finding
    parts = [f"**{_heading([placed])}**", *_evidence(placed)]
    if finding.suggestion is not None:
        parts.append(_suggestion_markdown(finding.suggestion, placed.state))
    return "\n\n".join(parts)


def beside_diagnostics(findings: Sequence[Placed]) -> list[str]:
    """What the diagnostics of findings do not say: how sure they are, and the rewrite, which those of one section share."""
    told: dict[tuple[str, str | None, State], list[Placed]] = {}
    for placed in findings:
        suggestion = placed.finding.suggestion
        text = None if suggestion is None else suggestion.text
        told.setdefault((placed.finding.slot, text, placed.state), []).append(placed)
    parts: list[str] = []
    for (_, _, state), group in told.items():
        suggestion = group[0].finding.suggestion
        rewrite = [] if suggestion is None else [_suggestion_markdown(suggestion, state)]
        parts.append("\n\n".join([f"**{_heading(group)}**", *rewrite]))
    return parts


def settled_markdown(settled: Sequence[Placed]) -> list[str]:
    """What is known of a text that is a tested rewrite: what it mended and how that was measured; nothing where there is no such text."""
    tested = next((placed.finding.suggestion for placed in settled if placed.finding.suggestion is not None), None)
    if tested is None:
        return []
    head = f"**Tested rewrite: {plain(effect(tested))}.**{_gain(tested)}"
    faults = ["\n\n".join(_evidence(placed)) for placed in settled]
    return ["\n\n".join((head, "What was wrong with the text before:", *faults))]


def _evidence(placed: Placed) -> list[str]:
    finding = placed.finding
    parts: list[str] = []
    if placed.state is State.OUTDATED:
        parts.append("*From before your edit.*")
    parts.append(plain(finding.critique))
    if finding.quote:
        parts.append(f"Words at fault: {quoted(finding.quote)}")
    if finding.rows:
        shown = ", ".join(map(plain, finding.rows[:_MAX_ROWS]))
        more = len(finding.rows) - _MAX_ROWS
        parts.append(f"Failing rows: {shown}" + (f" and {more} more" if more > 0 else ""))
    if finding.downstream is not None:
        parts.append(f"The failure shows at {plain(finding.downstream)}.")
    return parts


def _heading(group: Sequence[Placed]) -> str:
    """`Verified fault in reply system`, or `2 faults in reply system, 1 of them verified`."""
    place = plain(" ".join(group[0].finding.slot.split("/")[1:]))
    verified = sum(placed.finding.verified for placed in group)
    if len(group) == 1:
        return f"{'Verified' if verified else 'Suspected'} fault in {place}"
    return f"{len(group)} faults in {place}, {verified or 'none'} of them verified"


def _suggestion_markdown(suggestion: Suggestion, state: State) -> str:
    withdrawn = " It was made for the text before your edit." if state is State.OUTDATED else ""
    return f"Rewrite: {plain(effect(suggestion))}.{_gain(suggestion)}{withdrawn}\n\n{_fenced(suggestion.text)}"


def _gain(suggestion: Suggestion) -> str:
    """How sure the gain is, in points of a score of 100; nothing where that was not measured."""
    if suggestion.interval is None:
        return ""
    low, high = (round(100 * bound) for bound in suggestion.interval)
    return f" Gain: {low} to {high} points."


def _fenced(text: str) -> str:
    """Text as a code block that it cannot end itself: the fence is longer than any run of backticks in it."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
