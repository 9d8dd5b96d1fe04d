"""A line chart as SVG, with nothing but the standard library: few lines, a legend at their ends, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 60, 190, 44, 48
COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#b279a2", "#e45756", "#8c8c8c")


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through points, in order."""

    name: str
    points: Sequence[tuple[float, float]]


def line_chart(title: str, across: str, up: str, lines: Sequence[Line], *, top: float) -> str:
    """The chart. Both axes begin at 0, and the upward one ends at `top`."""
    end = max(x for line in lines for x, _ in line.points)

    def place(x: float, y: float) -> tuple[float, float]:
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return round(LEFT + wide * x / end, 1), round(TOP + high * (1 - y / top), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-size="16">{escape(title)}</text>',
    ]
    for step in range(6):
        (left, y), (right, _) = place(0, top * step / 5), place(end, top * step / 5)
        parts.append(f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}" stroke="#dddddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{top * step / 5:.1f}</text>')
    for step in range(5):
        x, bottom = place(end * step / 4, 0)
        parts.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{end * step / 4:.0f}</text>')
    middle, bottom = place(end / 2, 0)
    parts.append(f'<text x="{middle}" y="{bottom + 38}" text-anchor="middle">{escape(across)}</text>')
    parts.append(f'<text x="16" y="{TOP - 8}">{escape(up)}</text>')
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x},{y}" for x, y in (place(*point) for point in line.points))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        y = TOP + 16 + 20 * number
        parts.append(
            f'<line x1="{WIDTH - RIGHT + 16}" y1="{y - 4}" x2="{WIDTH - RIGHT + 40}" y2="{y - 4}" stroke="{colour}" stroke-width="2"/>'
        )
        parts.append(f'<text x="{WIDTH - RIGHT + 46}" y="{y}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
