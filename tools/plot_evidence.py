"""Draw the reliability of a backtest as an SVG for the documentation.

    uv run arbitragevault backtest --recordings ../shared/recordings --json > report.json
    uv run python tools/plot_evidence.py report.json docs/images/resale-reliability.svg

Points on the diagonal are right as often as they say; below it the forecast is too low.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

SIDE, MARGIN = 320, 44
COLOURS = {"new": "#0f766e", "used": "#b45309"}


def at(forecast: float, observed: float) -> tuple[float, float]:
    """A point of the plot in pixels."""
    return MARGIN + SIDE * forecast, MARGIN + SIDE * (1 - observed)


def axes() -> list[str]:
    """Frame, diagonal, ticks and names."""
    (left, bottom), (right, top) = at(0, 0), at(1, 1)
    parts = [
        f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#94a3b8"/>',
        f'<line x1="{left}" y1="{bottom}" x2="{right}" y2="{top}" stroke="#cbd5e1"/>',
    ]
    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1):
        x, y = at(tick, tick)
        parts.append(f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{tick:.0%}</text>')
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{tick:.0%}</text>')
    middle = MARGIN + SIDE / 2
    parts.append(f'<text x="{middle}" y="{bottom + 34}" text-anchor="middle">forecast</text>')
    parts.append(f'<text x="{left}" y="{top - 10}">share of outcomes below</text>')
    return parts


def curve(name: str, one: dict[str, Any], row: int) -> list[str]:
    """One condition's points, joined, with its legend."""
    points = [at(point["forecast"], point["observed"]) for point in one["reliability"]]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>']
    parts += [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLOURS[name]}"/>' for x, y in points
    ]
    label = f"{name}: {one['windows']:,} windows of {one['products']} products"
    y = MARGIN + 20 + 18 * row
    parts.append(f'<text x="{MARGIN + 12}" y="{y}" fill="{COLOURS[name]}">{label}</text>')
    return parts


def main() -> None:
    """Read the report and write the drawing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("output", type=Path)
    asked = parser.parse_args()
    told = json.loads(asked.report.read_text(encoding="utf-8"))
    parts = axes()
    for row, (name, one) in enumerate(told["forecast"].items()):
        if one["windows"]:
            parts += curve(name, one, row)
    width = SIDE + 2 * MARGIN
    text = "\n".join(parts)
    asked.output.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" '
        f'font-family="sans-serif" font-size="11">\n'
        f'<rect width="{width}" height="{width}" fill="#fff"/>\n{text}\n</svg>\n',
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
