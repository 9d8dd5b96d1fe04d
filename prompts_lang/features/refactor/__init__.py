"""Changes of a graph's shape: a part of a prompt becomes a node, nodes become a graph, and back.

A model does not answer the same when its prompt is taken apart, so these are starting points for a person, not proofs of equality.
What they do promise: the file has no errors that it did not have before.
"""

from prompts_lang.features.refactor.choose import refactorings
from prompts_lang.features.refactor.refactoring import Refactoring
from prompts_lang.features.refactoring_kind import RefactoringKind

__all__ = ["Refactoring", "RefactoringKind", "refactorings"]
