"""Hostile rewrites of every section of every file: nothing of them becomes structure, and no other declaration notices."""

from __future__ import annotations

import pytest

from prompts_lang.syntax.nodes import Declaration
from prompts_lang.syntax.write import canonical_text, replace_section_text
from tests.properties.damage import Damage, Patient
from tests.properties.hostile import HOSTILE_TEXTS
from tests.properties.mutations import Mutation
from tests.properties.sources import FILES


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE_TEXTS) >= 300


@pytest.mark.parametrize("patient", [pytest.param(Patient(path, FILES), id=path.stem) for path in FILES])
def test_a_hostile_rewrite_changes_one_text_and_no_structure(patient: Patient) -> None:
    sections = [
        (number, index)
        for number, chunk in enumerate(patient.file.chunks[:60])
        if chunk.declaration is not None
        for index, _ in enumerate(chunk.declaration.sections)
    ]
    for text_number, text in enumerate(HOSTILE_TEXTS):
        # Each text once in each file, and each section with many of the texts.
        number, index = sections[text_number % len(sections)]
        chunk = patient.file.chunks[number]
        assert chunk.declaration is not None
        edit = replace_section_text(chunk.text, chunk.declaration.sections[index], text)
        mutation = Mutation(edit.span.shift(patient.file.offsets[number]), edit.text.encode())
        assert patient.damage(mutation) == Damage(syntax=0, graph=0, errors=0)
        after = patient.file.edit(mutation.span, mutation.replacement)
        assert len(after.chunks) == len(patient.file.chunks)
        rewritten = after.chunks[number].declaration
        assert rewritten is not None
        assert outline(rewritten) == outline(chunk.declaration)
        assert rewritten.sections[index].text == canonical_text(text)


def outline(declaration: Declaration) -> list[tuple[str, str | None, bool]]:
    """The words of a declaration that are structure."""
    name = None if declaration.name is None else declaration.name.text
    sections = {id(section) for section in declaration.sections}
    head = [(declaration.keyword.text, name, False)]
    return [*head, *((item.word.text, None, id(item) in sections) for item in declaration.items)]
