"""The language servers that ours is measured beside. Installed below `.tools/benchmarks/`, which git ignores."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.tools import tool

_HOME = Path(__file__).resolve().parents[1] / ".tools" / "benchmarks"
_JEDI = "jedi-language-server==0.47.0"
_YAML = "yaml-language-server@2.0.0"


def server_command(name: str) -> list[str]:
    """How to start a server on standard streams; installed first where it is not there.

    Raises:
        subprocess.CalledProcessError: it cannot be installed.
    """
    here = Path(sys.executable).parent
    match name:
        case "prompts":
            return [str(here / "prompts"), "lsp"]
        case "ruff":
            return [str(here / "ruff"), "server"]
        case "pyright":
            return [str(here / "pyright-langserver"), "--stdio"]
        case "tombi":
            return [str(tool("tombi")), "lsp"]
        case "jedi":
            return [str(_jedi())]
        case "yaml":
            return ["node", str(_yaml()), "--stdio"]
        case _:
            raise ValueError(name)


def _jedi() -> Path:
    folder = _HOME / "jedi"
    command = folder / "bin" / "jedi-language-server"
    if not command.exists():
        subprocess.run([sys.executable, "-m", "uv", "venv", "--quiet", str(folder)], check=True)
        python = str(folder / "bin" / "python")
        subprocess.run([sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, _JEDI], check=True)
    return command


def _yaml() -> Path:
    folder = _HOME / "yaml"
    script = folder / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
    if not script.exists():
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), _YAML], check=True
        )
    return script
