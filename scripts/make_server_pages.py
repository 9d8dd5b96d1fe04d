#!/usr/bin/env python3
"""Writes what the documentation says of the language server: `docs/features.md`, and the tables in `docs/server.md`.

    scripts/make_server_pages.py            writes the pages
    scripts/make_server_pages.py --check    writes nothing; exit code 1 where a page is not what it would write

`docs/features.md` is a transcript: each answer in it was given by the real server, over its pipes, while the page was made.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "server")]

from prompts_server.commands import COMMANDS  # noqa: E402
from prompts_server.settings import SECTION, TABLE  # noqa: E402
from tests.server.raw_client import RICH_CAPABILITIES, RawClient  # noqa: E402
from tests.server.test_session import OPTIMIZE, SOURCE  # noqa: E402

FEATURES, SERVER = ROOT / "docs" / "features.md", ROOT / "docs" / "server.md"
LONGEST = 34
_TEMPORARY = Path(tempfile.gettempdir()).resolve()
OTHER = """\
use qa from "./qa.prompt"

graph twice(question: text) -> second.answer

call first = qa(question)
call second = qa(question = first.answer)
"""
CAPABILITIES: Mapping[str, Any] = {
    **RICH_CAPABILITIES,
    "general": {"positionEncodings": ["utf-8"]},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {
        **RICH_CAPABILITIES["workspace"],
        "textDocumentContent": {},
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]},
    },
    "textDocument": {
        **RICH_CAPABILITIES["textDocument"],
        "rename": {"prepareSupport": True},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "completion": {"completionItem": {"snippetSupport": True}},
        "diagnostic": {},
    },
}


@dataclass(frozen=True)
class Shown:
    """One feature: what it is for, what is asked, where (the words that the cursor `‸` stands in), and in which text."""

    title: str
    about: str
    method: str
    cursor: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    text: str = SOURCE
    keep: tuple[str, ...] = ()


WHOLE = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
OPTIONS = {"options": {"tabSize": 2, "insertSpaces": True}}
MISTAKE = SOURCE.replace("{{question}}", "{{qestion}}")

BEFORE_JOBS = (
    Shown(
        "Diagnostics",
        "Every check of the language, with its code; editors that pull get them at once, the others pushed.",
        "textDocument/diagnostic",
        text=MISTAKE,
    ),
    Shown(
        "Quick fixes",
        "The repair that a check knows.",
        "textDocument/codeAction",
        "{{‸qestion}}",
        {"context": {"diagnostics": [], "only": ["quickfix"]}},
        MISTAKE,
    ),
    Shown(
        "Hover: a node",
        "Its head, its documentation, its outputs, and what runs have shown of it.",
        "textDocument/hover",
        "llm re‸ply",
    ),
    Shown("Hover: a placeholder", "What fills it.", "textDocument/hover", "{{ques‸tion}}"),
    Shown("Hover: a property", "Its documentation, from the table that checks it.", "textDocument/hover", "maxi‸mize"),
    Shown(
        "Completion: names in scope",
        (
            "Declarations, properties, values, models, nodes and outputs, placeholders and their fields, "
            "formatters, files, columns of data, functions of Python files."
        ),
        "textDocument/completion",
        "{{‸question}}",
    ),
    Shown(
        "Completion: properties",
        "What the declaration above may still have; sections that can learn behind `learn`.",
        "textDocument/completion",
        "  ex‸pect answer",
        keep=("label", "detail"),
    ),
    Shown(
        "Signature help",
        "What belongs into the brackets of a call, or the form of a declaration.",
        "textDocument/signatureHelp",
        "graph qa(‸question",
    ),
    Shown(
        "Definition", "Of names, of paths, of Python functions in quotes.", "textDocument/definition", "  model ‸m\n"
    ),
    Shown(
        "References",
        "In every file of the workspace.",
        "textDocument/references",
        "graph ‸qa",
        {"context": {"includeDeclaration": True}},
    ),
    Shown(
        "Highlights",
        "Of the same name in the file; writing is told from reading.",
        "textDocument/documentHighlight",
        "dataset ro‸ws",
    ),
    Shown(
        "Rename",
        (
            "Wherever the name is written, in all files, in placeholders and in Python; refused where it would "
            "change a meaning."
        ),
        "textDocument/rename",
        "graph ‸qa",
        {"newName": "answerer"},
    ),
    Shown(
        "Linked editing",
        "A local name is typed in the head and in the texts at once.",
        "textDocument/linkedEditingRange",
        "reply(‸q =",
        text=SOURCE.replace("reply(question)", "reply(q = question)").replace("{{question}}", "{{q}}"),
    ),
    Shown(
        "Outline",
        "Declarations, nodes below their graphs, sections below their nodes.",
        "textDocument/documentSymbol",
        keep=("name", "detail", "children"),
    ),
    Shown("Workspace symbols", "By parts of names, over all files.", "workspace/symbol", params={"query": "re"}),
    Shown("Links", "Paths that lead to a file.", "textDocument/documentLink"),
    Shown(
        "Flow of data",
        (
            "A call hierarchy whose incoming calls are what a node takes, and whose outgoing calls are those that "
            "take its outputs."
        ),
        "textDocument/prepareCallHierarchy",
        "llm ‸reply",
    ),
    Shown("Folding", "Graphs with their nodes, declarations, texts, comments.", "textDocument/foldingRange"),
    Shown(
        "Growing selection",
        "Word, sentence, text, section, node, graph, file.",
        "textDocument/selectionRange",
        "‸at length",
    ),
    Shown(
        "Inlay hints",
        "Inferred types, about how many tokens a text has, the last score, cost and time of a node.",
        "textDocument/inlayHint",
        params={"range": WHOLE},
    ),
    Shown(
        "Semantic tokens",
        (
            "In full, for a range, and as a change. Texts that are learned have a type of their own, `promptText`, "
            "and the modifier `stale` after an edit."
        ),
        "textDocument/semanticTokens/range",
        params={"range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}},
    ),
    Shown(
        "Formatting",
        "The smallest edit to canonical form; texts stay as they are byte for byte.",
        "textDocument/formatting",
        params=OPTIONS,
        text=SOURCE.replace("graph qa(question", "graph   qa( question"),
    ),
    Shown(
        "Formatting of a range",
        "By declarations, so that a mistake elsewhere does not matter.",
        "textDocument/rangeFormatting",
        params={"range": WHOLE, **OPTIONS},
        text=SOURCE.replace("graph qa(question", "graph   qa( question"),
    ),
    Shown(
        "Formatting while typing",
        "A new line starts in the column that the line above asks for.",
        "textDocument/onTypeFormatting",
        "learn system:\n‸",
        {"ch": "\n", **OPTIONS},
        SOURCE.replace("learn system:\n", "learn system:\n\n"),
    ),
    Shown(
        "Refactoring: extract a node",
        (
            "The selected part of a prompt becomes a node of its own. Also: split a prompt at the cursor, extract "
            "nodes into a graph, inline a node or a call."
        ),
        "textDocument/codeAction",
        "at ‸length",
        {"context": {"diagnostics": [], "only": ["refactor"], "triggerKind": 1}},
    ),
    Shown(
        "Code lenses",
        "Run, Evaluate, Optimize; Stop while something runs; the last score.",
        "textDocument/codeLens",
        keep=("command", "title"),
    ),
    Shown(
        "Moving files",
        "Paths follow the files that they lead to, before the files move.",
        "workspace/willRenameFiles",
        params={"files": [{"oldUri": "FOLDER/qa.prompt", "newUri": "FOLDER/lib/qa.prompt"}]},
    ),
)
AFTER_JOBS = (
    Shown(
        "Findings",
        (
            "A gradient, on the very words at fault: a warning where it is verified and explains a fifth of what "
            "fails, else quieter. `published` as a diagnostic."
        ),
        "published",
    ),
    Shown("Hover: a finding", "Its evidence and its tested rewrite.", "textDocument/hover", "at l‸ength"),
    Shown(
        "Tested rewrites",
        (
            "The action says what was measured, on how many rows that it was not chosen on. Several rewrites that "
            "were measured together are offered together, and none claims the effect alone."
        ),
        "textDocument/codeAction",
        "at l‸ength",
        {"context": {"diagnostics": [], "only": ["quickfix"]}},
    ),
    Shown(
        "The suggested version",
        "As a document of its own, to compare; so are a run and a prompt as it was sent.",
        "workspace/textDocumentContent",
    ),
    Shown(
        "The graph panel",
        "`prompts.showGraph` gives the address of a page on loopback that shows the graph, live runs and gradients.",
        "workspace/executeCommand",
        params={"command": "prompts.showGraph", "arguments": [{"uri": "FOLDER/qa.prompt"}]},
    ),
)
INTRODUCTION = """\
# What the language server does

Made by `scripts/make_server_pages.py`: every answer below was given by the real server while the page was made. Positions count
UTF-8; long answers are cut at `…`. How to set it up: [VS Code](vscode.md), [other editors](editors.md); settings, commands and
trust: [the server](server.md). The document is this one, with `‸` where the cursor is:

```prompt-graph
{source}```
"""


async def features() -> str:
    """The page with the transcripts."""
    parts = [INTRODUCTION.format(source=SOURCE)]
    with tempfile.TemporaryDirectory(dir=_TEMPORARY) as name:
        folder = Path(name)
        (folder / "other.prompt").write_text(OTHER, encoding="utf-8")
        (folder / "qa.prompt").write_text(SOURCE, encoding="utf-8")
        (folder / "rows.jsonl").write_text('{"question": "q", "answer": "a"}\n', encoding="utf-8")
        script = folder.parent / f"{folder.name}.json"
        script.write_text(json.dumps({"optimize": OPTIMIZE}), encoding="utf-8")
        worker = ROOT / "tests" / "server" / "serve_with_fake_worker.py"
        # The page must not depend on what keys this machine happens to have.
        key = {"OPENAI_API_KEY": "none"}
        client = await RawClient.start(command=(sys.executable, str(worker), str(script)), environment=key)
        client.answer_everything()
        client.answers["window/showDocument"] = lambda _params: {"success": True}
        options = {"trusted": True, "protocol": 1}
        folders = [{"uri": folder.as_uri(), "name": "folder"}]
        await client.initialize(dict(CAPABILITIES), initializationOptions=options, workspaceFolders=folders)
        session = _Session(client, folder)
        await client.open(session.uri, SOURCE)
        parts += [await session.show(one) for one in BEFORE_JOBS]
        await session.optimize()
        parts += [await session.show(one) for one in AFTER_JOBS]
        await client.leave()
        script.unlink()
    return "\n".join(parts)


class _Session:
    def __init__(self, client: RawClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.uri = (folder / "qa.prompt").as_uri()
        self.version = 1
        self.text = SOURCE

    async def optimize(self) -> None:
        await self.write(SOURCE)
        asked = {"command": "prompts.optimize", "arguments": [{"uri": self.uri}]}
        await self.client.result("workspace/executeCommand", asked)
        await self.client.notification("prompts/status", lambda status: status["state"] == "done")

    async def write(self, text: str) -> None:
        if text != self.text:
            self.version += 1
            self.text = text
            await self.client.change(self.uri, self.version, {"text": text})

    async def show(self, one: Shown) -> str:
        await self.write(one.text)
        result = await self.answer(one)
        line = f"\n\n```prompt-graph\n{_line(one)}\n```" if one.cursor else ""
        shown = json.dumps(_kept(result, one.keep), ensure_ascii=False, indent=1)
        shown = re.sub(r"\{\n\s+\"line\": (\d+),\n\s+\"character\": (\d+)\n\s+\}", r'"\1:\2"', shown)
        shown = re.sub(
            r"/[\w-]{20,}/\?uri=[^\"&]*", "/TOKEN/?uri=…", re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", shown)
        )
        shown = shown.replace(self.folder.as_uri(), "file:///project").replace(str(self.folder), "/project")
        shown = re.sub(r"prompts:/qa\.prompt\?[\w-]+", "prompts:/qa.prompt?…", shown)
        lines = shown.split("\n")
        cut = [*lines[:LONGEST], " …"] if len(lines) > LONGEST else lines
        return f"## {one.title}\n\n{one.about}\n\n`{one.method}`{line}\n\n```json\n" + "\n".join(cut) + "\n```\n"

    async def answer(self, one: Shown) -> Any:
        if one.method == "published":
            found = [m["params"] for m in self.client.unread if m.get("method") == "textDocument/publishDiagnostics"]
            return [one for one in found[-1]["diagnostics"] if one["code"] == "finding"]
        if one.method == "workspace/textDocumentContent":
            asked = {"command": "prompts.previewRewrite", "arguments": [{"uri": self.uri}]}
            address = (await self.client.result("workspace/executeCommand", asked))["suggested"]
            text = (await self.client.result(one.method, {"uri": address}))["text"]
            return {"uri": address, "text": text[: text.index("  user")] + "…"}
        params = json.loads(json.dumps(one.params).replace("FOLDER", self.folder.as_uri()))
        if one.method.startswith("textDocument/"):
            params["textDocument"] = {"uri": self.uri}
        if one.cursor:
            params |= self.place(one)
        result = await self.client.result(one.method, params)
        if one.method == "textDocument/diagnostic":
            # What data and code show comes when they have been read, which may be a moment later.
            return [problem for problem in result["items"] if problem["severity"] == 1]
        return result

    def place(self, one: Shown) -> dict[str, Any]:
        before, _, after = one.cursor.partition("‸")
        start = one.text.index(before + after) + len(before)
        line = one.text.count("\n", 0, start)
        at = {"line": line, "character": len(one.text[one.text.rfind("\n", 0, start) + 1 : start].encode())}
        if one.method == "textDocument/codeAction":
            return {"range": {"start": at, "end": {**at, "character": at["character"] + len(after)}}}
        return {"positions": [at]} if one.method == "textDocument/selectionRange" else {"position": at}


def _line(one: Shown) -> str:
    """The lines with the cursor."""
    before, _, after = one.cursor.partition("‸")
    start = one.text.index(before + after)
    marked = one.text[: start + len(before)] + "‸" + one.text[start + len(before) :]
    first = marked.rfind("\n", 0, start) + 1
    end = marked.find("\n", start + len(before) + 1)
    return marked[first:end]


def _kept(value: Any, keys: tuple[str, ...]) -> Any:
    """The value with these fields alone, where any are named."""
    if not keys:
        return value
    match value:
        case list():
            return [_kept(item, keys) for item in value]
        case {"items": list(items)}:
            return [_kept(item, keys) for item in items]
        case dict():
            return {key: _kept(item, keys) for key, item in value.items() if key in keys}
        case _:
            return value


def server_page(page: str) -> str:
    """The page about the server with its tables as they are now."""
    for name, rows in (("settings", _settings()), ("commands", _commands())):
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        before, _, rest = page.partition(start)
        _, _, after = rest.partition(end)
        page = before + start + "\n".join(rows) + "\n" + end + after
    return page


def _settings() -> Iterator[str]:
    yield from ("| setting | value | default | what it does |", "| --- | --- | --- | --- |")
    for one in TABLE:
        default = json.dumps(one.default)
        yield f"| `{SECTION}.{one.key}` | {one.expectation} | `{default}` | {one.description} |"


def _commands() -> Iterator[str]:
    yield from ("| command | title | what it does |", "| --- | --- | --- |")
    for one in COMMANDS.values():
        yield f"| `{one.name}` | {one.title} | {one.about} |"


def main() -> int:
    """Writes or checks the pages; 1 where a page is stale."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = 0
    pages = {FEATURES: asyncio.run(features()), SERVER: server_page(SERVER.read_text(encoding="utf-8"))}
    for path, text in pages.items():
        if check and (not path.exists() or path.read_text(encoding="utf-8") != text):
            sys.stderr.write(f"{path.relative_to(ROOT)} is not what scripts/make_server_pages.py would write\n")
            stale = 1
        elif not check:
            path.write_text(text, encoding="utf-8")
    return stale


if __name__ == "__main__":
    raise SystemExit(main())
