"""Runs one code unit and puts what came of it into JSON: `{"value": {...}}` or `{"problem": {...}}`.

The code shares this process, so it may do to it what it likes; what it cannot do is leave it (see `confine`). Names that are needed
after the code has run are bound before.
"""

from __future__ import annotations

import json
import sys
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

from confine import allow_margin

TYPE_CHECKING = False  # importing `typing` would cost a tenth of the start-up
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_MOST_FRAMES = 16
_MOST_TEXT = 2000
# What the engine reads (`DEEPEST` in `prompts_lang.data.json_values`), without the two levels around a value
_DEEPEST = 198
_OUT_OF_MEMORY = b'{"problem": {"kind": "memory", "message": "MemoryError: the code ran out of memory", "frames": []}}'
_TAMPERED = (
    b'{"problem": {"kind": "protocol", "message": "The code broke the interpreter that runs it.", "frames": []}}'
)
_PRETTY_EXIT = "SystemExit: the code left with sys.exit({})"


class _Refused(Exception):  # noqa: N818 - a verdict, not a mistake
    """The unit does not say what to run."""


class _NotAValue(Exception):  # noqa: N818 - as above
    """The code came to its end, but what it left is not what the node declares."""


def prepare(code: dict[str, Any], arguments: dict[str, Any], output_bytes: int) -> Callable[[], bytes]:
    """Returns a function that runs the unit and gives the body of the answer. It raises nothing."""
    texts = {source["file"]: _lines(source) for source in (code["main"], *code["siblings"])}

    def run() -> bytes:
        try:
            try:
                values = _evaluate(code, arguments)
                body = _encode(values, code["outputs"])
            except BaseException as error:  # noqa: BLE001 - a failure of the code is an answer, whatever it raises
                allow_margin()
                body = dumps({"problem": _problem(error, texts)}).encode("utf-8", "replace")
            for stream in (sys.stdout, sys.stderr):
                _flush(stream)
            if len(body) > output_bytes:
                message = f"The result has {len(body):,} bytes; the limit is {output_bytes:,}."
                body = dumps({"problem": {"kind": "output", "message": message, "frames": []}}).encode()
        except MemoryError:
            return _OUT_OF_MEMORY
        except BaseException:  # noqa: BLE001 - the code has replaced what this function stands on: still an answer
            return _TAMPERED
        return body

    dumps = json.dumps
    return run


def _evaluate(code: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    main, outputs = code["main"], code["outputs"]
    sys.meta_path.append(_Siblings({source["name"]: source for source in code["siblings"]}))
    # A file named like a module of Python's own must not take its place.
    name = "__node__" if main["name"] in sys.stdlib_module_names else main["name"]
    module = ModuleType(name)
    sys.modules[name] = module
    if code["function"] is None:
        module.__dict__.update(arguments)
        exec(_compile(main), module.__dict__)  # noqa: S102 - running the code is the task
        missing = [name for name in outputs if name not in module.__dict__]
        if missing:
            raise _NotAValue(f"The code ended without setting {_listed(missing)}.")
        return {name: module.__dict__[name] for name in outputs}
    exec(_compile(main), module.__dict__)  # noqa: S102 - as above
    function = module.__dict__.get(code["function"])
    if not callable(function):
        raise _Refused(f"{main['file']} has no function {code['function']!r}.")
    returned: Any = function(*arguments.values()) if code["positional"] else function(**arguments)
    if len(outputs) == 1:
        return {outputs[0]: returned}
    missing = [name for name in outputs if name not in returned] if isinstance(returned, dict) else outputs
    if missing:
        raise _NotAValue(f"{code['function']} must return a dict with all its outputs; {_listed(missing)} is missing.")
    return {name: returned[name] for name in outputs}


def _encode(values: dict[str, Any], outputs: Sequence[str]) -> bytes:
    parts: list[str] = []
    for name in outputs:
        try:
            text = json.dumps(values[name], ensure_ascii=False, allow_nan=False)
            text.encode("utf-8")
        except (TypeError, ValueError, RecursionError) as error:
            raise _NotAValue(f"The output {name!r} is not JSON: {_said(error)}.") from None
        if _is_too_deep(values[name]):
            raise _NotAValue(f"The output {name!r} nests more than {_DEEPEST} levels deep.")
        parts.append(f"{json.dumps(name)}: {text}")
    return f'{{"value": {{{", ".join(parts)}}}}}'.encode()


def _is_too_deep(value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(_DEEPEST + 1):
        containers: list[Any] = [entry for entry in level if issubclass(type(entry), (dict, list, tuple))]
        if not containers:
            return False
        level = [inner for entry in containers for inner in (entry.values() if hasattr(entry, "values") else entry)]
    return True


# ---------------------------------------------------------------------------------------------------------------- modules


class _Siblings:
    """Imports the modules beside the main file from memory, after everything that Python itself has.

    Finder and loader in one, by their protocols; the abstract classes for them are slow to import.
    """

    def __init__(self, sources: dict[str, dict[str, Any]]) -> None:
        self._sources = sources

    def find_spec(self, fullname: str, *_place: object) -> ModuleSpec | None:
        source = self._sources.get(fullname)
        if source is None:
            return None
        loader: Any = self
        return ModuleSpec(fullname, loader, origin=source["file"], is_package=source["package"])

    def create_module(self, _spec: ModuleSpec) -> ModuleType | None:
        return None  # the usual kind of module will do

    def exec_module(self, module: ModuleType) -> None:
        exec(_compile(self._sources[module.__name__]), module.__dict__)  # noqa: S102 - running the code is the task

    def get_source(self, fullname: str) -> str:
        return self._sources[fullname]["text"]


def _compile(source: dict[str, Any]) -> CodeType:
    # Blank lines in front give every line the number that it has in its own file.
    return compile("\n" * (source["first_line"] - 1) + source["text"], source["file"], "exec", dont_inherit=True)


def _lines(source: dict[str, Any]) -> list[str]:
    # As Python counts them: `splitlines` would also end a line at a form feed or a Unicode separator.
    lines = source["text"].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [*[""] * (source["first_line"] - 1), *lines]


# --------------------------------------------------------------------------------------------------------------- problems


def _problem(error: BaseException, texts: dict[str, list[str]]) -> dict[str, Any]:
    frames: list[dict[str, Any]] = []
    if isinstance(error, (_Refused, _NotAValue)):
        kind = "refused" if isinstance(error, _Refused) else "exception"
        return {"kind": kind, "message": _whole(str(error)), "frames": frames}
    step = error.__traceback__
    while step is not None:
        place = step.tb_frame.f_code
        # Files of the user have bare names; those of Python and of this package have absolute or frozen ones.
        if not place.co_filename.startswith(("/", "<frozen ")):
            frames.append(_frame(place.co_filename, step.tb_lineno, place.co_name, texts))
            del frames[: max(0, len(frames) - _MOST_FRAMES)]
        step = step.tb_next
    if isinstance(error, SyntaxError) and error.filename in texts:
        frames.append(_frame(error.filename, error.lineno or 1, "<module>", texts))
    kind = "memory" if isinstance(error, MemoryError) else "exception"
    return {"kind": kind, "message": _whole(_said(error)), "frames": frames}


def _frame(file: str, line: int, function: str, texts: dict[str, list[str]]) -> dict[str, Any]:
    lines = texts.get(file, [])
    text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return {"file": _whole(file), "line": line, "function": _whole(function), "text": _whole(text)}


def _said(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return _PRETTY_EXIT.format(str(error)[:_MOST_TEXT])
    try:
        said = str(error)
    except BaseException:  # noqa: BLE001 - the code's own __str__ may do anything
        said = ""
    name = type(error).__name__
    return (f"{name}: {said}" if said else name)[:_MOST_TEXT]


def _whole(text: str) -> str:
    """The text without halves of characters, which no channel carries, and not too long."""
    return text[:_MOST_TEXT].encode("utf-8", "replace").decode("utf-8")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _flush(stream: Any) -> None:
    try:
        stream.flush()
    except BaseException:  # noqa: BLE001 - the code may have closed or replaced it; what it lost is its own
        return
