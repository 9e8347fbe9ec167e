"""Assessments: what a decision rests on, as a few hundred bytes that any policy can be judged by.

Working out a market takes most of a decision's time and all of its data. What comes out of it are
numbers: the quantiles of what a sold unit brings, how fast we sell, a few facts and risks. They do
not depend on costs or criteria, so ``rejudge.py`` decides a hundred thousand of them under another
policy at once. What they do depend on (channel, condition, quantity, window, storage, liquidation)
is kept beside them; a policy that changes it for a lead asks for a new assessment of that lead.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.decision.decision import ReasonStatus, Study
from arbitragevault.domain.decision.digests import MODEL_VERSION
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.profit_distribution import storage_days
from arbitragevault.domain.decision.quality import age_days
from arbitragevault.domain.decision.reasons import no_resale_status, rank_looked_at
from arbitragevault.domain.economics.fees.model import VatStatus
from arbitragevault.domain.economics.fees.rate_card import rate_cards_digest
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.catalogue_risk import listed_risk, meltable_risk
from arbitragevault.domain.market.resale_prior import LEVELS
from arbitragevault.domain.market.risk_model import RiskStatus

RISKS: Final = (
    "price_crash",
    "offer_swarm",
    "price_spike",
    "offer_collapse",
    "sole_seller",
    "oversize",
    "shared_rank",
    "pack_size",
    "fee_mismatch",
    "fee_date",
    "package_size",
)
"""Risks that no policy changes."""

EXCLUSIONS: Final = ("hazmat", "adult", "meltable")
"""Risks that a policy may make a blocker, in the order of ``exclude_...``."""

CONDITIONS: Final = tuple(Condition)
CHANNELS: Final = tuple(Channel)
RISK_STATUSES: Final = tuple(RiskStatus)
REASON_STATUSES: Final = tuple(ReasonStatus)

Assessments = NDArray[np.void]
"""Rows of ``LAYOUT``."""

LAYOUT: Final = np.dtype(
    [
        # What it was worked out for.
        ("unit_cost", "<f8"),
        ("quantity", "<i4"),
        ("quantity_given", "?"),
        ("condition", "i1"),
        ("condition_given", "?"),
        ("channel", "i1"),
        ("window", "<i2", 2),
        ("storage_days", "<i4"),
        ("liquidation_share", "<f8"),
        ("fbm_shipping", "<f8"),
        ("tax", "<i8"),
        ("matches", "<i4"),
        # What a sold unit brings, before the returns allowance; NaN where unknown.
        ("nets", "<f8", LEVELS.size),
        ("price", "<f8"),
        ("returned", "<f8"),
        ("liquidation", "<f8"),
        ("weight", "<f8"),
        # How fast we sell.
        ("mean_per_day", "<f8"),
        ("shape", "<f8"),
        # What else is judged.
        ("not_resold", "i1"),
        ("price_known", "?"),
        ("rank", "<f8"),
        ("amazon_share", "<f8"),
        ("amazon_now", "?"),
        ("age_days", "<f8"),
        ("risks", "i1", len(RISKS)),
        ("exclusions", "i1", (len(EXCLUSIONS), 2)),
    ]
)
"""One assessment. Amounts are minor units; NaN is unknown; statuses are places in ``RiskStatus``
(``not_resold``: in ``ReasonStatus``, -1 for what can be resold)."""

VERSION: Final = blake2b(
    repr((MODEL_VERSION, LAYOUT.descr, RISKS, EXCLUSIONS, rate_cards_digest())).encode(),
    digest_size=8,
).digest()
"""Assessments of another version of methods, rate cards or layout are not read."""


def assess(study: Study, lead: Lead) -> bytes:
    """The assessment behind a decision.

    Args:
        study: What the decision was worked out from.
        lead: The lead that it is about.

    Returns:
        ``VERSION`` and one row of ``LAYOUT``.
    """
    row = np.zeros((), dtype=LAYOUT)
    columns = _terms(study, lead) | _proceeds(study) | _sales(study) | _facts(study) | _risks(study)
    for name, value in columns.items():
        row[name] = np.nan if value is None else value
    return VERSION + row.tobytes()


def tax_key(policy: Policy) -> int:
    """A number for what a policy says about VAT: equal for policies that are taxed alike."""
    country = (policy.seller_country or "").encode()
    return list(VatStatus).index(policy.vat) << 16 | int.from_bytes(country, "big")


def is_current(assessment: bytes | None) -> bool:
    """True for an assessment that this version can read."""
    return assessment is not None and assessment.startswith(VERSION)


def read_assessments(assessments: Iterable[bytes]) -> Assessments:
    """Current assessments as rows."""
    joined = b"".join(one[len(VERSION) :] for one in assessments)
    return np.frombuffer(joined, dtype=LAYOUT)


def _terms(study: Study, lead: Lead) -> dict[str, Any]:
    terms, policy = study.terms, study.policy
    return {
        "unit_cost": None if terms.unit_cost is None else terms.unit_cost.minor,
        "quantity": terms.quantity,
        "quantity_given": lead.quantity is not None,
        "condition": CONDITIONS.index(terms.condition),
        "condition_given": lead.condition is not None,
        "channel": CHANNELS.index(terms.channel),
        "window": policy.window_days,
        "storage_days": storage_days(policy, study.sales),
        "liquidation_share": policy.liquidation_share,
        "fbm_shipping": policy.fbm_shipping_cents,
        "tax": tax_key(policy),
        "matches": len(terms.matches),
    }


def _proceeds(study: Study) -> dict[str, Any]:
    found = study.proceeds
    weight = study.market.product.package.weight_grams
    if isinstance(found, Abstention):
        unknown = dict.fromkeys(("nets", "price", "returned", "liquidation"))
        return unknown | {"weight": weight}
    return {
        "nets": found.nets + found.returns_cents,
        "price": found.price_cents,
        "returned": found.returned_cents,
        "liquidation": found.liquidation_cents,
        "weight": weight,
    }


def _sales(study: Study) -> dict[str, Any]:
    sales = study.sales
    return {
        "mean_per_day": None if sales is None else sales.mean_per_day,
        "shape": None if sales is None else sales.shape,
    }


def _facts(study: Study) -> dict[str, Any]:
    blocked = no_resale_status(study.market.product.type)
    rank, _ = rank_looked_at(study)
    return {
        "not_resold": -1 if blocked is None else REASON_STATUSES.index(blocked),
        "price_known": not isinstance(study.forecast, Abstention),
        "rank": rank,
        "amazon_share": study.competition.amazon_in_stock_90,
        "amazon_now": bool(study.competition.amazon_in_stock),
        "age_days": age_days(study),
    }


def _risks(study: Study) -> dict[str, Any]:
    status_of = {risk.code: RISK_STATUSES.index(risk.status) for risk in study.risks}
    return {
        "risks": [status_of[code] for code in RISKS],
        "exclusions": [
            [RISK_STATUSES.index(_exclusion(study, code, blocks=b)) for b in (False, True)]
            for code in EXCLUSIONS
        ],
    }


def _exclusion(study: Study, code: str, *, blocks: bool) -> RiskStatus:
    """The status of an exclusion where the policy makes use of it, and where it does not."""
    product = study.market.product
    if code == "meltable":
        return meltable_risk(
            product.is_heat_sensitive,
            study.terms.channel,
            study.as_of.date(),
            study.as_of.date() + timedelta(days=study.policy.window_days[1]),
            blocks=blocks,
        ).status
    fact = product.is_hazmat if code == "hazmat" else product.is_adult
    return listed_risk(code, fact, code, blocks=blocks).status
