"""Code as content: which files belong to a function, and what cannot be read."""

from __future__ import annotations

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


def test_a_folder_that_is_imported_whole_is_bounded(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"m{number}.py").write_text(f"import m{number + 1}\n")
    with pytest.raises(FileError, match="more than 200 modules"):
        function_code(tmp_path / "m0.py", "f", ("x",))
