"""An environment of its own for every peer, made with uv below `.tools/peers/`, which git ignores. Versions are pinned here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_HOME = ROOT / ".tools" / "peers"
_TOKENIZERS = "litellm/litellm_core_utils/tokenizers"
"""LiteLLM ships the tokenizer files that `tiktoken` would fetch from the network, under the names of tiktoken's own cache."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What a peer needs. `extra` is installed without its dependencies; `environ` is set for the peer, with `{packages}` filled in."""

    packages: tuple[str, ...]
    extra: tuple[str, ...] = ()
    environ: tuple[tuple[str, str], ...] = ()


ENVIRONMENTS: Mapping[str, Environment] = {
    "gepa": Environment(("dspy==3.4.1", "gepa==0.1.4")),
    "textgrad": Environment(("textgrad==0.1.8",)),
    "trace": Environment(("trace-opt==0.1.3.8",)),
    "adalflow": Environment(
        ("adalflow[openai]==1.1.3",),
        extra=("litellm==1.106.2",),
        environ=(("TIKTOKEN_CACHE_DIR", f"{{packages}}/{_TOKENIZERS}"),),
    ),
}
"""By peer. Prompts runs in the environment of the harness."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An environment that is ready: its interpreter, and the variables it wants."""

    python: Path
    environ: Mapping[str, str]


def prepare(peer: str) -> Prepared:
    """Makes a peer's environment unless it is there.

    Raises:
        RuntimeError: uv is missing or cannot install the packages; the message has uv's own words.
    """
    wanted = ENVIRONMENTS.get(peer)
    if wanted is None:
        return Prepared(Path(sys.executable), {"PYTHONPATH": str(ROOT)})
    folder = _HOME / peer
    python = folder / "bin" / "python"
    stamp = folder / "installed.txt"
    pins = "\n".join((*wanted.packages, *wanted.extra))
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != pins:
        _uv("venv", "--allow-existing", "--python", sys.executable, str(folder))
        _uv("pip", "install", "--python", str(python), *wanted.packages)
        if wanted.extra:
            _uv("pip", "install", "--python", str(python), "--no-deps", *wanted.extra)
        stamp.write_text(pins, encoding="utf-8")
    packages = next((folder / "lib").glob("python*/site-packages"))
    return Prepared(python, {name: value.format(packages=packages) for name, value in wanted.environ})


def _uv(*arguments: str) -> None:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise RuntimeError("The peers' environments are made with uv, which is not installed.")
    done = subprocess.run([uv, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"uv {' '.join(arguments)} failed:\n{done.stderr}")
