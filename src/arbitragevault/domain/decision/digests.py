"""Fingerprints: equal inputs have equal ones, so a decision can be recognised and repeated."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from arbitragevault.domain.decision.bid_levels import NAME as BIDS
from arbitragevault.domain.decision.decision import Study
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.market.demand_model import MODEL
from arbitragevault.domain.market.market import SeriesKind
from arbitragevault.domain.market.reference import GRADES
from arbitragevault.domain.market.resale_prior import shipped_prior

MODEL_VERSION: Final = f"2.4+{shipped_prior().name}+{MODEL.name}+{BIDS}"
"""Version of the methods, of the prior tables, of the learned parameters of demand, share and
risks, which are learned together, and of the levels of bids; part of every decision."""

DIGEST_BYTES: Final = 16

_ALWAYS: Final = (
    SeriesKind.SALES_RANK,
    SeriesKind.MONTHLY_SOLD,
    SeriesKind.AMAZON,
    SeriesKind.NEW,
    SeriesKind.USED,
    SeriesKind.COUNT_NEW,
    SeriesKind.COUNT_USED,
    SeriesKind.COUNT_NEW_FBA,
    SeriesKind.COUNT_NEW_FBM,
    SeriesKind.OFFER_UPDATES,
)
_NEW: Final = (SeriesKind.BUY_BOX, SeriesKind.NEW_FBA, SeriesKind.NEW_FBM)
_USED: Final = (*(kind for _, kind in GRADES), SeriesKind.BUY_BOX_USED)


@lru_cache(maxsize=256)
def policy_digest(policy: Policy) -> str:
    """Fingerprint of a policy: every field, the name included."""
    return blake2b(repr(policy).encode(), digest_size=DIGEST_BYTES).hexdigest()


def input_digest(study: Study) -> str:
    """Fingerprint of everything that a decision reads, the policy apart."""
    market, terms = study.market, study.terms
    seen = blake2b(digest_size=DIGEST_BYTES)
    plain = (
        MODEL_VERSION,
        market.product,
        terms,
        study.as_of.isoformat(),
        market.observed_minute,
        market.retrieved_minute,
        market.fees,
        market.amazon_available,
        sorted((kind.value, value) for kind, value in market.current.items()),
    )
    seen.update(repr(plain).encode())
    for kind in (*_ALWAYS, *(_USED if terms.condition.is_used else _NEW)):
        series = market.history.get(kind)
        if series is not None:
            seen.update(f"{kind.value}:{len(series)}:".encode())
            seen.update(series.minutes.data)
            seen.update(series.values.data)
    holders = market.buy_box_sellers
    if holders is not None:
        seen.update(holders.minutes.tobytes())
        seen.update(repr(holders.sellers).encode())
    live = market.live_offers
    seen.update(b"unknown" if live is None else b"live")
    for offer in live or ():
        facts = (offer.offer_id, offer.seller, offer.condition, offer.channel, offer.landed_price)
        flags = (offer.is_amazon, offer.is_shippable)
        seen.update(repr((facts, flags)).encode())
    return seen.hexdigest()
