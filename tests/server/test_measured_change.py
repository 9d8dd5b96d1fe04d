"""The rewrites of a change over several files: whole while every text is the tested one, claiming nothing otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from prompts_lang.graph.slots import apply_edits, text_hash
from prompts_server.findings import Companion, Finding, Suggestion
from prompts_server.measured_change import MeasuredChange, proven_changes
from prompts_server.workspace import Workspace

MAIN = """\
model m = "openai/gpt-4o-mini"

use search from "./search.prompt"

graph main(question: text) -> answer = reply.answer

call found = search(query = question) -> passage: text

llm reply(passage = found.passage) -> answer: text
  model m
  learn system:
    Answer.
  user: {{passage}}
"""
SEARCH = """\
model m = "openai/gpt-4o-mini"

graph search(query: text) -> passage = look.passage

llm look(query) -> passage: text
  model m
  learn system:
    Look it up.
  user: {{query}}
"""
OLD = {"main/reply/system": "Answer.", "search/look/system": "Look it up."}
NEW = {"main/reply/system": "Answer in one word.", "search/look/system": "Look it up in the gazetteer."}


def finding(slot: str, run: str = "run") -> Finding:
    (other,) = OLD.keys() - {slot}
    companion = Companion(other, text_hash(OLD[other]), NEW[other])
    suggestion = Suggestion(NEW[slot], True, 0.2, 0.9, None, 30, together=2, companions=(companion,))
    return Finding(f"{run} {slot}", run, slot, text_hash(OLD[slot]), "Too vague.", suggestion=suggestion)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.prompt").write_text(MAIN)
    (tmp_path / "search.prompt").write_text(SEARCH)
    return tmp_path


def opened(workspace: Workspace, path: Path, text: str) -> None:
    workspace.open(types.TextDocumentItem(path.as_uri(), "prompt-graph", 1, text))


def changes(folder: Path, search: str = SEARCH, *findings: Finding) -> tuple[MeasuredChange, ...]:
    (folder / "search.prompt").write_text(search)
    workspace = Workspace()
    opened(workspace, folder / "main.prompt", MAIN)
    document = workspace.documents.at(folder / "main.prompt")
    assert document is not None
    workspace.set_findings(document, findings or [finding("main/reply/system")])
    return proven_changes(workspace, document)


def test_a_part_in_a_file_that_is_not_open_belongs_to_the_change(folder: Path) -> None:
    (change,) = changes(folder)
    assert change.is_whole
    texts = {path: apply_edits(path.read_bytes(), list(edits)).decode() for path, edits in change.edits.items()}
    assert texts == {
        folder / "main.prompt": MAIN.replace("Answer.", "Answer in one word."),
        folder / "search.prompt": SEARCH.replace("Look it up.", "Look it up in the gazetteer."),
    }


@pytest.mark.parametrize(
    "search",
    [
        SEARCH.replace("Look it up.", "Look it up, please."),
        SEARCH.replace("Look it up.", NEW["search/look/system"]),
        SEARCH.replace("llm look", "llm seek"),
        "",
    ],
    ids=["edited", "applied already", "renamed", "emptied"],
)
def test_without_a_part_whose_text_has_changed_nothing_is_claimed(folder: Path, search: str) -> None:
    (change,) = changes(folder, search)
    assert not change.is_whole
    assert set(change.edits) == {folder / "main.prompt"}


def test_a_part_in_a_file_that_uses_the_document_belongs_to_the_change(folder: Path) -> None:
    workspace = Workspace()
    opened(workspace, folder / "search.prompt", SEARCH)
    opened(workspace, folder / "main.prompt", MAIN)
    document = workspace.documents.at(folder / "search.prompt")
    assert document is not None
    workspace.set_findings(document, [finding("search/look/system")])
    (change,) = proven_changes(workspace, document)
    assert change.is_whole
    assert set(change.edits) == {folder / "main.prompt", folder / "search.prompt"}


def test_rewrites_of_different_runs_are_different_changes(folder: Path) -> None:
    other = finding("main/reply/system", "another run")
    assert len(changes(folder, SEARCH, finding("main/reply/system"), other)) == 2
