"""Amazon's referral fee as an exact function of the total sales price."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.errors import RateCardError

PPM: Final = 1_000_000
"""Rates are whole parts per million, so that a fee is an exact integer quotient."""

NO_LIMIT: Final = 2**62
"""Stands for "no further band" in arrays of price limits; above every price."""


class Part(StrEnum):
    """What a band's rate is taken of, in a mixed table."""

    WHOLE = "whole"
    SLICE = "slice"


class ReferralMode(StrEnum):
    """How a table with several bands is applied.

    ``threshold``: the band into which the whole price falls gives the rate of the whole price.
    ``marginal``: each slice of the price is charged at its own rate. One band is both.
    ``mixed``: each band says for itself which of the two it is.
    """

    THRESHOLD = "threshold"
    MARGINAL = "marginal"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class ReferralBand:
    """One rate, with what it is applied to.

    The fee of a price in this band is ``below + (price - start) x rate``: a rate of the whole price
    starts at 0, a rate of a slice at the slice's lower end with the fee of all that is below it.

    Args:
        up_to_cents: Highest price of the band, included; None for the last band.
        rate_ppm: Rate in parts per million (150 000 = 15 %); None if not known.
        start_cents: Where the part that is charged at this rate begins.
        below_ppm: The fee of what is below ``start_cents``, in minor units x 1 000 000.
        not_known: Why the rate is None.
    """

    up_to_cents: int | None
    rate_ppm: int | None
    start_cents: int = 0
    below_ppm: int = 0
    not_known: str | None = None

    @property
    def rounded(self) -> tuple[int, int] | None:
        """The fee of a price, rounded half up, is (price x the first + the second) / 2 000 000.

        None where the rate is not known.
        """
        if self.rate_ppm is None:
            return None
        return 2 * self.rate_ppm, 2 * (self.below_ppm - self.start_cents * self.rate_ppm) + PPM

    @property
    def is_slice(self) -> bool:
        """True if only the part of the price above ``start_cents`` is charged at this rate."""
        return self.start_cents > 0


@dataclass(frozen=True, slots=True)
class ReferralRule:
    """The referral fee of one fee category in one period.

    Args:
        id: Card section and category, such as ``us_referral_2024/books``.
        bands: Rates by price, ascending; the last one is open.
        minimum_cents: Least fee per unit; 0 without a minimum.

    Besides:
        limits: Highest price of each band but the last, included.
    """

    id: str
    bands: tuple[ReferralBand, ...]
    minimum_cents: int = 0
    limits: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        limits = (band.up_to_cents for band in self.bands)
        object.__setattr__(self, "limits", tuple(x for x in limits if x is not None))

    def cents(self, total_cents: int) -> int | None:
        """The fee on a total sales price (item, delivery, gift wrap), rounded half up.

        None where the rate is not known.
        """
        rounded = self.band(total_cents).rounded
        if rounded is None:
            return None
        rate, more = rounded
        return max(self.minimum_cents, (total_cents * rate + more) // (2 * PPM))

    def cents_array(self, total_cents: NDArray[np.int64]) -> NDArray[np.float64]:
        """The fee on each total sales price: the same cents as `cents`, NaN where not known."""
        fee = self._cents_by(self.bands[-1], total_cents)
        for limit, band in zip(self.limits[::-1], self.bands[-2::-1], strict=True):
            fee = np.where(total_cents <= limit, self._cents_by(band, total_cents), fee)
        return fee

    def _cents_by(self, band: ReferralBand, total_cents: NDArray[np.int64]) -> NDArray[np.float64]:
        """The fee as if every price were in one band."""
        if band.rounded is None:
            return np.full(total_cents.shape, np.nan)
        rate, more = band.rounded
        fee = np.maximum(self.minimum_cents, (total_cents * rate + more) // (2 * PPM))
        return fee.astype(np.float64)

    def band(self, total_cents: int) -> ReferralBand:
        """The band into which a price falls."""
        return self.bands[bisect_left(self.limits, total_cents)]

    def rate_text(self, total_cents: int) -> str:
        """The rates that apply to a price, such as ``15 %`` or ``15 % + 8 %``."""
        place = bisect_left(self.limits, total_cents)
        used = [self.bands[place]]
        while used[0].is_slice:
            place -= 1
            used.insert(0, self.bands[place])
        rates = (band.rate_ppm for band in used)
        return " + ".join("not known" if r is None else f"{r / 10_000:g} %" for r in rates)

    @property
    def not_known(self) -> tuple[str, ...]:
        """Why the fee is not known at some prices, each reason once."""
        return tuple(dict.fromkeys(band.not_known for band in self.bands if band.not_known))

    @property
    def thresholds(self) -> tuple[int, ...]:
        """Total prices after which the rate of the whole price changes."""
        return tuple(
            limit
            for limit, following in zip(self.limits, self.bands[1:], strict=True)
            if not following.is_slice
        )


@dataclass(frozen=True, slots=True, eq=False)
class ReferralTable:
    """Many rules as arrays, one row each; see `ReferralBand` for the formula.

    Args:
        limits: Highest price of each band but the last, included; `NO_LIMIT` fills short rows.
        starts / below / rates: Of each band, as in `ReferralBand`.
        are_known: Whether the band's rate is known.
        minimums: Least fee.
    """

    limits: NDArray[np.int64]
    starts: NDArray[np.int64]
    below: NDArray[np.int64]
    rates: NDArray[np.int64]
    are_known: NDArray[np.bool_]
    minimums: NDArray[np.int64]

    @classmethod
    def of(cls, rules: Sequence[ReferralRule]) -> ReferralTable:
        """The table of some rules, in their order."""
        width = max((len(rule.bands) for rule in rules), default=1)
        limits = np.full((len(rules), width), NO_LIMIT)
        starts, below, rates = np.zeros((3, len(rules), width), dtype=np.int64)
        are_known = np.ones((len(rules), width), dtype=np.bool_)
        for row, rule in enumerate(rules):
            for place, band in enumerate(rule.bands):
                limits[row, place] = NO_LIMIT if band.up_to_cents is None else band.up_to_cents
                starts[row, place], below[row, place] = band.start_cents, band.below_ppm
                rates[row, place] = band.rate_ppm or 0
                are_known[row, place] = band.rate_ppm is not None
        minimums = np.array([rule.minimum_cents for rule in rules], dtype=np.int64)
        return cls(limits[:, :-1], starts, below, rates, are_known, minimums)

    def cents(
        self, row: NDArray[np.int64] | np.int64, total_cents: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The fee on each total sales price by the rule of its row; NaN where not known."""
        place = np.zeros(np.broadcast(row, total_cents).shape, dtype=np.int64)
        for limit in self.limits.T:
            place += total_cents > limit[row]
        place += row * self.rates.shape[1]
        parts_per_million = total_cents - self.starts.take(place)
        parts_per_million *= self.rates.take(place)
        parts_per_million += self.below.take(place)
        parts_per_million *= 2
        parts_per_million += PPM
        fee = np.maximum(self.minimums[row], parts_per_million // (2 * PPM))
        return np.where(self.are_known.take(place), fee, np.nan)


@dataclass(frozen=True, slots=True)
class ReferralCard:
    """The referral fees of one period.

    Args:
        rules: By fee category.
        fba_rules: Rules that differ for units that Amazon ships.
    """

    rules: Mapping[str, ReferralRule]
    fba_rules: Mapping[str, ReferralRule]

    def rule(self, category: str, channel: Channel) -> ReferralRule | None:
        """The rule of a fee category; None if there is none."""
        if channel is Channel.FBA and category in self.fba_rules:
            return self.fba_rules[category]
        return self.rules.get(category)


def parse_referral(body: Json) -> ReferralCard:
    """Read a referral section: rules by fee category.

    Raises:
        RateCardError: If a category is given twice or its bands have a hole.
    """
    rules: dict[str, ReferralRule] = {}
    fba_rules: dict[str, ReferralRule] = {}
    for part in fields.objects(body, "categories"):
        category = fields.field(part, "id", str)
        if category in rules:
            raise RateCardError(f"Fee category {category!r} is given twice.")
        rules[category] = _parse_rule(body, part, category, part)
        if "fba" in part:
            fba = fields.field(part, "fba", dict)
            fba_rules[category] = _parse_rule(body, fba, f"{category}/fba", part)
    return ReferralCard(rules, fba_rules)


def _parse_rule(body: Json, part: Json, name: str, outer: Json) -> ReferralRule:
    bands = fields.objects(part, "bands")
    if bands[-1].get("up_to_cents") is not None:
        raise RateCardError(f"The last band of {name!r} has a limit.")
    limits = [fields.cents(band.get("up_to_cents")) for band in bands[:-1]]
    fields.ascending(limits, f"price bands of {name!r}")
    mode = fields.choice(ReferralMode, part.get("mode"))
    return ReferralRule(
        f"{body['id']}/{name}",
        _chained(bands, [*limits, None], mode, name),
        fields.cents(outer.get("minimum_cents")),
    )


def _chained(
    bodies: list[Json], limits: list[int | None], mode: ReferralMode, name: str
) -> tuple[ReferralBand, ...]:
    """The bands, each slice with the fee of all that is below it."""
    bands: list[ReferralBand] = []
    for body, limit in zip(bodies, limits, strict=True):
        not_known = body.get("not_known")
        if not_known is not None:
            bands.append(ReferralBand(limit, None, not_known=fields.field(body, "not_known", str)))
            continue
        rate, before = fields.rate_ppm(body.get("rate_ppm")), bands[-1] if bands else None
        if before is None or not _is_slice(body, mode):
            bands.append(ReferralBand(limit, rate))
            continue
        start = before.up_to_cents
        if before.rate_ppm is None or start is None:
            raise RateCardError(f"A slice of {name!r} follows a band that is not known.")
        below = before.below_ppm + (start - before.start_cents) * before.rate_ppm
        bands.append(ReferralBand(limit, rate, start, below))
    return tuple(bands)


def _is_slice(body: Json, mode: ReferralMode) -> bool:
    if mode is not ReferralMode.MIXED:
        return mode is ReferralMode.MARGINAL
    return fields.choice(Part, body.get("of")) is Part.SLICE
