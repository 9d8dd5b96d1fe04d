"""Findings as diagnostics: how loud a finding is, and how it says that it is from before an edit."""

from lsprotocol import types

from prompts_lang.features.data_flow import results_from
from prompts_lang.features.rows import dataset_named
from prompts_lang.graph.project import FileMeaning
from prompts_lang.syntax import nodes
from prompts_lang.text import Document
from prompts_server.findings import Finding, Placed, State
from prompts_server.row_places import RowPlace, RowPlaces
from prompts_server.to_lsp import Places, range_of

SOURCE = "prompts optimize"
CODE = "finding"

WARNING_SHARE = 0.2
"""The share of the failing rows from which on a verified finding is a warning."""

_MAX_ROWS = 2
"""How many failing rows are led to, one by one: in some editors more would push the rewrite out of sight."""

_QUIETER = {
    types.DiagnosticSeverity.Warning: types.DiagnosticSeverity.Information,
    types.DiagnosticSeverity.Information: types.DiagnosticSeverity.Hint,
    types.DiagnosticSeverity.Hint: types.DiagnosticSeverity.Hint,
}


def finding_diagnostic(
    places: Places, meaning: FileMeaning, content: Document, placed: Placed, rows: RowPlaces
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
        related_information=(_related(places, meaning, placed.finding, rows) or None) if places.related else None,
        data={"finding": placed.finding.id},
    )


def severity_of(finding: Finding) -> types.DiagnosticSeverity:
    """What the critic merely claims is a hint; verified blame is a warning only where it explains much of what fails."""
    if not finding.verified:
        return types.DiagnosticSeverity.Hint
    if finding.failing and len(finding.rows) >= WARNING_SHARE * finding.failing:
        return types.DiagnosticSeverity.Warning
    return types.DiagnosticSeverity.Information


def _related(
    places: Places, meaning: FileMeaning, finding: Finding, rows: RowPlaces
) -> list[types.DiagnosticRelatedInformation]:
    """The node where the failure shows, and the failing rows: each line of the data, or else the dataset that has them."""
    related = [_named(places, meaning, anchor, message) for anchor, message in _downstream(meaning, finding)]
    if finding.rows and (user := _user(places, meaning)) is not None:
        home, name = user
        dataset = dataset_named(places.workspace.project, home, name)
        found = [(row, None if dataset is None else rows.of(dataset, row)) for row in finding.rows[:_MAX_ROWS]]
        related += [_row(places, row, place) for row, place in found if place is not None]
        if others := [row for row, place in found if place is None] + list(finding.rows[_MAX_ROWS:]):
            related.append(_named(places, home, name, f"Failing rows: {', '.join(others)}."))
    return [one for one in related if one is not None]


def _downstream(meaning: FileMeaning, finding: Finding) -> list[tuple[str, str]]:
    """The node where the failure shows; where that was not told, the nodes whose results are judged, but for the one at fault."""
    graph, node, _ = finding.slot.split("/", 2)
    if finding.downstream is not None:
        return [(f"{graph}/{finding.downstream}", "The failure shows here.")]
    results = results_from(meaning, graph)
    return (
        [] if node in results else [(f"{graph}/{one}", "The failure shows in what comes out here.") for one in results]
    )


def _named(
    places: Places, meaning: FileMeaning, anchor: str, message: str
) -> types.DiagnosticRelatedInformation | None:
    entry = meaning.module.entry(anchor)
    if entry is None or entry.declaration.name is None:
        return None
    location = places.location(meaning.path, meaning.position(entry, entry.declaration.name.span))
    return None if location is None else types.DiagnosticRelatedInformation(location, message)


def _row(places: Places, row: str, place: RowPlace) -> types.DiagnosticRelatedInformation:
    end = place.end(places.encoding)
    span = types.Range(types.Position(place.line, 0), types.Position(end.line, end.character))
    location = types.Location(places.workspace.uri(place.path), span)
    return types.DiagnosticRelatedInformation(location, f"The row {row} fails.")


def _user(places: Places, meaning: FileMeaning) -> tuple[FileMeaning, str] | None:
    """What optimises a file: it or an open one that uses it, and the dataset on which."""
    opened = [places.workspace.meaning(document) for document in places.workspace.documents]
    for home in (meaning, *(one for one in opened if meaning.path in one.used)):
        blocks = (entry.declaration for entry in home.module.entries)
        names = (block.dataset for block in blocks if isinstance(block, nodes.OptimizeDeclaration))
        if (name := next((name.text for name in names if name is not None), None)) is not None:
            return home, name
    return None
