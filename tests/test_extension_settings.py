"""VS Code shows the settings that the server has, says the same of them, and takes those about money from the person alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from prompts_server.money import is_budget
from prompts_server.settings import SECTION, TABLE

ROOT = Path(__file__).parents[1]
PROPERTIES = json.loads((ROOT / "vscode-client" / "package.json").read_text(encoding="utf-8"))["contributes"][
    "configuration"
]["properties"]


def test_the_settings_of_the_extension_are_current() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "make_extension_settings.py"), "--check"]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (0, "")


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.key)
def test_the_default_is_one_that_the_server_takes(setting) -> None:
    described = PROPERTIES[f"{SECTION}.{setting.key}"]
    assert setting.accepts(described["default"])
    assert described["default"] == setting.default


@pytest.mark.parametrize("setting", [one for one in TABLE if one.budget or one.spends], ids=lambda setting: setting.key)
def test_no_folder_may_decide_about_money(setting) -> None:
    assert PROPERTIES[f"{SECTION}.{setting.key}"]["scope"] == "machine"


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "$2",
        "$ 2.50",
        "2.50 usd",
        "300 calls",
        "1 call",
        "300",
        "$2, 300 calls",
        "two",
        "$",
        "$2.",
        "-1 calls",
        "2 €",
        ",",
        "$2,",
    ],
)
def test_the_editor_takes_the_amounts_that_the_server_takes(amount: str) -> None:
    pattern = PROPERTIES[f"{SECTION}.budget"]["pattern"]
    assert (re.search(pattern, amount) is not None) is is_budget(amount)
