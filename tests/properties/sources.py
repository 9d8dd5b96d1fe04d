"""What the property tests work on: all example files, the sample with everything, and generated files."""

from __future__ import annotations

from pathlib import Path

from tests.properties.generated import lines_of_prompts
from tests.syntax.sources import EVERYTHING, EXAMPLES, ROOT

FILES: dict[Path, bytes] = {
    **{ROOT / name: text for name, text in EXAMPLES.items()},
    ROOT / "examples" / "multihop" / "everything.prompt": EVERYTHING,
    ROOT / "examples" / "multihop" / "generated.prompt": lines_of_prompts(150),
}
"""Texts by path. They stand together where the `use` lines of each find what they name."""
