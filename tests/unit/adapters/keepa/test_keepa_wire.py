"""From bytes to markets: every trap of Keepa's format, one at a time."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pytest
import simdjson

from arbitragevault.adapters.keepa.envelope import decode_envelope
from arbitragevault.adapters.keepa.wire import decode_answer, decode_keepa
from arbitragevault.domain.catalog.marketplace import MARKETPLACES, US
from arbitragevault.domain.catalog.product import Category, PackageSize, ProductType
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.market import KeepaFees, Market, SeriesKind

Maker = Callable[..., dict[str, Any]]
UPDATED = 8_000_000


@pytest.fixture
def decoded(make_product: Maker) -> Callable[..., Market]:
    def decode(**fields: Any) -> Market:  # noqa: ANN401 - JSON
        (market,) = decode_keepa(orjson.dumps(make_product(**fields)))
        return market

    return decode


def csv_with(make_product: Maker, slot: int, points: object) -> list[Any]:
    csv: list[Any] = make_product()["csv"]
    csv[slot] = points
    return csv


class TestSeries:
    def test_pairs(self, decoded: Callable[..., Market]) -> None:
        new = decoded().series(SeriesKind.NEW)
        assert new.minutes.tolist() == [7_000_000, 7_500_000, 7_900_000]
        np.testing.assert_array_equal(new.values, [2400, np.nan, 2300])

    def test_triplets_become_landed_prices_and_a_negative_shipping_is_never_added(
        self, decoded: Callable[..., Market]
    ) -> None:
        market = decoded()
        np.testing.assert_array_equal(market.series("buy_box").values, [2699, np.nan, 2400])
        np.testing.assert_array_equal(
            market.shipping[SeriesKind.BUY_BOX].values, [399, np.nan, np.nan]
        )
        assert SeriesKind.NEW not in market.shipping

    def test_no_offers_is_not_zero_offers_sold(self, decoded: Callable[..., Market]) -> None:
        np.testing.assert_array_equal(decoded().series("count_new").values, [4, np.nan, 3])

    def test_the_log_of_updates_keeps_its_sign(
        self, decoded: Callable[..., Market], make_product: Maker
    ) -> None:
        csv = csv_with(make_product, 15, [7_000_000, -41, 7_000_010, -1, 7_000_020, 12])
        assert decoded(csv=csv).series("offer_updates").values.tolist() == [-41, -1, 12]

    def test_slots_that_were_not_collected_are_absent(
        self, decoded: Callable[..., Market], make_product: Maker
    ) -> None:
        market = decoded(csv=csv_with(make_product, 2, []))
        assert SeriesKind.USED not in market.history
        assert np.isnan(market.now("used"))

    @pytest.mark.parametrize("slots", [34, 36, 40])
    def test_any_number_of_slots(
        self, decoded: Callable[..., Market], make_product: Maker, slots: int
    ) -> None:
        csv = (make_product()["csv"] + [[7_000_000, 1]] * 4)[:slots]
        market = decoded(csv=csv)
        assert (SeriesKind.COUNT_NEW_FBA in market.history) is (slots > 34)
        assert market.now("new") == 2300

    def test_points_in_any_order_and_twice(
        self, decoded: Callable[..., Market], make_product: Maker
    ) -> None:
        csv = csv_with(make_product, 1, [7_500_000, 5, 7_000_000, 4, 7_500_000, 6])
        new = decoded(csv=csv).series("new")
        assert new.minutes.tolist() == [7_000_000, 7_500_000]
        assert new.values.tolist() == [4, 6]

    def test_impossible_minutes_are_dropped(
        self, decoded: Callable[..., Market], make_product: Maker
    ) -> None:
        csv = csv_with(make_product, 1, [-5, 1, 7_000_000, 2, UPDATED + 10_000, 3, 2**40, 4])
        assert decoded(csv=csv).series("new").values.tolist() == [2]

    def test_an_incomplete_last_point_is_dropped(
        self, decoded: Callable[..., Market], make_product: Maker
    ) -> None:
        csv = csv_with(make_product, 1, [7_000_000, 2, 7_100_000])
        assert decoded(csv=csv).series("new").values.tolist() == [2]
        csv = csv_with(make_product, 18, [7_000_000, 2, 0, 7_100_000, 5])
        assert decoded(csv=csv).series("buy_box").values.tolist() == [2]

    def test_a_lightning_deal_ends_in_the_future(
        self, decoded: Callable[..., Market], make_product: Maker
    ) -> None:
        csv = csv_with(make_product, 8, [7_999_000, 1999, UPDATED + 5_000, -1])
        market = decoded(csv=csv)
        assert market.series("lightning_deal").minutes.tolist() == [7_999_000, UPDATED + 5_000]
        assert market.now("lightning_deal") == 1999
        assert market.observed_minute == UPDATED

    def test_offers_collected_after_the_last_update_belong_to_the_market(
        self, decoded: Callable[..., Market], make_product: Maker
    ) -> None:
        csv = csv_with(make_product, 18, [7_000_000, 2300, 0, UPDATED + 40, 2200, 0])
        market = decoded(csv=csv)
        assert market.observed_minute == UPDATED + 40
        assert market.now("buy_box") == 2200

    def test_monthly_sold(self, decoded: Callable[..., Market]) -> None:
        market = decoded(monthlySoldHistory=[7_000_000, 50, 7_100_000, -1], monthlySold=200)
        np.testing.assert_array_equal(market.series("monthly_sold").values, [50, np.nan])
        assert SeriesKind.MONTHLY_SOLD not in market.current
        assert decoded(monthlySold=200).now("monthly_sold") == 200

    def test_ranks_by_category_with_ids_sent_as_text(
        self, decoded: Callable[..., Market], make_product: Maker
    ) -> None:
        large = 9_223_372_036_854_775_807
        ranks = {"283155": [7_000_000, 5], str(large): [7_000_000, -1], "28": None}
        market = decoded(salesRanks=ranks, csv=csv_with(make_product, 3, None))
        assert set(market.category_ranks) == {283155, large}
        assert np.isnan(market.category_ranks[large].values).all()
        assert market.now("sales_rank") == 5

    def test_a_rank_of_a_subcategory_is_never_the_rank(
        self, decoded: Callable[..., Market], make_product: Maker
    ) -> None:
        csv = csv_with(make_product, 3, None)
        for reference in (283155, -1, -2, None):
            market = decoded(
                csv=csv, salesRanks={"28": [7_000_000, 5]}, salesRankReference=reference
            )
            assert np.isnan(market.now("sales_rank"))

    @pytest.mark.parametrize(
        "points",
        [5, "5", {"a": 1}, [1, 2.5], [1, None], [1, "2"], [[1, 2], [3, 4]], [1, 2**64 - 1]],
    )
    @pytest.mark.parametrize("slot", [1, 8, 18])
    def test_slots_of_another_form_are_refused(
        self, decoded: Callable[..., Market], make_product: Maker, slot: int, points: object
    ) -> None:
        with pytest.raises(PayloadError, match="ask Keepa again"):
            decoded(csv=csv_with(make_product, slot, points))

    def test_fields_of_another_form_are_refused(self, decoded: Callable[..., Market]) -> None:
        broken: list[dict[str, Any]] = [
            {"csv": "none"},
            {"csv": 5},
            {"salesRanks": []},
            {"salesRanks": {"books": [1, 2]}},
            {"monthlySoldHistory": {"1": 2}},
            {"stats": []},
            {"offers": {}},
        ]
        for fields in broken:
            with pytest.raises(PayloadError):
                decoded(**fields)


class TestWithoutHistory:
    def test_values_in_force_come_from_the_stats(self, decoded: Callable[..., Market]) -> None:
        current = [2500, 2400, -1, 150_000, -2, -1, -1, -1, -1, -1, -1, 3, -1, -1, -1, -14]
        market = decoded(csv=None, salesRanks=None, stats={"current": current})
        assert market.history == {}
        assert market.current == {
            SeriesKind.AMAZON: 2500,
            SeriesKind.NEW: 2400,
            SeriesKind.SALES_RANK: 150_000,
            SeriesKind.COUNT_NEW: 3,
        }
        assert market.now("new") == 2400
        assert np.isnan(market.now("used"))

    def test_stats_do_not_overrule_the_history(self, decoded: Callable[..., Market]) -> None:
        market = decoded(stats={"current": [9, 9, 9, 9]})
        assert market.current == {SeriesKind.USED: 9}
        assert market.now("new") == 2300

    @pytest.mark.parametrize("current", [None, 5, "x", ["a", None, {}, True]])
    def test_stats_of_another_form_say_nothing(
        self, decoded: Callable[..., Market], current: object
    ) -> None:
        assert decoded(csv=None, stats={"current": current}).current == {}


class TestProduct:
    def test_facts(self, decoded: Callable[..., Market]) -> None:
        product = decoded().product
        assert product.key == ("US", "0593655036")
        assert product.title == "The Made Book & its Sequel"
        assert product.root_category == Category(283155, "Books")
        assert product.category_path == (Category(283155, "Books"), Category(28, "Teens"))
        assert product.package == PackageSize((236, 160, 32), 599)
        assert product.eans == ("9780593655030",)
        assert product.rank_category == 283155

    @pytest.mark.parametrize("missing", [..., None, -1, 0, "", [], {}, True, "x"])
    def test_unknown_is_none_however_it_is_said(
        self, decoded: Callable[..., Market], missing: object
    ) -> None:
        names = [
            "packageLength",
            "packageWeight",
            "itemHeight",
            "itemWeight",
            "numberOfPages",
            "packageQuantity",
            "publicationDate",
            "salesRankReference",
            "parentAsin",
            "categoryTree",
            "rootCategory",
            "variations",
            "variationCSV",
            "imagesCSV",
            "eanList",
            "hazardousMaterials",
            "contributors",
        ]
        product = decoded(**dict.fromkeys(names, missing)).product
        assert product.package == PackageSize(None, None)
        assert product.item == PackageSize(None, None)
        assert product.number_of_pages is None
        assert product.items_per_package is None
        assert product.publication_date is None
        assert product.rank_category is None
        assert product.root_category is None
        assert product.category_path == ()
        assert product.eans == ()
        assert product.is_hazmat in ((False,) if missing == [] else (None,))

    def test_two_sides_are_no_measure(self, decoded: Callable[..., Market]) -> None:
        assert decoded(packageHeight=0).product.package == PackageSize(None, 599)

    @pytest.mark.parametrize(
        ("sent", "shown"), [(2024, "2024"), (202403, "2024-03"), (20240326, "2024-03-26")]
    )
    def test_publication_date(self, decoded: Callable[..., Market], sent: int, shown: str) -> None:
        assert decoded(publicationDate=sent).product.publication_date == shown

    def test_root_category(self, decoded: Callable[..., Market]) -> None:
        assert decoded(rootCategory=5).product.root_category == Category(5, "5")
        for unknown in (0, 2**63 - 1, None):
            assert decoded(rootCategory=unknown).product.root_category == Category(283155, "Books")

    @pytest.mark.parametrize(
        ("fields", "image"),
        [
            ({"imagesCSV": "51a.jpg,51b.jpg"}, "51a.jpg"),
            ({"images": [{"l": "71l.jpg", "m": "31m.jpg"}]}, "71l.jpg"),
            ({"images": [{"m": "31m.jpg"}]}, "31m.jpg"),
            (
                {"images": [{"l": "2.jpg", "variant": "PT01"}, {"l": "1.jpg", "variant": "MAIN"}]},
                "1.jpg",
            ),
            ({"images": [{}], "imagesCSV": "51a.jpg"}, "51a.jpg"),
            ({"images": "?"}, None),
        ],
    )
    def test_image_of_both_schemas(
        self, decoded: Callable[..., Market], fields: dict[str, Any], image: str | None
    ) -> None:
        assert decoded(**fields).product.image == image

    @pytest.mark.parametrize(
        "fields",
        [
            {"variationCSV": "B000000001,0593655036,B000000002"},
            {
                "variations": [
                    {"asin": "B000000001"},
                    {"asin": "0593655036"},
                    {"asin": "B000000002"},
                ]
            },
            {"variations": [{"asin": "B000000001"}, 5, {"asin": "B000000002"}, {"asin": None}]},
        ],
    )
    def test_siblings_of_both_schemas(
        self, decoded: Callable[..., Market], fields: dict[str, Any]
    ) -> None:
        assert decoded(**fields).product.variation_asins == ("B000000001", "B000000002")

    def test_author_group_and_type_of_both_schemas(self, decoded: Callable[..., Market]) -> None:
        old = decoded(author="Ann Old", productGroup="Book", type="ABIS_BOOK").product
        assert (old.author, old.product_group, old.item_type) == ("Ann Old", "Book", "ABIS_BOOK")
        new = decoded(
            contributors=[["Bo New", "Author"], ["Cy", "Illustrator"], ["Di", "Author"], ["X"], 5],
            websiteDisplayGroupName="Book",
        ).product
        assert (new.author, new.product_group) == ("Bo New, Di", "Book")

    @pytest.mark.parametrize(
        ("materials", "expected"),
        [
            ([{"aspect": "transport", "value": "flammable"}], True),
            ([{"aspect": "dg", "value": "not_applicable"}], False),
            ([{"aspect": "dg", "value": "Not Applicable"}, {"aspect": "x", "value": "GHS"}], True),
            ([], False),
        ],
    )
    def test_hazards(
        self, decoded: Callable[..., Market], materials: object, *, expected: bool
    ) -> None:
        assert decoded(hazardousMaterials=materials).product.is_hazmat is expected

    def test_flags(self, decoded: Callable[..., Market]) -> None:
        product = decoded(isAdultProduct=False, isHeatSensitive=True).product
        assert (product.is_adult, product.is_heat_sensitive) == (False, True)
        assert decoded().product.is_heat_sensitive is None

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            (0, ProductType.STANDARD),
            (1, ProductType.DOWNLOADABLE),
            (5, ProductType.VARIATION_PARENT),
            (99, ProductType.INACCESSIBLE),
            (None, ProductType.STANDARD),
        ],
    )
    def test_type(
        self, decoded: Callable[..., Market], code: int | None, kind: ProductType
    ) -> None:
        assert decoded(productType=code).product.type is kind

    def test_an_unknown_asin_is_a_market_of_which_nothing_is_known(
        self, decoded: Callable[..., Market]
    ) -> None:
        market = decoded(
            productType=4,
            title=None,
            csv=[None] * 34,
            salesRanks=None,
            rootCategory=0,
            categoryTree=None,
            availabilityAmazon=-1,
            fbaFees=None,
            referralFeePercentage=...,
            variableClosingFee=...,
        )
        assert market.product.type is ProductType.INVALID
        assert market.history == {}
        assert market.current == {}
        assert market.amazon_available is None
        assert market.fees == KeepaFees()

    def test_unknown_fields_are_ignored(self, decoded: Callable[..., Market]) -> None:
        assert decoded(g=5, scent=["rose"], new2027={"a": [1]}) == decoded()

    def test_yen_are_whole(self, make_product: Maker) -> None:
        (market,) = decode_keepa(orjson.dumps(make_product(domainId=5)))
        assert market.product.marketplace is MARKETPLACES["JP"]
        assert market.now("new") == 2300


class TestFees:
    def test_figures(self, decoded: Callable[..., Market]) -> None:
        assert decoded().fees == KeepaFees(568, 7_990_000, 14.97, 180)

    def test_the_whole_percentage_of_older_answers(self, decoded: Callable[..., Market]) -> None:
        fees = decoded(referralFeePercentage=..., referralFeePercent=15).fees
        assert fees.referral_percent == 15

    def test_no_closing_fee_is_known_to_be_none(self, decoded: Callable[..., Market]) -> None:
        assert decoded(variableClosingFee=0).fees.closing_cents == 0
        assert decoded(variableClosingFee=-1).fees.closing_cents is None

    @pytest.mark.parametrize("sent", [None, {}, {"pickAndPackFee": -1}, 5])
    def test_unknown(self, decoded: Callable[..., Market], sent: object) -> None:
        fees = decoded(fbaFees=sent, referralFeePercentage=-1).fees
        assert fees == KeepaFees(closing_cents=180)


class TestAmazon:
    @pytest.mark.parametrize(
        ("code", "expected"), [(-1, False), (0, True), (1, True), (3, True), (4, True)]
    )
    def test_said(self, decoded: Callable[..., Market], code: int, *, expected: bool) -> None:
        assert decoded(availabilityAmazon=code).amazon_available is expected

    @pytest.mark.parametrize("code", [None, 2, "?", 77])
    def test_seen(self, decoded: Callable[..., Market], make_product: Maker, code: object) -> None:
        gone = decoded(availabilityAmazon=code)
        assert gone.amazon_available is False
        csv = csv_with(make_product, 0, [7_000_000, 2500])
        assert decoded(availabilityAmazon=code, csv=csv).amazon_available is True
        csv = csv_with(make_product, 0, None)
        won = {"buyBoxIsAmazon": True}
        assert decoded(availabilityAmazon=code, csv=csv, stats=won).amazon_available is True
        lost = {"buyBoxIsAmazon": False}
        assert decoded(availabilityAmazon=code, csv=csv, stats=lost).amazon_available is None
        assert decoded(availabilityAmazon=code, csv=csv, stats=None).amazon_available is None


class TestAnswer:
    def test_envelope_and_instants(self, make_product: Maker, make_envelope: Maker) -> None:
        raw = orjson.dumps(make_envelope() | {"products": [make_product()]})
        answer = decode_answer(raw)
        assert answer.envelope.tokens_left == 299
        assert answer.envelope.refill_in_ms == 30_000
        assert answer.envelope.error is None
        market = answer.by_asin()["0593655036"]
        assert market.observed_minute == UPDATED
        assert market.retrieved_minute == UPDATED + 2

    def test_a_bare_product_has_no_instant_of_retrieval(
        self, decoded: Callable[..., Market]
    ) -> None:
        assert decoded().retrieved_minute is None

    def test_no_products(self, make_envelope: Maker) -> None:
        nothing: tuple[object, ...] = ([], None)
        for products in nothing:
            raw = orjson.dumps(make_envelope() | {"products": products})
            assert decode_keepa(raw) == []
        assert decode_answer(orjson.dumps(make_envelope())).markets == ()

    def test_one_broken_product_does_not_take_the_others_with_it(
        self, make_product: Maker, make_envelope: Maker
    ) -> None:
        broken = make_product(asin="B000000001", csv=[5])
        nameless = make_product(asin=None)
        raw = orjson.dumps(make_envelope() | {"products": [broken, nameless, make_product()]})
        answer = decode_answer(raw)
        assert [market.product.asin for market in answer.markets] == ["0593655036"]
        assert [refused.asin for refused in answer.refused] == ["B000000001", None]
        with pytest.raises(PayloadError, match="csv slot 0"):
            decode_keepa(raw)

    def test_marketplace(self, make_product: Maker) -> None:
        raw = orjson.dumps(make_product(domainId=...))
        with pytest.raises(PayloadError, match="does not say its marketplace"):
            decode_keepa(raw)
        assert decode_keepa(raw, marketplace=US)[0].product.marketplace is US
        with pytest.raises(PayloadError, match="domain 7 is not a supported"):
            decode_keepa(orjson.dumps(make_product(domainId=7)))

    def test_without_a_date_the_newest_point_is_the_observation(
        self, decoded: Callable[..., Market]
    ) -> None:
        assert decoded(lastUpdate=...).observed_minute == 7_950_000
        with pytest.raises(PayloadError, match="neither a date nor a history"):
            decoded(lastUpdate=None, csv=None, salesRanks=None)

    def test_without_any_date_the_time_of_the_answer(
        self, make_product: Maker, make_envelope: Maker
    ) -> None:
        bare = make_product(lastUpdate=0, csv=None, salesRanks=None)
        raw = orjson.dumps(make_envelope() | {"products": [bare]})
        assert decode_keepa(raw)[0].observed_minute == UPDATED + 2

    @pytest.mark.parametrize(
        ("document", "message"),
        [
            ({"error": {"type": "invalidParameter", "message": "No."}}, "invalidParameter: No."),
            ({"error": "broken"}, "an error answer .broken."),
            ({"error": {}}, "an error answer .no reason."),
            ({"deals": {"dr": []}}, "deal request"),
            ({"tokensLeft": 5}, "token status"),
            ({"asinList": []}, "product search"),
            ({"categories": {}}, "category request"),
            ({"sellers": {}}, "seller request"),
            ({"asin": "B000000001", "trackingNotificationCause": 1}, "tracking notification"),
            ({"asin": "B000000001", "delta": []}, "deal object"),
            ({"current": [], "avg": []}, "stats of a product"),
            ({"b": 1, "a": 2}, "fields a, b"),
            ({}, "fields none"),
            ([{"offerId": 1}], "a list"),
            (5, "a single value"),
            ({"products": {}}, "products is no list"),
            ({"products": [5]}, "no object"),
        ],
    )
    def test_other_documents_are_named(self, document: object, message: str) -> None:
        with pytest.raises(PayloadError, match=message):
            decode_keepa(orjson.dumps(document))

    @pytest.mark.parametrize("raw", [b"", b"  ", b"<html>", b'{"a": 1} {"b": 2}', b"\xff\xfe{}"])
    def test_no_json(self, raw: bytes) -> None:
        with pytest.raises(PayloadError, match=r"[Aa]sk Keepa"):
            decode_keepa(raw)

    def test_an_answer_that_breaks_off_anywhere(
        self, make_product: Maker, make_envelope: Maker
    ) -> None:
        raw = orjson.dumps(make_envelope() | {"products": [make_product()]})
        for end in range(0, len(raw), 7):
            with pytest.raises(PayloadError):
                decode_keepa(raw[:end])

    def test_nothing_that_is_handed_on_keeps_the_parser(
        self, make_product: Maker, make_offer: Maker
    ) -> None:
        offers = [make_offer(), make_offer(stockCSV=[7_900_000, 3])]
        markets = decode_keepa(orjson.dumps(make_product(offers=offers, liveOffersOrder=[1])))
        gc.collect()
        kept = [
            thing
            for thing in gc.get_objects()
            if isinstance(thing, simdjson.Object | simdjson.Array)
        ]
        assert markets
        assert kept == []


class TestEnvelope:
    def test_of_a_bad_key(self) -> None:
        raw = (
            b'{"error":{"details":"","message":"You used an invalid parameter for this API call.",'
            b'"type":"invalidParameter"},"refillRate":0,"tokenFlowReduction":0.0,"tokensLeft":0}'
        )
        envelope = decode_envelope(raw)
        assert envelope.error is not None
        assert envelope.error.type == "invalidParameter"
        assert envelope.error.details is None
        assert envelope.refill_rate == 0
        assert envelope.minute is None

    def test_values_of_another_type_count_as_absent(self) -> None:
        envelope = decode_envelope(b'{"tokensLeft":"5","refillRate":true,"tokenFlowReduction":"x"}')
        assert envelope.tokens_left is None
        assert envelope.refill_rate is None
        assert envelope.token_flow_reduction is None
        assert decode_envelope(b'{"tokensLeft":5.0,"refillIn":5.5}').tokens_left == 5
