"""How a cost grows, as a picture: both axes logarithmic, one line for each store. SVG, written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 40, 50
COLOURS = ("#1b6ca8", "#b3541e", "#2e7d32", "#6a3d9a")
NAMES_APART = 14
"""Units between two names at the ends of lines."""

Line = Mapping[int, float]


def plot(title: str, unit: str, lines: Mapping[str, Line]) -> str:
    """The SVG.

    Args:
        title, unit: of the picture and of its vertical axis.
        lines: a cost above 0 by number of sessions, for each name.
    """
    sizes = sorted({size for line in lines.values() for size in line})
    costs = [cost for line in lines.values() for cost in line.values()]
    low, high = floor(log10(min(costs))), max(ceil(log10(max(costs))), floor(log10(min(costs))) + 1)
    first, last = log10(sizes[0]), max(log10(sizes[-1]), log10(sizes[0]) + 1)

    def across(size: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (log10(size) - first) / (last - first)

    def down(cost: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (log10(cost) - low) / (high - low)

    parts = [_text(LEFT, 22, f"{title}, {unit}", weight="bold")]
    for exponent in range(low, high + 1):
        y = down(10.0**exponent)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{10.0**exponent:,g}", anchor="end"))
    parts += [_text(across(size), HEIGHT - BOTTOM + 20, f"{size:,}", anchor="middle") for size in sizes]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "open sessions", anchor="middle"))
    parts += _lines({name: [(across(n), down(line[n])) for n in sorted(line)] for name, line in lines.items()})
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', *parts, "</svg>", ""])


def _lines(points: Mapping[str, list[tuple[float, float]]]) -> list[str]:
    """The lines, and their names at the right, moved apart where lines end close together."""
    parts = []
    lowest = 0.0
    for number, (name, line) in enumerate(sorted(points.items(), key=lambda item: item[1][-1][1])):
        colour = COLOURS[number % len(COLOURS)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in line)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in line]
        lowest = max(line[-1][1] + 4, lowest + NAMES_APART)
        parts.append(_text(WIDTH - RIGHT + 10, lowest, name, colour=colour))
    return parts


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal", colour: str = "#222") -> str:
    style = f'font-size="12" text-anchor="{anchor}" font-weight="{weight}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'
