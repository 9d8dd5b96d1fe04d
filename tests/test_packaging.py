"""What is installed is complete: every file that the packages read at run time is named in `pyproject.toml`."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"prompts_lang": ROOT / "prompts_lang", "prompts_server": ROOT / "server" / "prompts_server"}
GRAMMAR = PACKAGES["prompts_lang"] / "syntax" / "grammar"
"""Sources of the parser, which is compiled before it is installed. Of this folder only the queries are read."""


def data_files(folder: Path) -> set[Path]:
    """The files of a package under version control that are no code."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, text=True, check=True)
    files = {folder / name for name in listed.stdout.split("\0") if name and not name.endswith(".py")}
    return {file for file in files if GRAMMAR not in file.parents or file.parent.name == "queries"}


def installed_files(package: str) -> set[Path]:
    """The files that the patterns of `pyproject.toml` find in a package."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"][package]
    return {found for pattern in patterns for found in PACKAGES[package].glob(pattern)}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_data_file_is_installed(package: str):
    needed = data_files(PACKAGES[package])
    assert needed
    assert sorted(needed - installed_files(package)) == []
