from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import httpx2
import pytest

from arbitragevault.entrypoints.api.schemas.products import ProductPage, ProductSeries
from arbitragevault.sandbox.marketplace import Marketplace

Problem = Callable[[httpx2.Response], str]
Scanned = Callable[..., Awaitable[UUID]]
Start = Callable[[Sequence[dict[str, Any]]], Awaitable[UUID]]
Work = Callable[[UUID], Awaitable[None]]


@pytest.fixture
async def path(scanned: Scanned, market: Marketplace) -> str:
    """The path of a product that has been scanned."""
    await scanned(2)
    return f"/api/v1/products/US/{market.asins[0]}"


async def test_a_product_page(client: httpx2.AsyncClient, market: Marketplace, path: str) -> None:
    response = await client.get(path, params={"cost": "3.50"})
    assert response.status_code == 200, response.text
    view = ProductPage.model_validate_json(response.content)
    assert view.product.asin == market.asins[0]
    assert view.product.title
    assert view.market.sandbox
    assert "new" in view.market.now
    assert set(view.market.averages["new"]) == {"30", "90", "180", "365"}
    assert view.decision.unit_cost == 350
    assert view.decision.reasons
    assert [lead.asin for lead in view.other_leads] == [view.product.asin]


async def test_the_bytes_of_a_page_are_the_declared_model(
    client: httpx2.AsyncClient, path: str
) -> None:
    body = (await client.get(path)).json()
    assert set(body) == set(ProductPage.model_fields)
    for name, field in ProductPage.model_fields.items():
        if name in {"product", "market", "decision"}:
            assert set(body[name]) == set(field.annotation.model_fields)  # type: ignore[union-attr]


async def test_terms_change_the_decision(client: httpx2.AsyncClient, path: str) -> None:
    cheap = (await client.get(path, params={"cost": "0.01", "quantity": 3})).json()["decision"]
    dear = (await client.get(path, params={"cost": "900", "channel": "fbm"})).json()["decision"]
    assert (cheap["unit_cost"], cheap["quantity"], cheap["channel"]) == (1, 3, "fba")
    assert (dear["unit_cost"], dear["channel"]) == (90_000, "fbm")
    assert dear["verdict"] != "buy"
    used = (await client.get(path, params={"condition": "used_good"})).json()["decision"]
    assert (used["condition"], used["unit_cost"]) == ("used_good", None)


async def test_addresses_of_products_are_forgiving_in_case(
    client: httpx2.AsyncClient, path: str
) -> None:
    assert (await client.get(path.lower().replace("/us/", "/us/"))).status_code == 200


async def test_series_for_the_chart(client: httpx2.AsyncClient, path: str) -> None:
    response = await client.get(
        f"{path}/series", params={"kinds": "new,sales_rank", "days": 90, "cost": "5"}
    )
    chart = ProductSeries.model_validate_json(response.content)
    assert set(chart.series) == {"new", "sales_rank"}
    for columns in chart.series.values():
        assert len(columns.t) == len(columns.v)
        assert columns.t == sorted(columns.t)
        assert columns.t[0] >= chart.observed_at.timestamp() - 90 * 86_400 - 60
    whole = ProductSeries.model_validate_json((await client.get(f"{path}/series")).content)
    assert len(whole.series["new"].t) >= len(chart.series["new"].t)
    assert len(whole.series) > 10


async def test_a_product_that_is_not_stored(client: httpx2.AsyncClient, problem: Problem) -> None:
    for tail in ("", "/series"):
        response = await client.get(f"/api/v1/products/US/0593655036{tail}")
        assert (response.status_code, problem(response)) == (404, "product_not_stored")
        assert "can" in response.json()["detail"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"cost": "cheap"}, "invalid_money"),
        ({"cost": "-1"}, "invalid_lead_row"),
        ({"condition": "mint"}, "invalid_request"),
        ({"channel": "boat"}, "invalid_request"),
        ({"quantity": "0"}, "invalid_request"),
        ({"policy": "bold"}, "invalid_policy"),
    ],
)
async def test_terms_that_make_no_sense(
    client: httpx2.AsyncClient, path: str, problem: Problem, query: dict[str, str], code: str
) -> None:
    response = await client.get(path, params=query)
    assert (response.status_code, problem(response)) == (422, code)


@pytest.mark.parametrize("query", [{"kinds": "luck"}, {"kinds": ","}])
async def test_series_that_do_not_exist(
    client: httpx2.AsyncClient, path: str, problem: Problem, query: dict[str, str]
) -> None:
    response = await client.get(f"{path}/series", params=query)
    assert (response.status_code, problem(response)) == (422, "invalid_input")


async def test_days_must_be_days(client: httpx2.AsyncClient, path: str, problem: Problem) -> None:
    response = await client.get(f"{path}/series?days=0")
    assert (response.status_code, problem(response)) == (422, "invalid_request")


@pytest.mark.parametrize("wrong", ["/US/short", "/USA/0593655036", "/US/059365503%00"])
async def test_addresses_that_name_no_product(
    client: httpx2.AsyncClient, problem: Problem, wrong: str
) -> None:
    response = await client.get(f"/api/v1/products{wrong}")
    assert (response.status_code, problem(response)) == (422, "invalid_request")


async def test_a_marketplace_that_does_not_exist(
    client: httpx2.AsyncClient, problem: Problem
) -> None:
    response = await client.get("/api/v1/products/XX/0593655036")
    assert (response.status_code, problem(response)) == (422, "unknown_marketplace")
