"""Replayed windows as columns, a row for each, so that others can score the forecasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.evidence.product_scores import BIDDERS, Scores, joined
from arbitragevault.domain.evidence.replay import CONDITIONS
from arbitragevault.domain.evidence.scoring import NOMINAL, at_levels
from arbitragevault.domain.market.clock import EPOCH

Columns = dict[str, NDArray[Any]]

_EPOCH: Final = np.datetime64(EPOCH.replace(tzinfo=None), "ms")


def window_columns(products: Iterable[Mapping[str, Scores]]) -> Columns | None:
    """The windows of some products; None if they have none.

    Amounts are minor units, probabilities 0-1, NaN is unknown. ``q05`` … ``q90`` are the forecast
    at the levels at which coverage is reported, ``quantiles`` [n, LEVELS.size] all of it.
    ``allowed`` is the highest unit cost that met the targets at the price that came: a bid up to it
    was right; it is minus infinity where not even a free unit was.

    Args:
        products: The scores of each product by condition.
    """
    known = list(products)
    parts = []
    for name in CONDITIONS:
        scores = joined(one[name] for one in known if name in one)
        if scores is not None:
            parts.append(_columns(name, scores))
    if not parts:
        return None
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _columns(condition: str, scores: Scores) -> Columns:
    nominal = at_levels(scores.quantiles, NOMINAL)
    return {
        "asin": scores.product,
        "condition": np.full(scores.windows, condition),
        "minute": scores.minute,
        "decided_at": _EPOCH + scores.minute.astype("timedelta64[m]"),
        "price": scores.now,
        "outcome": scores.outcome,
        **{f"q{round(level * 100):02}": nominal[:, k] for k, level in enumerate(NOMINAL)},
        "quantiles": scores.quantiles,
        **{f"bid_{name}": scores.bids[:, k] for k, name in enumerate(BIDDERS)},
        "allowed": scores.allowed,
        "rank": scores.rank,
        "offers": scores.offers,
        "place": scores.place,
        "crash_chance": scores.crash,
        "crash_came": scores.crashed,
        "swarm_chance": scores.swarm,
        "swarm_came": scores.swarmed,
    }
