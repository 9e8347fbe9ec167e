"""Draw how right the evidence says that decisions are, as the documentation shows it.

    uv run arbitragevault backtest --recordings ../shared/recordings --json > recordings.json
    uv run arbitragevault backtest --sandbox --products 120 --json > sandbox.json
    uv run python benchmarks/market_truth.py --seed 7002 --products 1000
    cp artifacts/benchmarks/market_truth.json truth.json
    uv run python tools/plot_evidence.py recordings.json sandbox.json truth.json docs/images

Points on the diagonal are right as often as they say; a larger point is about more cases.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

SIDE, LEFT, TOP, LEGEND = 300, 48, 34, 210
COLOURS = ("#0f766e", "#b45309", "#2563eb")

Point = Mapping[str, float]


def drawing(title: str, said: str, came: str, curves: Mapping[str, Sequence[Point]]) -> str:
    """A plot of what came against what was said.

    Args:
        title: Above it.
        said: Name of the axis of what was said, a share from 0 to 1.
        came: Name of the other axis.
        curves: By legend, points with ``forecast``, ``observed`` and perhaps ``windows``.
    """
    size = f"{SIDE + LEFT + LEGEND} {SIDE + 80}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">',
        "<style>text { font: 12px sans-serif }</style>",
        '<rect width="100%" height="100%" fill="white"/>',
        *_axes(title, said, came),
    ]
    for number, (name, points) in enumerate(curves.items()):
        parts += _curve(name, points, number)
    return "\n".join([*parts, "</svg>", ""])


def _at(forecast: float, observed: float) -> tuple[float, float]:
    """A point in pixels."""
    return LEFT + SIDE * forecast, TOP + SIDE * (1.0 - observed)


def _axes(title: str, said: str, came: str) -> list[str]:
    (left, bottom), (right, top) = _at(0.0, 0.0), _at(1.0, 1.0)
    parts = [
        f'<text x="{left}" y="14">{title}</text>',
        f'<text x="{left}" y="{top - 6}">{came}</text>',
        f'<text x="{left + SIDE / 2}" y="{bottom + 34}" text-anchor="middle">{said}</text>',
        f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>',
        f'<line x1="{left}" y1="{bottom}" x2="{right}" y2="{top}" stroke="#bbb"/>',
    ]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x, y = _at(tick, tick)
        parts.append(f'<text x="{x:g}" y="{bottom + 16}" text-anchor="middle">{tick:.0%}</text>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:g}" text-anchor="end">{tick:.0%}</text>')
    return parts


def _curve(name: str, points: Sequence[Point], number: int) -> list[str]:
    colour = COLOURS[number]
    places = [_at(point["forecast"], point["observed"]) for point in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    most = max(point.get("windows", 1) for point in points)
    sizes = [2.0 + 3.0 * (point.get("windows", 1) / most) ** 0.5 for point in points]
    y = TOP + 16 + 18 * number
    return [
        f'<polyline points="{line}" fill="none" stroke="{colour}"/>',
        *(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" fill="{colour}"/>'
            for (x, y), size in zip(places, sizes, strict=True)
        ),
        f'<text x="{LEFT + SIDE + 14}" y="{y}" fill="{colour}">{escape(name)}</text>',
    ]


def drawings(recordings: Any, sandbox: Any, truth: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    """Every plot by the name of its file.

    Args:
        recordings: Report of a backtest of these.
        sandbox: The same of the sandbox.
        truth: What ``benchmarks/market_truth.py`` has found.
    """
    return {
        "resale-reliability": drawing(
            "Resale price, recordings",
            "forecast level",
            "outcomes below",
            {
                f"{name}: {one['windows']:,} windows": one["reliability"]
                for name, one in recordings["forecast"].items()
            },
        ),
        "max-cost-reliability": drawing(
            "Max cost at a confidence",
            "stated",
            "targets met",
            {name: one["max_cost_reliability"] for name, one in _named(recordings, sandbox)},
        ),
        "sales-rate-reliability": drawing(
            "Sales rate, simulated",
            "central interval",
            "true rates inside",
            {
                f"{band} a month: {one['cases']:,}": [
                    {"forecast": float(share), "observed": one[share]} for share in ("0.5", "0.8")
                ]
                for band, one in truth["sales_rate"]["by_true_rate"].items()
            },
        ),
        "sell-through-reliability": drawing(
            "P(our units sell), simulated",
            "stated",
            "they sold",
            {
                f"within {days} days": one["reliability"]
                for days, one in truth["sell_through"].items()
            },
        ),
        "risks-reliability": drawing(
            "P(crash) and P(swarm), simulated",
            "stated",
            "it came",
            {risk: truth[risk]["reliability"] for risk in ("crash", "swarm")},
        ),
    }


def _named(recordings: Any, sandbox: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - JSON
    return [
        (f"{name}: {max(one['windows'] for one in told['max_cost_reliability']):,} bids", told)
        for name, told in (("recordings", recordings), ("simulated", sandbox))
    ]


def main() -> None:
    """Read the reports and write the drawings."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("recordings", "sandbox", "truth", "folder"):
        parser.add_argument(name, type=Path)
    asked = parser.parse_args()
    told = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (asked.recordings, asked.sandbox, asked.truth)
    ]
    for name, text in drawings(*told).items():
        (asked.folder / f"{name}.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
