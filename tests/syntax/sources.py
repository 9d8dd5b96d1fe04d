"""Files to test with: the samples, and strategies that make whole, half and hostile ones from their pieces."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
SAMPLES = {path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "samples").glob("*.prompt"))}
EXAMPLES = {str(path.relative_to(ROOT)): path.read_bytes() for path in sorted((ROOT / "examples").rglob("*.prompt"))}
EVERYTHING = SAMPLES["everything"]

LINES = sorted({line for line in EVERYTHING.splitlines(keepends=True) if line.strip()})
ODD_PIECES = [
    b"\n",
    b"\r",
    b"\r\n",
    b"  ",
    b"    ",
    b"   ",
    b"\t",
    b"# c\n",
    b"  # c\n",
    b"{{",
    b"}}",
    b"{{a}}",
    b'"',
    b"(",
    b")",
    b"[",
    b"{",
    b":",
    b"->",
    b"=",
    b",",
    b".",
    b"$",
    b"learn",
    b"when not",
    b" or ",
    b"\xff",
    b"\x00",
    b"\x0b",
    "\u2028é😀".encode(),
    b"\xef\xbb\xbf",
    b"llm a() -> b\n",
    b"model m\n",
    b"\n\n",
]

PIECES = st.one_of(
    st.sampled_from(LINES),
    st.sampled_from(ODD_PIECES),
    st.sampled_from(LINES).map(lambda line: line[: len(line) // 2]),
    st.binary(max_size=4),
)
SOURCES = st.lists(PIECES, max_size=25).map(b"".join)
"""Files made of whole lines, half lines, odd pieces and raw bytes."""
