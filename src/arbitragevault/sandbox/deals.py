"""``/deal``: products whose price or rank changed, from the day's glance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.endpoint import US, Ask, Reply, known_domain
from arbitragevault.sandbox.features import Features
from arbitragevault.sandbox.finder import contains_words
from arbitragevault.sandbox.randomness import Purpose, uniform
from arbitragevault.sandbox.request import BadParameterError
from arbitragevault.sandbox.shelving import ROOTS
from arbitragevault.sandbox.view import View

_DAYS: Final = (2, 7, 31, 90)
"""Days averaged by ``dateRange``; the first, "day", is a 48-hour average (recorded)."""
_SALES: Final = 3
_LEAST_PERCENT: Final = 10
_LEAST_PERCENT_SALES: Final = 80
_FRESH_MINUTES: Final = 720
_PAGES_MOST: Final = 10_000
_TEXTS: Final = frozenset(
    {"manufacturer", "brand", "author", "binding", "color", "productGroup", "type", "languages",
     "websiteDisplayGroup", "websiteDisplayGroupName"}
)  # fmt: skip
_OTHER_TEXTS: Final = frozenset(
    {"material", "model", "size", "unitType", "scent", "itemForm", "pattern", "style",
     "itemTypeKeyword", "targetAudienceKeyword", "edition", "format", "brandStoreName",
     "brandStoreUrlName", "salesRankDisplayGroup"}
)  # fmt: skip
_RANGES: Final = (
    "deltaRange", "deltaPercentRange", "deltaLastRange", "currentRange", "salesRankRange",
)  # fmt: skip
_FLAGS: Final = (
    "isLowest", "isLowest90", "isLowestOffer", "isBackInStock", "isOutOfStock", "isRangeEnabled",
    "isFilterEnabled", "filterErotic", "hasReviews", "isPrimeExclusive", "mustHaveAmazonOffer",
    "mustNotHaveAmazonOffer", "singleVariation",
)  # fmt: skip
_NUMBERS: Final = ("page", "domainId", "dateRange", "sortType", "minRating")
_LISTS: Final = ("priceTypes", "excludeCategories", "includeCategories", "warehouseConditions")
_PRICED: Final = tuple(slot.index for slot in schema.SLOTS if slot.index in {
    0, 1, 2, 3, 4, 7, 10, 11, 12, 16, 17, 18, 19, 20, 21, 22, 32, 34, 35
})  # fmt: skip
"""Slots that a glance has values of."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a selection asks for, checked."""

    domain: int
    slot: int
    span: int
    page: int
    sort: int
    filters: dict[str, Any]


class Deals:
    """Answers deal selections.

    Args:
        view: What there is.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    def __call__(self, ask: Ask) -> Reply:
        """One request.

        Raises:
            BadParameterError: Naming the field.
        """
        wish = _read(ask.selection())
        features = self._view.features(ask.now)
        found = _matching(features, wish) if wish.domain == US else np.empty(0, dtype=np.int64)
        shown = _of_categories(features, found, wish.filters)
        start = wish.page * schema.DEALS_PER_PAGE
        rows = _sorted(features, shown, wish)[start : start + schema.DEALS_PER_PAGE]
        counts = Counter(features.glance.columns.root[found].tolist())
        deals = {
            "dr": _objects(self._view, features, rows, ask.now),
            "categoryIds": list(counts),
            "categoryNames": [ROOTS[one].name for one in counts],
            "categoryCount": list(counts.values()),
            "drDateIndex": [],
        }
        return Reply({"deals": deals, "dealsCached": False}, schema.DEALS.tokens)


def _read(selection: dict[str, Any]) -> _Wish:
    for name, value in selection.items():
        if not _is_typed(name, value):
            raise BadParameterError(name)
    types = selection.get("priceTypes")
    if not isinstance(types, list) or len(types) != 1:
        raise BadParameterError("priceTypes")
    if not 0 <= types[0] < len(schema.SLOTS) or not schema.SLOTS[types[0]].is_deal_type:
        raise BadParameterError("priceTypes")
    if "domainId" not in selection:
        raise BadParameterError("domainId")
    span, sort = selection.get("dateRange", 0), selection.get("sortType", 4)
    page = selection.get("page", 0)
    if not 0 <= span < len(_DAYS):
        raise BadParameterError("dateRange")
    if abs(sort) not in (1, 2, 3, 4) or sort == -1:
        raise BadParameterError("sortType")
    if page < 0 or (page + 1) * schema.DEALS_PER_PAGE > _PAGES_MOST + schema.DEALS_PER_PAGE:
        raise BadParameterError("page")
    least = _LEAST_PERCENT_SALES if types[0] == _SALES else _LEAST_PERCENT
    wanted = selection.get("deltaPercentRange")
    if wanted is not None and selection.get("isRangeEnabled") and abs(wanted[0]) < least:
        raise BadParameterError("deltaPercentRange")
    return _Wish(known_domain(selection["domainId"]), types[0], span, page, sort, selection)


def _is_typed(name: str, value: object) -> bool:
    """Whether a field is known and of its type."""
    if name in _NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool)
    if name in _FLAGS:
        return isinstance(value, bool)
    if name == "titleSearch":
        return isinstance(value, str)
    return _is_list(name, value)


def _is_list(name: str, value: object) -> bool:
    """Whether a field that takes a list holds one; null stands for none."""
    texts = name in _TEXTS | _OTHER_TEXTS
    if not texts and name not in (*_RANGES, *_LISTS):
        return False
    if value is None:
        return True
    wanted = str if texts else int
    if not isinstance(value, list) or not all(isinstance(one, wanted) for one in value):
        return False
    return name not in _RANGES or len(value) == 2


def _delta(features: Features, slot: int, days: int) -> NDArray[np.float64]:
    """Average minus present value; 0 where either is missing."""
    mean, now = features.glance.average(slot, days), features.glance.current(slot)
    return np.where((mean >= 0) & (now >= 0), mean - now, 0.0)


def _percent(features: Features, slot: int, days: int) -> NDArray[np.float64]:
    mean = np.maximum(features.glance.average(slot, days), 1.0)
    return np.floor(100 * _delta(features, slot, days) / mean + 0.5)


def _matching(features: Features, wish: _Wish) -> NDArray[np.int64]:
    """Products that changed and pass everything but the category filters."""
    days = _DAYS[wish.span]
    percent = _percent(features, wish.slot, days)
    chosen = features.glance.is_listed & (features.glance.current(wish.slot) >= 0)
    if wish.filters.get("isRangeEnabled"):
        chosen &= _in_ranges(features, wish, percent)
    elif wish.slot != _SALES:
        chosen &= np.abs(percent) >= 1
    if wish.filters.get("isFilterEnabled"):
        chosen &= _filtered(features, wish)
    return np.flatnonzero(chosen)


def _in_ranges(features: Features, wish: _Wish, percent: NDArray[np.float64]) -> NDArray[np.bool_]:
    values = {
        "deltaRange": _delta(features, wish.slot, _DAYS[wish.span]),
        "deltaPercentRange": percent,
        "deltaLastRange": np.zeros(percent.size),
        "currentRange": features.glance.current(wish.slot),
        "salesRankRange": features.glance.current(_SALES),
    }
    chosen = np.ones(percent.size, dtype=np.bool_)
    for name, value in values.items():
        bounds = wish.filters.get(name)
        if bounds:
            # An upper bound of -1 leaves the range open.
            least, most = bounds[0], np.inf if bounds[1] == -1 else bounds[1]
            chosen &= (value >= least) & (value <= most)
    return chosen


def _filtered(features: Features, wish: _Wish) -> NDArray[np.bool_]:
    size, slot = features.glance.columns.size, schema.SLOTS[wish.slot].name
    has_amazon = features.glance.current(0) >= 0
    asked = wish.filters
    chosen = np.ones(size, dtype=np.bool_)
    for name, flags in (
        ("isLowest", lambda: features.flag(f"isLowest_{slot}")),
        ("isLowest90", lambda: features.flag(f"isLowest90_{slot}")),
        ("hasReviews", lambda: features.flag("hasReviews")),
        ("mustHaveAmazonOffer", lambda: has_amazon),
        ("mustNotHaveAmazonOffer", lambda: ~has_amazon),
        ("isPrimeExclusive", lambda: np.zeros(size, dtype=np.bool_)),
        ("isBackInStock", lambda: np.zeros(size, dtype=np.bool_)),
        ("isOutOfStock", lambda: np.zeros(size, dtype=np.bool_)),
    ):
        if asked.get(name):
            chosen &= flags()
    if asked.get("minRating", -1) > 0:
        chosen &= features.glance.current(16) >= asked["minRating"]
    if asked.get("titleSearch"):
        chosen &= contains_words(features.texts("title") or [], asked["titleSearch"])
    for name in (_TEXTS | _OTHER_TEXTS) & asked.keys():
        if asked[name]:
            wanted = {one.casefold() for one in asked[name]}
            texts = features.texts(name) or [None] * size
            chosen &= np.array([(text or "").casefold() in wanted for text in texts])
    return chosen


def _of_categories(
    features: Features, rows: NDArray[np.int64], filters: dict[str, Any]
) -> NDArray[np.int64]:
    if not filters.get("isFilterEnabled", True):
        return rows
    columns = features.glance.columns
    for name, keeps in (("includeCategories", True), ("excludeCategories", False)):
        wanted = filters.get(name)
        if wanted:
            listed = np.isin(columns.category[rows], wanted) | np.isin(columns.root[rows], wanted)
            rows = rows[listed == keeps]
    if filters.get("singleVariation"):
        _, first = np.unique(columns.leader[rows], return_index=True)
        rows = rows[np.sort(first)]
    return rows


def _sorted(features: Features, rows: NDArray[np.int64], wish: _Wish) -> NDArray[np.int64]:
    """1 youngest first, 2 greatest fall, 3 best rank, 4 greatest fall in percent."""
    days = _DAYS[wish.span]
    if abs(wish.sort) == 1:
        key = np.array([_age(features, row) for row in rows.tolist()])
    elif abs(wish.sort) == 3:
        ranks = features.glance.current(_SALES)[rows]
        key = np.where(ranks > 0, ranks, np.inf)
    else:
        change = _delta if abs(wish.sort) == 2 else _percent
        key = -change(features, wish.slot, days)[rows]
    order = np.argsort(-key if wish.sort < 0 else key, kind="stable")
    found: NDArray[np.int64] = rows[order]
    return found


def _age(features: Features, row: int) -> int:
    """Minutes since the deal was found, within the twelve hours that deals are kept."""
    day = features.glance.now // 1_440
    point = uniform(features.glance.seed, row * 100_003 + day, Purpose.DEALS)
    return int(point * _FRESH_MINUTES)


def _objects(
    view: View, features: Features, rows: NDArray[np.int64], now: int
) -> list[dict[str, Any]]:
    """The deal objects of some products."""
    glance, count = features.glance, len(schema.SLOTS)
    current = np.full((rows.size, count), -1, dtype=np.int64)
    means = np.full((len(_DAYS), rows.size, count), -1, dtype=np.int64)
    for slot in _PRICED:
        current[:, slot] = glance.current(slot)[rows]
        for place, days in enumerate(_DAYS):
            means[place, :, slot] = glance.average(slot, days)[rows]
    delta = np.where((means >= 0) & (current >= 0), means - current, 0)
    percent = np.floor(100 * delta / np.maximum(means, 1) + 0.5).astype(np.int64)
    drops = {
        days: features.number(f"salesRankDrops{days}")[rows].astype(np.int64)
        for days in (30, 90, 180, 365)
    }
    names, asins = features.facts.names, view.asins_at(rows)
    columns = glance.columns
    return [
        {
            "asin": asins[place],
            "parentAsin": view.parent_at(row),
            "title": names[row].title,
            "delta": delta[:, place].tolist(),
            "deltaPercent": percent[:, place].tolist(),
            "deltaLast": [0] * count,
            "avg": means[:, place].tolist(),
            "current": current[place].tolist(),
            "rootCat": int(columns.root[row]),
            "creationDate": now - _age(features, row),
            "image": None,
            "categories": [int(columns.category[row])],
            "lastUpdate": now - _age(features, row) // 2,
            "lightningEnd": 0,
            "lightningStart": 0,
            "warehouseCondition": 0,
            "warehouseConditionComment": None,
            "currentSince": [-1] * count,
            "flags": None,
            **{f"salesRankDrops{days}": int(one[place]) for days, one in drops.items()},
            "backInStock": [False] * count,
            "dateIntervalIndex": 0,
        }
        for place, row in enumerate(rows.tolist())
    ]
