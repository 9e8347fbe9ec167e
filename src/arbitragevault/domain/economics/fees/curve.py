"""Net proceeds as an exact function of the sale price: linear pieces with jumps between them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.economics.fees.levy import Levy
from arbitragevault.domain.economics.fees.model import (
    FeeBreakdown,
    FeeCode,
    FeeLine,
    SizeStatus,
    Sizing,
    sum_known,
    total_of,
)
from arbitragevault.domain.economics.fees.referral import ReferralRule

MAX_PRICE_CENTS: Final = 10**9
"""Highest price that inverses search (ten million dollars); above it they answer None."""

_ORDER: Final = {code: place for place, code in enumerate(FeeCode)}


@dataclass(frozen=True, slots=True)
class PriceSteps:
    """A fee that is constant within price bands.

    Args:
        limits: Highest price of each band but the last, included, ascending.
        lines: The fee line in each band.
        is_by_row: They are what a rate card says of a row, without what the unit measures.

    Besides, because the steps of a row serve all of its units:
        amounts: The fee in each band; None where unknown.
        arrays: Limits and amounts as arrays; NaN where unknown.
    """

    limits: tuple[int, ...]
    lines: tuple[FeeLine, ...]
    is_by_row: bool = False
    amounts: tuple[int | None, ...] = field(init=False, repr=False, compare=False)
    arrays: tuple[NDArray[np.int64], NDArray[np.float64]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        amounts = tuple(line.amount_cents for line in self.lines)
        cents = np.array([np.nan if amount is None else amount for amount in amounts])
        object.__setattr__(self, "amounts", amounts)
        object.__setattr__(self, "arrays", (np.array(self.limits, np.int64), cents))

    @property
    def code(self) -> FeeCode:
        """What the fee is for."""
        return self.lines[0].code

    def at(self, price_cents: int) -> FeeLine:
        """The fee line at a price."""
        return self.lines[bisect_left(self.limits, price_cents)]

    def cents(self, price_cents: int) -> int | None:
        """The fee at a price; None where unknown."""
        return self.amounts[bisect_left(self.limits, price_cents)]

    def cents_array(self, price_cents: NDArray[np.int64]) -> NDArray[np.float64]:
        """`cents` of each price; NaN where unknown."""
        limits, cents = self.arrays
        return cents.take(limits.searchsorted(price_cents))


@dataclass(frozen=True, slots=True)
class Jump:
    """A price at which net proceeds change by more than the price does.

    Args:
        price_cents: The first price after the jump.
        change_cents: Net proceeds there minus net proceeds one minor unit below.
        codes: The fees that change.
    """

    price_cents: int
    change_cents: int
    codes: tuple[FeeCode, ...]


@dataclass(frozen=True, slots=True)
class ProceedsCurve:
    """What Amazon pays out for a sale, for every price, on one day.

    Args:
        currency: ISO 4217 code.
        on: The day on which the unit ships.
        channel: Who ships it.
        rate_card: Ids of the dated tables behind it.
        size_tier: The unit's size tier, if known.
        credit_cents: What the buyer pays for delivery on top of the price.
        referral: The referral rule; None if unknown, which a fixed line then says.
        fee_category: The fee category; None if unknown.
        category_basis: What decided the fee category.
        fixed: Fees that do not depend on the price.
        steps: Fees that depend on the price band.
        levies: What is a share of the price or of the fees before it, in order.
        sizing: By which measures the unit is charged; None where the seller ships.
        least: Fulfilment fees of the least unit that it can be, where its own are unknown.
        measured: What the fulfilment fee is charged by, shown with its line.

    Besides:
        constant_cents: The sum of the fixed fees; None if one is unknown.
    """

    currency: str
    on: date
    channel: Channel
    rate_card: str | None
    size_tier: str | None
    credit_cents: int
    referral: ReferralRule | None
    fee_category: str | None
    category_basis: str
    fixed: tuple[FeeLine, ...]
    steps: tuple[PriceSteps, ...]
    levies: tuple[Levy, ...] = ()
    sizing: Sizing | None = None
    least: tuple[PriceSteps, ...] = ()
    measured: Mapping[str, str | int | float] = field(default_factory=dict)
    constant_cents: int | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "constant_cents", total_of(self.fixed))

    def at(self, price_cents: int) -> FeeBreakdown:
        """Every fee at one price."""
        lines = [*self.fixed]
        for step in self.steps:
            line = step.at(price_cents)
            if step.is_by_row:
                line = replace(line, inputs={**line.inputs, **self.measured})
            lines.append(line)
        total = price_cents + self.credit_cents
        if self.referral is not None:
            lines.append(self._referral_line(self.referral, total))
        for levy in self.levies:
            lines.append(levy.line(total, lines))
        return FeeBreakdown(
            self.currency,
            price_cents,
            self.on,
            self.channel,
            self.size_tier,
            tuple(sorted(lines, key=lambda line: _ORDER[line.code])),
            self.rate_card,
            self.fee_category,
            self.credit_cents,
            sizing=self.sizing_at(price_cents),
        )

    @property
    def known(self) -> bool:
        """True if net proceeds are known at every price."""
        return not self.unknown_reasons

    @property
    def unknown_reasons(self) -> tuple[str, ...]:
        """Why net proceeds are unknown at some or all prices, each reason once."""
        lines = (*self.fixed, *(line for step in self.steps for line in step.lines))
        reasons = [line.unknown_reason for line in lines if line.amount_cents is None]
        reasons += self.referral.not_known if self.referral else ()
        reasons += [levy.not_known for levy in self.levies]
        return tuple(dict.fromkeys(reason for reason in reasons if reason))

    def net(self, price_cents: NDArray[np.int64]) -> NDArray[np.float64]:
        """Net proceeds at each price in minor units (whole numbers); NaN where unknown.

        Args:
            price_cents: Sale prices in minor units, 0 or more.
        """
        prices = np.asarray(price_cents, dtype=np.int64)
        totals = prices + self.credit_cents
        constant = self.constant_cents
        if constant is None or self.referral is None:
            return np.full(prices.shape, np.nan)
        amounts = [(FeeCode.REFERRAL, self.referral.cents_array(totals))]
        amounts += [(step.code, step.cents_array(prices)) for step in self.steps]
        for levy in self.levies:
            base = totals.astype(np.float64)
            if levy.base is not None:
                base = np.full(prices.shape, float(self._constant_of(levy.base)))
                for code, cents in amounts:
                    base += cents if code in levy.base else 0.0
            amounts.append((levy.code, levy.cents_array(base)))
        net = (totals - constant).astype(np.float64)
        for _, cents in amounts:
            net -= cents
        return net

    def net_at(self, price_cents: int) -> int | None:
        """Net proceeds at one price; None where unknown."""
        constant = self.constant_cents
        if constant is None or self.referral is None:
            return None
        total = price_cents + self.credit_cents
        amounts = [(FeeCode.REFERRAL, self.referral.cents(total))]
        amounts += [(step.code, step.cents(price_cents)) for step in self.steps]
        net = total - constant
        for _, cents in amounts:
            if cents is None:
                return None
            net -= cents
        for levy in self.levies:
            base = total
            if levy.base is not None:
                base = sum((cents or 0 for code, cents in amounts if code in levy.base))
                base += self._constant_of(levy.base)
            levied = levy.cents(base)
            if levied is None:
                return None
            amounts.append((levy.code, levied))
            net -= levied
        return net

    def cents_at(self, code: FeeCode, price_cents: int) -> int | None:
        """What the steps of a code take at a price; None where unknown, 0 without such steps."""
        return sum_known([step.cents(price_cents) for step in self.steps if step.code is code])

    def pieces(self) -> Iterator[tuple[int, int]]:
        """First and last price of each stretch on which net proceeds never fall as price rises.

        On such a stretch each further cent of price adds zero or one cent: every rate is at most
        100 %, so the rounded fee grows by at most one cent. Each levy may take one more.
        """
        starts = [1, *sorted(p for p in self._breaks() if 1 < p <= MAX_PRICE_CENTS)]
        ends = [*(start - 1 for start in starts[1:]), MAX_PRICE_CENTS]
        return zip(starts, ends, strict=True)

    def jumps(self) -> tuple[Jump, ...]:
        """Every price at which net proceeds fall, or rise by more than the price does."""
        found = []
        for price, codes in sorted(self._breaks().items()):
            before, after = self.net_at(price - 1), self.net_at(price)
            if before is None or after is None or -len(self.levies) <= after - before <= 1:
                continue
            found.append(Jump(price, after - before, tuple(sorted(codes))))
        return tuple(found)

    def lowest_price(self, net_cents: int) -> int | None:
        """The lowest price at which net proceeds reach an amount; the exact inverse of `net_at`.

        Prices at which net proceeds are unknown do not count. None if no price reaches it.
        """
        # With levies a price below the last one of a piece may bring some cents more than it.
        slack = 2 * len(self.levies)
        for low, high in self.pieces():
            at_high = self.net_at(high)
            if at_high is not None and at_high + slack >= net_cents:
                found = self._first_reaching(net_cents, low, high)
                if found is not None:
                    return found
        return None

    def _first_reaching(self, net_cents: int, price_cents: int, last_cents: int) -> int | None:
        """The first price of a piece that reaches the amount, given the piece's ends.

        Each further cent of price adds at most one cent, so no price between here and the missing
        cents further on can reach it; what is missing shrinks by the rate each time.
        """
        while price_cents <= last_cents:
            net = self.net_at(price_cents)
            if net is None:
                return None
            if net >= net_cents:
                return price_cents
            price_cents += net_cents - net
        return None

    def sizing_at(self, price_cents: int) -> Sizing | None:
        """By which measures the unit is charged at a price, where an observed fee may serve."""
        known = self.sizing
        if known is None or known.status is SizeStatus.KNOWN:
            return known
        fees = (step.at(price_cents) for step in self.steps)
        line = next(line for line in fees if line.code is FeeCode.FULFILMENT)
        if line.amount_cents is None:
            amounts = [step.cents(price_cents) for step in self.least]
            unknown = None in amounts or not amounts
            least = None if unknown else sum(amount or 0 for amount in amounts)
            return replace(known, basis=None, estimate_cents=least)
        basis = "observed" if line.rule.startswith("observed/") else known.basis
        return replace(known, basis=basis, estimate_basis=None)

    def _constant_of(self, codes: frozenset[FeeCode]) -> int:
        """The sum of the known fees of some codes that do not depend on the price."""
        return sum(line.amount_cents or 0 for line in self.fixed if line.code in codes)

    def _referral_line(self, rule: ReferralRule, total_cents: int) -> FeeLine:
        return FeeLine(
            FeeCode.REFERRAL,
            rule.cents(total_cents),
            rule.id,
            {
                "total_price": total_cents,
                "rate": rule.rate_text(total_cents),
                "minimum": rule.minimum_cents,
                "category": self.fee_category or "",
                "category_basis": self.category_basis,
            },
            rule.band(total_cents).not_known,
        )

    def _breaks(self) -> dict[int, set[FeeCode]]:
        """First price of every new band of any fee, with the fees that change there."""
        found: dict[int, set[FeeCode]] = {}
        for step in self.steps:
            for limit in step.limits:
                found.setdefault(limit + 1, set()).add(step.code)
        for threshold in self.referral.thresholds if self.referral else ():
            price = threshold - self.credit_cents + 1
            if price > 1:
                found.setdefault(price, set()).add(FeeCode.REFERRAL)
        return found
