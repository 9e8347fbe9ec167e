"""The HTTP side: envelope, costs, errors, compression, gating, faults, log."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.sandbox.faults import Faults
from arbitragevault.sandbox.server import create_sandbox
from arbitragevault.sandbox.service import RequestLog
from arbitragevault.sandbox.simulated import SimulatedSource

NOW = 8_360_000
Query = dict[str, str | int]


def living_asins(source: SimulatedSource, count: int) -> list[str]:
    """ASINs of printed books that Keepa knows."""
    market = source.marketplace
    return [
        asin
        for asin in market.asins[: 3 * count]
        if (entry := market.entry(asin)) and entry.kind.is_book and not entry.is_dead
    ][:count]


async def ask(client: httpx2.AsyncClient, **query: str | int) -> dict[str, Any]:
    response = await client.get("/product", params={"domain": 1, **_hyphened(query)})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def _hyphened(query: Query) -> Query:
    return {name.replace("_", "-"): value for name, value in query.items()}


class TestEnvelope:
    async def test_fields_come_in_wire_order(self, client: httpx2.AsyncClient) -> None:
        answer = (await client.get("/token")).json()
        assert tuple(answer) == schema.ENVELOPE_FIELDS
        assert answer == {
            "timestamp": schema.unix_ms_of_minute(NOW),
            "tokensLeft": 1_200,
            "refillIn": 60_000,
            "refillRate": 20,
            "tokenFlowReduction": 0.0,
            "tokensConsumed": 0,
            "processingTimeInMs": 0,
        }

    async def test_products_follow_the_envelope(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        answer = await ask(client, asin=living_asins(source, 1)[0])
        assert tuple(answer) == (*schema.ENVELOPE_FIELDS, "products")
        assert next(iter(answer["products"][0])) == "csv"

    @pytest.mark.parametrize("path", ["/token", "/product", "/nowhere"])
    async def test_everything_is_compressed_even_errors(self, app: Starlette, path: str) -> None:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            request = client.build_request("GET", path, headers={"accept-encoding": "identity"})
            response = await client.send(request, stream=True)
            raw = b"".join([chunk async for chunk in response.aiter_raw()])
        assert response.headers["content-encoding"] == "gzip"
        assert response.headers["content-type"] == "application/json;charset=UTF-8"
        plain = gzip.decompress(raw)
        assert response.headers["content-uncompressed-length"] == str(len(plain))
        assert "timestamp" in json.loads(plain)

    async def test_a_trailing_slash_is_accepted(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get("/token/")).status_code == 200

    async def test_another_path_is_not_found(self, client: httpx2.AsyncClient) -> None:
        response = await client.post("/somewhere/else")
        assert response.status_code == 404
        assert tuple(response.json()) == schema.ENVELOPE_FIELDS


class TestErrors:
    async def test_a_missing_key_is_refused_as_recorded(self, app: Starlette) -> None:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            response = await client.get("/product", params={"domain": 1, "asin": "6600000000"})
        assert response.status_code == 400
        body = response.json()
        assert body["error"] == {
            "type": "invalidParameter",
            "message": "You used an invalid parameter for this API call.",
            "details": "",
        }
        assert (body["tokensLeft"], body["refillIn"], body["refillRate"]) == (0, 0, 0)

    @pytest.mark.parametrize(
        ("query", "name"),
        [
            ({"domain": 1}, "asin"),
            ({"domain": 1, "asin": "A" * 10, "code": "1"}, "asin"),
            ({"asin": "A" * 10}, "domain"),
            ({"domain": 7, "asin": "A" * 10}, "domain"),
            ({"domain": 1, "asin": "A" * 10, "offers": 10}, "offers"),
            ({"domain": 1, "asin": "A" * 10, "offers": "many"}, "offers"),
            ({"domain": 1, "asin": "A" * 10, "stats": "x"}, "stats"),
            ({"domain": 1, "asin": "A" * 10, "history": "yes"}, "history"),
            ({"domain": 1, "asin": "A" * 10, "update": -2}, "update"),
            ({"domain": 1, "asin": ",".join(["A" * 10] * 101)}, "asin"),
        ],
    )
    async def test_a_bad_parameter_is_named(
        self, client: httpx2.AsyncClient, query: Query, name: str
    ) -> None:
        response = await client.get("/product", params=query)
        assert response.status_code == 400
        assert response.json()["error"]["details"] == name
        assert response.json()["tokensConsumed"] == 0

    async def test_unknown_parameters_are_ignored(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asin = living_asins(source, 1)[0]
        assert len((await ask(client, asin=asin, nonsense=1))["products"]) == 1

    async def test_impossible_ids_give_no_products(self, client: httpx2.AsyncClient) -> None:
        answer = await ask(client, asin="short,also-no-id")
        assert tuple(answer) == schema.ENVELOPE_FIELDS
        assert answer["tokensConsumed"] == 0


class TestTokens:
    async def test_a_product_costs_one(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asins = living_asins(source, 3)
        answer = await ask(client, asin=",".join(asins), stats=90)
        assert answer["tokensConsumed"] == 3
        assert answer["tokensLeft"] == 1_197
        assert [p["asin"] for p in answer["products"]] == asins

    async def test_buybox_and_rating_cost_more(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        answer = await ask(client, asin=",".join(living_asins(source, 8)), offers=20)
        asin = next(one["asin"] for one in answer["products"] if one["hasReviews"])
        assert (await ask(client, asin=asin, buybox=1))["tokensConsumed"] == 3
        assert (await ask(client, asin=asin, buybox=1, rating=1))["tokensConsumed"] == 4

    async def test_offers_cost_six_a_page_instead(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        for asin in living_asins(source, 8):
            answer = await ask(client, asin=asin, offers=20, stats=90)
            live = answer["products"][0]["liveOffersOrder"] or []
            pages = -(-len(live) // 10)
            assert len(live) <= 20
            # The first look of all may have been Keepa's own, within the hour.
            is_fresh = answer["products"][0]["stats"]["retrievedOfferCount"] == -2
            assert answer["tokensConsumed"] == (5 if is_fresh or not pages else 6 * pages)

    async def test_fresh_offers_cost_five(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asin = living_asins(source, 1)[0]
        first = await ask(client, asin=asin, offers=20, stats=90)
        again = await ask(client, asin=asin, offers=20, stats=90)
        assert again["tokensConsumed"] == 5
        assert first["products"][0]["stats"]["retrievedOfferCount"] >= 0
        assert again["products"][0]["stats"]["retrievedOfferCount"] == -2
        assert again["products"][0]["liveOffersOrder"] == first["products"][0]["liveOffersOrder"]

    async def test_an_unknown_asin_costs_one_and_gives_a_stub(
        self, client: httpx2.AsyncClient
    ) -> None:
        answer = await ask(client, asin="0000000000", stats=90)
        stub = answer["products"][0]
        assert answer["tokensConsumed"] == 1
        assert stub["productType"] == 4
        assert stub["title"] is None
        assert stub["csv"] == [None] * 36
        assert stub["rootCategory"] == 0
        assert stub["stats"]["salesRankDrops30"] == -1
        assert stub["stats"]["buyBoxPrice"] == -2

    async def test_update_minus_one_does_not_look_for_it(self, client: httpx2.AsyncClient) -> None:
        answer = await ask(client, asin="0000000000", update=-1)
        assert answer["products"] == []
        assert answer["tokensConsumed"] == 0

    async def test_another_marketplace_is_unknown(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        query: Query = {"domain": 2, "asin": living_asins(source, 1)[0]}
        answer = (await client.get("/product", params=query)).json()
        assert answer["products"][0]["productType"] == 4
        assert answer["products"][0]["domainId"] == 2

    async def test_a_dry_bucket_answers_429_without_an_error(
        self,
        source: SimulatedSource,
        clock: Callable[[], float],
        advance: Callable[[float], None],
        connect: Callable[[Starlette], httpx2.AsyncClient],
    ) -> None:
        app = create_sandbox(source, refill_per_minute=5, tokens=1, clock=clock)
        asins = living_asins(source, 8)
        async with connect(app) as client:
            answer = await ask(client, asin=",".join(asins))
            assert answer["tokensLeft"] == -7
            advance(20)
            response = await client.get("/product", params={"domain": 1, "asin": asins[0]})
            assert response.status_code == 429
            body = response.json()
            assert tuple(body) == schema.ENVELOPE_FIELDS
            assert (body["tokensLeft"], body["tokensConsumed"]) == (-7, 0)
            assert body["refillIn"] == 40_000
            advance(body["refillIn"] / 1_000 + 60)
            assert (await ask(client, asin=asins[0]))["tokensLeft"] == 2

    async def test_each_key_has_its_own_bucket(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asin = living_asins(source, 1)[0]
        await ask(client, asin=asin)
        other = (await client.get("/token", params={"key": "other"})).json()
        assert other["tokensLeft"] == 1_200


class TestGating:
    async def test_plain_answers_hold_the_always_delivered_series_only(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        allowed = {slot.index for slot in schema.SLOTS if not slot.delivered_by}
        for asin in living_asins(source, 6):
            product = (await ask(client, asin=asin, stats=90))["products"][0]
            assert len(product["csv"]) == 36
            present = {slot for slot, series in enumerate(product["csv"]) if series}
            assert present <= allowed
            assert {1, 3, 11} <= present
            assert "offers" not in product
            assert product["buyBoxSellerIdHistory"] is None
            assert product["stats"]["buyBoxPrice"] == -2
            assert product["stats"]["buyBoxIsFBA"] is None
            assert product["stats"]["current"][18] == -1

    async def test_offers_bring_the_rest(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        product = (await ask(client, asin=living_asins(source, 1)[0], offers=20, stats=90))[
            "products"
        ][0]
        assert product["csv"][18]
        assert product["offersSuccessful"] is True
        assert product["buyBoxSellerIdHistory"]
        assert product["stats"]["buyBoxPrice"] != -2
        live = [product["offers"][place] for place in product["liveOffersOrder"]]
        assert all(offer["lastSeen"] == NOW for offer in live)
        assert len({offer["offerId"] for offer in product["offers"]}) == len(product["offers"])
        cheapest = min(o["offerCSV"][-2] + o["offerCSV"][-1] for o in live)
        first = live[0]["offerCSV"]
        assert first[-2] + first[-1] == cheapest

    async def test_only_live_offers(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asin = living_asins(source, 1)[0]
        product = (await ask(client, asin=asin, offers=20, only_live_offers=1))["products"][0]
        assert len(product["offers"]) == len(product["liveOffersOrder"])

    async def test_without_history(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asin = living_asins(source, 1)[0]
        product = (await ask(client, asin=asin, history=0, stats=90))["products"][0]
        assert product["csv"] is None
        assert product["salesRanks"] is None
        assert "monthlySoldHistory" not in product
        assert product["stats"]["current"][3] != 0

    async def test_days_cut_every_history(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asin = living_asins(source, 1)[0]
        product = (await ask(client, asin=asin, days=30, offers=20))["products"][0]
        since = NOW - 30 * 1_440
        assert all(series[0] >= since for series in product["csv"] if series)
        assert all(series[0] >= since for series in product["salesRanks"].values())
        assert all(offer["lastSeen"] >= since for offer in product["offers"])

    async def test_stats_only_when_asked(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asin = living_asins(source, 1)[0]
        assert "stats" not in (await ask(client, asin=asin))["products"][0]
        for interval in ("30", "2026-01-01,2026-02-01", "1767225600000,1769904000000"):
            assert "stats" in (await ask(client, asin=asin, stats=interval))["products"][0]

    async def test_stock_comes_with_offers(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asin = living_asins(source, 1)[0]
        product = (await ask(client, asin=asin, offers=20, stock=1))["products"][0]
        stocked = [offer["stockCSV"] for offer in product["offers"] if "stockCSV" in offer]
        assert stocked
        assert all(stock[-1] >= 1 for stock in stocked)


class TestRefreshing:
    async def test_an_answer_is_as_of_now_and_a_later_one_repeats_its_points(
        self,
        client: httpx2.AsyncClient,
        source: SimulatedSource,
        advance: Callable[[float], None],
    ) -> None:
        asin = living_asins(source, 1)[0]
        first = (await ask(client, asin=asin))["products"][0]
        advance(26 * 3_600)
        second = (await ask(client, asin=asin))["products"][0]
        assert first["lastUpdate"] == NOW
        assert second["lastUpdate"] == NOW + 26 * 60
        for slot, series in enumerate(first["csv"]):
            if series:
                assert second["csv"][slot][: len(series)] == series

    async def test_update_minus_one_gives_what_is_stored(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asin = living_asins(source, 1)[0]
        product = (await ask(client, asin=asin, update=-1))["products"][0]
        assert product["lastUpdate"] < NOW

    async def test_a_forced_update_of_fresh_data_costs_one_more(
        self,
        client: httpx2.AsyncClient,
        source: SimulatedSource,
        advance: Callable[[float], None],
    ) -> None:
        asin = living_asins(source, 1)[0]
        await ask(client, asin=asin)
        advance(600)
        answer = await ask(client, asin=asin, update=0)
        assert answer["tokensConsumed"] == 2
        assert answer["products"][0]["lastUpdate"] == NOW + 10


class TestCodes:
    async def test_an_isbn_13_finds_its_book(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asin = living_asins(source, 1)[0]
        entry = source.marketplace.entry(asin)
        assert entry is not None
        answer = await ask(client, code=entry.eans[0], code_limit=1)
        assert len(answer["products"]) == 1
        assert answer["tokensConsumed"] == 1
        assert entry.eans[0] in answer["products"][0]["eanList"]

    async def test_an_unknown_code_gives_nothing_for_nothing(
        self, client: httpx2.AsyncClient
    ) -> None:
        answer = await ask(client, code="9780593655030", code_limit=1)
        assert answer["products"] == []
        assert answer["tokensConsumed"] == 0

    async def test_the_limit_is_per_code(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        market = source.marketplace
        shared = next(
            ean
            for asin in market.asins
            if (entry := market.entry(asin))
            for ean in entry.eans
            if len(market.by_code(ean)) == 2
        )
        assert len((await ask(client, code=shared))["products"]) == 2
        assert len((await ask(client, code=shared, code_limit=1))["products"]) == 1


class TestVariations:
    async def test_a_child_names_parent_and_siblings(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        market = source.marketplace
        child = next(
            asin
            for asin in market.asins
            if (entry := market.entry(asin)) and entry.family and not entry.is_dead
        )
        product = (await ask(client, asin=child))["products"][0]
        assert child in [one["asin"] for one in product["variations"]]
        parent = (await ask(client, asin=product["parentAsin"]))["products"][0]
        assert parent["productType"] == 5
        assert parent["variations"] == product["variations"]


class TestFaults:
    @pytest.mark.parametrize("spec", ["500", "500:2", "teapot:0.1", "slow:x"])
    def test_a_bad_specification_is_refused(self, spec: str) -> None:
        with pytest.raises(ConfigurationError):
            Faults(spec)

    def test_draws_are_repeatable(self) -> None:
        one, other = Faults("500:0.3,slow:0.2", seed=5), Faults("500:0.3,slow:0.2", seed=5)
        assert [one.draw() for _ in range(50)] == [other.draw() for _ in range(50)]

    @pytest.mark.parametrize("status", [429, 500])
    async def test_statuses_come_with_an_envelope_and_cost_nothing(
        self,
        source: SimulatedSource,
        connect: Callable[[Starlette], httpx2.AsyncClient],
        status: int,
    ) -> None:
        app = create_sandbox(source, faults=f"{status}:1")
        async with connect(app) as client:
            response = await client.get("/product", params={"domain": 1, "asin": "0000000000"})
        assert response.status_code == status
        assert response.json()["tokensConsumed"] == 0

    async def test_503_has_no_json(
        self, source: SimulatedSource, connect: Callable[[Starlette], httpx2.AsyncClient]
    ) -> None:
        async with connect(create_sandbox(source, faults="503:1")) as client:
            response = await client.get("/product", params={"domain": 1, "asin": "0000000000"})
        assert response.status_code == 503
        assert response.text == "Service Unavailable"

    async def test_a_truncated_answer_was_paid_for(
        self,
        source: SimulatedSource,
        log: RequestLog,
        connect: Callable[[Starlette], httpx2.AsyncClient],
    ) -> None:
        app = create_sandbox(source, faults="truncate:1", request_log=log)
        async with connect(app) as client:
            request = client.build_request(
                "GET", "/product", params={"domain": 1, "asin": living_asins(source, 1)[0]}
            )
            response = await client.send(request, stream=True)
            raw = b"".join([chunk async for chunk in response.aiter_raw()])
        with pytest.raises(EOFError):
            gzip.decompress(raw)
        assert log.tokens == 1

    async def test_a_slow_answer_comes_late(
        self,
        source: SimulatedSource,
        connect: Callable[[Starlette], httpx2.AsyncClient],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        waited: list[float] = []

        async def note(seconds: float) -> None:
            waited.append(seconds)

        monkeypatch.setattr("arbitragevault.sandbox.service.asyncio.sleep", note)
        async with connect(create_sandbox(source, faults="slow:1")) as client:
            assert (await client.get("/token")).status_code == 200
        assert waited == [2.0]


class TestLog:
    async def test_it_notes_what_was_asked_and_paid(
        self, client: httpx2.AsyncClient, source: SimulatedSource, log: RequestLog
    ) -> None:
        first, second = living_asins(source, 2)
        await ask(client, asin=f"{first},{second}", stats=90)
        await ask(client, asin=first, update=-1)
        assert log.asins == [first, second, first]
        assert log.tokens == 3
        assert len(log) == 2
        entry = next(iter(log))
        assert entry.path == "product"
        assert dict(entry.params) == {"domain": "1", "stats": "90"}

    async def test_it_can_be_read_over_http(
        self, source: SimulatedSource, connect: Callable[[Starlette], httpx2.AsyncClient]
    ) -> None:
        async with connect(create_sandbox(source, shows_log=True)) as client:
            asin = living_asins(source, 1)[0]
            await ask(client, asin=asin)
            shown = (await client.get("/_sandbox/log")).json()
        assert shown["requests"][0]["asins"] == [asin]
        assert shown["tokens"] == 1
