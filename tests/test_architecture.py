"""The map of ARCHITECTURE.md, held: who may import whom, who may know which library, and what a start may cost."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"prompts_lang": ROOT / "prompts_lang", "prompts_server": ROOT / "server" / "prompts_server"}

LANGUAGE = {"errors", "text", "syntax", "graph"}
ENGINE = LANGUAGE | {"data", "engine"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "text": set(),
    "syntax": {"errors", "text"},
    "graph": {"errors", "text", "syntax"},
    "data": LANGUAGE,
    "convert": LANGUAGE,
    "analysis": LANGUAGE | {"data"},
    "features": LANGUAGE | {"data", "analysis"},
    "engine": LANGUAGE | {"data"},
    "autodiff": ENGINE,
    "optimize": ENGINE | {"autodiff"},
    "jobs": ENGINE | {"autodiff", "optimize"},
    "worker": ENGINE | {"jobs"},
    "api": ENGINE,
    "simulate": {"errors", "text", "graph"},
    "cli": ENGINE | {"convert", "analysis", "features", "optimize", "jobs", "simulate", "prompts_server"},
    "prompts_server": LANGUAGE | {"analysis", "features", "convert", "engine", "worker"},
}
"""The layers by name, and what each may import besides itself. `prompts_server` takes of the engine its store and its amounts only."""

SERVER_TAKES_OF_ENGINE = {"prompts_lang.engine.amounts", "prompts_lang.engine.store"}
MAY_KNOW: dict[str, set[str]] = {
    "pygls": {"prompts_server"},
    "lsprotocol": {"prompts_server"},
    "click": {"cli"},
    "rich": {"cli"},
    "networkx": {"features"},
    "litellm": {"simulate"},
    "tree_sitter": {"syntax"},
}
"""Libraries that belong to some layers. LiteLLM is loaded by name in `engine.provider`, and handed to the simulated provider."""
HEAVY = ["litellm", "networkx", "numpy", "aiohttp", "openai", "bm25s", "jsonschema", "sqlite3", "pygls", "lsprotocol"]


@dataclass(frozen=True)
class Import:
    """One import: where it stands, what it names, and when it takes effect."""

    module: str
    target: str
    for_types: bool
    at_start: bool


def modules() -> dict[str, Path]:
    """Every module of the packages by its name."""
    found: dict[str, Path] = {}
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = (package, *path.relative_to(folder).with_suffix("").parts)
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def layer_of(module: str) -> str:
    """The layer that a module belongs to: the folder below `prompts_lang`, or the server."""
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == "prompts_lang" else package


def imports_of(module: str) -> Iterator[Import]:
    """Every import of a module, also those inside of functions."""
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    later = {id(inner) for function in functions for inner in ast.walk(function)}
    for node in ast.walk(tree):
        when = (id(node) in for_types, id(node) not in later)
        if isinstance(node, ast.Import):
            yield from (Import(module, alias.name, *when) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield Import(module, inner if inner in MODULES else node.module, *when)


IMPORTS = [found for module in MODULES for found in imports_of(module)]


def test_the_layers_are_those_of_the_table():
    assert {layer_of(module) for module in MODULES} - {""} == set(MAY_IMPORT)


def test_layers_import_one_way():
    order = list(TopologicalSorter(MAY_IMPORT).static_order())
    assert len(order) == len(MAY_IMPORT)
    wrong = [
        f"{found.module} imports {found.target}"
        for found in IMPORTS
        if found.target in MODULES
        and (layer := layer_of(found.module))
        and (target := layer_of(found.target)) != layer
        and target not in MAY_IMPORT[layer]
    ]
    assert wrong == []


def test_the_server_takes_of_the_engine_what_it_reads():
    taken = [
        found for found in IMPORTS if layer_of(found.module) == "prompts_server" and layer_of(found.target) == "engine"
    ]
    wrong = [
        f"{found.module} imports {found.target}"
        for found in taken
        if not any(found.target == known or found.target.startswith(f"{known}.") for known in SERVER_TAKES_OF_ENGINE)
    ]
    assert wrong == []


def test_no_module_needs_itself_to_be_imported():
    needs: dict[str, set[str]] = {module: set() for module in MODULES}
    for found in IMPORTS:
        if found.at_start and not found.for_types and found.target in MODULES and found.target != found.module:
            needs[found.module].add(found.target)
    assert len(list(TopologicalSorter(needs).static_order())) == len(MODULES)


@pytest.mark.parametrize("library", MAY_KNOW)
def test_a_library_belongs_to_its_layer(library: str):
    users = {layer_of(found.module) for found in IMPORTS if found.target.partition(".")[0] == library}
    assert users <= MAY_KNOW[library]


def test_the_language_knows_no_editor_protocol():
    wrong = [
        f"{found.module} imports {found.target}"
        for found in IMPORTS
        if found.module.startswith("prompts_lang") and found.target.partition(".")[0] in {"pygls", "lsprotocol"}
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("prompts_lang", set[str]()),
        ("prompts_lang.api", set[str]()),
        ("prompts_lang.analysis.data", set[str]()),
        ("prompts_lang.cli", set[str]()),
        ("prompts_lang.cli.commands.check", set[str]()),
        ("prompts_server.command", {"pygls", "lsprotocol"}),
    ],
)
def test_nothing_heavy_is_imported_early(module: str, allowed: set[str]):
    program = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(ast.literal_eval(loaded.stdout)) == allowed


def test_the_invariants_name_tests_that_there_are():
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    _, _, table = text.partition("## Invariants")
    table = table.partition("\n## ")[0]
    named = re.findall(r"`(tests/[\w/.-]+)`", table)
    assert len(named) > 10
    for name in named:
        path = ROOT / name
        assert path.exists(), name
        assert path.is_file() or any(path.rglob("test_*.py")), name
