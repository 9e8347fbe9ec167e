"""Simulated market -> wire -> decoded market: nothing lost, nothing added."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.sandbox.marketplace import Marketplace, Refresh, SimulatedProduct
from arbitragevault.sandbox.sellers import AMAZON
from arbitragevault.sandbox.stats import Window
from arbitragevault.sandbox.wire import Wanted, product_object
from arbitragevault.sandbox.wire_offers import seen_offers

NOW = 8_360_000
WANTED = Wanted(interval=Window(NOW - 90 * MINUTES_PER_DAY, NOW), offers=100)


@pytest.fixture(scope="module")
def pairs(marketplace: Marketplace) -> list[tuple[SimulatedProduct, Any]]:
    """Products just looked at, and what the program makes of their JSON."""
    found = []
    for asin in marketplace.asins[:80]:
        product = marketplace.product(asin, NOW, [Refresh(NOW, offers=True)])
        if product is not None:
            body = product_object(marketplace, product, WANTED)
            raw = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
            found.append((product, decode_keepa(raw)[0]))
    return found


def test_every_series_comes_back(pairs: list[tuple[SimulatedProduct, Any]]) -> None:
    for product, market in pairs:
        for slot, flat in product.observed.csv.items():
            series = market.series(schema.SLOTS[slot].kind)
            width = schema.SLOTS[slot].width
            assert np.array_equal(series.minutes, flat[0::width]), (product.entry.asin, slot)
            expected = flat[1::width].astype(float)
            if width == 3:
                expected = np.where(expected < 0, -1, expected + np.maximum(flat[2::3], 0))
            if schema.SLOTS[slot].value is not schema.ValueKind.LOG:
                expected = np.where(expected < 0, np.nan, expected)
                assert np.array_equal(series.values, expected, equal_nan=True)


def test_catalogue_facts_come_back(pairs: list[tuple[SimulatedProduct, Any]]) -> None:
    for product, market in pairs:
        entry = product.entry
        assert market.product.asin == entry.asin
        assert market.product.title == entry.title
        assert market.product.eans == entry.eans
        assert market.product.upcs == entry.upcs
        assert market.product.root_category.id == entry.kind.root.id
        longest = entry.listed.sides_mm[0]
        assert market.product.package.sides_mm == (entry.listed.sides_mm if longest > 0 else None)
        assert market.product.is_heat_sensitive is entry.is_heat_sensitive
        assert market.observed_minute == NOW


def test_live_offers_come_back(pairs: list[tuple[SimulatedProduct, Any]]) -> None:
    for product, market in pairs:
        if product.entry.kind.name == "e-book":
            continue
        seen, facts = seen_offers(product), product.economy.offers
        live = {(o.seller, o.condition_code, o.channel, o.landed_price) for o in market.live_offers}
        price = dict(zip(seen.offer.tolist(), seen.price.tolist(), strict=True))
        assert live == {
            (
                product.pool.id_of(int(facts.seller[offer])),
                int(facts.condition[offer]),
                Channel.FBA if facts.is_fba[offer] else Channel.FBM,
                float(price[offer] + facts.shipping[offer]),
            )
            for offer in seen.live[:100]
        }
        has_amazon = any(facts.seller[offer] == AMAZON for offer in seen.live)
        assert any(o.is_amazon for o in market.live_offers) == has_amazon


def test_box_holders_come_back(pairs: list[tuple[SimulatedProduct, Any]]) -> None:
    for product, market in pairs:
        minutes, sellers = product.observed.box_sellers
        assert np.array_equal(market.buy_box_sellers.minutes, minutes)
        assert list(market.buy_box_sellers.sellers) == [
            None if seller in ("-1", "-2") else seller for seller in sellers
        ]


def test_fees_follow_the_true_package(pairs: list[tuple[SimulatedProduct, Any]]) -> None:
    known = [m.fees for p, m in pairs if p.entry.kind.is_book and m.fees.fulfilment_cents]
    assert len(known) > 40
    assert all(fees.fulfilment_minute == NOW for fees in known)
    assert all(fees.closing_cents == 180 for fees in known)
    assert all(14.0 < fees.referral_percent < 16.0 for fees in known)
