"""The words of risks: a risk, how grave it is, and what a policy tolerates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from arbitragevault.domain.market.odds import Driver


class RiskStatus(StrEnum):
    """How grave a risk is; ``unknown`` where the facts are missing."""

    OK = "ok"
    WARNING = "warning"
    BLOCKER = "blocker"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk with its numbers.

    Args:
        code: Stable name.
        status: How grave.
        text: One plain sentence.
        observed: The figure; None if unknown or not a figure.
        limit: What it is compared with; None where there is none.
        probability: For crash and swarm (0-1).
        source: Series or field that it was read from.
        usual: For crash and swarm: how often it happens to a usual product.
        drivers: For crash and swarm: what moves the chance, the strongest first.
    """

    code: str
    status: RiskStatus
    text: str
    observed: float | int | str | None = None
    limit: float | int | str | None = None
    probability: float | None = None
    source: str = ""
    usual: float | None = None
    drivers: tuple[Driver, ...] = ()


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """What a policy tolerates.

    Args:
        max_amazon_share: Largest part (0-1) of 90 days with Amazon in stock; None for no limit.
        max_data_age_days: Oldest observation that raises no warning.
        exclude_hazmat / exclude_adult / exclude_meltable: Such products are blocked.
    """

    max_amazon_share: float | None
    max_data_age_days: int
    exclude_hazmat: bool
    exclude_adult: bool
    exclude_meltable: bool
