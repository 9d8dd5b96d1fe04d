"""Text of models and rows in hovers: an editor that reads it as Markdown shows the words, and nothing else comes of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from prompts_lang.features.hover import LONGEST_QUOTE, plain, quoted
from prompts_lang.text.normalise import unseen

MARKDOWN = MarkdownIt("commonmark").enable("table").enable("strikethrough")
HOSTILE = [
    "[run](command:workbench.action.terminal.sendSequence)",
    "![x](https://evil.example/track.png)",
    "<command:prompts.optimize>",
    "<img src=x onerror=alert(1)>",
    "<!-- a comment",
    "[x]: command:evil",
    "[x][y]",
    "&lt;script&gt;&#91;x&#93;(command:evil)",
    "https://evil.example/?x=1",
    "HTTP://EVIL.EXAMPLE",
    "www.evil.example",
    "WWW.evil.example",
    "mail@evil.example",
    "``` evil",
    "~~~ evil",
    "`code` and ``code``",
    "    indented",
    "# head",
    "> quote",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "123456789) item",
    "---",
    "===",
    "***",
    "| a | b |",
    "~~struck~~",
    "\\[x](command:evil)",
    "\\\\[x](command:evil)",
    "**bold** __bold__ *it* _it_",
    "a\u2028# b\x85- c",
    "\x1b]8;;https://evil.example\x07link",
    "\u202emoc.live",
    "$(zap) $x$",
]


def words(token: Token) -> str:
    """The text of an inline token that is nothing but text."""
    kinds = {child.type for child in token.children or ()}
    assert kinds <= {"text", "text_special"}, kinds
    return "".join(child.content for child in token.children or ())


def shown(text: str) -> str:
    flat = " ".join(text.split())
    flat = "".join("\N{REPLACEMENT CHARACTER}" if each in unseen(flat) else each for each in flat)
    return flat if len(flat) <= LONGEST_QUOTE else flat[: LONGEST_QUOTE - 1] + "…"


def check(text: str, before: str, after: str) -> None:
    tokens = [
        token
        for token in MARKDOWN.parse(before + plain(text) + after)
        if token.type not in {"paragraph_open", "paragraph_close"}
    ]
    (ours,) = [token for token in tokens if token.type == "inline" and token.content not in {"Above.", "Below."}]
    assert words(ours) == shown(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_words_of_a_model_are_shown_as_words(text: str) -> None:
    check(text, "Above.\n\n", "\n\nBelow.")
    assert not re.search(
        r"(?<!\\)://|www\.|\w@", plain(text), re.IGNORECASE
    )  # what editors make links of without any mark


@given(st.text(alphabet=st.sampled_from("[]()<>!#*_`~|\\-+=&;:/@.1a \n\u202e")) | st.text())
@example("a" * 500)
def test_whatever_they_are(text: str) -> None:
    if text.split():
        check(text, "Above.\n\n", "\n\nBelow.")
        check(text, "", "")


@pytest.mark.parametrize("text", [*HOSTILE, "`", "``", "a`", "`a", "```a```"])
def test_words_of_a_row_are_shown_as_code(text: str) -> None:
    (paragraph,) = [token for token in MARKDOWN.parse(f"Above {quoted(text)} below") if token.type == "inline"]
    assert [child.type for child in paragraph.children or ()] == ["text", "code_inline", "text"]
    assert [child.content.strip() for child in paragraph.children or ()] == ["Above", shown(text), "below"]


@given(st.text(alphabet=st.sampled_from("`a \n[](:)<>")) | st.text())
def test_whatever_the_row_is(text: str) -> None:
    if text.split():
        (paragraph,) = [token for token in MARKDOWN.parse(f"Above {quoted(text)} below") if token.type == "inline"]
        assert [child.type for child in paragraph.children or ()] == ["text", "code_inline", "text"]
