"""Risks that catalogue facts tell: hazardous, adult and meltable goods, size, packs, variations.

Few facts are distinct, so what is said of them is made once and shared by all products.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.market.risk_model import Risk, RiskStatus

MELTABLE_CLOSED: Final = ((4, 15), (10, 15))
"""First and last month and day on which Amazon takes no meltable goods into its stores (its season
for them is October 16 to April 14)."""


@lru_cache(maxsize=64)
def listed_risk(code: str, fact: bool | None, what: str, *, blocks: bool) -> Risk:  # noqa: FBT001
    """A catalogue fact that the policy may exclude."""
    if fact is None:
        text = f"Keepa does not say whether it is {what}."
        return Risk(code, RiskStatus.UNKNOWN, text, source=f"product.is_{code}")
    status = RiskStatus.OK
    if fact:
        status = RiskStatus.BLOCKER if blocks else RiskStatus.WARNING
    text = f"Keepa lists it as {what}." if fact else f"Not listed as {what}."
    return Risk(code, status, text, observed="yes" if fact else "no", source=f"product.is_{code}")


def meltable_risk(
    fact: bool | None,  # noqa: FBT001
    channel: Channel,
    on: date,
    sale_by: date,
    *,
    blocks: bool,
) -> Risk:
    """Heat-sensitive goods, which Amazon stores in its cool season only.

    Args:
        fact: Whether the product is heat sensitive; None where Keepa does not say.
        channel: Who will ship it.
        on: First day in store.
        sale_by: Last day in store.
        blocks: The policy excludes such products.
    """
    if not fact:
        return listed_risk("meltable", fact, "heat sensitive", blocks=blocks)
    closed = None if channel is Channel.FBM else _closed_season(on, sale_by)
    if closed is None:
        text = "Heat sensitive, but sold outside the closed season."
        return Risk(
            "meltable",
            RiskStatus.BLOCKER if blocks else RiskStatus.OK,
            text,
            observed="yes",
            source="product.is_heat_sensitive",
        )
    first, last = closed
    return Risk(
        "meltable",
        RiskStatus.BLOCKER if blocks else RiskStatus.WARNING,
        f"Heat sensitive: Amazon stores none from {first.isoformat()} to {last.isoformat()}.",
        observed="yes",
        limit=first.isoformat(),
        source="product.is_heat_sensitive",
    )


def _closed_season(on: date, sale_by: date) -> tuple[date, date] | None:
    """The closed season for meltables that a stay in store touches, if any."""
    day = on
    while day <= sale_by:
        (m1, d1), (m2, d2) = MELTABLE_CLOSED
        first, last = date(day.year, m1, d1), date(day.year, m2, d2)
        if on <= last and sale_by >= first:
            return first, last
        day = date(day.year, 12, 31) + timedelta(days=1)
    return None


@lru_cache(maxsize=64)
def oversize_risk(size_tier: str | None, channel: Channel) -> Risk:
    """Bulky goods cost more and are limited more; the tier itself is the fee engine's."""
    if channel is Channel.FBM:
        return Risk("oversize", RiskStatus.OK, "Shipped by you: no size tier.", source="size tier")
    if size_tier is None:
        return Risk(
            "oversize", RiskStatus.UNKNOWN, "Its size tier is not known.", source="size tier"
        )
    small = "standard" in size_tier
    return Risk(
        "oversize",
        RiskStatus.OK if small else RiskStatus.WARNING,
        "Standard size." if small else "Oversize: higher fees and stricter limits.",
        observed=size_tier,
        source="size tier",
    )


@lru_cache(maxsize=64)
def shared_rank_risk(count: int) -> Risk:
    """Variations that share the sales rank: demand is then split among them.

    Args:
        count: How many the listing names.
    """
    shared = count > 1
    return Risk(
        "shared_rank",
        RiskStatus.WARNING if shared else RiskStatus.OK,
        f"{count} variations share the sales rank; demand is split among them."
        if shared
        else "The sales rank is its own.",
        observed=count,
        limit=1,
        source="product.variation_asins",
    )


@lru_cache(maxsize=64)
def pack_risk(items: int | None) -> Risk:
    """A pack of several: the unit cost has to be for all of them."""
    packed = items is not None and items > 1
    return Risk(
        "pack_size",
        RiskStatus.WARNING if packed else RiskStatus.OK,
        f"The listing is a pack of {items}; the unit cost must be for all of them."
        if packed
        else "Not listed as a pack.",
        observed=items,
        limit=1,
        source="product.items_per_package",
    )
