"""A mistake stays local: small damage to one declaration leaves all others as they were."""

from __future__ import annotations

import pytest

from prompts_lang.syntax.file import SyntaxFile
from tests.syntax.mutations import STRAY, deletions, half_lines, lost_lines, share_of_harmful, stray_ends
from tests.syntax.sources import EXAMPLES, SAMPLES

FILES = [pytest.param(SyntaxFile.parse(text), id=name) for name, text in {**SAMPLES, **EXAMPLES}.items()]


@pytest.mark.parametrize("file", FILES)
def test_one_deleted_character_harms_another_declaration_in_at_most_2_percent(file: SyntaxFile) -> None:
    assert share_of_harmful(file, deletions(file.text)) <= 0.02


@pytest.mark.parametrize("file", FILES)
def test_a_line_cut_in_half_harms_another_declaration_in_at_most_12_percent(file: SyntaxFile) -> None:
    assert share_of_harmful(file, half_lines(file.text)) <= 0.12


@pytest.mark.parametrize("file", FILES)
def test_a_lost_line_that_is_not_the_first_of_a_declaration_harms_no_other(file: SyntaxFile) -> None:
    assert share_of_harmful(file, lost_lines(file.text)) == 0


@pytest.mark.parametrize("stray", STRAY)
@pytest.mark.parametrize("file", FILES)
def test_a_stray_piece_at_the_end_of_a_line_harms_no_other_declaration(file: SyntaxFile, stray: str) -> None:
    assert share_of_harmful(file, stray_ends(file.text, stray)) == 0
