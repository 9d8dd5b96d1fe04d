"""The environment variables that LiteLLM reads keys from, for providers that need nothing else: any of them will do.

Clouds that know several ways to log in (Azure, Bedrock, Vertex) are left out: nothing can be said of them without asking.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PROVIDER_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ai21": ("AI21_API_KEY",),
        "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
        "cerebras": ("CEREBRAS_API_KEY",),
        "codestral": ("CODESTRAL_API_KEY",),
        "cohere": ("COHERE_API_KEY",),
        "deepinfra": ("DEEPINFRA_API_KEY",),
        "deepseek": ("DEEPSEEK_API_KEY",),
        "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        "groq": ("GROQ_API_KEY",),
        "mistral": ("MISTRAL_API_KEY",),
        "nvidia_nim": ("NVIDIA_NIM_API_KEY",),
        "openai": ("OPENAI_API_KEY",),
        "openrouter": ("OPENROUTER_API_KEY",),
        "replicate": ("REPLICATE_API_KEY",),
        "together_ai": ("TOGETHERAI_API_KEY",),
        "xai": ("XAI_API_KEY",),
    }
)


def provider_of(model: str) -> str | None:
    """The provider that an id names before its first slash; None where it names none."""
    provider, slash, _ = model.partition("/")
    return provider if slash else None
