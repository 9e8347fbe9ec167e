"""A policy: cost assumptions and the criteria that a buy has to meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.economics.costs import CostAssumptions
from arbitragevault.domain.economics.fees.model import VatStatus
from arbitragevault.domain.errors import PolicyError


@dataclass(frozen=True, slots=True)
class Policy:
    """A named set of cost assumptions and criteria.

    Args:
        name: How the user calls it.
        channel: Who will ship the units.
        condition: Condition assumed for leads that do not say.
        quantity: Units assumed for leads that do not say.
        min_profit_cents: Least profit per unit.
        min_roi: Least profit / landed cost.
        confidence: Probability with which profit and ROI targets must be met (max cost is the
            highest unit cost that still meets them with this probability).
        max_days_to_sell: Longest acceptable median time until the whole quantity is sold.
        window_days: Days ahead between which the unit will sell: first and last of the resale
            window.
        liquidation_share: Share of the resale median at which units unsold after the horizon go.
        horizon_days: Days after which unsold units are liquidated; 180, because Amazon's
            aged-inventory surcharge begins on day 181.
        max_sales_rank: Worst acceptable main sales rank; None for no limit.
        max_amazon_share: Largest acceptable share of time (0-1) in which Amazon itself was in stock
            over the last 90 days; None for no limit.
        max_data_age_days: Oldest acceptable observation before a decision is only a review.
        returns_share: Share of sales that come back (0-1); their loss is part of the profit.
        fbm_shipping_cents: What shipping an FBM unit costs; None estimates media by USPS Media Mail
            and leaves everything else unknown.
        storage_days: Days in store that are charged per unit when sold by Amazon; None takes the
            expected days to sell.
        exclude_hazmat / exclude_adult / exclude_meltable: Make such products a skip.
        vat: How the seller stands with VAT, for the fees and the sale; VAT on the purchase that
            cannot be reclaimed is the sales tax of the costs.
        seller_country: ISO code of the seller's country; None is the marketplace's own.
        costs: What turns a unit cost into a landed cost.
    """

    name: str = "default"
    channel: Channel = Channel.FBA
    condition: Condition = Condition.NEW
    quantity: int = 1
    min_profit_cents: int = 300
    min_roi: float = 0.30
    confidence: float = 0.80
    max_days_to_sell: int = 60
    window_days: tuple[int, int] = (15, 75)
    liquidation_share: float = 0.5
    horizon_days: int = 180
    max_sales_rank: int | None = 1_000_000
    max_amazon_share: float | None = 0.5
    max_data_age_days: int = 7
    returns_share: float = 0.02
    fbm_shipping_cents: int | None = None
    storage_days: int | None = None
    exclude_hazmat: bool = True
    exclude_adult: bool = True
    exclude_meltable: bool = False
    vat: VatStatus = VatStatus.NOT_REGISTERED
    seller_country: str | None = None
    costs: CostAssumptions = CostAssumptions()

    def __post_init__(self) -> None:
        wrong = [
            f"{name} is {value!r}, must be {rule}"
            for name, value, rule, holds in _rules(self)
            if not holds
        ]
        if wrong:
            raise PolicyError(f"Policy {self.name!r}: " + "; ".join(wrong) + ".")

    @property
    def unit_costs(self) -> CostAssumptions:
        """The costs of a unit sold by this channel: who ships it himself sends none to Amazon."""
        return self.costs if self.channel is Channel.FBA else self.costs.without_inbound()


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()


def _rules(policy: Policy) -> tuple[tuple[str, object, str, bool], ...]:
    """Every bound of a policy as (field, value, rule, does it hold)."""
    first, last = policy.window_days
    shares: Mapping[str, float | None] = {
        "liquidation_share": policy.liquidation_share,
        "max_amazon_share": policy.max_amazon_share,
        "returns_share": policy.returns_share,
        "costs.discount": float(policy.costs.discount),
        "costs.cashback": float(policy.costs.cashback),
    }
    never_negative: Mapping[str, int | None] = {
        "max_data_age_days": policy.max_data_age_days,
        "storage_days": policy.storage_days,
        "fbm_shipping_cents": policy.fbm_shipping_cents,
        "costs.prep_cents": policy.costs.prep_cents,
        "costs.inbound_cents": policy.costs.inbound_cents,
        "costs.inbound_cents_per_kg": policy.costs.inbound_cents_per_kg,
    }
    return (
        ("confidence", policy.confidence, "between 0.5 and 0.99", 0.5 <= policy.confidence <= 0.99),
        ("min_roi", policy.min_roi, "between -1 and 100", -1 <= policy.min_roi <= 100),
        ("quantity", policy.quantity, "at least 1", policy.quantity >= 1),
        (
            "window_days",
            policy.window_days,
            "two days, first before last",
            0 <= first < last <= 730,
        ),
        (
            "max_days_to_sell",
            policy.max_days_to_sell,
            "between 1 and 730",
            1 <= policy.max_days_to_sell <= 730,
        ),
        ("horizon_days", policy.horizon_days, "between 1 and 730", 1 <= policy.horizon_days <= 730),
        (
            "max_sales_rank",
            policy.max_sales_rank,
            "at least 1",
            policy.max_sales_rank is None or policy.max_sales_rank >= 1,
        ),
        (
            "costs.sales_tax",
            policy.costs.sales_tax,
            "between 0 and 1",
            0 <= policy.costs.sales_tax <= 1,
        ),
        (
            "costs.sales_tax",
            policy.costs.sales_tax,
            "0 for a seller registered for VAT, who reclaims it",
            policy.vat is not VatStatus.REGISTERED or policy.costs.sales_tax == 0,
        ),
        (
            "seller_country",
            policy.seller_country,
            "two capital letters such as DE",
            policy.seller_country is None or _is_country(policy.seller_country),
        ),
        *(
            (name, value, "between 0 and 1", value is None or 0 <= value <= 1)
            for name, value in shares.items()
        ),
        *(
            (name, count, "0 or more", count is None or count >= 0)
            for name, count in never_negative.items()
        ),
    )
