"""The truth behind a product as JSON, for scoring forecasts."""

from __future__ import annotations

from typing import Any

import numpy as np

from arbitragevault.sandbox.marketplace import Truth
from arbitragevault.sandbox.sellers import SellerPool


def truth_object(truth: Truth, pool: SellerPool) -> dict[str, Any]:
    """Everything that really happened to a product.

    Args:
        truth: The truth up to some moment.
        pool: The marketplace's sellers.

    Returns:
        Facts, daily levels (units per day, cents), episodes and sales by column: market minutes,
        cents, Keepa's condition codes, seller ids.
    """
    entry, sales = truth.entry, truth.sales
    return {
        "kind": entry.kind.name,
        "package": {"sidesMm": entry.package.sides_mm, "weightGrams": entry.package.weight_grams},
        "listedPackage": {
            "sidesMm": entry.listed.sides_mm,
            "weightGrams": entry.listed.weight_grams,
            "fault": entry.package_fault,
        },
        "isHazmat": entry.is_hazmat,
        "isHeatSensitive": entry.is_heat_sensitive,
        "firstDay": truth.first_day,
        "demand": np.round(truth.demand, 5),
        "value": np.round(truth.value, 1),
        "usedValue": np.round(truth.used_value, 1),
        "expectedNew": np.round(truth.expected[:, 0], 5),
        "expectedUsed": np.round(truth.expected[:, 1], 5),
        "episodes": [
            {"kind": one.kind, "start": one.start, "end": one.end, "size": round(one.size, 4)}
            for one in truth.episodes
        ],
        "sales": {
            "minute": sales.minute,
            "unitsEach": sales.units,
            "price": sales.price,
            "shipping": sales.shipping,
            "condition": sales.condition,
            "isFba": sales.is_fba,
            "seller": [pool.id_of(number) for number in sales.seller.tolist()],
        },
    }
