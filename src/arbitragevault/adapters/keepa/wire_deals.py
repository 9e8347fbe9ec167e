"""From the answer to a deal request, or from a deal object, to deals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.wire_fields import (
    Fields,
    items,
    not_negative,
    number,
    objects,
    positive,
    text,
    whole,
)
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.deals import Deal, DealPeriod, Drop
from arbitragevault.domain.market.market import SeriesKind

_PERIODS: Final = tuple(DealPeriod)
_RANK_DROP_DAYS: Final = (30, 90, 180, 365)
_SLOTS: Final = [
    (at, slot.kind)
    for at, slot in enumerate(schema.SLOTS)
    if slot.value is not schema.ValueKind.LOG
]
"""The log of offer updates says nothing about a deal."""
_IMAGE_BYTES: Final = range(33, 127)
"""The file name of an image is sent as the codes of its printable ASCII characters."""


@dataclass(frozen=True, slots=True)
class DealCategory:
    """How many deals a root category has; None as id for products without a known one."""

    id: int | None
    name: str | None
    deals: int


@dataclass(frozen=True, slots=True)
class DealAnswer:
    """One page of deals.

    Args:
        envelope: Tokens, times and errors.
        deals: In the order of the answer.
        categories: Deals per root category, whatever categories were asked for.
        is_cached: Keepa answered from its cache, which it keeps for paging.
        rows: How many deals were sent, those without an ASIN and repeated ones included.
    """

    envelope: Envelope
    deals: tuple[Deal, ...]
    categories: tuple[DealCategory, ...] = ()
    is_cached: bool = False
    rows: int = 0


def read_deals(document: Fields) -> DealAnswer:
    """The answer in a parsed document.

    Raises:
        PayloadError: If it holds no deals object, or its deals are no list of objects.
    """
    told = document.get("deals")
    if not isinstance(told, dict):
        raise PayloadError("The answer has no deals; it is no answer to a deal request.")
    rows = objects(told.get("dr"), "dr")
    decoded = (decode_deal(row) for row in rows)
    return DealAnswer(
        envelope=read_envelope(document),
        deals=tuple(deal for deal in decoded if deal is not None),
        categories=tuple(_categories(told)),
        is_cached=document.get("dealsCached") is True,
        rows=len(rows),
    )


def decode_deal(told: Mapping[str, object]) -> Deal | None:
    """The deal in Keepa's deal object; None for one without an ASIN."""
    get = told.get
    asin = text(get("asin"))
    if asin is None:
        return None
    current = _values(get("current"))
    means = dict(zip(_PERIODS, map(_values, items(get("avg"))), strict=False))
    lightning = (positive(get("lightningStart")), positive(get("lightningEnd")))
    code = whole(get("warehouseCondition"))
    root = positive(get("rootCat"))
    return Deal(
        asin=asin,
        title=text(get("title")),
        image=_image(get("image")),
        parent_asin=text(get("parentAsin")),
        root_category=None if root == schema.UNKNOWN_CATEGORY else root,
        categories=tuple(
            found for one in items(get("categories")) if (found := positive(one)) is not None
        ),
        found_minute=positive(get("creationDate")),
        updated_minute=positive(get("lastUpdate")),
        current=current,
        means=means,
        drops=_drops(told, current, means),
        last_drop={
            kind: moved
            for kind, moved in _numbers(get("deltaLast"))
            if moved or (kind in current and kind in means.get(DealPeriod.DAY, ()))
        },
        since={kind: int(minute) for kind, minute in _values(get("currentSince")).items()},
        back_in_stock=frozenset(
            kind for at, kind in _SLOTS if _at(items(get("backInStock")), at) is True
        ),
        rank_drops={
            days: count
            for days in _RANK_DROP_DAYS
            if (count := not_negative(get(f"salesRankDrops{days}"))) is not None
        },
        lightning=lightning if any(lightning) else None,
        warehouse_condition=schema.CONDITION_OF_CODE.get(code) if code else None,
        warehouse_comment=text(get("warehouseConditionComment")),
    )


def _drops(
    told: Mapping[str, object],
    current: Mapping[SeriesKind, float],
    means: Mapping[DealPeriod, Mapping[SeriesKind, float]],
) -> dict[DealPeriod, dict[SeriesKind, Drop]]:
    """``delta`` and ``deltaPercent``, [period][slot].

    Keepa sends 0 where a side is missing. The other way round a drop that is not 0 is real even if
    no mean was sent: warehouse prices are compared with another kind (recorded).
    """
    percents = items(told.get("deltaPercent"))
    drops: dict[DealPeriod, dict[SeriesKind, Drop]] = {}
    for at, (period, row) in enumerate(zip(_PERIODS, items(told.get("delta")), strict=False)):
        percent = dict(_numbers(_at(percents, at)))
        mean = means.get(period, {})
        drops[period] = {
            kind: Drop(amount, percent.get(kind))
            for kind, amount in _numbers(row)
            if amount or (kind in current and kind in mean)
        }
    return drops


def _values(row: object) -> dict[SeriesKind, float]:
    """The known values of a row that is indexed like ``csv``."""
    return {kind: value for kind, value in _numbers(row) if value >= 0}


def _numbers(row: object) -> Iterator[tuple[SeriesKind, float]]:
    entries = items(row)
    for at, kind in _SLOTS:
        if at >= len(entries):
            return
        found = number(entries[at])
        if found is not None:
            yield kind, found


def _at(entries: list[Any], at: int) -> object:
    return entries[at] if at < len(entries) else None


def _image(told: object) -> str | None:
    if isinstance(told, str):
        return text(told)
    codes = items(told)
    if not codes or any(whole(code) not in _IMAGE_BYTES for code in codes):
        return None
    return "".join(chr(code) for code in codes if isinstance(code, int))


def _categories(told: Mapping[str, object]) -> Iterator[DealCategory]:
    """The three parallel lists of categories."""
    lists = (items(told.get(name)) for name in ("categoryIds", "categoryNames", "categoryCount"))
    for catid, name, count in zip(*lists, strict=False):
        known = positive(catid)
        yield DealCategory(
            id=None if known == schema.UNKNOWN_CATEGORY else known,
            name=text(name),
            deals=not_negative(count) or 0,
        )
