"""Telling our files from those of other tools with the same ending."""

from __future__ import annotations

import pytest

from prompts_lang.syntax.detect import is_prompt_graph
from tests.syntax.show import parse
from tests.syntax.sources import EVERYTHING

OURS = [
    "",
    "\n\n",
    "# Only a comment so far.\n",
    "language 1\n",
    "llm plan(question\n",
    "model",
    'Some notes first.\n\nmodel m = "a/b"\n',
    EVERYTHING.decode(),
]
FOREIGN = [
    '---\nmodel: googleai/gemini\ninput:\n  schema:\n    text: string\n---\n{{role "user"}}\nExtract from {{text}}.\n',
    "---\nllm: x\n---\ngraph of the thing\n",
    "# Licence\n---\nlanguage 1\n---\n",
    "<system>\nYou are kind.\n</system>\n",
    '{{role "system"}}\nYou are kind.\n',
    "You are a kind assistant.\n\nAnswer in verse.\n",
    "Answer the question.\nuse the tools that you have, and\ncode in Python.\n",
    "prompts:\n  system: You are kind.\n",
    "init do\n  def a\nend init\n",
    "  an indented line alone\n",
    '{"messages": []}\n',
]


@pytest.mark.parametrize("text", OURS, ids=[ascii(text[:20]) for text in OURS])
def test_ours(text: str) -> None:
    assert is_prompt_graph(parse(text))


@pytest.mark.parametrize("text", FOREIGN, ids=[ascii(text[:20]) for text in FOREIGN])
def test_of_other_tools(text: str) -> None:
    assert not is_prompt_graph(parse(text))
