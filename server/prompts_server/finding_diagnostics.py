"""Findings as diagnostics: how loud a finding is, and how it says that it is from before an edit."""

from lsprotocol import types

from prompts_lang.graph.project import FileMeaning
from prompts_lang.syntax import nodes
from prompts_lang.text import Document
from prompts_server.findings import Finding, Placed, State
from prompts_server.to_lsp import Places, range_of

SOURCE = "prompts optimize"
CODE = "finding"

WARNING_SHARE = 0.2
"""The share of the failing rows from which on a verified finding is a warning."""

_QUIETER = {
    types.DiagnosticSeverity.Warning: types.DiagnosticSeverity.Information,
    types.DiagnosticSeverity.Information: types.DiagnosticSeverity.Hint,
    types.DiagnosticSeverity.Hint: types.DiagnosticSeverity.Hint,
}


def finding_diagnostic(
    places: Places, meaning: FileMeaning, content: Document, placed: Placed
) -> types.Diagnostic | None:
    """A finding as a diagnostic; None while there is nothing to show."""
    if placed.span is None or placed.state is State.SETTLED:
        return None
    outdated = placed.state is State.OUTDATED
    severity = severity_of(placed.finding)
    return types.Diagnostic(
        range=range_of(content, placed.span, places.encoding),
        message=f"Outdated: {placed.finding.critique}" if outdated else placed.finding.critique,
        severity=_QUIETER[severity] if outdated else severity,
        code=CODE,
        source=SOURCE,
        related_information=(_related(places, meaning, placed.finding) or None) if places.related else None,
        data={"finding": placed.finding.id},
    )


def severity_of(finding: Finding) -> types.DiagnosticSeverity:
    """What the critic merely claims is a hint; verified blame is a warning only where it explains much of what fails."""
    if not finding.verified:
        return types.DiagnosticSeverity.Hint
    if finding.failing and len(finding.rows) >= WARNING_SHARE * finding.failing:
        return types.DiagnosticSeverity.Warning
    return types.DiagnosticSeverity.Information


def _related(places: Places, meaning: FileMeaning, finding: Finding) -> list[types.DiagnosticRelatedInformation]:
    """The node where the failure shows, and the dataset whose rows show it."""
    graph = finding.slot.partition("/")[0]
    explained = [
        (f"{graph}/{finding.downstream}", "The failure shows here."),
        (_dataset(meaning), f"Failing rows: {', '.join(finding.rows)}."),
    ]
    related: list[types.DiagnosticRelatedInformation] = []
    for anchor, message in explained:
        entry = None if anchor is None else meaning.module.entry(anchor)
        if entry is None or entry.declaration.name is None:
            continue
        location = places.location(meaning.path, meaning.position(entry, entry.declaration.name.span))
        if location is not None:
            related.append(types.DiagnosticRelatedInformation(location, message))
    return related


def _dataset(meaning: FileMeaning) -> str | None:
    blocks = (entry.declaration for entry in meaning.module.entries)
    names = (block.dataset for block in blocks if isinstance(block, nodes.OptimizeDeclaration))
    return next((name.text for name in names if name is not None), None)
