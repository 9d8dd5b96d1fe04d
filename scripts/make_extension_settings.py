#!/usr/bin/env python3
"""Writes the server's settings where Visual Studio Code shows them: `vscode-client/package.json`, and a table in `docs/vscode.md`.

    scripts/make_extension_settings.py            writes both
    scripts/make_extension_settings.py --check    writes nothing; exit code 1 where one is not what it would write

The extension's own settings, which no other editor has, stand in `package.json` alone; the table has them, too.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "server")]

from prompts_server.settings import SECTION, TABLE, Setting  # noqa: E402

MANIFEST, PAGE = ROOT / "vscode-client" / "package.json", ROOT / "docs" / "vscode.md"
BEGIN, END = "<!-- settings: scripts/make_extension_settings.py writes this -->\n", "<!-- /settings -->\n"
_ONE = r"\s*(?:\$\s*\d+(?:\.\d+)?|\d+(?:\.\d+)?\s*(?:usd|USD)|\d+(?:\s*calls?)?)\s*"
AMOUNT = rf"^(?:|{_ONE}(?:,{_ONE})*)$"
"""What `prompts_server.money.is_budget` takes, for an editor that only knows patterns."""


def schema(setting: Setting) -> dict[str, Any]:
    """A setting as the editor wants it described."""
    described: dict[str, Any] = {"type": _type(setting), "default": setting.default}
    if isinstance(setting.default, float) and setting.default.is_integer():
        described["default"] = int(setting.default)
    if setting.choices:
        described["enum"] = list(setting.choices)
    if setting.least is not None:
        described["minimum"] = int(setting.least) if setting.least.is_integer() else setting.least
    if setting.budget:
        described |= {"pattern": AMOUNT, "patternErrorMessage": f"Write {setting.expectation}."}
    # Neither a folder that was just opened nor a colleague's commit may spend a person's money.
    described["scope"] = "machine" if setting.spends else "window"
    described["markdownDescription"] = re.sub(r"`(\w+)`", _linked, setting.description)
    return described


def _type(setting: Setting) -> str:
    match setting.default:
        case bool():
            return "boolean"
        case str():
            return "string"
        case _:
            return "number"


def _linked(name: re.Match[str]) -> str:
    """The name of another setting as a link to it."""
    known = any(setting.key == name[1] for setting in TABLE)
    return f"`#{SECTION}.{name[1]}#`" if known else name[0]


def manifest(text: str) -> str:
    """The manifest of the extension with the settings as they are now."""
    data = json.loads(text)
    configuration = data["contributes"]["configuration"]
    own = {name: one for name, one in configuration["properties"].items() if not name.startswith(f"{SECTION}.")}
    configuration["properties"] = own | {f"{SECTION}.{setting.key}": schema(setting) for setting in TABLE}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def page(text: str, properties: Mapping[str, Mapping[str, Any]]) -> str:
    """The page about the extension with a table of all its settings."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n".join(_rows(properties)) + "\n" + END + after


def _rows(properties: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield from ("| setting | default | what it does |", "|---|---|---|")
    for name, one in properties.items():
        description = re.sub(r"`#([\w.]+)#`", r"`\1`", one["markdownDescription"])
        yield f"| `{name}` | `{json.dumps(one['default'])}` | {description} |"


def main() -> int:
    """Writes or checks both; 1 where one is stale."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    described = manifest(MANIFEST.read_text(encoding="utf-8"))
    properties = json.loads(described)["contributes"]["configuration"]["properties"]
    stale = 0
    for path, text in {MANIFEST: described, PAGE: page(PAGE.read_text(encoding="utf-8"), properties)}.items():
        if check and path.read_text(encoding="utf-8") != text:
            sys.stderr.write(f"{path.relative_to(ROOT)} is not what scripts/make_extension_settings.py would write\n")
            stale = 1
        elif not check:
            path.write_text(text, encoding="utf-8")
    return stale


if __name__ == "__main__":
    raise SystemExit(main())
