"""Reference series: which price history speaks for a unit of a condition and channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import isnan, nan
from typing import Final

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import LANDED_PRICE_CHANGE, Market, Offer, SeriesKind
from arbitragevault.domain.market.series import StepSeries

GRADES: Final = (
    (Condition.LIKE_NEW, SeriesKind.USED_LIKE_NEW),
    (Condition.VERY_GOOD, SeriesKind.USED_VERY_GOOD),
    (Condition.GOOD, SeriesKind.USED_GOOD),
    (Condition.ACCEPTABLE, SeriesKind.USED_ACCEPTABLE),
)
"""The used grades, best first, with the series of their lowest offer."""

STALE_OFFERS_DAYS: Final = 30
"""Days without an offers update after which series that only such updates feed speak for the past
only."""

_CHANGED_BASIS: Final = frozenset({SeriesKind.NEW, SeriesKind.USED})
_NAMES: Final = {
    SeriesKind.BUY_BOX: "the Buy Box price",
    SeriesKind.NEW_FBA: "the lowest New price shipped by Amazon",
    SeriesKind.NEW_FBM: "the lowest New price shipped by a seller",
    SeriesKind.NEW: "the lowest New price",
    SeriesKind.BUY_BOX_USED: "the Used Buy Box price",
    SeriesKind.USED: "the lowest Used price of any grade",
}


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceSeries:
    """The price history that speaks for a unit, and why.

    Args:
        kind: Name of the choice: a series kind, or a grade with ``_or_better``.
        kinds: The series that it was made from.
        series: Landed prices in minor units.
        fallback: True if a better choice exists in principle but was not known.
        text: The choice in a few plain words.
        basis_change: Minute at which the series changed from listing to landed price; None for
            series that did not.
    """

    kind: str
    kinds: tuple[SeriesKind, ...]
    series: StepSeries
    fallback: bool
    text: str
    basis_change: int | None = None


def reference_series(
    market: Market, condition: Condition, channel: Channel
) -> ReferenceSeries | Abstention:
    """Choose the price history of a unit: the first of the choices below that is known now.

    New: the Buy Box; the lowest New offer of the channel; the lowest New offer. Used: the lowest
    offer of the grade or better (live offers where known); the Used Buy Box; the lowest Used offer.
    One choice speaks for the whole history: splicing two would make a change of choice look like a
    move of the price.

    Returns:
        The series, or an abstention when none of them has a price now.
    """
    choices = _used(market, condition) if condition.is_used else _new(market, channel)
    for position, choice in enumerate(choices):
        if choice.series.value_at(market.observed_minute) > 0:  # zero is no price, nor is nan
            if position == 0:
                return choice
            return ReferenceSeries(
                choice.kind,
                choice.kinds,
                choice.series,
                fallback=True,
                text=f"{choice.text}; better sources are not known",
                basis_change=choice.basis_change,
            )
    grade = condition.value.replace("_", " ")
    return Abstention(
        "no_price_now", f"No price of a {grade} unit is known now, so none can be forecast."
    )


def _new(market: Market, channel: Channel) -> Iterator[ReferenceSeries]:
    """The choices for a New unit, best first."""
    own = SeriesKind.NEW_FBA if channel is Channel.FBA else SeriesKind.NEW_FBM
    yield _single(market, SeriesKind.BUY_BOX)
    yield _single(market, own)
    yield _single(market, SeriesKind.NEW)


def _used(market: Market, condition: Condition) -> Iterator[ReferenceSeries]:
    """The choices for a Used unit, best first."""
    yield _grade_or_better(market, condition)
    yield _single(market, SeriesKind.BUY_BOX_USED)
    yield _single(market, SeriesKind.USED)


def _single(market: Market, kind: SeriesKind) -> ReferenceSeries:
    """One of Keepa's series as it is."""
    series = market.series(kind)
    if kind not in _CHANGED_BASIS and _is_stale(market):
        series = StepSeries.empty()
    elif kind not in market.history and kind in market.current:
        series = StepSeries.from_unordered([market.observed_minute], [market.current[kind]])
    return ReferenceSeries(
        kind.value,
        (kind,),
        series,
        fallback=False,
        text=_NAMES[kind],
        basis_change=LANDED_PRICE_CHANGE if kind in _CHANGED_BASIS else None,
    )


def _grade_or_better(market: Market, condition: Condition) -> ReferenceSeries:
    """The lowest offer of a used grade or better, the live offers having the last word."""
    name, kinds, text = _wanted_grades(condition)
    series = StepSeries.empty()
    if not _is_stale(market):
        series = StepSeries.lowest([market.series(kind) for kind in kinds])
    live = market.live_offers
    if live is not None:
        series = series.followed_by(market.observed_minute, lowest_live(live, condition))
    return ReferenceSeries(name, kinds, series, fallback=False, text=text)


@cache
def _wanted_grades(condition: Condition) -> tuple[str, tuple[SeriesKind, ...], str]:
    """The choice of a grade or better: its name, the series of the grades, and its words."""
    wanted = grades_from(condition)
    grade = condition.value.removeprefix("used_").replace("_", " ")
    return (
        f"{condition.value}_or_better",
        tuple(kind for one, kind in GRADES if one in wanted),
        f"the lowest Used offer in {grade} condition or better",
    )


@cache
def grades_from(condition: Condition) -> frozenset[Condition]:
    """The used grades at or above one; for New only New."""
    if not condition.is_used:
        return frozenset({Condition.NEW})
    names = [grade for grade, _ in GRADES]
    return frozenset(names[: names.index(condition) + 1])


def lowest_live(live: Sequence[Offer], condition: Condition) -> float:
    """The lowest landed price among live offers of a condition or better; NaN if there is none."""
    wanted = grades_from(condition)
    prices = [
        offer.landed_price for offer in live if offer.condition in wanted and offer.is_shippable
    ]
    return min((price for price in prices if not isnan(price)), default=nan)


def whole_reference(market: Market, reference: ReferenceSeries) -> StepSeries:
    """A choice that was made at some moment, over everything that is known of the market.

    Args:
        market: The market, possibly observed later than the choice was made.
        reference: The choice.
    """
    return StepSeries.lowest([market.series(kind) for kind in reference.kinds])


def _is_stale(market: Market) -> bool:
    """The offers were last looked at too long ago for what only offers updates feed."""
    updates = market.series(SeriesKind.OFFER_UPDATES)
    if not len(updates):
        return False
    return market.observed_minute - int(updates.minutes[-1]) > STALE_OFFERS_DAYS * MINUTES_PER_DAY
