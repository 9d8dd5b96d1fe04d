"""A measured change: rewrites that were measured together and are applied together, in whichever files they stand.

The measured effect belongs to the whole change. So its parts in files that a document uses, or that use the document, are looked for as
well. Where one of them no longer has the text that it was made for, the parts that are left claim nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.graph.model import SlotId
from prompts_lang.graph.slots import SlotPlace, place_of, slot_places, text_hash
from prompts_lang.text import Edit
from prompts_server.documents import OpenDocument
from prompts_server.findings import Companion, Placed, State, Suggestion
from prompts_server.workspace import Workspace


@dataclass(frozen=True, slots=True)
class MeasuredChange:
    """Rewrites to be applied together.

    Attributes:
        suggestion: One of them; its scores are those of the whole change.
        hashes: By slot, the hash of the text that each is made for.
        edits: By file.
    """

    suggestion: Suggestion
    hashes: Mapping[str, str]
    edits: Mapping[Path, tuple[Edit, ...]]

    @property
    def is_whole(self) -> bool:
        """Whether these rewrites are all that was measured together, so that the measured effect is theirs."""
        return len(self.hashes) == self.suggestion.together


def offered(findings: Sequence[Placed]) -> Iterator[tuple[Placed, Suggestion]]:
    """The findings whose rewrite may be applied, with it: it was made for exactly the text that stands there."""
    for one in findings:
        if one.state is State.FRESH and one.finding.suggestion is not None:
            yield one, one.finding.suggestion


def proven_changes(workspace: Workspace, document: OpenDocument) -> tuple[MeasuredChange, ...]:
    """The proven rewrites of a document that may be applied, by the change that they are part of, with its parts in other files."""
    by_run: dict[str, dict[str, tuple[Placed, Suggestion]]] = {}
    for placed, suggestion in offered(workspace.findings(document)):
        if suggestion.proven:
            by_run.setdefault(placed.finding.run, {})[placed.slot] = placed, suggestion
    return tuple(_complete(workspace, document, parts) for parts in by_run.values())


def single_change(
    workspace: Workspace, document: OpenDocument, placed: Placed, suggestion: Suggestion
) -> MeasuredChange:
    """One rewrite, by itself. There are no edits where its section has gone."""
    place = slot_places(workspace.meaning(document)).get(SlotId.parse(placed.slot))
    edits = {} if place is None else {document.path: (place.edit(suggestion.text),)}
    return MeasuredChange(suggestion, {placed.slot: placed.finding.text_hash}, edits)


def _complete(
    workspace: Workspace, document: OpenDocument, parts: Mapping[str, tuple[Placed, Suggestion]]
) -> MeasuredChange:
    """The parts of a change that stand in a document, and those that stand in others."""
    hashes: dict[str, str] = {}
    edits: dict[Path, list[Edit]] = {}
    own = slot_places(workspace.meaning(document))
    for slot, (placed, suggestion) in parts.items():
        if (place := own.get(SlotId.parse(slot))) is not None:
            hashes[slot] = placed.finding.text_hash
            edits.setdefault(document.path, []).append(place.edit(suggestion.text))
    _, first = next(iter(parts.values()))
    own_slots = {placed.finding.slot for placed, _ in parts.values()}
    for part, place in _elsewhere(
        workspace, document, (part for part in first.companions if part.slot not in own_slots)
    ):
        hashes[part.slot] = part.text_hash
        edits.setdefault(place.meaning.path, []).append(place.edit(part.text))
    ordered = {path: tuple(sorted(found, key=lambda edit: edit.span)) for path, found in edits.items()}
    return MeasuredChange(first, hashes, ordered)


def _elsewhere(
    workspace: Workspace, document: OpenDocument, parts: Iterable[Companion]
) -> Iterator[tuple[Companion, SlotPlace]]:
    """Those of the parts that stand in another file around the document, with exactly the text that they are made for."""
    users = (one.path for one in workspace.documents if document.path in workspace.meaning(one).used)
    homes = (document.path, *users)
    for part in parts:
        places = (place_of(workspace.project, home, SlotId.parse(part.slot)) for home in homes)
        place = next((place for place in places if place is not None), None)
        if place is None or place.meaning.path == document.path or text_hash(place.section.text) != part.text_hash:
            continue
        yield part, place
