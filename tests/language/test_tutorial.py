"""The tutorial, followed to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts_lang.features.formatting import format_file
from prompts_lang.syntax.file import SyntaxFile
from tests.language.pages import matches, put, run, shell, snippets, steps

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "language.md"


@pytest.mark.timeout(900)  # it contains an optimisation
def test_every_snippet_does_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path
    for snippet in snippets(PAGE):
        match snippet.kind:
            case "sh":
                folder = shell(snippet.text, folder)
                monkeypatch.chdir(folder)
            case "prompt":
                assert snippet.file is not None
                path = folder / snippet.file
                before = path.read_bytes() if path.exists() else b""
                path.write_bytes(put(before, snippet.text.encode()))
            case "console":
                for step in steps(snippet):
                    printed, code = run(step.command)
                    assert matches(step.shown, printed), f"line {snippet.line}: {step.command}\n{printed}"
                    # A check that finds something and a run whose contract fails say so by their code, too.
                    assert code == 0 or "error" in step.shown or "contract" in step.shown, step.command
            case _:
                pytest.fail(f"line {snippet.line}: a block of another kind")


@pytest.mark.parametrize(
    "snippet", [one for one in snippets(PAGE) if one.kind == "prompt"], ids=lambda one: f"line{one.line}"
)
def test_every_snippet_is_formatted(snippet):
    text = snippet.text.encode()
    assert format_file(SyntaxFile.parse(text)) == text
