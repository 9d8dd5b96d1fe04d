# /// script
# requires-python = ">=3.11"
# dependencies = ["pillow>=11"]
# ///
"""Puts the pictures that the pages show where they are shown, as PNG files with a palette, a third of the size.

Usage: uv run --no-project scripts/editor-pictures.py TAKEN, where TAKEN is the folder with the pictures of a run of the sessions.
"""

import re
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SHOWN = re.compile(r"\bimages/([a-z-]+\.png)")


def main(taken: Path) -> None:
    """Renews every picture; fails when one was not taken."""
    images = ROOT / "docs" / "images"
    images.mkdir(exist_ok=True)
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    names = {name for page in pages for name in SHOWN.findall(page.read_text(encoding="utf-8"))}
    missing = sorted(name for name in names if not (taken / name).exists())
    if missing:
        sys.exit(f"pictures that no session took: {', '.join(missing)}")
    for name in names:
        with Image.open(taken / name) as picture:
            with_palette(picture.convert("RGB")).save(images / name, optimize=True)


def with_palette(picture: Image.Image) -> Image.Image:
    """The picture in its 256 most frequent colours: surfaces keep theirs, and the edges of letters get the nearest."""
    counted = sorted(picture.getcolors(picture.width * picture.height), reverse=True)[:256]
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for _, colour in counted for level in colour])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
