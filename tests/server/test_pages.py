"""The documentation says what the server says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_pages_about_the_server_are_current() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "make_server_pages.py"), "--check"]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (0, "")
