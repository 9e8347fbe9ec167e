"""Counterfactual: the smallest changes, one per obstacle, that would make a lead a buy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import ceil
from typing import Final

from arbitragevault.domain.decision.profit_distribution import UnitProceeds, needed_net
from arbitragevault.domain.decision.study import Change, Reason, ReasonStatus, Study
from arbitragevault.domain.market.sellthrough import SellThrough
from arbitragevault.domain.market.wording import days_in_words, percent


def what_would_make_it_a_buy(study: Study, reasons: tuple[Reason, ...]) -> tuple[Change, ...]:
    """The changes that remove the obstacles, in the order of the reasons; empty without obstacles.

    Args:
        study: What was worked out.
        reasons: The criteria as judged.
    """
    changes: dict[str, Change] = {}
    for reason in reasons:
        if reason.status is ReasonStatus.PASS:
            continue
        for change in _BY_REASON.get(reason.code, _by_text)(study, reason):
            changes.setdefault(change.change, change)
    return tuple(changes.values())


def _cost(study: Study, _: Reason) -> Iterator[Change]:
    """Pay less; or the price that would carry the cost."""
    cost, best = study.terms.unit_cost, study.max_cost_cents
    if best is not None:
        yield Change(
            "unit_cost",
            f"Pay at most {study.money(best)} per unit.",
            before=None if cost is None else cost.minor,
            after=best,
        )
    if study.profit is None or not isinstance(study.proceeds, UnitProceeds):
        return
    net = needed_net(study.profit.landed_cents, study.policy) + study.proceeds.returns_cents
    price = study.proceeds.curve.lowest_price(net)
    if price is not None:
        low = study.proceeds.low_price_cents
        yield Change(
            "price",
            f"The price that is exceeded with {percent(study.policy.confidence)} confidence would "
            f"have to be {study.money(price)} instead of {study.money(low)}.",
            before=low,
            after=price,
        )


def _quantity(study: Study, reason: Reason) -> Iterator[Change]:
    """Take fewer units, or accept the time that it takes."""
    if study.sales is None:
        yield from _live_data(study, reason)
        return
    limit = study.policy.max_days_to_sell
    fewer = _most_within(study.sales, limit)
    if fewer:
        yield Change(
            "quantity",
            f"Take at most {fewer} {'unit' if fewer == 1 else 'units'}.",
            before=study.terms.quantity,
            after=fewer,
        )
        return
    days = ceil(study.sales.median_days)
    yield Change(
        "max_days_to_sell",
        f"Accept {days_in_words(days)} until it is sold.",
        before=limit,
        after=days,
    )


def _most_within(sales: SellThrough, days: float) -> int:
    """The largest quantity that sells within days as likely as not; 0 if not even one does."""
    low, high = 0, sales.quantity
    while high - low > 0:
        middle = (low + high + 1) // 2
        if sales.probability(days, middle) >= 0.5:
            low = middle
        else:
            high = middle - 1
    return low


def _live_data(study: Study, reason: Reason) -> Iterator[Change]:
    """Fetch what is missing."""
    if study.market.live_offers is None:
        yield Change("offers", f"Fetch the live offers from Keepa. {reason.text}")
    else:
        yield Change("wait", f"Wait until Keepa knows more. {reason.text}")


def _package(_: Study, reason: Reason) -> Iterator[Change]:
    yield Change("measures", f"Find out size, weight or category. {reason.text}")


def _refresh(study: Study, reason: Reason) -> Iterator[Change]:
    yield Change(
        "refresh",
        "Fetch fresh data from Keepa.",
        before=reason.observed,
        after=study.policy.max_data_age_days,
    )


def _spike(_: Study, reason: Reason) -> Iterator[Change]:
    yield Change(
        "wait",
        f"Wait until the price is at most {reason.limit} times its usual level.",
        before=reason.observed,
        after=reason.limit,
    )


def _nothing(_: Study, __: Reason) -> Iterator[Change]:
    """What the listing is does not change."""
    yield from ()


def _rank(_: Study, reason: Reason) -> Iterator[Change]:
    if reason.observed is not None:
        yield Change(
            "max_sales_rank",
            f"Accept a sales rank of {reason.observed:,}.",
            before=reason.limit,
            after=reason.observed,
        )


def _amazon(_: Study, reason: Reason) -> Iterator[Change]:
    if isinstance(reason.limit, int | float):
        yield Change(
            "amazon_share",
            f"Wait until Amazon has had it less often, or accept more than {reason.limit:.0%}.",
            reason.observed,
            reason.limit,
        )


def _by_text(_: Study, reason: Reason) -> Iterator[Change]:
    """Obstacles that only the facts can remove: check them, or loosen the policy."""
    yield Change(reason.code, f"Check by hand: {reason.text}", reason.observed, reason.limit)


_BY_REASON: Final[Mapping[str, Callable[[Study, Reason], Iterator[Change]]]] = {
    "profit_target": _cost,
    "unit_cost": _cost,
    "landed_cost": _package,
    "fees": _package,
    "resale_price": _live_data,
    "days_to_sell": _quantity,
    "stale_data": _refresh,
    "price_spike": _spike,
    "product_type": _nothing,
    "sales_rank": _rank,
    "amazon_share": _amazon,
}
