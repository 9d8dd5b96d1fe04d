"""What the VS Code extension brings along fits the server and the language: its settings and its snippets."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from prompts_lang.features.indentation import new_line
from prompts_lang.graph.properties import DECLARATIONS, PROPERTIES
from prompts_lang.syntax.file import SyntaxFile
from prompts_server.money import is_budget
from prompts_server.settings import SECTION, TABLE
from tests.features.marked import MAIN, marked

ROOT = Path(__file__).parents[1]
CONTRIBUTES = json.loads((ROOT / "vscode-client" / "package.json").read_text(encoding="utf-8"))["contributes"]
SETTINGS = CONTRIBUTES["configuration"]["properties"]


def test_the_settings_of_the_extension_are_current() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "make_extension_settings.py"), "--check"]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (0, "")


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.key)
def test_the_default_is_one_that_the_server_takes(setting) -> None:
    described = SETTINGS[f"{SECTION}.{setting.key}"]
    assert setting.accepts(described["default"])
    assert described["default"] == setting.default


@pytest.mark.parametrize("setting", [one for one in TABLE if one.budget or one.spends], ids=lambda setting: setting.key)
def test_no_folder_may_decide_about_money(setting) -> None:
    assert SETTINGS[f"{SECTION}.{setting.key}"]["scope"] == "machine"


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
    pattern = SETTINGS[f"{SECTION}.budget"]["pattern"]
    assert (re.search(pattern, amount) is not None) is is_budget(amount)


EDITING = json.loads((ROOT / "vscode-client" / "language-configuration.json").read_text(encoding="utf-8"))
LINES = [
    *[form.snippet.partition("\n")[0] for form in DECLARATIONS],
    "metric score(answer) judged by critic",
    *[f"  {rule.example}" for rule in PROPERTIES],
    "  learn system:",
    "    A line of a text.",
    "      deeper",
    "  ",
    "    ",
    "",
    "# A comment",
    "  # A comment",
]


@pytest.mark.parametrize("line", LINES)
def test_enter_leads_to_the_column_that_the_server_names(line: str) -> None:
    """The server leaves what these rules do, and does it where the editor passed over them, as it does while its colouring lags."""
    kept, ruled = len(line) - len(line.lstrip(" ")), _enter(line)
    for column in (ruled, kept):
        text = f"llm a(q) -> o\n{line}\n{' ' * column}"
        meaning = marked(text + "‸").project.meaning(MAIN)
        assert meaning is not None
        edit = new_line(meaning, len(text.encode()))
        assert (column if edit is None else len(edit.text)) == ruled


def _enter(line: str) -> int:
    """The cursor's column after Enter at a line's end: by the first rule that fits, else by the pattern of indentation, else kept."""
    column = len(line) - len(line.lstrip(" "))
    for rule in EDITING["onEnterRules"]:
        if re.search(rule["beforeText"], line) and re.search(rule.get("afterText", ""), ""):
            return column + {"indent": 2, "outdent": -2}[rule["action"]["indent"]]
    return column + 2 if re.search(EDITING["indentationRules"]["increaseIndentPattern"], line) else column


SNIPPETS = json.loads((ROOT / "vscode-client" / "snippets" / "prompt-graph.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", DECLARATIONS, ids=lambda form: form.keyword)
def test_every_declaration_has_a_snippet_of_its_name(form) -> None:
    assert any(form.keyword in _listed(snippet["prefix"]) for snippet in SNIPPETS.values())


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_language(name: str) -> None:
    file = SyntaxFile.parse(_expanded("\n".join(_listed(SNIPPETS[name]["body"]))).encode())
    assert [problem.message for chunk in file.chunks for problem in chunk.problems] == []
    assert all(chunk.declaration is not None for chunk in file.chunks if chunk.text.strip())


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _expanded(body: str) -> str:
    """What an editor makes of a snippet for a person who only presses Tab."""
    defaults: dict[str, str] = {}

    def choose(match: re.Match[str]) -> str:
        text = match["choices"].split(",")[0] if match["choices"] else match["text"]
        return defaults.setdefault(match["number"], _filled(text, defaults))

    place = r"\$\{(?P<number>\d+)(?::(?P<text>[^}]*)|\|(?P<choices>[^|]*)\|)\}"
    return _filled(re.sub(place, choose, body.replace("\\$", "\0")), defaults).replace("\0", "$")


def _filled(text: str, defaults: dict[str, str]) -> str:
    return re.sub(r"\$(\d+)", lambda match: defaults.get(match[1], ""), text)
