"""What templates call the criteria and risks of a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

FAILURES: Final[Mapping[str, str]] = {
    "profit_target": "at the asked cost it does not reach the policy's targets",
    "days_to_sell": "it sells too slowly",
    "sales_rank": "its sales rank is too high",
    "amazon_share": "Amazon itself sells it too often",
    "product_type": "what it is cannot be resold",
    "hazmat": "it is hazardous goods",
    "adult": "it is an adult product",
    "meltable": "it is heat sensitive",
    "oversize": "it is oversize",
    "price_crash": "its price may crash",
    "offer_swarm": "sellers may swarm in",
    "price_spike": "its price is at a peak",
    "stale_data": "the data are too old",
}
"""Why a lead fails, by the code of the criterion; others are called by their code."""

SUBJECTS: Final[Mapping[str, str]] = {
    "unit_cost": "the unit cost",
    "landed_cost": "the landed cost",
    "resale_price": "a resale price",
    "fees": "the fees",
    "product_type": "data on the product",
    "days_to_sell": "how fast it sells",
    "sales_rank": "a sales rank",
    "offer_swarm": "the growing number of offers",
    "price_crash": "the chance of a price crash",
    "price_spike": "the price, which is at a peak",
    "shared_rank": "the shared sales rank",
    "fee_mismatch": "the fees, on which Keepa differs",
    "hazmat": "the hazard class",
    "several_matches": "which of the matching products it is",
    "pack_size": "the number of units in a pack",
    "amazon_share": "how often Amazon sells it",
    "sole_seller": "why there is only one seller",
    "offer_collapse": "why the offers vanished",
    "stale_data": "the age of the data",
}
"""What is missing, or is to be looked at by hand."""


def failure(code: str) -> str:
    """Why a lead fails, in a clause."""
    return FAILURES.get(code, f"it fails at {code.replace('_', ' ')}")


def subject(code: str) -> str:
    """What is missing or to be looked at, in a noun phrase."""
    return SUBJECTS.get(code, code.replace("_", " "))


def listed(phrases: Sequence[str]) -> str:
    """Phrases as a list in a sentence: "a, b and c"."""
    if len(phrases) < 2:
        return "".join(phrases)
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"
