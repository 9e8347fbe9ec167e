"""The what-if on a product's fees over HTTP."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx2
import pytest
from pydantic import TypeAdapter

from arbitragevault.application.fee_views import ChannelFees, ProductFees
from arbitragevault.sandbox.marketplace import Marketplace

Problem = Callable[[httpx2.Response], str]
Scanned = Callable[..., Awaitable[UUID]]


@pytest.fixture
async def path(scanned: Scanned, market: Marketplace) -> str:
    """The path of the fees of a product that has been scanned."""
    await scanned(2)
    return f"/api/v1/products/US/{market.asins[0]}/fees"


async def ask(client: httpx2.AsyncClient, path: str, **terms: str) -> ProductFees:
    response = await client.get(path, params=terms)
    assert response.status_code == 200, response.text
    assert set(response.json()) == {field.name for field in dataclasses.fields(ProductFees)}
    return TypeAdapter(ProductFees).validate_json(response.content)


def sheet(fees: ProductFees, channel: str) -> ChannelFees:
    return next(one for one in fees.sheets if one.channel == channel)


async def test_both_channels_are_shown_for_the_price_and_day_of_the_decision(
    client: httpx2.AsyncClient, path: str
) -> None:
    page = (await client.get(path.removesuffix("/fees"), params={"cost": "3.50"})).json()
    found = await ask(client, path, cost="3.50")
    decided = page["decision"]["fees"]
    assert (found.price, found.on.isoformat()) == (decided["price"], decided["on"])
    assert found.price_basis == "resale_median"
    assert [one.channel for one in found.sheets] == ["fba", "fbm"]
    shipped = sheet(found, "fba")
    assert [(line.code, line.amount) for line in shipped.lines] == [
        (line["code"], line["amount"]) for line in decided["lines"]
    ]
    assert shipped.landed_cost == page["decision"]["landed_cost"]
    assert shipped.net_proceeds == decided["net_proceeds"]
    assert shipped.returns_allowance == page["decision"]["returns_allowance"]
    left = decided["net_proceeds"] - page["decision"]["returns_allowance"]
    assert shipped.profit == left - page["decision"]["landed_cost"]


async def test_a_line_opens_to_its_rule_with_source_and_days(
    client: httpx2.AsyncClient, path: str
) -> None:
    found = await ask(client, path, price="24.99", on="2026-11-22", channel="fba")
    assert (found.price, found.price_basis, found.on.isoformat()) == (2499, "asked", "2026-11-22")
    (only,) = found.sheets
    lines = {line.code: line for line in only.lines}
    fulfilment = lines["fulfilment"]
    assert fulfilment.sources[0].id == fulfilment.rule
    assert fulfilment.sources[0].first_day is not None
    assert fulfilment.sources[0].sources
    referral = lines["referral"]
    assert referral.rule.startswith(referral.sources[0].id + "/")
    assert only.jumps
    assert found.keepa


async def test_another_day_has_another_rate_card(client: httpx2.AsyncClient, path: str) -> None:
    spring = await ask(client, path, price="24.99", on="2026-03-02", channel="fba")
    autumn = await ask(client, path, price="24.99", on="2026-11-22", channel="fba")
    assert spring.sheets[0].rate_card != autumn.sheets[0].rate_card
    assert (spring.sheets[0].total or 0) < (autumn.sheets[0].total or 0)


async def test_a_day_without_a_card_is_unknown_with_its_reason(
    client: httpx2.AsyncClient, path: str
) -> None:
    (only,) = (await ask(client, path, price="24.99", on="2031-01-01", channel="fba")).sheets
    assert only.total is None
    assert only.profit is None
    assert any(line.amount is None and line.reason for line in only.lines)


async def test_the_breakeven_price_breaks_even(client: httpx2.AsyncClient, path: str) -> None:
    terms = {"cost": "5.00", "channel": "fbm", "policy": "default"}
    (dear,) = (await ask(client, path, price="40.00", **terms)).sheets
    if dear.breakeven_price is not None:
        assert dear.target_price is not None
        assert dear.breakeven_price <= dear.target_price


async def test_a_refund_and_a_removal_are_told_beside_the_sale(
    client: httpx2.AsyncClient, path: str
) -> None:
    found = await ask(client, path, price="24.99", on="2026-03-02")
    shipped, own = sheet(found, "fba"), sheet(found, "fbm")
    assert shipped.refund.refunded == 2499
    assert shipped.refund.net_proceeds == -(shipped.refund.cost or 0)
    kept = {line.code: line for line in shipped.refund.lines}
    assert kept["refund_administration"].sources
    assert "referral" not in kept
    assert shipped.removal is not None
    assert shipped.removal.amount
    assert own.removal is None
    assert shipped.sizing is not None
    assert (shipped.sizing.status, own.sizing) == ("known", None)
    part = sheet(await ask(client, path, price="24.99", on="2026-03-02", refund="5.00"), "fba")
    assert part.refund.refunded == 500
    assert "referral" in {line.code for line in part.refund.lines}


async def test_how_often_a_product_comes_back_goes_into_its_refund(
    client: httpx2.AsyncClient, path: str
) -> None:
    terms = {"price": "24.99", "on": "2026-03-02", "channel": "fba"}
    (few,) = (await ask(client, path, **terms)).sheets
    (many,) = (await ask(client, path, shipped="1000", returned="900", **terms)).sheets
    assert few.refund.cost is not None
    assert many.refund.cost is None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"refund": "99999"}, "invalid_input"),
        ({"refund": "0"}, "invalid_input"),
        ({"shipped": "-1"}, "invalid_request"),
        ({"price": "cheap"}, "invalid_money"),
        ({"price": "-3"}, "invalid_input"),
        ({"on": "someday"}, "invalid_request"),
        ({"channel": "mfn"}, "invalid_request"),
    ],
)
async def test_bad_input_is_a_problem(
    client: httpx2.AsyncClient, path: str, problem: Problem, query: dict[str, str], code: str
) -> None:
    response = await client.get(path, params=query)
    assert response.status_code == 422
    assert problem(response) == code


async def test_a_product_that_is_not_stored_is_a_problem(
    client: httpx2.AsyncClient, problem: Problem
) -> None:
    response = await client.get("/api/v1/products/US/B00MISSING/fees")
    assert response.status_code == 404
    assert problem(response) == "product_not_stored"
