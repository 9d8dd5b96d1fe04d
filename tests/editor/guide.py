"""What docs/editors.md tells people to put into their configuration, so that the sessions run exactly that."""

import re
import subprocess
from collections.abc import Mapping

from tests.editor.conftest import ROOT

_GUIDE = ROOT / "docs" / "editors.md"


def blocks(editor: str, language: str) -> list[str]:
    """The blocks of code in a language in the section about an editor."""
    sections = re.split(r"^## ", _GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (section,) = (section for section in sections if section.startswith(f"{editor} "))
    return re.findall(rf"^```{language}\n(.*?)^```$", section, flags=re.MULTILINE | re.DOTALL)


def run_shell_blocks(editor: str, environment: Mapping[str, str]) -> None:
    """Does what the section about an editor says to do in a shell."""
    for block in blocks(editor, "sh"):
        subprocess.run(["sh", "-euc", block], cwd=ROOT, env=environment, check=True)
