"""Net proceeds of many sales at once: `ProceedsCurve` as arrays.

Few distinct selling and shipping parts serve any number of sales, so each part is a row of a table
and a sale is a pair of row numbers. Amounts are float64 because NaN says unknown; they hold whole
minor units, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.economics.fees.curve import MAX_PRICE_CENTS
from arbitragevault.domain.economics.fees.levy import Levy
from arbitragevault.domain.economics.fees.model import FeeCode, FeeLine
from arbitragevault.domain.economics.fees.parts import SellingPart, ShippingPart
from arbitragevault.domain.economics.fees.referral import (
    NO_LIMIT,
    ReferralBand,
    ReferralRule,
    ReferralTable,
)

Rows = NDArray[np.int64]
Prices = NDArray[np.int64]
Amounts = NDArray[np.float64]
"""Minor units; NaN where unknown, 0 where nothing is charged."""

_Number = TypeVar("_Number", np.int64, np.float64)

_NO_RULE: Final = ReferralRule("unknown", (ReferralBand(None, 0),))
"""Stands in for an unknown rule; the part's own line says that the fee is unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class SellingTable:
    """Distinct selling parts, one row each.

    Args:
        referral: The referral rules.
        thresholds: Total prices after which the referral fee jumps; `NO_LIMIT` fills short rows.
        lines: Fees that do not depend on the price, by code; NaN where unknown.
        total: The sum of the lines.
        levies: What is a share of the price or of fees; each combination once, the first is none.
        levied: Place of each row's combination.
    """

    referral: ReferralTable
    thresholds: Prices
    lines: Mapping[FeeCode, Amounts]
    total: Amounts
    levies: tuple[tuple[Levy, ...], ...]
    levied: Rows

    @classmethod
    def of(cls, parts: Sequence[SellingPart]) -> SellingTable:
        """The table of some parts, in their order."""
        rules = [part.referral or _NO_RULE for part in parts]
        lines = _by_code([part.lines for part in parts])
        levies: dict[tuple[Levy, ...], int] = {(): 0}
        levied = [levies.setdefault(part.levies, len(levies)) for part in parts]
        return cls(
            ReferralTable.of(rules),
            _padded([rule.thresholds for rule in rules]),
            lines,
            _sum(lines.values(), (len(parts),)),
            tuple(levies),
            np.array(levied, dtype=np.int64),
        )


@dataclass(frozen=True, slots=True, eq=False)
class ShippingTable:
    """Distinct shipping parts, one row each.

    Args:
        limits: Highest price of each band but the last, included; `NO_LIMIT` fills short rows.
        lines: Fees by code, then by (row, band); NaN where unknown.
        total: The sum of the lines.
    """

    limits: Prices
    lines: Mapping[FeeCode, Amounts]
    total: Amounts

    @classmethod
    def of(cls, parts: Sequence[ShippingPart]) -> ShippingTable:
        """The table of some parts, in their order."""
        limits = _padded([sorted({x for s in part.steps for x in s.limits}) for part in parts])
        highest = np.hstack([limits, np.full((len(parts), 1), NO_LIMIT)])
        lines = _by_code(
            [
                (*part.lines, *(step.at(price) for step in part.steps))
                for part, prices in zip(parts, highest.tolist(), strict=True)
                for price in prices
            ]
        )
        by_band = {code: cents.reshape(highest.shape) for code, cents in lines.items()}
        return cls(limits, by_band, _sum(by_band.values(), highest.shape))


@dataclass(frozen=True, slots=True, eq=False)
class ProceedsCurves:
    """What Amazon pays out for many sales, for every price; `ProceedsCurve` for each of them.

    Prices are given as an array of shape (n,), one for each sale, or (n, k), k for each sale.

    Args:
        selling_table: Distinct selling parts.
        shipping_table: Distinct shipping parts.
        selling: Row of the selling part of each sale.
        shipping: Row of the shipping part of each sale.
        storage: Fees by volume of each sale, by code; NaN where unknown.
        credit_cents: What each buyer pays for delivery on top of the price.
    """

    selling_table: SellingTable
    shipping_table: ShippingTable
    selling: Rows
    shipping: Rows
    storage: Mapping[FeeCode, Amounts]
    credit_cents: Prices

    def __len__(self) -> int:
        return len(self.selling)

    def __getitem__(self, chosen: slice | NDArray[np.bool_] | Rows) -> ProceedsCurves:
        """The curves of some of the sales."""
        return replace(
            self,
            selling=self.selling[chosen],
            shipping=self.shipping[chosen],
            storage={code: cents[chosen] for code, cents in self.storage.items()},
            credit_cents=self.credit_cents[chosen],
        )

    def net(self, price_cents: Prices) -> Amounts:
        """Net proceeds at each price in minor units (whole numbers); NaN where unknown.

        Args:
            price_cents: Sale prices in minor units, 0 or more; shape (n,) or (n, k).
        """
        prices = np.asarray(price_cents, dtype=np.int64)
        selling, totals = _along(self.selling, prices), prices + _along(self.credit_cents, prices)
        fixed = _sum(self.storage.values(), (len(self),)) + self.selling_table.total[self.selling]
        net: Amounts = totals - self.selling_table.referral.cents(selling, totals)
        net -= _along(fixed, prices)
        net -= self.shipping_table.total.ravel()[self._bands(prices)]
        levied = np.flatnonzero(self._levied)
        if levied.size:
            net[levied] -= _sum(self[levied].levies(prices[levied]).values(), ())
        return net

    def amounts(self, price_cents: Prices) -> dict[FeeCode, Amounts]:
        """Every fee at each price, by code, as `ProceedsCurve.at` lists them.

        Args:
            price_cents: As for `net`.

        Returns:
            Minor units (a discount is negative) of the shape of the prices; NaN where unknown, 0
            where nothing is charged.
        """
        prices = np.asarray(price_cents, dtype=np.int64)
        found = self._fees(prices)
        levied = np.flatnonzero(self._levied)
        if levied.size:
            for code, cents in self[levied].levies(prices[levied]).items():
                found[code] = np.zeros(prices.shape)
                found[code][levied] = cents
        shape = prices.shape
        return {code: np.broadcast_to(found[code], shape) for code in FeeCode if code in found}

    @property
    def _levied(self) -> Rows:
        """The place of each sale's levies; 0 for none."""
        return self.selling_table.levied[self.selling]

    def _fees(self, prices: Prices) -> dict[FeeCode, Amounts]:
        """Every fee but the levies, by code."""
        selling, totals = _along(self.selling, prices), prices + _along(self.credit_cents, prices)
        bands = self._bands(prices)
        found = {FeeCode.REFERRAL: self.selling_table.referral.cents(selling, totals)}
        parts = (
            *((code, cents[selling]) for code, cents in self.selling_table.lines.items()),
            *((code, cents.ravel()[bands]) for code, cents in self.shipping_table.lines.items()),
            *((code, _along(cents, prices)) for code, cents in self.storage.items()),
        )
        for code, cents in parts:
            found[code] = found[code] + cents if code in found else cents
        return found

    def levies(self, prices: Prices) -> dict[FeeCode, Amounts]:
        """Every levy by code; each may be a share of fees and of levies before it."""
        fees, totals = self._fees(prices), prices + _along(self.credit_cents, prices)
        found: dict[FeeCode, Amounts] = {}
        for place, levies in enumerate(self.selling_table.levies):
            rows = np.flatnonzero(self._levied == place)
            for levy in levies if rows.size else ():
                base = totals[rows].astype(np.float64)
                if levy.base is not None:
                    known = {**fees, **found}
                    base = np.zeros(base.shape)
                    for code in levy.base & known.keys():
                        base += np.broadcast_to(known[code], prices.shape)[rows]
                cents = found.setdefault(levy.code, np.zeros(prices.shape))
                cents[rows] = levy.cents_array(base)
        return found

    def lowest_price(self, net_cents: NDArray[np.float64] | Prices) -> Amounts:
        """The lowest price at which each sale's net proceeds reach an amount.

        Args:
            net_cents: Minor units, one amount for each sale; NaN has no price.

        Returns:
            Minor units, one for each sale; NaN if no price reaches the amount.
        """
        wanted = np.asarray(net_cents, dtype=np.float64)
        found = np.full(len(self), np.nan)
        # With levies a price below the last one of a stretch may bring some cents more than it.
        slack = 2 * np.array([len(levies) for levies in self.selling_table.levies])[self._levied]
        starts = self._starts()
        ends = np.hstack([starts[:, 1:] - 1, np.full((len(self), 1), MAX_PRICE_CENTS)])
        for start, end in zip(starts.T, ends.T, strict=True):
            open_ = np.flatnonzero(np.isnan(found) & (start <= end))
            at_end = self[open_].net(end[open_]) + slack[open_]
            reaching = open_[at_end >= wanted[open_]]
            found[reaching] = _first_reaching(
                self[reaching], wanted[reaching], start[reaching], end[reaching]
            )
        return found

    def _starts(self) -> Prices:
        """First price of each stretch on which net proceeds never fall, ascending; (n, pieces)."""
        by_step = self.shipping_table.limits[self.shipping] + 1
        by_referral = self.selling_table.thresholds[self.selling] - self.credit_cents[:, None] + 1
        starts = np.hstack([np.ones((len(self), 1), np.int64), by_step, by_referral])
        return np.sort(np.clip(starts, 1, MAX_PRICE_CENTS + 1), axis=1)

    def _bands(self, prices: Prices) -> Rows:
        """Place of (shipping part, price band) of each price in a flattened shipping table."""
        shipping = _along(self.shipping, prices)
        band = np.zeros(prices.shape, dtype=np.int64)
        for limit in self.shipping_table.limits.T:
            band += prices > limit[shipping]
        place: Rows = shipping * (self.shipping_table.limits.shape[1] + 1) + band
        return place


def _first_reaching(
    curves: ProceedsCurves, wanted: Amounts, first_cents: Prices, last_cents: Prices
) -> Amounts:
    """The first price of each stretch that reaches the amount, given the stretch's ends; or NaN.

    Each further cent of price adds at most one cent, so the missing cents can be jumped over.
    """
    prices = first_cents.copy()
    open_ = np.arange(len(curves))
    while open_.size:
        missing = wanted[open_] - curves[open_].net(prices[open_])
        open_, missing = open_[missing > 0], missing[missing > 0]
        prices[open_] += np.ceil(missing).astype(np.int64)
        open_ = open_[prices[open_] <= last_cents[open_]]
    return np.where(prices <= last_cents, prices, np.nan)


def _along(each: NDArray[_Number], prices: Prices) -> NDArray[_Number]:
    """An array with one entry for each sale, in line with the prices."""
    return np.expand_dims(each, 1) if prices.ndim == 2 else each


def _padded(rows: Sequence[Sequence[int]]) -> Prices:
    """Rows of limits as one array."""
    width = max(map(len, rows), default=0)
    padded = np.full((len(rows), width), NO_LIMIT)
    for row, limits in zip(padded, rows, strict=True):
        row[: len(limits)] = limits
    return padded


def _by_code(rows: Sequence[Iterable[FeeLine]]) -> dict[FeeCode, Amounts]:
    """The amounts of lines as one array per code."""
    found: dict[FeeCode, Amounts] = {}
    for place, lines in enumerate(rows):
        for line in lines:
            if line.code not in found:
                found[line.code] = np.zeros(len(rows))
            found[line.code][place] += np.nan if line.amount_cents is None else line.amount_cents
    return found


def _sum(parts: Iterable[Amounts], shape: tuple[int, ...]) -> Amounts:
    total = np.zeros(shape)
    for part in parts:
        total = total + part
    return total
