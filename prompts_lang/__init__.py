"""Prompt graphs: a language for programs made of LLM calls, code, retrieval and sub-graphs, and the engine that runs and improves them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from prompts_lang.api import PromptFile, PromptGraph, load
    from prompts_lang.engine.outputs import Outputs
    from prompts_lang.errors import FileError, NodeError, ProgramError, PromptsError, ProviderError, UsageError

__all__ = [
    "FileError",
    "NodeError",
    "Outputs",
    "ProgramError",
    "PromptFile",
    "PromptGraph",
    "PromptsError",
    "ProviderError",
    "UsageError",
    "load",
]

_API: Final = frozenset({"PromptFile", "PromptGraph", "load"})


def __getattr__(name: str) -> Any:
    # Looked up when it is used: the language server imports this package and must stay light.
    if name not in __all__:
        message = f"module '{__name__}' has no attribute '{name}'"
        raise AttributeError(message, name=name)
    home = "api" if name in _API else "engine.outputs" if name == "Outputs" else "errors"
    return getattr(import_module(f"{__name__}.{home}"), name)
