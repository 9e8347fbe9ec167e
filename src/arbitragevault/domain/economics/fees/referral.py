"""Amazon's referral fee as an exact function of the total sales price."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.errors import RateCardError

PPM: Final = 1_000_000
"""Rates are whole parts per million, so that a fee is an exact integer quotient."""


class ReferralMode(StrEnum):
    """How a table with several bands is applied.

    ``threshold``: the band into which the whole price falls gives the rate of the whole price.
    ``marginal``: each slice of the price is charged at its own rate. One band is both.
    """

    THRESHOLD = "threshold"
    MARGINAL = "marginal"


@dataclass(frozen=True, slots=True)
class ReferralBand:
    """One rate.

    Args:
        up_to_cents: Highest price of the band, included; None for the last band.
        rate_ppm: Rate in parts per million (150 000 = 15 %).
    """

    up_to_cents: int | None
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class ReferralRule:
    """The referral fee of one fee category in one period.

    Args:
        id: Card section and category, such as ``us_referral_2024/books``.
        mode: How the bands are applied.
        bands: Rates by price, ascending; the last one is open.
        minimum_cents: Least fee per unit; 0 without a minimum.
    """

    id: str
    mode: ReferralMode
    bands: tuple[ReferralBand, ...]
    minimum_cents: int = 0

    def cents(self, total_cents: int) -> int:
        """The fee on a total sales price (item, delivery, gift wrap), rounded half up."""
        parts_per_million = sum(
            part * band.rate_ppm
            for part, band in zip(self._parts(total_cents), self.bands, strict=True)
        )
        return max(self.minimum_cents, (2 * parts_per_million + PPM) // (2 * PPM))

    def cents_array(self, total_cents: NDArray[np.int64]) -> NDArray[np.int64]:
        """The fee on each total sales price; the same cents as `cents`."""
        limits = np.array([b.up_to_cents for b in self.bands[:-1]], dtype=np.int64)
        rates = np.array([b.rate_ppm for b in self.bands], dtype=np.int64)
        if self.mode is ReferralMode.THRESHOLD or not limits.size:
            parts_per_million = total_cents * rates[np.searchsorted(limits, total_cents)]
        else:
            lower = np.concatenate(([0], limits))
            below = np.concatenate(([0], np.cumsum(np.diff(lower) * rates[:-1])))
            band = np.searchsorted(limits, total_cents)
            parts_per_million = below[band] + (total_cents - lower[band]) * rates[band]
        fee: NDArray[np.int64] = np.maximum(
            self.minimum_cents, (2 * parts_per_million + PPM) // (2 * PPM)
        )
        return fee

    def rate_text(self, total_cents: int) -> str:
        """The rates that apply to a price, such as ``15 %`` or ``15 % + 8 %``."""
        used = [
            f"{band.rate_ppm / 10_000:g} %"
            for part, band in zip(self._parts(total_cents), self.bands, strict=True)
            if part
        ]
        return " + ".join(used or [f"{self.bands[0].rate_ppm / 10_000:g} %"])

    @property
    def thresholds(self) -> tuple[int, ...]:
        """Total prices after which the rate of the whole price changes."""
        if self.mode is ReferralMode.MARGINAL:
            return ()
        return tuple(b.up_to_cents for b in self.bands if b.up_to_cents is not None)

    def _parts(self, total_cents: int) -> list[int]:
        """How much of the price is charged at the rate of each band."""
        uppers = [band.up_to_cents for band in self.bands]
        if self.mode is ReferralMode.THRESHOLD:
            place = bisect_left([upper for upper in uppers if upper is not None], total_cents)
            return [total_cents if index == place else 0 for index in range(len(uppers))]
        reached = [total_cents if u is None else min(u, total_cents) for u in uppers]
        return [upper - lower for lower, upper in zip([0, *reached[:-1]], reached, strict=True)]


def parse_referral(body: Json) -> Mapping[str, ReferralRule]:
    """Read a referral section: rules by fee category.

    Raises:
        RateCardError: If a category is given twice or its bands have a hole.
    """
    rules: dict[str, ReferralRule] = {}
    for part in fields.objects(body, "categories"):
        category = fields.field(part, "id", str)
        if category in rules:
            raise RateCardError(f"Fee category {category!r} is given twice.")
        bands = fields.objects(part, "bands")
        if bands[-1].get("up_to_cents") is not None:
            raise RateCardError(f"The last band of {category!r} has a limit.")
        limits = [fields.cents(band.get("up_to_cents")) for band in bands[:-1]]
        fields.ascending(limits, "price bands")
        rules[category] = ReferralRule(
            f"{body['id']}/{category}",
            fields.choice(ReferralMode, part.get("mode")),
            tuple(
                ReferralBand(limit, fields.rate_ppm(band.get("rate_ppm")))
                for limit, band in zip([*limits, None], bands, strict=True)
            ),
            fields.cents(part.get("minimum_cents")),
        )
    return rules
