"""Prompt graphs: a language for programs made of LLM calls, code, retrieval and sub-graphs, and the engine that runs and improves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prompts_lang.api import load

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    # Looked up when it is used: the language server imports this package and must stay light.
    if name == "load":
        from prompts_lang.api import load  # noqa: PLC0415

        return load
    message = f"module '{__name__}' has no attribute '{name}'"
    raise AttributeError(message, name=name)
