"""What a model writes reaches a terminal as text and as nothing else."""

from __future__ import annotations

import pytest

from prompts_lang.cli.text import flat, harmless


@pytest.mark.parametrize(
    "attack",
    ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\r", "\x08\x08", "\x00", "\u202egnp.exe", "\u2066x\u2069", "\ud83d"],
)
def test_nothing_in_a_text_drives_a_terminal_or_reorders_words(attack: str) -> None:
    shown = harmless(f"before {attack} after")
    assert shown.startswith("before \N{REPLACEMENT CHARACTER}")
    assert shown.endswith(" after")
    assert not set(shown) & set("\x00\x07\x08\r\x1b\x9b\u202e\u2066\u2069")


def test_tabs_lines_and_letters_of_any_language_stay() -> None:
    text = "a\tb\n你好 Ünï 😀"
    assert harmless(text) == text
    assert flat(text) == "a b 你好 Ünï 😀"
