"""Features that change something, each once through the protocol. What they change is tested below the protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.server.asking import ask, at
from tests.server.raw_client import Message, RawClient
from tests.server.test_session import SOURCE, apply, lsp_range

OPTIONS = {"tabSize": 2, "insertSpaces": True}
UNTIDY = SOURCE.replace("graph qa(question: text)", "graph   qa( question : text )").replace(
    "  model m\n", "  model   m\n"
)
CREATING: Message = {
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename"]}},
    "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}},
}


def applied(text: str, edits: list[Message], encoding: str = "utf-8") -> str:
    for edit in sorted(edits, key=lambda edit: (edit["range"]["start"]["line"], edit["range"]["start"]["character"]))[
        ::-1
    ]:
        text = apply(text, edit, encoding)
    return text


async def test_chosen_lines_are_formatted(opened: tuple[RawClient, str]) -> None:
    client, uri = opened
    await client.change(uri, 2, {"text": UNTIDY})
    head = lsp_range(UNTIDY, "graph   qa")
    edits = await ask(opened, "rangeFormatting", range=head, options=OPTIONS)
    assert applied(UNTIDY, edits) == SOURCE.replace("  model m\n", "  model   m\n")
    both = [head, lsp_range(UNTIDY, "  model   m")]
    assert applied(UNTIDY, await ask(opened, "rangesFormatting", ranges=both, options=OPTIONS)) == SOURCE


async def test_a_new_line_gets_its_column(opened: tuple[RawClient, str]) -> None:
    client, uri = opened
    text = SOURCE.replace("  learn system:\n", "  learn system:\n\n")
    await client.change(uri, 2, {"text": text})
    place = at("learn system:\n", text, offset=len("learn system:\n"))
    params = {"textDocument": {"uri": uri}, "position": place, "ch": "\n", "options": OPTIONS}
    (edit,) = await client.result("textDocument/onTypeFormatting", params)
    assert edit == {"range": {"start": place, "end": place}, "newText": "    "}


async def actions(opened: tuple[RawClient, str], words: str, **context: Any) -> list[Message]:
    chosen = {"range": lsp_range(SOURCE, words, "utf-8"), "context": {"diagnostics": [], **context}}
    return await ask(opened, "codeAction", **chosen)


async def test_a_part_of_a_prompt_becomes_a_node(opened: tuple[RawClient, str]) -> None:
    (action,) = await actions(opened, "at length", only=["refactor"])
    assert (action["title"], action["kind"]) == ("Extract the selected text into a node", "refactor.extract")
    text = applied(SOURCE, action["edit"]["changes"][opened[1]])
    assert "llm draft(question) -> draft: text\n" in text
    assert "Answer naïvely 😀 and {{draft}}." in text


async def test_refactorings_are_not_worked_out_at_every_movement_of_the_cursor(opened: tuple[RawClient, str]) -> None:
    assert await actions(opened, "at length", triggerKind=2) == []
    assert [one["kind"] for one in await actions(opened, "at length", triggerKind=1)] == ["refactor.extract"]


async def test_moved_files_take_their_paths_along(opened: tuple[RawClient, str], tmp_path: Path) -> None:
    client, uri = opened
    (tmp_path / "rows.jsonl").write_text("{}\n")
    new = (tmp_path / "lib" / "qa.prompt").as_uri()
    edit = await client.result("workspace/willRenameFiles", {"files": [{"oldUri": uri, "newUri": new}]})
    changed = {Path(one).name: edits for one, edits in edit["changes"].items()}
    assert [one["newText"] for one in changed["other.prompt"]] == ["./lib/qa.prompt"]
    assert [one["newText"] for one in changed["qa.prompt"]] == ["../rows.jsonl"]
    nothing = {"files": [{"oldUri": (tmp_path / "a.txt").as_uri(), "newUri": (tmp_path / "b.txt").as_uri()}]}
    assert await client.result("workspace/willRenameFiles", nothing) is None


async def test_a_file_that_has_moved_is_found_at_its_new_place(client: RawClient, tmp_path: Path) -> None:
    (tmp_path / "qa.prompt").write_text(SOURCE)
    await client.initialize({"textDocument": {"diagnostic": {}}})
    uri = (tmp_path / "user.prompt").as_uri()
    await client.open(uri, 'use qa from "./moved.prompt"\n\ngraph g(q) -> a.answer\n\ncall a = qa(question = q)\n')
    pull = {"textDocument": {"uri": uri}}
    errors = [one for one in (await client.result("textDocument/diagnostic", pull))["items"] if one["severity"] == 1]
    assert [one["code"] for one in errors] == ["P208"]
    (tmp_path / "qa.prompt").rename(tmp_path / "moved.prompt")
    moved = {"oldUri": (tmp_path / "qa.prompt").as_uri(), "newUri": (tmp_path / "moved.prompt").as_uri()}
    await client.notify("workspace/didRenameFiles", {"files": [moved]})
    errors = [one for one in (await client.result("textDocument/diagnostic", pull))["items"] if one["severity"] == 1]
    assert errors == []


FOREIGN = "---\nmodel: openai/gpt-4o-mini\ninput:\n  schema:\n    city: string\n---\nWhat is the weather in {{city}}?\n"


async def test_a_file_of_another_tool_is_converted_into_a_new_one(client: RawClient, tmp_path: Path) -> None:
    path = tmp_path / "weather.prompt"
    path.write_text(FOREIGN)
    await client.initialize(CREATING)
    await client.open(path.as_uri(), FOREIGN)
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    asked = {"textDocument": {"uri": path.as_uri()}, "range": place, "context": {"diagnostics": []}}
    (action,) = await client.result("textDocument/codeAction", asked)
    assert action["title"].startswith("Convert to the prompt graph weather.graph.prompt")
    create, edit = action["edit"]["documentChanges"]
    assert (create["kind"], create["uri"]) == ("create", (tmp_path / "weather.graph.prompt").as_uri())
    await client.open(create["uri"], edit["edits"][0]["newText"])
    problems = await client.diagnostics(create["uri"])
    assert [one for one in problems if one["severity"] == 1] == []
    (tmp_path / "weather.graph.prompt").write_text("")
    assert await client.result("textDocument/codeAction", asked) == []


async def test_names_are_found_in_every_folder_of_the_workspace(client: RawClient, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.prompt").write_text(f"graph {name}(q) -> q\n")
    folder = {name: {"uri": (tmp_path / name).as_uri(), "name": name} for name in ("one", "two")}
    await client.initialize(workspaceFolders=[folder["one"]])

    async def found() -> set[str]:
        return {one["name"] for one in await client.result("workspace/symbol", {"query": ""})}

    assert await found() == {"one"}
    await client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder["two"]], "removed": []}})
    assert await found() == {"one", "two"}
    await client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder["one"]]}})
    assert await found() == {"two"}
