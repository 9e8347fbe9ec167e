"""The words of risks: a risk, how grave it is, and what a policy tolerates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from arbitragevault.domain.market.odds import Chance, Driver


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
        chance: For crash and swarm: what the probability comes from.
    """

    code: str
    status: RiskStatus
    text: str
    observed: float | int | str | None = None
    limit: float | int | str | None = None
    probability: float | None = None
    source: str = ""
    chance: Chance | None = None

    @property
    def usual(self) -> float | None:
        """For crash and swarm: how often it happens to a usual product."""
        return None if self.chance is None else self.chance.base_rate

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """For crash and swarm: what moves the chance, the strongest first."""
        return () if self.chance is None else self.chance.drivers


class RiskLimits(Protocol):
    """What a policy tolerates."""

    @property
    def max_amazon_share(self) -> float | None:
        """Largest part (0-1) of 90 days with Amazon in stock; None for no limit."""

    @property
    def max_data_age_days(self) -> int:
        """Oldest observation that raises no warning."""

    @property
    def exclude_hazmat(self) -> bool:
        """Hazardous goods are blocked."""

    @property
    def exclude_adult(self) -> bool:
        """Adult products are blocked."""

    @property
    def exclude_meltable(self) -> bool:
        """Heat-sensitive products are blocked."""
