"""Every recorded answer of Keepa: decoded to the last point, or refused with a reason.

The expectations are read from the raw JSON by the standard library's parser.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.envelope import decode_envelope
from arbitragevault.adapters.keepa.wire import decode_answer, decode_keepa
from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Condition, ProductType
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import Market, SeriesKind

pytestmark = pytest.mark.recorded

TRIPLETS = {7, *range(18, 30), 32}
WITHOUT_PRODUCTS = {
    "deal_d1_2025-04-25_145313.json": "deal request",
    "error_400_bad_key_2026-09.json": "an error answer .invalidParameter",
    "token_de_2026-05-30.json": "token status",
    "webhook_test_notification.json": "tracking notification",
    "deal_objects_300.jsonl": "not one whole JSON document",
    "0094753903_d1_2025-04-25_offers_only.json": "a list",
    "B0BJ9T911V_d1_2025-05-08_offers_only.json": "a list",
    "response_0316769487_4series.json": "has no ASIN",
}


def files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.json*")) if path.is_file())


def raw_products(path: Path) -> list[dict[str, Any]]:
    document = json.loads(path.read_bytes())
    products: list[dict[str, Any]] = document.get("products") or [document]
    return products


def complete(folder: Path) -> Iterator[tuple[dict[str, Any], Market]]:
    """Every whole product object beside its market."""
    paths = [*files(folder / "products"), *files(folder / "empty")]
    paths += [path for path in files(folder / "responses") if path.name.startswith("product")]
    assert paths
    for path in paths:
        yield from zip(raw_products(path), decode_keepa(path.read_bytes()), strict=True)


def test_every_file_decodes_or_is_refused_with_a_reason(recordings: Path) -> None:
    decoded = []
    reasons = []
    for path in files(recordings):
        try:
            decoded += decode_keepa(path.read_bytes())
        except PayloadError as error:
            reasons.append(error.message)
    assert len(decoded) >= 16
    assert len(reasons) >= len(WITHOUT_PRODUCTS)
    assert all(reason.endswith(".") and len(reason) > 40 for reason in reasons)


@pytest.mark.parametrize(("name", "reason"), WITHOUT_PRODUCTS.items())
def test_what_holds_no_product(recordings: Path, name: str, reason: str) -> None:
    (path,) = recordings.rglob(name)
    with pytest.raises(PayloadError, match=reason):
        decode_keepa(path.read_bytes())


def test_products_that_do_not_say_their_marketplace(recordings: Path) -> None:
    seen = 0
    for path in (recordings / "partial").glob("*_truncated.json"):
        product = json.loads(path.read_bytes())
        if "domainId" in product:
            continue
        with pytest.raises(PayloadError, match="domainId"):
            decode_keepa(path.read_bytes())
        (market,) = decode_keepa(path.read_bytes(), marketplace=US)
        assert market.product.asin == product["asin"]
        seen += 1
    assert seen


def test_a_product_that_was_cut_off_after_its_history(recordings: Path) -> None:
    path = recordings / "partial" / "1788976770_d1_truncated.json"
    (market,) = decode_keepa(path.read_bytes())
    assert len(market.history) == 18
    assert market.offers is not None
    assert all(len(offer.price) for offer in market.offers)


def test_every_point_of_every_series(recordings: Path) -> None:
    checked = 0
    for product, market in complete(recordings):
        kinds = set()
        for index, numbers in enumerate(product["csv"] or []):
            if not numbers:
                continue
            slot = schema.SLOTS[index]
            width = 3 if index in TRIPLETS else 2
            series = market.history[slot.kind]
            kinds.add(slot.kind)
            assert series.minutes.tolist() == numbers[::width], (product["asin"], index)
            raw = np.array(numbers[1::width], float)
            if index in TRIPLETS:
                shipping = np.array(numbers[2::width], float)
                expected = np.where(raw < 0, np.nan, raw + np.maximum(shipping, 0))
                np.testing.assert_array_equal(
                    market.shipping[slot.kind].values, np.where(shipping < 0, np.nan, shipping)
                )
            else:
                expected = raw if index == 15 else np.where(raw < 0, np.nan, raw)
            np.testing.assert_array_equal(series.values, expected)
            checked += len(series)
        assert {kind for kind in market.history if kind in schema.SLOT_BY_KIND} == kinds
    assert checked > 100_000


def test_ranks_monthly_sold_and_buy_box_holders(recordings: Path) -> None:
    for product, market in complete(recordings):
        ranks = {int(key): value for key, value in (product["salesRanks"] or {}).items()}
        assert {key: len(series) for key, series in market.category_ranks.items()} == {
            key: len(value) // 2 for key, value in ranks.items() if value
        }
        sold = product.get("monthlySoldHistory") or []
        assert market.series("monthly_sold").minutes.tolist() == sold[::2]
        holders = product.get("buyBoxSellerIdHistory")
        if holders is None:
            assert market.buy_box_sellers is None
        else:
            assert market.buy_box_sellers is not None
            assert market.buy_box_sellers.minutes.tolist() == [int(at) for at in holders[::2]]
            assert market.buy_box_sellers.sellers == tuple(
                None if seller in ("-1", "-2") else seller for seller in holders[1::2]
            )


def test_used_buy_boxes_coupons_and_rank_categories(recordings: Path) -> None:
    checked = 0
    for product, market in complete(recordings):
        listing = market.listing
        used = product.get("buyBoxUsedHistory")
        assert (listing.used_buy_box is None) is (used is None)
        if used is not None and listing.used_buy_box is not None:
            assert listing.used_buy_box.minutes.tolist() == [int(at) for at in used[::4]]
            assert listing.used_buy_box.sellers == tuple(seller or None for seller in used[1::4])
            grades = {"2": "used_like_new", "3": "used_very_good", "4": "used_good"}
            grades["5"] = "used_acceptable"
            assert listing.used_buy_box.conditions == tuple(map(grades.get, used[2::4]))
            shipped = {"1": "fba", "0": "fbm"}
            assert listing.used_buy_box.channels == tuple(map(shipped.get, used[3::4]))
            checked += len(used) // 4
        coupons = product.get("couponHistory")
        if coupons:
            amounts = market.history[SeriesKind.COUPON_AMOUNT]
            assert amounts.minutes.tolist() == coupons[::3]
            assert np.nansum(amounts.values) == sum(one for one in coupons[1::3] if one > 0)
            percents = market.history[SeriesKind.SUBSCRIBE_COUPON_PERCENT]
            assert np.nansum(percents.values) == -sum(one for one in coupons[2::3] if one < 0)
        ranks = product.get("salesRankReferenceHistory")
        if ranks and listing.rank_categories is not None:
            assert listing.rank_categories.minutes.tolist() == ranks[::2]
            expected = tuple(one if one > 0 else None for one in ranks[1::2])
            assert listing.rank_categories.categories == expected
        counts = product.get("buyBoxEligibleOfferCounts")
        if counts and listing.eligible_offers is not None:
            assert listing.eligible_offers.used_fbm == counts[3]
        told = [one["asin"] for one in product.get("variations") or []]
        assert [one.asin for one in listing.variations] == told
    assert checked > 1_000


def test_stock_histories_of_live_offers(recordings: Path) -> None:
    seen = 0
    for product, market in complete(recordings):
        raw = {one["offerId"]: one for one in product.get("offers") or []}
        for offer in market.live_offers or ():
            stock = raw[offer.offer_id].get("stockCSV") or []
            assert offer.stock_history.minutes.tolist() == stock[::2]
            assert offer.stock_history.values.tolist() == stock[1::2]
            seen += len(stock)
    assert seen


def test_current_values_equal_keepas_own(recordings: Path) -> None:
    compared = 0
    for product, market in complete(recordings):
        stats = product.get("stats") or {}
        for slot, told in zip(schema.SLOTS, stats.get("current") or [], strict=False):
            if slot.value is schema.ValueKind.LOG or slot.kind is SeriesKind.LIGHTNING_DEAL:
                continue
            ours = market.now(slot.kind)
            assert (told < 0 and np.isnan(ours)) or ours == told, (product["asin"], slot.name)
            compared += 1
    assert compared > 300


def test_offers(recordings: Path) -> None:
    conditions = {1: Condition.NEW, 2: Condition.LIKE_NEW, 3: Condition.VERY_GOOD}
    conditions |= {4: Condition.GOOD, 5: Condition.ACCEPTABLE}
    for product, market in complete(recordings):
        raw = product.get("offers")
        if raw is None:
            assert market.offers is None
            continue
        assert market.offers is not None
        live = product["liveOffersOrder"] or []
        assert len(market.offers) == len(raw)
        for index, (sent, offer) in enumerate(zip(raw, market.offers, strict=True)):
            assert offer.offer_id == sent["offerId"]
            assert offer.seller == sent["sellerId"]
            assert offer.condition is conditions.get(sent["condition"])
            assert offer.is_live is (index in live)
            assert offer.last_seen == sent["lastSeen"]
            assert offer.channel.value == ("fba" if sent["isFBA"] else "fbm")
            price, shipping = sent["offerCSV"][-2:]
            assert offer.landed_price == price + max(shipping, 0)
            assert offer.price.minutes.tolist() == sent["offerCSV"][::3]


def test_forty_one_live_offers_and_not_1210(recordings: Path) -> None:
    name = "0593655036_d1_2025-10-26_offers_stats.json"
    (market,) = decode_keepa((recordings / "products" / name).read_bytes())
    assert market.offers is not None
    assert market.live_offers is not None
    assert len(market.offers) == 1210
    assert len(market.live_offers) == 41
    assert {offer.last_seen for offer in market.live_offers} == {market.observed_minute}


def test_the_usual_price_is_not_the_average_of_the_price_changes(recordings: Path) -> None:
    name = "1292025824_d1_2025-08-25_offers.json"
    (market,) = decode_keepa((recordings / "products" / name).read_bytes())
    now = market.observed_minute
    new = market.series(SeriesKind.NEW)
    assert new.median(now - 365 * MINUTES_PER_DAY, now) == pytest.approx(8_900, abs=50)
    changes = new.values[(new.minutes >= now - 365 * MINUTES_PER_DAY) & ~np.isnan(new.values)]
    assert np.median(changes) == pytest.approx(6_100, abs=150)


def test_unknown_asins(recordings: Path) -> None:
    for path in files(recordings / "empty"):
        (market,) = decode_keepa(path.read_bytes())
        assert market.product.type is ProductType.INVALID
        assert market.product.title is None
        assert market.product.root_category is None
        assert market.history == {}
        assert market.current == {}
        assert market.amazon_available is None


def test_without_history(recordings: Path) -> None:
    name = "B07FZ8S74R_d1_2025-10-26_nohistory_stats.json"
    (market,) = decode_keepa((recordings / "products" / name).read_bytes())
    told = raw_products(recordings / "products" / name)[0]["stats"]["current"]
    assert market.history == {}
    assert market.current == {
        slot.kind: value for slot, value in zip(schema.SLOTS, told, strict=False) if value >= 0
    }


def test_envelopes(recordings: Path) -> None:
    responses = recordings / "responses"
    answer = decode_answer((responses / "product_0593655036_d1_2025-10-14_stats.json").read_bytes())
    assert answer.envelope.tokens_left == 1199
    assert answer.envelope.refill_rate == 20
    assert answer.envelope.refill_in_ms == 55_621
    assert answer.envelope.processing_ms == 621
    assert answer.markets[0].retrieved_minute == 7_776_155
    deals = decode_envelope((responses / "deal_d1_2025-04-25_145313.json").read_bytes())
    assert (deals.tokens_left, deals.tokens_consumed) == (295, 5)
    refused = decode_envelope(
        (recordings / "other" / "error_400_bad_key_2026-09.json").read_bytes()
    )
    assert refused.error is not None
    assert refused.error.type == "invalidParameter"
    assert refused.error.message == schema.BAD_KEY_MESSAGE
    status = decode_envelope((recordings / "other" / "token_de_2026-05-30.json").read_bytes())
    assert status.tokens_left == 1200


def test_both_schemas(recordings: Path) -> None:
    responses = recordings / "responses"
    (old,) = decode_keepa((responses / "product_0593655036_d1_2025-10-14_stats.json").read_bytes())
    (new,) = decode_keepa((responses / "product_B0F7XPYCSJ_d1_2026-05-10_full.json").read_bytes())
    assert SeriesKind.COUNT_NEW_FBA not in old.history
    assert len(new.series(SeriesKind.COUNT_NEW_FBA))
    assert old.product.image is not None
    assert new.product.image is not None
    assert old.product.rank_category == 283155
    assert new.product.rank_category is None
