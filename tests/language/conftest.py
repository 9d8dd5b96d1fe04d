from __future__ import annotations

from pathlib import Path

import pytest

from prompts_lang.engine.sandbox.local import LocalSandbox
from tests.language.running import Language


@pytest.fixture
def language(tmp_path: Path) -> Language:
    """A folder for source text, and what runs it."""
    return Language(tmp_path.resolve())


@pytest.fixture
def sandboxed(language: Language) -> Language:
    """The same, with code in the real sandbox."""
    language.sandbox = LocalSandbox()
    return language
