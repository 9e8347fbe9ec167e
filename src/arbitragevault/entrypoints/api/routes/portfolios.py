"""Buy lists under a budget."""

from __future__ import annotations

from fastapi import APIRouter

from arbitragevault.application import allocate
from arbitragevault.domain.decision.portfolio import PortfolioLimits
from arbitragevault.entrypoints.api.lifetime import ServicesDep
from arbitragevault.entrypoints.api.schemas.portfolios import Portfolio, PortfolioRequest

router = APIRouter(prefix="/portfolios", tags=["portfolios"])


@router.post("", name="choose_portfolio", response_model=Portfolio)
async def choose(services: ServicesDep, wanted: PortfolioRequest) -> allocate.Allocation:
    """Choose which leads to buy, and how many units of each, under a budget.

    Every lead is decided anew on stored data; nothing is fetched, bought or stored.
    """
    limits = PortfolioLimits(
        wanted.budget,
        product_cents=wanted.max_per_product,
        brand_cents=wanted.max_per_brand,
        category_cents=wanted.max_per_category,
        product_units=wanted.max_units,
        loss_cents=wanted.max_loss,
        tail=wanted.tail,
    )
    options = allocate.AllocationOptions(
        run_id=wanted.run_id,
        policy=wanted.policy,
        marketplace=wanted.marketplace,
        admission=wanted.admit,
        seed=wanted.seed,
    )
    return await allocate.allocate(services, limits, options)
