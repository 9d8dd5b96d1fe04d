"""After any edits, everything that is told of a file is what a first reading tells. `benchmarks/language.py edits` goes on for longer."""

from __future__ import annotations

import pytest

from tests.properties.sources import FILES
from tests.properties.walk import EditWalk


@pytest.mark.parametrize("seed", range(4))
def test_edited_files_equal_files_read_anew(seed: int) -> None:
    walk = EditWalk(FILES, seed)
    for _ in range(100):
        assert walk.step() is None
