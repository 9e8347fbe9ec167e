"""Risks of the fee figures: Keepa disagrees, the day is too far ahead, measures are absurd."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from arbitragevault.domain.decision.profit_distribution import UnitProceeds
from arbitragevault.domain.economics.fees.model import SizeStatus
from arbitragevault.domain.economics.fees.sizing import sizing_text
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.risk_model import Risk, RiskStatus
from arbitragevault.domain.money import amount_text

TOLERATED_CENTS: Final = 1
"""Difference from Keepa's fulfilment fee that rounding explains."""

_MEASURES_SERVE: Final = Risk(
    "package_size", RiskStatus.OK, "Its measures serve for its fees.", source="package"
)

TOLERATED_DAYS: Final = 92
"""Days beyond the last published rate card for which its figures still serve (a quarter)."""


def fee_risks(
    proceeds: UnitProceeds | Abstention, wanted_on: date, sale_on: date
) -> tuple[Risk, ...]:
    """The risks of the fee figures.

    Args:
        proceeds: What a sold unit brings, or why it cannot be told.
        wanted_on: The day in the middle of the resale window.
        sale_on: The day whose fees were used.
    """
    return _mismatch(proceeds), _unpublished(wanted_on, sale_on), _package_size(proceeds)


def _mismatch(proceeds: UnitProceeds | Abstention) -> Risk:
    """Keepa's fulfilment fee beside ours for Keepa's day and price; ours is used either way."""
    source = "fbaFees.pickAndPackFee"
    found = None if isinstance(proceeds, Abstention) else proceeds.calibration
    if found is None or found.difference_cents is None or isinstance(proceeds, Abstention):
        text = "Keepa gives no fulfilment fee that ours could be compared with."
        return Risk("fee_mismatch", RiskStatus.UNKNOWN, text, source=source)
    currency = proceeds.curve.currency
    theirs = amount_text(found.observed.cents, currency)
    ours = amount_text(found.observed.cents - found.difference_cents, currency)
    agrees = abs(found.difference_cents) <= TOLERATED_CENTS
    causes = f" Possible cause: {', '.join(found.causes)}." if found.causes else ""
    return Risk(
        "fee_mismatch",
        RiskStatus.OK if agrees else RiskStatus.WARNING,
        f"Keepa's fulfilment fee for {found.observed.on.isoformat()} is {theirs}, ours {ours}."
        + ("" if agrees else causes),
        observed=found.difference_cents,
        limit=TOLERATED_CENTS,
        source=source,
    )


def _package_size(proceeds: UnitProceeds | Abstention) -> Risk:
    """Measures that are absurd, so that fees go by something else; missing ones are only told."""
    code, source = "package_size", "package"
    if isinstance(proceeds, Abstention):
        return Risk(code, RiskStatus.UNKNOWN, "Its fees are not known.", source=source)
    given = proceeds.curve.sizing
    fees = None if given is None or given.status is SizeStatus.KNOWN else proceeds.fees
    sizing, text = (fees.sizing, sizing_text(fees)) if fees else (None, None)
    if sizing is None or text is None:
        return _MEASURES_SERVE
    is_absurd = sizing.status is SizeStatus.IMPLAUSIBLE
    status = RiskStatus.WARNING if is_absurd else RiskStatus.UNKNOWN
    return Risk(code, status, text, observed=sizing.basis, source=source)


@lru_cache(maxsize=64)
def _unpublished(wanted_on: date, sale_on: date) -> Risk:
    """Amazon publishes fees some months ahead; beyond that the last published day stands in."""
    beyond = max(0, (wanted_on - sale_on).days)
    text = "Amazon's fees for the day of sale are published."
    if beyond:
        text = (
            f"Fees for {wanted_on.isoformat()} are not published; those of "
            f"{sale_on.isoformat()} are used."
        )
    return Risk(
        "fee_date",
        RiskStatus.WARNING if beyond > TOLERATED_DAYS else RiskStatus.OK,
        text,
        observed=beyond,
        limit=TOLERATED_DAYS,
        source="rate card",
    )
