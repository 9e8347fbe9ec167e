"""Stored products: everything the product page shows, and the series of its chart."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from arbitragevault.application.fee_sheets import FeeQuestion, view_fees
from arbitragevault.application.fee_views import ProductFees
from arbitragevault.application.product_views import PAGE_KINDS
from arbitragevault.application.products import ProductTerms, view_product, view_series
from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.economics.fees.returns_card import ReturnHistory
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.market.market import SeriesKind
from arbitragevault.entrypoints.api.answers import json_bytes
from arbitragevault.entrypoints.api.lifetime import ServicesDep
from arbitragevault.entrypoints.api.schemas.products import ProductPage, ProductSeries

_CHART_KINDS: Final = ",".join(kind.value for kind in PAGE_KINDS)

router = APIRouter(prefix="/products/{marketplace}/{asin}", tags=["products"])

Marketplace = Annotated[str, Path(pattern="^[A-Za-z]{2}$", description="Such as US")]
Asin = Annotated[str, Path(pattern="^[A-Za-z0-9]{10}$")]


async def _terms(
    cost: Annotated[
        str | None, Query(max_length=40, description="Unit cost in major units: 12.50")
    ] = None,
    condition: Annotated[Condition | None, Query()] = None,
    channel: Annotated[Channel | None, Query()] = None,
    quantity: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
    policy: Annotated[str, Query(min_length=1, max_length=100)] = "default",
) -> ProductTerms:
    """On which terms the product is decided."""
    return ProductTerms(
        cost=cost or None, condition=condition, channel=channel, quantity=quantity, policy=policy
    )


Terms = Annotated[ProductTerms, Depends(_terms)]


@router.get("", name="view_product", responses={200: {"model": ProductPage}})
async def page(
    services: ServicesDep, marketplace: Marketplace, asin: Asin, terms: Terms
) -> Response:
    """Everything that is known of a stored product, decided under the given terms."""
    view = asdict(await view_product(services, marketplace, asin, terms))
    view["decision"]["id"] = None
    return json_bytes(view)


@router.get("/fees", name="view_fees", responses={200: {"model": ProductFees}})
async def fees(
    *,
    services: ServicesDep,
    marketplace: Marketplace,
    asin: Asin,
    terms: Terms,
    price: Annotated[
        str | None,
        Query(max_length=40, description="Sale price in major units; else the resale median"),
    ] = None,
    on: Annotated[
        date | None, Query(description="Day on which the unit ships; else the decision's")
    ] = None,
    refund: Annotated[
        str | None,
        Query(max_length=40, description="What a refund gives back, in major units; else all"),
    ] = None,
    shipped: Annotated[
        int | None, Query(ge=0, description="Units shipped in a month, for returns processing")
    ] = None,
    returned: Annotated[
        int, Query(ge=0, description="Of those, units returned in that month and two more")
    ] = 0,
) -> Response:
    """Every fee of one unit at a price on a day, by one channel or both, with its rule.

    Also what a refund would cost, and the removal of a unit from Amazon's store.
    """
    question = FeeQuestion(
        price=price or None,
        on=on,
        channel=terms.channel,
        refund=refund or None,
        history=None if shipped is None else ReturnHistory(shipped, returned),
    )
    return json_bytes(asdict(await view_fees(services, marketplace, asin, question, terms)))


@router.get("/series", name="view_series", responses={200: {"model": ProductSeries}})
async def series(
    *,
    services: ServicesDep,
    marketplace: Marketplace,
    asin: Asin,
    terms: Terms,
    kinds: Annotated[
        str, Query(max_length=1_000, description="Kinds of series, joined by commas")
    ] = _CHART_KINDS,
    days: Annotated[
        int | None, Query(ge=1, le=36_500, description="Days back from the last observation")
    ] = None,
) -> Response:
    """The product's series as columns, with the forecast and max cost drawn ahead of them."""
    view = await view_series(
        services, marketplace, asin, kinds=_series_kinds(kinds), days=days, terms=terms
    )
    return json_bytes(view)


def _series_kinds(names: str) -> tuple[SeriesKind, ...]:
    """The kinds behind their names.

    Raises:
        InvalidInputError: For a name that is no kind; names those that are.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in set(SeriesKind)]
    if unknown or not wanted:
        raise InvalidInputError(
            f"{unknown[0] if unknown else names!r} is no kind of series; choose from "
            f"{', '.join(SeriesKind)}."
        )
    return tuple(SeriesKind(name) for name in dict.fromkeys(wanted))
