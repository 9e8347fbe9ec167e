"""Keepa's picture of a price history."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.domain.errors import InvalidInputError

CURVES: Final = (
    "amazon", "new", "used", "salesrank", "bb", "bbu", "fba", "fbm", "ld", "wd", "pe",
)  # fmt: skip
"""What can be drawn; Keepa draws ``amazon`` and ``new`` if nothing is said."""
COLOURS: Final = (
    "cBackground", "cFont", "cAmazon", "cNew", "cUsed", "cSales", "cFBA", "cFBM", "cBB", "cBBU",
    "cLD", "cWD", "cPE",
)  # fmt: skip
RANGES: Final = (1, 2, 7, 31, 90, 365)
WIDTHS: Final = range(300, 1_801)
HEIGHTS: Final = range(150, 1_801)
"""Up to 1,800 pixels since 2026-07-28."""
_COLOUR: Final = re.compile(r"[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """One picture of a price history.

    Args:
        domain: Keepa's domain id of the marketplace.
        asin: The product.
        curves: What to draw or to leave out, by Keepa's name (``CURVES``).
        days: Days from left to right.
        width / height: Pixels.
        has_title: Draw the title.
        zooms: Let the price axis begin where the curves do.
        colours: Six hexadecimal digits by Keepa's name (``COLOURS``).

    Raises:
        InvalidInputError: If Keepa would refuse it.
    """

    domain: int
    asin: str
    curves: Mapping[str, bool] = field(default_factory=dict)
    days: int = 90
    width: int = 500
    height: int = 200
    has_title: bool = True
    zooms: bool = True
    colours: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.asin.strip():
            raise InvalidInputError("asin takes an ASIN.")
        if self.days not in RANGES:
            raise InvalidInputError(f"range takes 1, 2, 7, 31, 90 or 365 days, not {self.days}.")
        if self.width not in WIDTHS or self.height not in HEIGHTS:
            raise InvalidInputError(
                f"width takes {WIDTHS[0]} to {WIDTHS[-1]} and height {HEIGHTS[0]} to "
                f"{HEIGHTS[-1]} pixels, not {self.width} and {self.height}."
            )
        for name in self.curves:
            if name not in CURVES:
                raise InvalidInputError(f"{name!r} is no curve; choose of {', '.join(CURVES)}.")
        for name, colour in self.colours.items():
            if name not in COLOURS or not _COLOUR.fullmatch(colour):
                raise InvalidInputError(
                    f"{name}={colour!r} is no colour; choose of {', '.join(COLOURS)} and give six "
                    "hexadecimal digits."
                )

    @property
    def worst_case_tokens(self) -> int:
        """What it costs; the same picture is free for ninety minutes."""
        return schema.GRAPH_IMAGE.tokens

    def params(self) -> dict[str, str]:
        """The query parameters, without the key."""
        switches = {"title": self.has_title, "yzoom": self.zooms} | dict(self.curves)
        return {
            "domain": str(self.domain),
            "asin": self.asin.strip(),
            "range": str(self.days),
            "width": str(self.width),
            "height": str(self.height),
            **{name: str(int(is_on)) for name, is_on in switches.items()},
            **self.colours,
        }


async def graph_image(client: KeepaClient, request: GraphRequest) -> bytes:
    """The picture as PNG.

    Raises:
        MarketDataError: As ``KeepaClient.ask_image`` does.
    """
    return await client.ask_image(
        schema.GRAPH_IMAGE, request.params(), worst_case=request.worst_case_tokens
    )
