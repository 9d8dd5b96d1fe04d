"""Every link in the pages that people read leads somewhere: to a file of the repository, and to a heading that is in it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)[^)]*\)|<img[^>]*\bsrc=\"([^\"]+)\"")
FENCED = re.compile(r"^( *)(```+|~~~+).*?^\1\2[`~]*$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`")
HEADING = re.compile(r"^#+ +(.+?) *#*$", re.MULTILINE)


def pages() -> list[Path]:
    """All Markdown pages under version control."""
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def links(page: Path) -> Iterator[str]:
    """The addresses that a page links to or shows as pictures, outside of code."""
    prose = CODE.sub("", FENCED.sub("", page.read_text(encoding="utf-8")))
    for match in LINK.finditer(prose):
        yield match[1] or match[2]


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub names them in addresses."""
    prose = FENCED.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(prose)}


def is_dead(page: Path, address: str) -> bool:
    """Whether a link within the repository leads nowhere; what is elsewhere is not looked at."""
    parts = urlsplit(address)
    if parts.scheme:
        return False
    target = (page.parent / unquote(parts.path)) if parts.path else page
    if not target.exists():
        return True
    return bool(parts.fragment) and target.suffix == ".md" and parts.fragment not in anchors(target)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert [address for address in links(page) if is_dead(page, address)] == []


def test_every_picture_is_shown() -> None:
    shown = {(page.parent / address).resolve() for page in pages() for address in links(page)}
    assert [picture.name for picture in sorted((ROOT / "docs" / "images").iterdir()) if picture not in shown] == []


@pytest.mark.parametrize("address", ["nothing.md", "images/nothing.png", "vscode.md#nothing", "#nothing"])
def test_a_dead_link_is_seen(address: str) -> None:
    assert is_dead(ROOT / "docs" / "vscode.md", address)
