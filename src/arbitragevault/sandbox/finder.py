"""``/query``: the Product Finder over the simulated marketplace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.endpoint import US, Ask, Reply
from arbitragevault.sandbox.features import Features
from arbitragevault.sandbox.finder_fields import (
    FIELDS,
    FieldType,
    read_filters,
    read_page,
    read_sort,
)
from arbitragevault.sandbox.request import BadParameterError
from arbitragevault.sandbox.view import View

_EXCLUDES: Final = "✜"
_PER_STATS_TOKEN: Final = 1_000_000
_TOP: Final = 5

Chosen = NDArray[np.bool_]


class Finder:
    """Answers selections.

    Args:
        view: What there is to find.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    def __call__(self, ask: Ask) -> Reply:
        """One request.

        Raises:
            BadParameterError: Naming the field or parameter.
        """
        domain, selection = ask.domain, ask.selection()
        filters, orders = read_filters(selection), read_sort(selection)
        page, size = read_page(selection)
        wants_stats = ask.flag("stats")
        asins: list[str] = []
        found = np.empty(0, dtype=np.int64)
        features = self._view.features(ask.now)
        if domain == US:
            found = ordered(features, select(features, filters, selection.get("minMatch")), orders)
            if filters.get("singleVariation"):
                _, first = np.unique(features.glance.columns.leader[found], return_index=True)
                found = found[np.sort(first)]
            asins = self._view.asins_at(found[page * size : (page + 1) * size])
        tokens = schema.FINDER.tokens + -(-len(asins) // schema.FINDER_ASINS_PER_TOKEN)
        payload: dict[str, Any] = {"asinList": asins, "totalResults": int(found.size)}
        if wants_stats:
            tokens += schema.TOKENS_FINDER_STATS + -(-int(found.size) // _PER_STATS_TOKEN)
            payload["searchInsights"] = insights(features, found)
        return Reply(payload, tokens)


def select(features: Features, filters: dict[str, Any], min_match: object = None) -> Chosen:
    """Bool [n]: the products that pass every filter.

    Args:
        features: Values of fields.
        filters: As ``read_filters`` gives them.
        min_match: How many values of a list must match, by field; one where nothing is said.

    Raises:
        BadParameterError: If ``min_match`` is no object of whole numbers.
    """
    needed = _read_min_match(min_match)
    chosen = features.glance.is_listed.copy()
    for name in filters:
        # A product has one value of each list that is simulated, so two can never match.
        if needed.get(name, 1) > 1:
            return np.zeros_like(chosen)
        if name != "singleVariation":
            chosen &= _passes(features, name, filters)
    return chosen


def _read_min_match(value: object) -> dict[str, int]:
    counts = {} if value is None else value
    if not isinstance(counts, dict):
        raise BadParameterError("minMatch")
    for name, count in counts.items():
        if name not in FIELDS or not isinstance(count, int) or isinstance(count, bool):
            raise BadParameterError("minMatch")
    return counts


def _passes(features: Features, name: str, filters: dict[str, Any]) -> Chosen:
    kind, value = FIELDS[name], filters[name]
    if kind in (FieldType.WHOLE, FieldType.DECIMAL):
        return _within(features.number(name[:-4]), name, value, filters)
    if kind is FieldType.FLAG:
        flags = features.flag(name)
        return flags if value else ~flags
    if kind is FieldType.WHOLES:
        return _among(features, name, value)
    texts = features.texts(name)
    if texts is None:
        return np.zeros(features.glance.columns.size, dtype=np.bool_)
    if kind is FieldType.TEXT:
        return contains_words(texts, value)
    return _is_one_of(texts, value)


def _within(
    values: NDArray[np.float64], name: str, bound: float, filters: dict[str, Any]
) -> Chosen:
    """Within a bound; who has no value passes only where a bound below zero asks for it."""
    other = name[:-4] + ("_gte" if name.endswith("_lte") else "_lte")
    signed = name.startswith("delta")
    asks_for_none = signed or bound < 0 or filters.get(other, 0) < 0
    inside = values <= bound if name.endswith("_lte") else values >= bound
    return inside if asks_for_none else inside & (values >= 0)


def _among(features: Features, name: str, values: Sequence[int]) -> Chosen:
    columns = features.glance.columns
    if name in ("categories_include", "categories_exclude"):
        listed = np.isin(columns.category, values) | np.isin(columns.root, values)
        return listed if name == "categories_include" else ~listed
    members = features.members(name)
    if members is None:
        return np.zeros(columns.size, dtype=np.bool_)
    return np.isin(members, values)


def _is_one_of(texts: list[str | None], values: Sequence[str]) -> Chosen:
    """Equal to one of the values; those with a mark in front exclude."""
    lowered = [value.casefold() for value in values]
    wanted = {value for value in lowered if not value.startswith(_EXCLUDES)}
    unwanted = {value.removeprefix(_EXCLUDES) for value in lowered} - wanted
    return np.array(
        [
            (not wanted or (text or "").casefold() in wanted)
            and (text or "").casefold() not in unwanted
            for text in texts
        ],
        dtype=np.bool_,
    )


def contains_words(texts: Sequence[str | None], wanted: str) -> Chosen:
    """Whether each text contains every keyword; phrases in quotes, ``-`` in front excludes."""
    parts = wanted.casefold().split('"')
    phrases = [part.strip() for part in parts[1::2] if part.strip()]
    keywords = [word for part in parts[0::2] for word in part.split()]
    excluded = [word[1:] for word in keywords if word.startswith("-") and len(word) > 1]
    needed = phrases + [word for word in keywords if not word.startswith("-")]
    return np.array(
        [
            all(word in text for word in needed) and not any(word in text for word in excluded)
            for text in ((text or "").casefold() for text in texts)
        ],
        dtype=np.bool_,
    )


def ordered(
    features: Features, chosen: Chosen, orders: Sequence[tuple[str, bool]]
) -> NDArray[np.int64]:
    """Numbers of the chosen products, sorted; who has no value comes last, ties by number."""
    rows = np.flatnonzero(chosen)
    keys = []
    for name, downwards in orders:
        values = features.number(name)[rows]
        key = -values if downwards else values
        keys.append(np.where(values < 0, np.inf, key) if not name.startswith("delta") else key)
    order = np.lexsort((rows, *reversed(keys)))
    found: NDArray[np.int64] = rows[order]
    return found


def insights(features: Features, rows: NDArray[np.int64]) -> dict[str, Any]:
    """``searchInsights`` of the products found."""

    def mean(values: NDArray[np.float64], *, digits: int | None = None) -> float | int:
        there = values[rows]
        there = there[there >= 0]
        average = float(there.mean()) if there.size else -1.0
        return round(average) if digits is None else round(average, digits)

    def share(flags: Chosen) -> float:
        return round(100 * float(flags[rows].mean()), 2) if rows.size else 0.0

    def delta(days: int, slot_name: str) -> float:
        values = features.number(f"deltaPercent{days}_{slot_name}")[rows]
        return round(float(values.mean()), 2) if rows.size else 0.0

    ranks = features.number("current_SALES")[rows]
    ranks = ranks[ranks > 0]
    brands = Counter(
        name.brand or name.publisher
        for name in (features.facts.names[row] for row in rows.tolist())
    )
    categories = Counter(features.glance.columns.category[rows].tolist())
    return {
        "avgDeltaPercent30BuyBox": delta(30, "BUY_BOX_SHIPPING"),
        "avgDeltaPercent90BuyBox": delta(90, "BUY_BOX_SHIPPING"),
        "avgDeltaPercent30Amazon": delta(30, "AMAZON"),
        "avgDeltaPercent90Amazon": delta(90, "AMAZON"),
        "avgBuyBox": mean(features.number("current_BUY_BOX_SHIPPING")),
        "avgBuyBox90": mean(features.number("avg90_BUY_BOX_SHIPPING")),
        "avgBuyBox365": mean(features.number("avg365_BUY_BOX_SHIPPING")),
        "avgReviewCount": mean(features.number("current_COUNT_REVIEWS")),
        "avgRating": mean(features.number("current_RATING")),
        "isFBAPercent": share(features.number("current_NEW_FBA") >= 0),
        "soldByAmazonPercent": share(features.flag("buyBoxIsAmazon")),
        "hasCouponPercent": 0.0,
        "avgOfferCountNew": mean(features.number("current_COUNT_NEW"), digits=2),
        "avgOfferCountUsed": mean(features.number("current_COUNT_USED"), digits=2),
        "brandCount": len(brands),
        "highestRank": int(ranks.max()) if ranks.size else -1,
        "lowestRank": int(ranks.min()) if ranks.size else -1,
        "relatedCategories": [category for category, _ in categories.most_common(_TOP)],
        "topBrandsWithCounts": dict(brands.most_common(_TOP)),
    }
