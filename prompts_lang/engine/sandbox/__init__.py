"""Runs code that nobody vouches for: the code nodes, metrics and generated programs of a graph."""

from prompts_lang.engine.sandbox.code import function_code, inline_code
from prompts_lang.engine.sandbox.local import Detection, LocalSandbox
from prompts_lang.engine.sandbox.model import (
    CodeFrame,
    CodeUnit,
    FunctionCode,
    InlineCode,
    Level,
    Limits,
    Sandbox,
    SandboxProblem,
    SandboxProblemKind,
    SandboxResult,
    SourceFile,
)

__all__ = [
    "CodeFrame",
    "CodeUnit",
    "Detection",
    "FunctionCode",
    "InlineCode",
    "Level",
    "Limits",
    "LocalSandbox",
    "Sandbox",
    "SandboxProblem",
    "SandboxProblemKind",
    "SandboxResult",
    "SourceFile",
    "function_code",
    "inline_code",
]
