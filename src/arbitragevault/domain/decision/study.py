"""What a decision is made of: the study of a lead, and the words in which it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.profit_distribution import Profit, UnitProceeds
from arbitragevault.domain.economics.costs import LandedCost
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.competition import Competition
from arbitragevault.domain.market.demand import Demand
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.market.resale import ResaleForecast
from arbitragevault.domain.market.risk_model import Risk
from arbitragevault.domain.market.sellthrough import SellThrough
from arbitragevault.domain.money import Money, amount_text

Figure = float | int | str | None
"""A number or word that is shown; None where unknown."""


class Verdict(StrEnum):
    """What to do about a lead, best first."""

    BUY = "buy"
    REVIEW = "review"
    UNKNOWN = "unknown"
    SKIP = "skip"


class ReasonStatus(StrEnum):
    """How a criterion came out."""

    PASS = "pass"  # noqa: S105  # not a password
    WARNING = "warning"
    UNKNOWN = "unknown"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Reason:
    """One criterion and how it came out.

    Args:
        code: Stable name.
        status: How it came out.
        text: One plain sentence with the numbers.
        observed / limit: What was compared; None where there is nothing to compare.
        hard: A failure makes the lead a skip; a failure that is not hard, a review.
    """

    code: str
    status: ReasonStatus
    text: str
    observed: Figure = None
    limit: Figure = None
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """A smallest change that would remove one obstacle to a buy.

    Args:
        change: What would change: ``unit_cost``, ``price``, ``quantity``, ``refresh`` ...
        text: One plain sentence.
        before / after: The figure now, and the one that would do.
    """

    change: str
    text: str
    before: Figure = None
    after: Figure = None


@dataclass(frozen=True, slots=True)
class Terms:
    """A lead with the policy's defaults filled in.

    Args:
        unit_cost: Asked price of one unit; None if not known.
        quantity: Units.
        condition: Condition of the units.
        channel: Who will ship them.
        matches: Listings that the identifier led to.
    """

    unit_cost: Money | None
    quantity: int
    condition: Condition
    channel: Channel
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Everything that was worked out about a lead, before judging it.

    Args:
        market: The market as known at ``as_of``.
        terms: What could be bought.
        policy: Criteria and cost assumptions.
        as_of: The moment of the decision, UTC.
        sale_on: Day on which the sale is assumed, for the fees.
        forecast: Resale price, or why it cannot be told.
        demand: Units sold by everyone, or why it cannot be told.
        competition: Who competes, and our share.
        sales: Our sales over time; None without demand or share.
        proceeds: What a sold unit brings, or why it cannot be told.
        landed: Landed cost; None without a unit cost.
        max_cost_cents: Highest unit cost that meets the targets at the policy's confidence; None if
            unknown or if not even a free unit does.
        profit: Profit figures; None without proceeds or landed cost.
        risks: Every risk.
    """

    market: Market
    terms: Terms
    policy: Policy
    as_of: datetime
    sale_on: date
    forecast: ResaleForecast | Abstention
    demand: Demand | Abstention
    competition: Competition
    sales: SellThrough | None
    proceeds: UnitProceeds | Abstention
    landed: LandedCost | None
    max_cost_cents: int | None
    profit: Profit | None
    risks: tuple[Risk, ...]

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        return self.market.product.marketplace.currency

    def money(self, cents: float) -> str:
        """An amount as people read it."""
        return amount_text(round(cents), self.currency)
