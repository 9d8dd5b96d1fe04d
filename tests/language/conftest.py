from __future__ import annotations

from pathlib import Path

import pytest

from tests.language.running import Language


@pytest.fixture
def language(tmp_path: Path) -> Language:
    """A folder for source text, and what runs it."""
    return Language(tmp_path.resolve())
