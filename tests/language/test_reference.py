"""The reference is what the tables say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from prompts_lang.graph.builtin_metrics import BUILTIN_METRICS
from prompts_lang.graph.problem import CHECKS
from prompts_lang.graph.properties import DECLARATIONS, PROPERTIES
from prompts_lang.graph.template import FORMATTERS
from prompts_lang.graph.types import SIMPLE_TYPES

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "reference"


def test_the_committed_pages_are_what_the_script_makes():
    made = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "make_reference.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode, made.stderr) == (0, "")


def test_every_row_of_the_tables_is_on_a_page():
    language, checks = ((PAGES / name).read_text("utf-8") for name in ("language.md", "checks.md"))
    words = [*(form.keyword for form in DECLARATIONS), *(rule.word for rule in PROPERTIES), *FORMATTERS, *SIMPLE_TYPES]
    assert [word for word in (*words, *BUILTIN_METRICS) if f"`{word}" not in language] == []
    assert [check.value for check in CHECKS if f"## {check.value} " not in checks] == []


def test_every_link_between_the_pages_leads_somewhere():
    for path in PAGES.glob("*.md"):
        text = path.read_text("utf-8")
        anchors = {_anchor(line.lstrip("# ")) for line in text.splitlines() if line.startswith("#")}
        links = [part.partition(")")[0] for part in text.split("](#")[1:]]
        assert [link for link in links if link not in anchors] == []


def _anchor(heading: str) -> str:
    kept = "".join(letter for letter in heading.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")
