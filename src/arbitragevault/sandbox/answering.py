"""One product of an answer, worked out from what it is handed: the same in whichever process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.sandbox.fees import charges_of
from arbitragevault.sandbox.glance import Known
from arbitragevault.sandbox.marketplace import Marketplace, Refresh, SimulatedProduct
from arbitragevault.sandbox.request import ProductRequest, read_product_request
from arbitragevault.sandbox.source import Answered, unknown_product
from arbitragevault.sandbox.wire import parent_object, product_object
from arbitragevault.sandbox.wire_offers import pages_found, seen_offers

US: Final = 1
_REMEMBERED_REFRESHES: Final = 400
_ANY_MINUTE: Final = 8_000_000
_RATING_FRESH: Final = 14 * MINUTES_PER_DAY
_STOCK_FRESH: Final = 7 * MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class Task:
    """A product to answer.

    Args:
        asin: Its ASIN.
        refreshes: Looks that somebody asked for before.
        stock_look: Market minute of the last look at its stock, or None.
    """

    asin: str
    refreshes: tuple[Refresh, ...] = ()
    stock_look: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answered product, and what is to be remembered of it.

    Args:
        answered: The answer.
        look: The look at it that the request caused, or None.
        known: Its number and what the finder may know of it from now on, or None.
        saw_stock: Whether its stock was looked at.
    """

    answered: Answered
    look: Refresh | None = None
    known: tuple[int, Known] | None = None
    saw_stock: bool = False


def with_look(before: tuple[Refresh, ...], look: Refresh) -> tuple[Refresh, ...]:
    """The looks at a product that are remembered."""
    return (*before, look)[-_REMEMBERED_REFRESHES:]


def look_at(now: int, *, offers: bool) -> Refresh:
    """A look at a market minute; Keepa's are at even ones."""
    return Refresh(now // 2 * 2, offers)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A product that has been looked up.

    Args:
        task: What is to be answered.
        product: The product.
        look: The look at it that the request caused, or None.
        last: Market minute of the look at it before that.
    """

    task: Task
    product: SimulatedProduct
    look: Refresh | None
    last: int


def answer(marketplace: Marketplace, task: Task, request: ProductRequest, now: int) -> Outcome:
    """A product as a request wants it.

    Args:
        marketplace: Where it is sold: on amazon.com.
        task: Which product.
        request: What is asked of it.
        now: Market minute.
    """
    return answers(marketplace, [task], request, now)[0]


def answers(
    marketplace: Marketplace, tasks: Sequence[Task], request: ProductRequest, now: int
) -> list[Outcome]:
    """Products as a request wants them, each of them asked for once.

    One kind of work is done for all products before the next one begins, which finds its code in
    the processor's cache: an eighth less time.

    Args:
        marketplace: Where they are sold: on amazon.com.
        tasks: Which products.
        request: What is asked of them.
        now: Market minute.
    """
    if request.domain != US:
        return [_unknown(task, request, now) for task in tasks]
    marketplace.foresee([task.asin for task in tasks], now)
    found = [_look_up(marketplace, task, request, now) for task in tasks]
    for one in found:
        if isinstance(one, _Seen):
            charges_of(one.product.entry, one.product.observed.last_look)
    return [
        _tell(marketplace, one, request, now) if isinstance(one, _Seen) else one for one in found
    ]


def _look_up(
    marketplace: Marketplace, task: Task, request: ProductRequest, now: int
) -> _Seen | Outcome:
    """What a request makes Keepa see of a product, or at once the answer where that is nothing."""
    family = marketplace.family_of_parent(task.asin)
    if family:
        return Outcome(Answered(parent_object(task.asin, family, now), schema.PRODUCT.tokens))
    earlier = marketplace.looks(task.asin, now, task.refreshes)
    if earlier is None:
        return _unknown(task, request, now)
    with_offers = request.wanted.offers is not None
    last = int(earlier.minutes[-1])
    look, refreshes = None, task.refreshes
    if _wants_look(request.update_hours, now, int(earlier.offers[-1]) if with_offers else last):
        look = look_at(now, offers=with_offers)
        refreshes = with_look(refreshes, look)
    product = marketplace.product(task.asin, now, refreshes)
    return _unknown(task, request, now) if product is None else _Seen(task, product, look, last)


def _tell(marketplace: Marketplace, seen: _Seen, request: ProductRequest, now: int) -> Outcome:
    """The answer for a product that has been looked up."""
    task, product, look = seen.task, seen.product, seen.look
    with_offers = request.wanted.offers is not None
    body = product_object(marketplace, product, request.wanted)
    if with_offers:
        if look is None and "stats" in body:
            # Recorded: offers served from Keepa's store count as successful, not as retrieved.
            body["stats"]["retrievedOfferCount"] = schema.NOT_COLLECTED
        tokens = _offers_cost(product, request, is_fresh=look is None)
    else:
        tokens = schema.PRODUCT.tokens
        tokens += schema.TOKENS_BUYBOX if request.wanted.buybox else 0
    tokens += _extras(task, request, body, now, seen.last)
    return Outcome(
        Answered(body, tokens),
        look,
        _learned(product, request, body),
        saw_stock=request.wanted.stock and with_offers,
    )


def _unknown(task: Task, request: ProductRequest, now: int) -> Outcome:
    return Outcome(unknown_product(task.asin, request, now, schema.SLOT_COUNT_2026))


def prepare(seed: int) -> None:
    """Have at hand what the first product of a process otherwise waits for: compiled code."""
    first = Marketplace(seed, 50)
    for asin in first.asins:
        request = read_product_request({"domain": "1", "asin": asin, "stats": "90"}, _ANY_MINUTE)
        if answer(first, Task(asin), request, _ANY_MINUTE).known is not None:
            return


def _wants_look(update_hours: int, now: int, known: int) -> bool:
    """Whether Keepa refreshes what it knows since a minute: 0 forces it, negative forbids it."""
    if update_hours < 0 or now // 2 * 2 <= known:
        return False
    return now - known > update_hours * 60


def _learned(
    product: SimulatedProduct, request: ProductRequest, body: dict[str, Any]
) -> tuple[int, Known] | None:
    """What an answer with ``stats`` tells the finder."""
    stats = body.get("stats")
    if stats is None:
        return None
    averages = {days: stats[f"avg{days}"] for days in (30, 90, 180, 365)}
    return product.entry.index, Known(request.wanted.slots, stats["current"], averages)


def _offers_cost(product: SimulatedProduct, request: ProductRequest, *, is_fresh: bool) -> int:
    limit = request.wanted.offers or 0
    pages = pages_found(len(seen_offers(product).live), limit)
    if is_fresh or not pages:
        return schema.TOKENS_OFFERS_FRESH
    return schema.TOKENS_PER_OFFER_PAGE * pages


def _extras(task: Task, request: ProductRequest, body: dict[str, Any], now: int, last: int) -> int:
    """What ratings, stock, forced updates and past variations cost on top."""
    tokens = 0
    rated = body.get("lastRatingUpdate", -1)
    if request.wanted.rating and rated > now - _RATING_FRESH:
        tokens += schema.TOKENS_RATING
    if request.update_hours == 0 and now - last < 60:
        tokens += schema.TOKENS_FORCED_UPDATE
    if request.historical_variations and body.get("parentAsin") is not None:
        tokens += schema.TOKENS_HISTORICAL_VARIATIONS
    if request.wanted.stock and request.wanted.offers is not None:
        known = task.stock_look
        if known is not None and now - known < _STOCK_FRESH:
            tokens += schema.TOKENS_STOCK
    return tokens
