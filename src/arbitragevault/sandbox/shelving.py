"""``/category`` and ``/search``: categories by id and by name, products by words."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.endpoint import US, Ask, Reply, whole
from arbitragevault.sandbox.features import Features
from arbitragevault.sandbox.finder import contains_words, insights
from arbitragevault.sandbox.kinds import KINDS, Root, topic_id
from arbitragevault.sandbox.request import BadParameterError, read_product_request
from arbitragevault.sandbox.simulated import SimulatedSource

_ALL_ROOTS: Final = 0
_CATEGORIES_FOUND: Final = 50
_SHORTEST_WORD: Final = 3
_RATING_MOST: Final = 5
_TOP_BRANDS: Final = 3
_INSIGHTS: Final = (
    "avgBuyBox", "avgBuyBox90", "avgBuyBox365", "avgReviewCount", "avgRating", "isFBAPercent",
    "soldByAmazonPercent", "hasCouponPercent", "avgOfferCountNew", "avgOfferCountUsed",
    "brandCount", "avgDeltaPercent30BuyBox", "avgDeltaPercent90BuyBox",
    "avgDeltaPercent30Amazon", "avgDeltaPercent90Amazon",
)  # fmt: skip

ROOTS: Final[dict[int, Root]] = {kind.root.id: kind.root for kind in KINDS}
TOPICS: Final[dict[int, tuple[str, int]]] = {
    topic_id(kind, place): (name, kind.root.id)
    for kind in KINDS
    for place, name in enumerate(kind.topics)
}
"""Name and root by category id."""


class Categories:
    """Answers look-ups and searches of categories.

    Args:
        source: The marketplace.
    """

    def __init__(self, source: SimulatedSource) -> None:
        self._view = source.view
        self._made: dict[tuple[int, int], dict[str, Any]] = {}

    def __call__(self, ask: Ask) -> Reply:
        """``/category``.

        Raises:
            BadParameterError: Naming the parameter.
        """
        domain, parents = ask.domain, ask.flag("parents")
        asked = [whole(one, "category") for one in ask.ids("category", schema.CATEGORY.items or 0)]
        ids = list(ROOTS) if asked == [_ALL_ROOTS] else asked
        found = self._objects(ask, ids) if domain == US else {}
        payload: dict[str, Any] = {"categories": found}
        if parents:
            above = {TOPICS[one][1] for one in ids if one in TOPICS}
            payload["categoryParents"] = self._objects(ask, sorted(above)) if domain == US else {}
        return Reply(payload, schema.CATEGORY.tokens)

    def search(self, ask: Ask) -> Reply:
        """``/search?type=category``: every word must occur in the name.

        Raises:
            BadParameterError: Naming the parameter.
        """
        words = ask.query.get("term", "").casefold().split()
        if not words or any(len(word) < _SHORTEST_WORD for word in words):
            raise BadParameterError("term")
        names = {one: root.name for one, root in ROOTS.items()}
        names |= {one: name for one, (name, _) in TOPICS.items()}
        found = [
            one for one, name in names.items() if all(word in name.casefold() for word in words)
        ]
        ids = found[:_CATEGORIES_FOUND] if ask.domain == US else []
        return Reply({"categories": self._objects(ask, ids)}, schema.CATEGORY.tokens)

    def _objects(self, ask: Ask, ids: list[int]) -> dict[str, Any]:
        features = self._view.features(ask.now)
        return {
            str(one): self._object(features, one) for one in ids if one in ROOTS or one in TOPICS
        }

    def _object(self, features: Features, number: int) -> dict[str, Any]:
        """One category; figures of a day are worked out once."""
        key = (features.glance.now, number)
        if key not in self._made:
            self._made[key] = category_object(features, number)
        return self._made[key]


def category_object(features: Features, number: int) -> dict[str, Any]:
    """A category as Keepa describes it, with the figures of its products."""
    root = ROOTS.get(number)
    columns = features.glance.columns
    inside = (columns.root if root else columns.category) == number
    rows = np.flatnonzero(features.glance.is_listed & inside)
    figures = insights(features, rows)
    children = [one for one, (_, above) in TOPICS.items() if above == number]
    return {
        "domainId": US,
        "catId": number,
        "name": root.name if root else TOPICS[number][0],
        "websiteDisplayGroup": root.display_group if root else None,
        "children": children or None,
        "parent": 0 if root else TOPICS[number][1],
        "isBrowseNode": True,
        "highestRank": figures["highestRank"],
        "lowestRank": figures["lowestRank"],
        "productCount": int(rows.size),
        **{name: figures[name] for name in _INSIGHTS},
        "relatedCategories": [one for one in figures["relatedCategories"] if one != number],
        "topBrands": list(figures["topBrandsWithCounts"])[:_TOP_BRANDS],
    }


class Search:
    """Answers ``/search``.

    Args:
        source: The marketplace.
        categories: Answers searches of categories.
    """

    def __init__(self, source: SimulatedSource, categories: Categories) -> None:
        self._source = source
        self._categories = categories

    def __call__(self, ask: Ask) -> Reply:
        """One request.

        Raises:
            BadParameterError: Naming the parameter.
        """
        kind = ask.query.get("type", "")
        if kind == "category":
            return self._categories.search(ask)
        if kind != "product":
            raise BadParameterError("type")
        term, domain = ask.query.get("term", "").strip(), ask.domain
        if not term:
            raise BadParameterError("term")
        asins = self._found(ask, term) if domain == US else []
        tokens = schema.SEARCH.tokens
        if ask.flag("asins-only"):
            return Reply({"asinList": asins}, tokens)
        if not asins:
            return Reply({"products": []}, tokens)
        query = {**ask.query, "asin": ",".join(asins)}
        request = read_product_request(query, ask.now)
        answers = self._source.products(asins, request, ask.now)
        extra = sum(answer.tokens - schema.PRODUCT.tokens for answer in answers)
        if request.update_hours != 0:
            extra = min(extra, _RATING_MOST)
        return Reply({"products": [answer.body for answer in answers]}, tokens + max(0, extra))

    def _found(self, ask: Ask, term: str) -> list[str]:
        """The best-ranked products whose names hold every word, or the bearers of a code."""
        if (bearers := self._source.marketplace.by_code(term)) != ():
            return list(bearers)
        features = self._source.view.features(ask.now)
        texts = [f"{one.title} {one.author or ''} {one.publisher}" for one in features.facts.names]
        chosen = contains_words(texts, term) & features.glance.is_listed
        rows: NDArray[np.int64] = np.flatnonzero(chosen)
        ranks = features.number("current_SALES")[rows]
        order = np.argsort(np.where(ranks > 0, ranks, np.inf), kind="stable")
        return self._source.view.asins_at(rows[order][: schema.SEARCH_RESULTS])
