"""The kinds of refactorings, apart from what makes them: a server names the kinds at its start, and needs the rest much later or never."""

from __future__ import annotations

from enum import StrEnum


class RefactoringKind(StrEnum):
    """The kinds, by the names that editors have for them."""

    EXTRACT = "refactor.extract"
    INLINE = "refactor.inline"
    REWRITE = "refactor.rewrite"
