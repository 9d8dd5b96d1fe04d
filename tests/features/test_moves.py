"""Moved files, and lines that are formatted by themselves."""

from __future__ import annotations

from pathlib import Path

from prompts_lang.features.file_renames import edits_for_moves
from prompts_lang.features.range_formatting import format_range
from prompts_lang.graph.project import Project
from prompts_lang.graph.slots import apply_edits
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.text.span import Span


def project(folder: Path) -> tuple[Path, list[Path]]:
    folder = folder.resolve()
    (folder / "lib" / "data").mkdir(parents=True)
    (folder / "lib" / "data" / "rows.jsonl").write_text("{}\n")
    (folder / "checks.py").write_text("def check(a): ...\n")
    (folder / "lib" / "search.prompt").write_text(
        'dataset d from "data/rows.jsonl"\nmetric m(a, b) from "../checks.py:check"\n'
    )
    (folder / "main.prompt").write_text('use d from "./lib/search.prompt"\ncorpus c from "https://vectors/x"\n')
    return folder, [folder / "main.prompt", folder / "lib" / "search.prompt"]


def after(folder: Path, files: list[Path], moves: dict[str, str]) -> dict[str, str]:
    edits = edits_for_moves(Project(), files, {folder / old: folder / new for old, new in moves.items()})
    return {path.name: apply_edits(path.read_bytes(), found).decode() for path, found in edits.items()}


def test_a_file_takes_its_own_paths_along_and_is_found_by_others(tmp_path: Path):
    folder, files = project(tmp_path)
    assert after(folder, files, {"lib/search.prompt": "search.prompt"}) == {
        "main.prompt": 'use d from "./search.prompt"\ncorpus c from "https://vectors/x"\n',
        "search.prompt": 'dataset d from "lib/data/rows.jsonl"\nmetric m(a, b) from "checks.py:check"\n',
    }


def test_data_and_functions_are_followed(tmp_path: Path):
    folder, files = project(tmp_path)
    moves = {"lib/data/rows.jsonl": "rows.jsonl", "checks.py": "lib/verify.py"}
    assert after(folder, files, moves) == {
        "search.prompt": 'dataset d from "../rows.jsonl"\nmetric m(a, b) from "verify.py:check"\n'
    }


def test_within_a_folder_that_moves_as_a_whole_nothing_changes(tmp_path: Path):
    folder, files = project(tmp_path)
    assert after(folder, files, {"lib": "deep/er"}) == {
        "main.prompt": 'use d from "./deep/er/search.prompt"\ncorpus c from "https://vectors/x"\n',
        "search.prompt": 'dataset d from "data/rows.jsonl"\nmetric m(a, b) from "../../checks.py:check"\n',
    }


UNTIDY = 'model   a = "x/y"\n\ngraph  g( q )  -> b\n\nllm   b(q)->o\n  user:   {{q}}\n    kept   as is\n\nllm c(\n'


def formatted(words: str) -> str:
    start = UNTIDY.index(words)
    edits = format_range(SyntaxFile.parse(UNTIDY.encode()), Span(start, start + len(words)))
    return apply_edits(UNTIDY.encode(), edits).decode()


def test_only_the_chosen_lines_are_formatted():
    assert formatted("llm   b") == UNTIDY.replace("llm   b(q)->o", "llm b(q) -> o")
    assert formatted("  user") == UNTIDY.replace("user:   {{", "user: {{")
    assert formatted("kept   as") == UNTIDY


def test_a_broken_declaration_keeps_the_others_from_nothing():
    text = formatted(UNTIDY)
    assert text.endswith("\n\nllm c(\n")
    assert text.startswith('model a = "x/y"\n\ngraph g(q) -> b\n\nllm b(q) -> o\n  user: {{q}}\n    kept   as is\n')
