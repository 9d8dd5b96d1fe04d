"""Code as content: which files belong to a function, and what cannot be read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from prompts_lang.engine.sandbox import function_code
from prompts_lang.errors import FileError


def test_only_what_is_imported_belongs_to_a_function(tmp_path: Path) -> None:
    (tmp_path / "package" / "inner").mkdir(parents=True)
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "inner" / "__init__.py").write_text("from .. import near\nfrom ... import outside\n")
    (tmp_path / "package" / "near.py").write_text("import os, numpy, main\n")
    (tmp_path / "outside.py").write_text("")
    (tmp_path / "broken.py").write_text("def (:\n")
    (tmp_path / "other.py").write_text("")
    (tmp_path / "main.py").write_text("import package.inner\ndef f():\n    import broken\n")
    code = function_code(tmp_path / "main.py", "f", ("x",))
    assert code.main.name == "main"
    assert [(module.name, module.file, module.package) for module in code.siblings] == [
        ("broken", "broken.py", False),
        ("package", "package/__init__.py", True),
        ("package.inner", "package/inner/__init__.py", True),
        ("package.near", "package/near.py", False),
    ]


def test_units_are_equal_when_their_content_is(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "main.py").write_text("import other\ndef f(): pass\n")
        (tmp_path / folder / "other.py").write_text("N = 1\n")
    first, second = (function_code(tmp_path / folder / "main.py", "f", ("x",)) for folder in ("a", "b"))
    assert first == second
    (tmp_path / "b" / "other.py").write_text("N = 2\n")
    assert first != function_code(tmp_path / "b" / "main.py", "f", ("x",))


def test_the_declared_encoding_of_a_file_counts(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_bytes("# coding: latin-1\nA = 'ä'\n".encode("latin-1"))
    assert "'ä'" in function_code(tmp_path / "main.py", "f", ("x",)).main.text


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read: No such file"), (b"\xff\xfe\x00", "not text"), (b"#" * 2**23, "larger than")],
    ids=["missing", "binary", "huge"],
)
def test_a_file_that_cannot_be_code_is_told_with_its_place(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "main.py"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileError, match=message) as caught:
        function_code(path, "f", ("x",))
    assert caught.value.where == str(path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "main.py")  # whoever opens it to read waits for a writer
    with pytest.raises(FileError, match="cannot be read"):
        function_code(tmp_path / "main.py", "f", ("x",))
    with pytest.raises(FileError, match="cannot be read"):
        function_code(tmp_path, "f", ("x",))
    with pytest.raises(FileError, match="cannot be read"):
        function_code(Path("/dev/zero"), "f", ("x",))
    (tmp_path / "other.py").write_text("import main\ndef f(): return 1\n")
    assert function_code(tmp_path / "other.py", "f", ("x",)).siblings == ()


def test_code_runs_as_it_was_read_whatever_becomes_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("def f(): return 'checked'\n")
    code = function_code(tmp_path / "main.py", "f", ("x",))
    (tmp_path / "main.py").write_text("def f(): return 'exchanged'\n")
    assert "exchanged" not in code.main.text


def test_links_are_followed_while_reading_and_their_targets_named_by_no_path(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "elsewhere" / "shared.py").write_text("N = 1\n")
    (tmp_path / "project" / "shared.py").symlink_to(tmp_path / "elsewhere" / "shared.py")
    (tmp_path / "project" / "round.py").symlink_to(tmp_path / "project" / "round.py")
    (tmp_path / "project" / "main.py").write_text("import shared, round\ndef f(): return shared.N\n")
    code = function_code(tmp_path / "project" / "main.py", "f", ("x",))
    assert [(file.name, file.file) for file in code.siblings] == [("shared", "shared.py")]
    assert str(tmp_path) not in repr(code)


def test_a_folder_that_is_imported_whole_is_bounded(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"m{number}.py").write_text(f"import m{number + 1}\n")
    with pytest.raises(FileError, match="more than 200 modules"):
        function_code(tmp_path / "m0.py", "f", ("x",))
