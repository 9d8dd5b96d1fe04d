"""The functions of a Python file, found by parsing. The file is never imported, and nothing of it is executed."""

from __future__ import annotations

import ast
import tokenize
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from prompts_lang.text.ordinary_files import read_ordinary

MOST_BYTES = 4 * 2**20
"""The largest file that is parsed, as in the sandbox."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a function.

    Attributes:
        names: those that take an argument by name, in order; None for one that takes it by place alone.
        required: how many of the first ones have no default.
        needed: the names of all parameters without a default, those by name alone included.
        by_name: all names that an argument may be given by.
        takes_more: whether it takes any further arguments by place.
        takes_any: whether it takes any further arguments by name.
    """

    names: tuple[str | None, ...]
    required: int
    needed: tuple[str, ...]
    by_name: tuple[str, ...]
    takes_more: bool
    takes_any: bool


@dataclass(frozen=True, slots=True)
class PythonFile:
    """What a file defines: functions with their signatures (None where that cannot be told), or why it cannot be read.

    `open` is True where names may come from a place that was not looked at, such as `from x import *`.
    """

    names: Mapping[str, Signature | None]
    open: bool = False
    problem: str | None = None


def read_python(path: Path, size: int) -> PythonFile:
    """The names that a file defines at its top level. `size` is in bytes."""
    if size > MOST_BYTES:
        return PythonFile({}, problem=f"is larger than {MOST_BYTES // 2**20} MiB")
    try:
        content = read_ordinary(path, MOST_BYTES)
        encoding, _ = tokenize.detect_encoding(BytesIO(content).readline)
        text = content.decode(encoding)
    except OSError as error:
        return PythonFile({}, problem=f"cannot be read: {error.strerror}")
    except (SyntaxError, UnicodeDecodeError):
        return PythonFile({}, problem="is not text; save it as UTF-8")
    parsed = parse_python(text)
    if isinstance(parsed, SyntaxError):
        return PythonFile({}, problem=f"is not Python: {parsed.msg} (line {parsed.lineno or 1})")
    names: dict[str, Signature | None] = {}
    is_open = False
    for statement in _top_level(parsed.body):
        for name, signature in _defined(statement):
            if name == "*":
                is_open = True
            names[name] = signature
    return PythonFile(names, is_open)


def parse_python(text: str) -> ast.Module | SyntaxError:
    """The tree of a program, or why it is none. What only the compiler refuses, such as a stray `return`, is refused too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a doubtful escape is no mistake of the form
        try:
            tree = ast.parse(text)
            compile(tree, "<python>", "exec", dont_inherit=True)
        except SyntaxError as error:
            return error
        except (ValueError, RecursionError, MemoryError) as error:
            return SyntaxError(str(error) or "it nests too deeply")
        return tree


def stored_names(tree: ast.Module) -> frozenset[str] | None:
    """Every name that a program may set, in whatever scope; None where that cannot be told, because it reaches for its own names."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id="globals" | "exec" | "locals" | "vars" | "eval"):
                return None
            case ast.alias(name="*"):
                return None
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.alias(name=name, asname=alias):
                names.add(alias or name.partition(".")[0])
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                names.add(name)
            case _:
                pass
    return frozenset(names)


def _top_level(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when the file is read, also those behind conditions."""
    for statement in body:
        yield statement
        match statement:
            case ast.If(body=inner, orelse=other):
                yield from _top_level([*inner, *other])
            case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=final):
                caught = [line for handler in handlers for line in handler.body]
                yield from _top_level([*inner, *caught, *other, *final])
            case ast.With(body=inner) | ast.For(body=inner) | ast.While(body=inner):
                yield from _top_level(inner)
            case _:
                pass


def _defined(statement: ast.stmt) -> Iterator[tuple[str, Signature | None]]:
    match statement:
        case ast.FunctionDef(name=name, args=arguments, decorator_list=decorators):
            yield name, None if decorators else _signature(arguments)
        case ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, None
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            for alias in aliases:
                yield alias.asname or alias.name.partition(".")[0], None
        case _:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id, None


def _signature(arguments: ast.arguments) -> Signature:
    by_place = [*arguments.posonlyargs, *arguments.args]
    required = len(by_place) - len(arguments.defaults)
    by_name_alone = [
        one.arg for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None
    ]
    return Signature(
        (*(None for _ in arguments.posonlyargs), *(one.arg for one in arguments.args)),
        required,
        (*(one.arg for one in by_place[:required]), *by_name_alone),
        tuple(one.arg for one in [*arguments.args, *arguments.kwonlyargs]),
        takes_more=arguments.vararg is not None,
        takes_any=arguments.kwarg is not None,
    )
