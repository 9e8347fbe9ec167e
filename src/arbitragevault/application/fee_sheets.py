"""What a stored product's fees would be: at another price, on another day, by either channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.application.fee_views import (
    ChannelFees,
    KeepaComparison,
    PriceJump,
    ProductFees,
    RefundView,
    RuleSource,
    SourcedFeeLine,
    UnitSizing,
)
from arbitragevault.application.policies import load_policy
from arbitragevault.application.products import ProductTerms, lead_on, stored_product
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.product import Channel, Product
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.decision import Decision
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.profit_distribution import (
    fee_assumptions,
    fulfilment_seen_by_keepa,
    lost_by_return,
    needed_net,
    storage_days,
)
from arbitragevault.domain.decision.record import sizing_record
from arbitragevault.domain.economics.fees.afterwards import refund, removal_fee
from arbitragevault.domain.economics.fees.curve import ProceedsCurve
from arbitragevault.domain.economics.fees.engine import calibrate, covered_days, proceeds_curve
from arbitragevault.domain.economics.fees.model import (
    FeeAssumptions,
    FeeBreakdown,
    FeeCode,
    FeeLine,
    FulfilmentObservation,
)
from arbitragevault.domain.economics.fees.rate_card import Section, rate_cards
from arbitragevault.domain.economics.fees.referral_check import check_referral
from arbitragevault.domain.economics.fees.returns_card import ReturnHistory
from arbitragevault.domain.economics.profit import breakeven_price, profit, roi
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.money import Money

NEAREST_JUMPS = 6
"""Jumps that a sheet lists: those nearest to the price."""


@dataclass(frozen=True, slots=True)
class FeeQuestion:
    """A what-if about a product's fees; None takes what the decision takes.

    Args:
        price: Sale price as written by the user.
        on: Day on which the unit ships.
        channel: Who ships it; None asks for both.
        refund: What goes back to the buyer in a refund, as written by the user; None is all.
        history: How often the product comes back, for the fee on processing returns.
    """

    price: str | None = None
    on: date | None = None
    channel: Channel | None = None
    refund: str | None = None
    history: ReturnHistory | None = None


async def view_fees(
    services: Services, marketplace: str, asin: str, question: FeeQuestion, terms: ProductTerms
) -> ProductFees:
    """The fees of a stored product under a what-if.

    Raises:
        ProductNotStoredError: If the product is not stored.
        MoneyError: If price or cost is no amount in the marketplace's currency.
        InvalidInputError: If no price is asked for and none can be told.
    """

    async def unit(session: AsyncSession) -> tuple[Market, Policy]:
        stored = await stored_product(session, marketplace, asin, is_sandbox=services.is_sandbox)
        return stored.market, await load_policy(session, terms.policy)

    market, policy = await services.database.read(unit)
    lead = lead_on(market.product, terms)
    decisions = [
        decide(lead, market, replace(policy, channel=channel))
        for channel in ([question.channel] if question.channel else Channel)
    ]
    price, basis = _price(question, decisions[0])
    on = question.on or decisions[0].study.sale_on
    return ProductFees(
        *market.product.key,
        market.product.marketplace.currency,
        price,
        basis,
        on,
        [_sheet(decision, price, on, question) for decision in decisions],
        [
            *_fulfilment_of_keepa(market),
            *_referral_of_keepa(market),
            *_closing_of_keepa(market, decisions[0].study.policy),
        ],
    )


def _price(question: FeeQuestion, decision: Decision) -> tuple[int, str]:
    """The price to ask for, and what it is: asked for, the resale median, or the price now."""
    market, proceeds = decision.study.market, decision.study.proceeds
    if question.price:
        price = Money.parse(question.price, market.product.marketplace.currency).minor
        if price < 0:
            raise InvalidInputError(f"A sale price of {question.price} is negative.")
        return price, "asked"
    if not isinstance(proceeds, Abstention):
        return proceeds.price_cents, "resale_median"
    for kind in (SeriesKind.BUY_BOX, SeriesKind.NEW):
        if not np.isnan(market.now(kind)):
            return int(market.now(kind)), kind.value
    raise InvalidInputError("No price is known for this product; give a sale price.")


def _sheet(decision: Decision, price: int, on: date, question: FeeQuestion) -> ChannelFees:
    """What the decision's channel would charge at a price on a day."""
    study = decision.study
    product, policy = study.market.product, study.policy
    is_fba = policy.channel is Channel.FBA
    assumptions = fee_assumptions(policy, study.market, storage_days(policy, study.sales))
    seen = fulfilment_seen_by_keepa(study.market) if is_fba else None
    curve = proceeds_curve(product, on, policy.channel, assumptions, observation=seen)
    breakdown = curve.at(price)
    market, sizing = product.marketplace.code, sizing_record(breakdown)
    net = breakdown.net_proceeds_cents
    returns = None
    if net is not None:
        lost = lost_by_return(net, curve.cents_at(FeeCode.FULFILMENT, price))
        returns = round(policy.returns_share * lost)
    landed = None if study.landed is None else study.landed.total_cents
    left = None
    if net is not None and landed is not None:
        left = profit(net - (returns or 0), landed)
    first, last = covered_days(product.marketplace.code, policy.channel) or (None, None)
    cost = None if landed is None or returns is None else landed + returns
    return ChannelFees(
        channel=policy.channel.value,
        size_tier=breakdown.size_tier,
        sizing=None if sizing is None else UnitSizing(**sizing),
        fee_category=breakdown.fee_category,
        rate_card=breakdown.rate_card,
        first_day=first,
        last_day=_closed(last),
        lines=[_line(line, on, market) for line in breakdown.lines],
        total=breakdown.total_cents,
        net_proceeds=net,
        returns_allowance=returns,
        landed_cost=landed,
        profit=left,
        roi=None if left is None or landed is None else roi(left, landed),
        breakeven_price=None if cost is None else breakeven_price(curve, cost),
        target_price=None
        if landed is None or returns is None
        else curve.lowest_price(needed_net(landed, policy) + returns),
        jumps=_jumps(curve, price),
        refund=_refund(product, breakdown, assumptions, question),
        removal=_line(removal_fee(product, on, assumptions), on, market) if is_fba else None,
    )


def _refund(
    product: Product, breakdown: FeeBreakdown, assumptions: FeeAssumptions, question: FeeQuestion
) -> RefundView:
    """What the refund costs that is asked for."""
    asked = question.refund
    found = refund(
        product,
        breakdown,
        assumptions,
        refunded_cents=None if asked is None else Money.parse(asked, breakdown.currency).minor,
        history=question.history,
    )
    return RefundView(
        found.refunded_cents,
        [_line(line, breakdown.on, product.marketplace.code) for line in found.lines],
        found.cost_cents,
        found.net_proceeds_cents,
    )


def _jumps(curve: ProceedsCurve, price: int) -> list[PriceJump]:
    nearest = sorted(curve.jumps(), key=lambda jump: abs(jump.price_cents - price))
    return [
        PriceJump(jump.price_cents, jump.change_cents, [code.value for code in jump.codes])
        for jump in sorted(nearest[:NEAREST_JUMPS], key=lambda jump: jump.price_cents)
    ]


def _line(line: FeeLine, on: date, marketplace: str) -> SourcedFeeLine:
    return SourcedFeeLine(
        line.code.value,
        line.amount_cents,
        line.rule,
        dict(line.inputs),
        line.unknown_reason,
        [_source(section, on) for section in rate_cards(marketplace).behind(line.rule)],
    )


def _source(section: Section, on: date) -> RuleSource:
    """A section, with the stretch of days around a day in which it holds."""
    around = [(first, last) for first, last in section.windows if first <= on <= last]
    first, last = around[0] if around else (section.windows[0][0], section.windows[-1][1])
    return RuleSource(
        section.id,
        section.kind.value,
        section.unit,
        first,
        _closed(last),
        None if section.confidence is None else section.confidence.value,
        list(section.sources),
        section.note,
    )


def _closed(last: date | None) -> date | None:
    """A last day; None where it is open."""
    return None if last == date.max else last


def _fulfilment_of_keepa(market: Market) -> list[KeepaComparison]:
    """Keepa's fulfilment fee beside ours for its own day and price."""
    seen: FulfilmentObservation | None = fulfilment_seen_by_keepa(market)
    if seen is None:
        return []
    found = calibrate(market.product, seen)
    return [
        KeepaComparison(
            FeeCode.FULFILMENT.value,
            seen.cents,
            found.ours_cents,
            found.difference_cents,
            seen.on,
            seen.price_cents,
            list(found.causes),
        )
    ]


def _referral_of_keepa(market: Market) -> list[KeepaComparison]:
    """Keepa's referral percentage at the price now beside our referral fee, as amounts."""
    percent = market.fees.referral_percent
    price = market.now(SeriesKind.BUY_BOX)
    price = market.now(SeriesKind.NEW) if np.isnan(price) else price
    if percent is None or np.isnan(price) or price <= 0:
        return []
    on = market.observed_at.date()
    found = check_referral(market.product, percent, int(price), on)
    theirs = round(percent * price / 100)
    ours = found.ours_cents
    difference = None if ours is None else 0 if found.agrees else theirs - ours
    causes = [] if found.agrees else [f"charged as {one}" for one in found.categories]
    return [KeepaComparison("referral", theirs, ours, difference, on, int(price), causes)]


def _closing_of_keepa(market: Market, policy: Policy) -> list[KeepaComparison]:
    """Keepa's closing fee beside that of our card."""
    theirs = market.fees.closing_cents
    if theirs is None:
        return []
    on = market.observed_at.date()
    curve = proceeds_curve(market.product, on, policy.channel)
    ours = next((line for line in curve.fixed if line.code is FeeCode.CLOSING), None)
    cents = 0 if ours is None else ours.amount_cents
    difference = None if cents is None else theirs - cents
    causes = [] if ours is None or ours.unknown_reason is None else [ours.unknown_reason]
    return [KeepaComparison("closing", theirs, cents, difference, on, None, causes)]
