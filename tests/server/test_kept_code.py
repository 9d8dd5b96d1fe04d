"""The code of dataclasses is kept, and what is wrong with what was kept is no harm."""

from __future__ import annotations

import builtins
import dataclasses
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from prompts_server.kept_code import keeping_code

MAGIC = importlib.util.MAGIC_NUMBER


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are compiled; they may be written to files."""
    texts: list[str] = []

    def compile_and_note(source: str, *arguments: Any, **named: Any) -> Any:
        texts.append(source)
        return builtins.compile(source, *arguments, **named)

    monkeypatch.setattr("prompts_server.kept_code.compile", compile_and_note, raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return texts


def point() -> Any:
    return dataclasses.make_dataclass("Point", [("x", int), ("y", int, 2)], frozen=True, slots=True)


def test_what_was_compiled_once_is_not_compiled_again(tmp_path: Path, compiled: list[str]) -> None:
    file = tmp_path / "new" / "code"
    with keeping_code(file):
        first = point()
    assert len(compiled) > 2
    compiled.clear()
    with keeping_code(file):
        second = point()
    assert compiled == []
    for kind in (first, second):
        assert (kind(1), kind(1) == kind(1, 2), hash(kind(3)), repr(kind(1))) == (
            kind(1, 2),
            True,
            hash((3, 2)),
            "Point(x=1, y=2)",
        )
        with pytest.raises(dataclasses.FrozenInstanceError):
            kind(1).x = 2
    assert list(file.parent.iterdir()) == [file]


def test_another_class_is_another_text(tmp_path: Path, compiled: list[str]) -> None:
    with keeping_code(tmp_path / "code"):
        point()
    compiled.clear()
    with keeping_code(tmp_path / "code"):
        other = dataclasses.make_dataclass("Other", ["a"])
    assert compiled
    assert other(1).a == 1


@pytest.mark.parametrize("kept", [b"", b"\0\0\0\0abc", MAGIC, MAGIC + b"{", MAGIC + b"N"], ids=repr)
def test_a_damaged_file_is_replaced(tmp_path: Path, compiled: list[str], kept: bytes) -> None:
    file = tmp_path / "code"
    file.write_bytes(kept)
    with keeping_code(file):
        assert point()(1).y == 2
    assert file.read_bytes().startswith(MAGIC)
    compiled.clear()
    with keeping_code(file):
        point()
    assert compiled == []


def test_nothing_is_written_where_python_writes_nothing(
    tmp_path: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with keeping_code(tmp_path / "code"):
        point()
    assert compiled
    assert list(tmp_path.iterdir()) == []


def test_dataclasses_are_as_before_afterwards(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), keeping_code(tmp_path / "code"):
        _ = 1 / 0
    assert "exec" not in vars(dataclasses)
