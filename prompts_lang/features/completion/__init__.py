"""What can be typed next: declarations, properties, values, names in scope, outputs, placeholders, files and what is in them."""

from prompts_lang.features.completion.complete import completions
from prompts_lang.features.completion.offer import Completion, CompletionKind

__all__ = ["Completion", "CompletionKind", "completions"]
