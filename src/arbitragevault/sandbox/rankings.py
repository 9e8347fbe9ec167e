"""``/bestsellers``: the products of a category, best rank first."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.endpoint import US, Ask, Reply
from arbitragevault.sandbox.features import Features
from arbitragevault.sandbox.kinds import KINDS
from arbitragevault.sandbox.request import BadParameterError
from arbitragevault.sandbox.view import View

_BRAZIL: Final = 12
_RANGES: Final = (0, 30, 90, 180)
_MONTHS_BACK: Final = 36
_ROOT_MOST: Final = 500_000
_TOPIC_MOST: Final = 10_000
_GROUP_MOST: Final = 100_000
_MONTH_DAYS: Final = 30


class BestSellers:
    """Answers lists of best sellers.

    Args:
        view: What there is to rank.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    def __call__(self, ask: Ask) -> Reply:
        """One request; an unknown category costs nothing and gives nothing.

        Raises:
            BadParameterError: Naming the parameter.
        """
        domain, category = ask.domain, ask.query.get("category", "").strip()
        if domain == _BRAZIL:
            raise BadParameterError("domain")
        if not category:
            raise BadParameterError("category")
        days = _days(ask)
        features = self._view.features(ask.now)
        chosen, number, most = _products_of(features, category)
        if domain != US or not chosen.any():
            return Reply()
        ranks = features.number("current_SALES" if not days else f"avg{days}_SALES")
        rows = np.flatnonzero(chosen & (ranks > 0))
        rows = rows[np.argsort(ranks[rows], kind="stable")]
        if not ask.flag("variations"):
            _, first = np.unique(features.glance.columns.leader[rows], return_index=True)
            rows = rows[np.sort(first)]
        if not rows.size:
            return Reply()
        found = {
            "domainId": domain,
            "lastUpdate": features.glance.now,
            "categoryId": number,
            "asinList": self._view.asins_at(rows[:most]),
        }
        return Reply({schema.BEST_SELLERS.payload or "": found}, schema.BEST_SELLERS.tokens)


def _days(ask: Ask) -> int:
    """Days over which ranks are averaged; 0 takes today's.

    A past month's list is ranked by the mean over the days since about then, which is as far back
    as the levels of all products are kept.
    """
    days, month, year = ask.number("range", 0), ask.number("month", 0), ask.number("year", 0)
    is_sublist = ask.flag("sublist")
    if days not in _RANGES:
        raise BadParameterError("range")
    if bool(month) != bool(year) or not 0 <= month <= 12:
        raise BadParameterError("month")
    if (bool(days) + bool(month) + is_sublist) > 1:
        raise BadParameterError("range")
    if not month:
        return days
    this_month = np.datetime64(schema.unix_ms_of_minute(ask.now), "ms").astype("datetime64[M]")
    back = int((this_month - np.datetime64(f"{year:04}-{month:02}", "M")).astype(int))
    if not 1 <= back <= _MONTHS_BACK:
        raise BadParameterError("month")
    return next((known for known in (30, 90, 180) if back * _MONTH_DAYS <= known), 365)


def _products_of(features: Features, category: str) -> tuple[NDArray[np.bool_], int, int]:
    """Products of a category id or product group, the id (0 for groups), how many are listed."""
    glance = features.glance
    columns = glance.columns
    if category.isdecimal():
        number = int(category)
        roots = columns.root == number
        if roots.any():
            return glance.is_listed & roots, number, _ROOT_MOST
        return glance.is_listed & (columns.category == number), number, _TOPIC_MOST
    wanted = category.casefold()
    kinds = [
        place
        for place, kind in enumerate(KINDS)
        if wanted in (kind.root.group_name.casefold(), kind.root.display_group.casefold())
    ]
    return glance.is_listed & np.isin(columns.kind, kinds), 0, _GROUP_MOST
