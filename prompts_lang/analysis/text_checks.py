"""Checks on the words of a prompt that need no graph."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prompts_lang.graph.problem import Check, Problem
from prompts_lang.syntax import nodes

_KEYS = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[baprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{30,})"
)
"""Shapes of keys that providers publish: OpenAI and Anthropic, AWS, GitHub, Slack, Google."""


_PASSWORD = re.compile(
    r"\w://[^/\s@]+@|[?&](?:api[-_]?)?(?:key|token|secret|password|sig(?:nature)?)=[^&\s]", re.IGNORECASE
)
"""Where addresses hold secrets: before the host, and in a query."""


def check_text(declaration: nodes.Declaration) -> Iterator[Problem]:
    """Text, and addresses, that look as if there was a secret in them."""
    for item in declaration.items:
        if isinstance(item, nodes.Property):
            for value in item.values:
                if isinstance(value, nodes.String) and (_KEYS.search(value.value) or _PASSWORD.search(value.value)):
                    message = (
                        "This looks as if it held a key or a password, and everybody who has the file has it, too; "
                        "take it from the environment, as in `base env NAME`, and change it if it was real."
                    )
                    yield Problem(Check.LEAKED_KEY, value.span, message)
    for section in declaration.sections:
        for match in _KEYS.finditer(section.text):
            message = (
                "This looks like a key, and would be sent to a provider; remove it, and revoke the key if it was real."
            )
            yield Problem(Check.LEAKED_KEY, section.source_span(*match.span()), message)
