"""Programs that benchmarks measure beside ours, installed with uv below `.tools/benchmarks/`, in versions that are pinned here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_HOME = Path(__file__).resolve().parents[1] / ".tools" / "benchmarks"
_PINS = {"taplo": "taplo==0.9.3", "tombi": "tombi==1.9.6", "ruff": "ruff==0.17.6"}


def tool(name: str) -> Path:
    """The command of that name, installed unless it is there.

    Raises:
        subprocess.CalledProcessError: uv is missing or cannot install it.
    """
    folder = _HOME / name
    command = folder / "bin" / name
    if not command.exists():
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(folder), _PINS[name]]
        subprocess.run(install, check=True)
    return command
