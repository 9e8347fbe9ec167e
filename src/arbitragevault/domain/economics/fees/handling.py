"""Smaller dated tables: inbound placement, low inventory, removal, refunds, plans, mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.economics.fees.model import InboundPlacement, SellingPlan
from arbitragevault.domain.economics.fees.weight_table import (
    NotKnown,
    WeightTable,
    parse_weight_table,
)
from arbitragevault.domain.errors import RateCardError

Range = tuple[int, int]
"""Least and most, in minor units: the fee depends on where Amazon sends the unit."""


@dataclass(frozen=True, slots=True)
class TierRow:
    """A row of a table by size tier and weight.

    Args:
        tier: Size tier id.
        max_grams: Inclusive upper bound of the weight; None is open.
        ranges: Least and most by placement option.
        cents: Minor units by column.
        not_known: Why the row has no amounts.
    """

    tier: str
    max_grams: Fraction | None
    ranges: Mapping[InboundPlacement, Range | None]
    cents: tuple[int, ...] = ()
    not_known: str | None = None


def find_row(rows: tuple[TierRow, ...], tier: str, billed_grams: Fraction) -> TierRow | None:
    """The first row of a tier that a weight fits in; None if there is none."""
    for row in rows:
        if row.tier == tier and (row.max_grams is None or billed_grams <= row.max_grams):
            return row
    return None


@dataclass(frozen=True, slots=True)
class PlacementCard:
    """The inbound placement service fee of one period."""

    rows: tuple[TierRow, ...]

    def find(self, option: InboundPlacement, tier: str, billed_grams: Fraction) -> Range | None:
        """Least and most per unit; None if not known."""
        if option is InboundPlacement.OPTIMIZED:
            return 0, 0
        row = find_row(self.rows, tier, billed_grams)
        return row.ranges[option] if row else None


@dataclass(frozen=True, slots=True)
class LowInventoryCard:
    """The low-inventory-level fee of one period.

    Args:
        days_below: Upper bounds (excluded) of the days of supply, ascending.
        rows: Minor units for each bound.
    """

    days_below: tuple[int, ...]
    rows: tuple[TierRow, ...]

    def cents(self, tier: str, billed_grams: Fraction, days_of_supply: int) -> int | None:
        """The fee per unit shipped; 0 with enough supply or in a tier that does not pay.

        None where it was not found.
        """
        row = find_row(self.rows, tier, billed_grams)
        if row is not None and row.not_known and days_of_supply < self.days_below[-1]:
            return None
        for bound, amount in zip(self.days_below, row.cents if row else (), strict=False):
            if days_of_supply < bound:
                return amount
        return 0


@dataclass(frozen=True, slots=True)
class ClosingCard:
    """The closing fee of one period.

    Args:
        cents: Minor units by fee category; the others pay nothing.
        not_known: Fee categories whose fee was not found, with the reason.
    """

    cents: Mapping[str, int]
    not_known: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RefundCard:
    """The refund administration fee of one period.

    Args:
        rate_ppm: Share of the referral fee that Amazon keeps, in parts per million.
        cap_cents: The most that it keeps per unit.
        free: Fee categories of which nothing is kept on a full refund.
        closing_kept: Fee categories whose closing fee is not credited on a full refund.
    """

    rate_ppm: int
    cap_cents: int
    free: frozenset[str]
    closing_kept: frozenset[str]


@dataclass(frozen=True, slots=True)
class MailCard:
    """A carrier's prices by weight for some fee categories."""

    categories: frozenset[str]
    table: WeightTable


def parse_placement(body: Json) -> PlacementCard:
    """Read an inbound placement section."""
    grams = fields.weight_unit(body)
    options = (InboundPlacement.MINIMAL, InboundPlacement.PARTIAL)
    return PlacementCard(
        tuple(
            TierRow(
                fields.field(row, "tier", str),
                _limit(row, grams),
                {option: _range(row.get(option.value)) for option in options},
            )
            for row in fields.objects(body, "rows")
        )
    )


def parse_low_inventory(body: Json) -> LowInventoryCard:
    """Read a low-inventory section."""
    grams = fields.weight_unit(body)
    days = [fields.cents(day) for day in fields.field(body, "days_below", list)]
    fields.ascending(days, "days of supply")
    rows = []
    for row in fields.objects(body, "rows"):
        tier, limit = fields.field(row, "tier", str), _limit(row, grams)
        if "not_known" in row:
            reason = fields.field(row, "not_known", str)
            rows.append(TierRow(tier, limit, {}, not_known=reason))
            continue
        amounts = tuple(fields.cents(value) for value in fields.field(row, "cents", list))
        if len(amounts) != len(days):
            raise RateCardError("A low-inventory row needs an amount for each span of days.")
        rows.append(TierRow(tier, limit, {}, amounts))
    return LowInventoryCard(tuple(days), tuple(rows))


def parse_removal(body: Json) -> Mapping[str, WeightTable | NotKnown]:
    """Read a removal section: tables by ``standard`` and ``oversize``."""
    tiers = fields.field(body, "tiers", dict)
    if set(tiers) != {"standard", "oversize"}:
        raise RateCardError("A removal card needs standard and oversize tables.")
    return {size: _removal_table(table) for size, table in tiers.items()}


def _removal_table(body: Json) -> WeightTable | NotKnown:
    if "not_known" in body:
        return NotKnown(fields.field(body, "not_known", str))
    table = parse_weight_table(body, 1)
    if table.beyond is None or table.beyond.up_to is not None:
        raise RateCardError("A removal table ends, so heavier units would have no fee.")
    return table


def parse_closing(body: Json) -> ClosingCard:
    """Read a closing fee section: rows of categories with an amount, or the reason for none.

    Raises:
        RateCardError: If a row has neither or both, or a category is given twice.
    """
    cents: dict[str, int] = {}
    not_known: dict[str, str] = {}
    for row in fields.objects(body, "rows"):
        if ("cents" in row) == ("not_known" in row):
            raise RateCardError("A closing fee needs an amount or the reason for none.")
        for category in fields.texts(row, "categories"):
            if category in cents or category in not_known:
                raise RateCardError(f"The closing fee of {category!r} is given twice.")
            if "cents" in row:
                cents[category] = fields.cents(row["cents"])
            else:
                not_known[category] = fields.field(row, "not_known", str)
    return ClosingCard(cents, not_known)


def parse_plans(body: Json) -> Mapping[SellingPlan, int | None]:
    """Read a section of selling plans: the fee per item sold by plan, None if it was not found."""
    plans = fields.field(body, "plans", dict)
    if set(plans) != set(SellingPlan):
        raise RateCardError("A section of selling plans needs every plan.")
    found = {plan: plans[plan.value].get("per_item_cents") for plan in SellingPlan}
    return {plan: None if fee is None else fields.cents(fee) for plan, fee in found.items()}


def parse_refund(body: Json) -> RefundCard:
    """Read a refund administration section."""
    return RefundCard(
        fields.rate_ppm(body.get("rate_ppm")),
        fields.cents(body.get("cap_cents")),
        frozenset(fields.texts(body, "free_categories")),
        frozenset(fields.texts(body, "closing_kept_on_full_refund")),
    )


def parse_mail(body: Json) -> MailCard:
    """Read a section of a carrier's prices."""
    return MailCard(frozenset(fields.texts(body, "categories")), parse_weight_table(body, 1))


def parse_rate(body: Json) -> int:
    """Read a section that is one rate in parts per million."""
    return fields.rate_ppm(body.get("rate_ppm"))


def parse_credit(body: Json) -> Mapping[str, int]:
    """Read a section of shipping credits: the standard credit by fee category."""
    credit = fields.field(body, "standard", dict)
    return {category: fields.cents(amount) for category, amount in credit.items()}


def _limit(row: Json, grams: Fraction) -> Fraction | None:
    limit = row.get("up_to")
    return None if limit is None else fields.exact(limit) * grams


def _range(values: object) -> Range | None:
    if values is None:
        return None
    if not isinstance(values, list) or len(values) != 2:
        raise RateCardError(f"{values!r} is not a least and a most amount.")
    least, most = fields.cents(values[0]), fields.cents(values[1])
    if least > most:
        raise RateCardError(f"The least amount {least} is above the most {most}.")
    return least, most
