"""A mistake stays local: damage to one declaration leaves the syntax and the graph of all others as they were."""

from __future__ import annotations

import pytest

from prompts_lang.syntax.layout import LineKind, layout_of
from tests.properties.damage import Patient
from tests.properties.mutations import STRAY, Mutation, deletions, half_lines, lost_lines, stray_ends
from tests.properties.sources import FILES

PATIENTS = [pytest.param(Patient(path, FILES), id=path.stem) for path in FILES]


@pytest.mark.parametrize("patient", PATIENTS)
def test_one_deleted_character_damages_another_declaration_in_at_most_2_percent(patient: Patient) -> None:
    assert patient.share_of_damaging(deletions(patient.file.text)) <= 0.02


@pytest.mark.parametrize("patient", PATIENTS)
def test_a_line_cut_in_half_damages_no_other_declaration(patient: Patient) -> None:
    assert patient.share_of_damaging(half_lines(patient.file.text)) == 0


@pytest.mark.parametrize("patient", PATIENTS)
def test_a_lost_line_that_is_not_the_first_of_a_declaration_damages_no_other(patient: Patient) -> None:
    assert patient.share_of_damaging(lost_lines(patient.file.text)) == 0


@pytest.mark.parametrize("stray", STRAY)
@pytest.mark.parametrize("patient", PATIENTS)
def test_a_stray_piece_at_the_end_of_a_line_damages_no_other_declaration_and_gives_none_an_error(
    patient: Patient, stray: str
) -> None:
    found = [patient.damage(mutation) for mutation in stray_ends(patient.file.text, stray)]
    assert sum(damage.syntax + damage.graph + damage.errors for damage in found) == 0


@pytest.mark.parametrize("patient", PATIENTS)
def test_a_mutation_of_text_gives_no_other_declaration_an_error(patient: Patient) -> None:
    mutations = [mutation for mutation in deletions(patient.file.text) if is_in_text(patient, mutation)]
    assert [mutation for mutation in mutations if patient.damage(mutation).errors] == []


def is_in_text(patient: Patient, mutation: Mutation) -> bool:
    """Whether a mutation stays within one line of text, behind its margin."""
    number = patient.file.chunk_at(mutation.span.start)
    layout = layout_of(patient.file.chunks[number].text)
    start = mutation.span.start - patient.file.offsets[number]
    return any(
        line.kind is LineKind.TEXT and line.content <= start < line.end
        for group in layout.items
        for line in group.lines
    )
