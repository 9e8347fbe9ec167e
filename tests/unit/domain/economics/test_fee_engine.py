from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from importlib.resources import files
from itertools import permutations
from typing import Final

import pytest

from arbitragevault.domain.catalog.marketplace import MARKETPLACES, US
from arbitragevault.domain.catalog.product import (
    Category,
    Channel,
    PackageSize,
    Product,
    ProductType,
)
from arbitragevault.domain.economics.fees.engine import (
    FeeAssumptions,
    FeeBreakdown,
    FeeClass,
    FeeCode,
    FulfilmentObservation,
    InboundPlacement,
    Measures,
    SellingPlan,
    calibrate,
    category_named,
    fees,
    media_shipping_credit,
    proceeds_curve,
)
from arbitragevault.domain.economics.fees.rate_card import (
    RateCards,
    parse_sections,
    parse_sources,
    rate_cards,
)
from arbitragevault.domain.errors import InvalidInputError, MoneyError
from arbitragevault.domain.money import Money

BOOKS: Final = Category(283155, "Books")
HOME: Final = Category(1055398, "Home & Kitchen")
CLOTHING: Final = Category(7141123011, "Clothing, Shoes & Jewelry")
MARCH: Final = date(2026, 3, 2)
AUTUMN: Final = date(2026, 11, 22)

BOOK: Final = Product(
    US, "0593655036", root_category=BOOKS, package=PackageSize((244, 166, 36), 599)
)


def cost(  # noqa: PLR0917 - a table of cases reads better without names
    product: Product,
    cents: int,
    on: date = MARCH,
    assumptions: FeeAssumptions = FeeAssumptions(),  # noqa: B008 - frozen
    channel: Channel = Channel.FBA,
    observation: FulfilmentObservation | None = None,
) -> FeeBreakdown:
    return fees(product, Money(cents, "USD"), on, channel, assumptions, observation=observation)


def amounts(breakdown: FeeBreakdown) -> dict[str, int | None]:
    return {line.code.value: line.amount_cents for line in breakdown.lines}


def test_a_book_pays_referral_closing_fulfilment_and_surcharge() -> None:
    found = cost(BOOK, 2499, AUTUMN)
    assert amounts(found) == {
        "referral": 375,
        "closing": 180,
        "fulfilment": 573,
        "fulfilment_surcharge": 20,
    }
    assert found.total_cents == 1148
    assert found.net_proceeds_cents == 2499 - 1148
    assert found.rate_card == "us_2026_peak+us_fuel_2026+us_referral_2024"
    assert found.size_tier == "large_standard"
    assert found.fee_category == "books"
    fulfilment = found.line(FeeCode.FULFILMENT)
    assert fulfilment is not None
    assert fulfilment.rule == "us_2026_peak"
    assert fulfilment.inputs["row"] == "up to 24 oz"
    assert fulfilment.inputs["price_band"] == "10_to_50"
    assert found.line(FeeCode.OVERMAX) is None


@pytest.mark.parametrize(
    ("day", "total", "rules"),
    [
        (date(2024, 6, 1), 1092, ["us_referral_2024/books", "us_closing_2017", "us_2025_nonpeak"]),
        (date(2025, 6, 1), 1092, ["us_referral_2024/books", "us_closing_2017", "us_2025_nonpeak"]),
        (date(2026, 3, 1), 1097, ["us_referral_2024/books", "us_closing_2017", "us_2026_nonpeak"]),
        (
            date(2026, 11, 1),
            1148,
            ["us_referral_2024/books", "us_closing_2017", "us_2026_peak", "us_fuel_2026"],
        ),
    ],
)
def test_a_past_day_can_be_replayed(day: date, total: int, rules: list[str]) -> None:
    found = cost(BOOK, 2499, day)
    assert found.total_cents == total
    assert [line.rule for line in found.lines] == rules


def test_the_order_of_the_sides_changes_nothing() -> None:
    found = {
        cost(replace(BOOK, package=PackageSize((a, b, c), 599)), 2499).total_cents
        for a, b, c in permutations((244, 166, 36))
    }
    assert found == {1097}


def test_the_individual_plan_pays_per_item() -> None:
    individual = FeeAssumptions(plan=SellingPlan.INDIVIDUAL)
    assert amounts(cost(BOOK, 2499, MARCH, individual))["per_item"] == 99
    early = cost(BOOK, 2499, date(2018, 1, 1), individual, Channel.FBM)
    assert early.unknown_reasons[0] == "no selling_plan rate card for US on 2018-01-01"


@pytest.mark.parametrize(
    ("package", "reason"),
    [
        (PackageSize(None, None), "the package's size and weight are not known"),
        (PackageSize((244, 166, 36), None), "the package's weight is not known"),
        (PackageSize(None, 599), "the package's size is not known"),
        (PackageSize((4000, 300, 300), 5000), "a package 4 m long is not believable"),
    ],
)
def test_an_unknown_package_makes_fulfilment_unknown_never_zero(
    package: PackageSize, reason: str
) -> None:
    lamp = Product(US, "B000000001", root_category=HOME, package=package)
    found = cost(lamp, 2499)
    assert amounts(found) == {"referral": 375, "fulfilment": None}
    assert found.total_cents is None
    assert found.net_proceeds_cents is None
    assert found.size_tier is None
    assert found.unknown_reasons == (reason,)


@pytest.mark.parametrize(
    "package",
    [PackageSize(None, None), PackageSize((244, 166, 36), 3), PackageSize((244, 166, 36), None)],
)
def test_the_measures_of_a_book_itself_fill_in_for_its_package(package: PackageSize) -> None:
    book = replace(BOOK, package=package, item=PackageSize((240, 160, 35), 590))
    line = cost(book, 2499).line(FeeCode.FULFILMENT)
    assert line is not None
    assert line.amount_cents == 542
    assert line.inputs["measures"] == "item"


def test_a_book_that_is_absurd_in_every_way_stays_unknown() -> None:
    book = replace(BOOK, package=PackageSize((244, 166, 36), 3), item=PackageSize(None, 3))
    assert cost(book, 2499).unknown_reasons == ("a book of 3 g is not believable",)


def test_an_observation_serves_where_ours_is_unknown_in_its_own_period_and_band() -> None:
    book = replace(BOOK, package=PackageSize(None, None))
    seen = FulfilmentObservation(593, date(2026, 11, 1), 1999)
    found = cost(book, 2499, AUTUMN, observation=seen)
    assert amounts(found) == {"referral": 375, "closing": 180, "fulfilment": 593}
    line = found.line(FeeCode.FULFILMENT)
    assert line is not None
    assert line.rule == "observed/us_2026_peak"
    assert line.inputs["observed_on"] == "2026-11-01"
    assert cost(book, 999, AUTUMN, observation=seen).total_cents is None
    assert cost(book, 2499, date(2026, 10, 14), observation=seen).total_cents is None
    priceless = replace(seen, price_cents=None)
    assert cost(book, 2499, AUTUMN, observation=priceless).total_cents is None
    # The same card, but before the surcharge.
    early = FulfilmentObservation(542, date(2026, 3, 1), 1999)
    assert cost(book, 2499, date(2026, 4, 17), observation=early).total_cents is None
    assert cost(book, 2499, date(2026, 4, 16), observation=early).total_cents == 375 + 180 + 542


def test_an_observed_fee_is_whole() -> None:
    boots = replace(
        BOOK,
        root_category=CLOTHING,
        category_path=(CLOTHING, Category(679255011, "Boots")),
        package=PackageSize((610, 190, 152), 3600),
    )
    seen = FulfilmentObservation(1021, date(2026, 3, 1), 6000)
    found = cost(boots, 6000, observation=seen)
    assert amounts(found) == {"referral": 900, "fulfilment": 1021}


def test_an_observation_never_replaces_ours_but_is_shown() -> None:
    seen = FulfilmentObservation(560, date(2025, 10, 26), 1523)
    found = cost(BOOK, 1523, date(2025, 10, 26), observation=seen)
    assert amounts(found)["fulfilment"] == 568
    assert found.calibration is not None
    assert found.calibration.difference_cents == -8
    assert found.calibration.ours_cents == 568


@pytest.mark.parametrize(
    ("cents", "causes"),
    [
        (537, ()),
        (528, ("own packaging",)),
        (548, ("lithium battery",)),
        (539, ("own packaging and lithium battery",)),
        (597, ("dangerous goods card",)),
        (590, ("apparel card",)),
        (500, ()),
    ],
)
def test_a_difference_is_explained_by_what_would_make_it_vanish(
    cents: int, causes: tuple[str, ...]
) -> None:
    seen = FulfilmentObservation(cents, date(2025, 6, 1), 1523)
    found = calibrate(BOOK, seen)
    assert found.ours_cents == 537
    assert found.difference_cents == cents - 537
    assert found.causes == causes


@pytest.mark.parametrize(
    ("cents", "on", "cause"),
    [
        (460, date(2026, 3, 2), "price band"),
        (537, date(2026, 1, 20), "rate card in force until 2025-10-14"),
        (561, date(2026, 4, 14), "rate card in force from 2026-04-17"),
        (360, date(2025, 6, 1), "size tier small_standard"),
    ],
)
def test_a_thorough_look_names_band_period_and_tier(cents: int, on: date, cause: str) -> None:
    book = BOOK if cents != 360 else replace(BOOK, package=PackageSize((236, 160, 32), 390))
    found = calibrate(book, FulfilmentObservation(cents, on, 1523), is_thorough=True)
    assert found.difference_cents != 0
    assert cause in found.causes


def test_ours_is_unknown_for_an_observation_without_a_price_or_a_card() -> None:
    assert calibrate(BOOK, FulfilmentObservation(537, date(2025, 6, 1), None)).ours_cents is None
    nowhere = calibrate(BOOK, FulfilmentObservation(537, date(2020, 6, 1), 2000))
    assert nowhere.ours_cents is None
    assert nowhere.difference_cents is None
    unmeasured = replace(BOOK, package=PackageSize(None, None))
    seen = FulfilmentObservation(537, date(2025, 6, 1), None)
    assert calibrate(unmeasured, seen).ours_cents is None
    assert fees(BOOK, Money(99, "USD"), MARCH, Channel.FBM, observation=seen).calibration is None


def test_marketplaces_and_days_without_a_card_are_unknown() -> None:
    indian = Product(MARKETPLACES["IN"], "3000000000", root_category=Category(976389031, "Books"))
    found = fees(indian, Money(2000, "INR"), MARCH, Channel.FBA)
    assert amounts(found) == {"referral": None, "fulfilment": None}
    assert found.unknown_reasons == ("no rate card for IN on 2026-03-02",)
    assert found.rate_card is None
    late = cost(BOOK, 2000, date(2027, 1, 15))
    assert late.unknown_reasons == ("no rate card for US on 2027-01-15",)
    early = cost(BOOK, 2000, date(2016, 1, 1))
    assert amounts(early) == {"referral": None, "closing": None, "fulfilment": None}
    named = fees(
        indian, Money(2000, "INR"), MARCH, Channel.FBM, FeeAssumptions(fee_category="books")
    )
    assert named.unknown_reasons[0] == "no rate card for IN on 2026-03-02"


def test_media_were_charged_15_percent_before_the_table_of_2024() -> None:
    given = FeeAssumptions(fbm_shipping_cents=300)
    assert cost(BOOK, 1000, date(2019, 6, 1), given, Channel.FBM).total_cents == 150 + 180 + 300
    home = replace(BOOK, root_category=HOME)
    missing = cost(home, 1000, date(2019, 6, 1), given, Channel.FBM)
    assert missing.unknown_reasons == (
        "us_referral_media_2017 has no referral fee for 'home_kitchen'",
    )


def test_a_price_in_another_currency_or_below_zero_is_refused() -> None:
    with pytest.raises(MoneyError, match="US sells in USD"):
        fees(BOOK, Money(100, "EUR"), MARCH, Channel.FBA)
    with pytest.raises(InvalidInputError, match="negative"):
        fees(BOOK, Money(-1, "USD"), MARCH, Channel.FBA)
    with pytest.raises(InvalidInputError, match="storage_days"):
        FeeAssumptions(storage_days=-1)


def test_the_seller_ships_media_by_media_mail_unless_a_cost_is_given() -> None:
    shipped = cost(BOOK, 1000, date(2026, 8, 1), channel=Channel.FBM)
    assert amounts(shipped) == {"referral": 150, "closing": 180, "fbm_shipping": 513}
    assert shipped.size_tier is None
    given = FeeAssumptions(fbm_shipping_cents=350, shipping_credit_cents=399)
    credited = cost(BOOK, 1000, date(2026, 8, 1), given, Channel.FBM)
    assert amounts(credited) == {"referral": 210, "closing": 180, "fbm_shipping": 350}
    assert credited.net_proceeds_cents == 1000 + 399 - 740


@pytest.mark.parametrize(
    ("product", "day", "reason"),
    [
        (replace(BOOK, root_category=HOME), date(2026, 8, 1), "shipping cost is not given"),
        (BOOK, date(2025, 7, 1), "shipping cost is not given"),
        (replace(BOOK, package=PackageSize(None, None)), date(2026, 8, 1), "not known"),
        (replace(BOOK, package=PackageSize(None, 40_000)), date(2026, 8, 1), "too heavy"),
    ],
)
def test_an_unknown_shipping_cost_is_unknown(product: Product, day: date, reason: str) -> None:
    found = cost(product, 1000, day, channel=Channel.FBM)
    assert found.total_cents is None
    assert reason in found.unknown_reasons[0]


def test_hazmat_is_charged_as_dangerous_goods_unless_a_class_is_given() -> None:
    spray = replace(BOOK, is_hazmat=True)
    assert amounts(cost(spray, 2000))["fulfilment"] == 602
    assert cost(spray, 2000, AUTUMN).unknown_reasons == (
        "Amazon's peak card for dangerous goods was not found",
    )
    known = FeeAssumptions(fee_class=FeeClass.STANDARD, lithium_battery=True)
    assert amounts(cost(spray, 2000, AUTUMN, known))["lithium_battery"] == 11
    dangerous = FeeAssumptions(lithium_battery=True)
    assert "lithium_battery" not in amounts(cost(spray, 2000, MARCH, dangerous))
    cheap = cost(spray, 999, date(2025, 6, 1))
    assert cheap.unknown_reasons == (
        "the dangerous_goods fee in price band under_10 was not found",
    )
    crate = replace(spray, package=PackageSize((1600, 50, 50), 9000))
    assert "extra-large dangerous goods" in cost(crate, 2000, date(2025, 6, 1)).unknown_reasons[0]


def test_clothing_has_its_own_card_and_shoes_are_not_known() -> None:
    shirt = replace(BOOK, root_category=CLOTHING)
    assert amounts(cost(shirt, 2001)) == {"referral": 340, "fulfilment": 604}
    shoe = replace(shirt, category_path=(CLOTHING, Category(679255011, "Shoes")))
    found = cost(shoe, 2001)
    assert found.unknown_reasons == (
        "it is not known which fulfilment card footwear is charged by; give the fee class",
    )
    watch = replace(shirt, category_path=(CLOTHING, Category(6358539011, "Watches")))
    assert amounts(cost(watch, 2001)) == {"referral": 320, "fulfilment": 542}


def test_digital_goods_and_unmapped_roots_are_unknown() -> None:
    ebook = replace(BOOK, type=ProductType.EBOOK)
    assert cost(ebook, 999).unknown_reasons[0] == "digital goods are not sold by resellers"
    kindle = replace(BOOK, asin="B000000002", root_category=Category(133140011, "Kindle Store"))
    assert cost(kindle, 999).unknown_reasons[0] == "digital goods are not sold by resellers"
    odd = replace(BOOK, asin="B000000002", root_category=Category(1, "Odd"))
    assert "Odd (1) is not mapped" in cost(odd, 999).unknown_reasons[0]
    bare = replace(odd, root_category=None)
    assert "it has no category" in cost(bare, 999).unknown_reasons[0]


def test_an_isbn_as_asin_is_a_book() -> None:
    book = replace(BOOK, root_category=None)
    assert cost(book, 2499).total_cents == 1097


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ((), "consumer_electronics"),
        (("Headphones", "Earbuds"), "electronics_accessories"),
        (("Computers & Accessories", "Computers & Tablets", "Laptops"), "computers"),
        (("Computers & Accessories", "Computer Accessories", "Mice"), "electronics_accessories"),
    ],
)
def test_sub_rules_look_leaf_first(path: tuple[str, ...], category: str) -> None:
    electronics = Category(172282, "Electronics")
    nodes = tuple(Category(number, name) for number, name in enumerate(path, 1))
    product = replace(BOOK, root_category=electronics, category_path=(electronics, *nodes))
    assert cost(product, 5000).fee_category == category


def test_a_root_is_not_its_own_sub_rule() -> None:
    phones = Category(2335752011, "Cell Phones & Accessories")
    product = replace(BOOK, root_category=phones, category_path=(phones,))
    assert cost(product, 5000).fee_category == "electronics_accessories"


def test_a_given_category_brings_its_class() -> None:
    shirt = FeeAssumptions(fee_category="clothing_accessories")
    assert amounts(cost(BOOK, 2001, MARCH, shirt))["fulfilment"] == 604
    watch = FeeAssumptions(fee_category="watches")
    assert amounts(cost(BOOK, 2001, MARCH, watch))["fulfilment"] == 542
    tires = FeeAssumptions(fee_category="mattresses")
    assert amounts(cost(BOOK, 2001, MARCH, tires))["fulfilment"] == 542
    device = FeeAssumptions(fee_category="merchant_fulfilled_services")
    assert amounts(cost(BOOK, 2001, MARCH, device))["fulfilment"] == 542


@pytest.mark.parametrize("text", ["books", "Books", " 283155 ", "BOOKS"])
def test_a_category_can_be_named(text: str) -> None:
    assert category_named(text, "US", MARCH) == "books"


@pytest.mark.parametrize(
    ("text", "marketplace"), [("pears", "US"), ("Kindle Store", "US"), ("books", "IN")]
)
def test_a_category_without_fees_is_refused(text: str, marketplace: str) -> None:
    with pytest.raises(InvalidInputError, match="is no category"):
        category_named(text, marketplace, MARCH)


def test_the_shipping_credit_of_media() -> None:
    assert media_shipping_credit("US", "books", MARCH) == 399
    assert media_shipping_credit("US", "toys_games", MARCH) is None
    assert media_shipping_credit("IN", "books", MARCH) is None


def test_own_packaging_is_discounted_after_the_surcharge() -> None:
    cube = FeeAssumptions(
        fee_category="sports_outdoors",
        measures=Measures.of(("7.64", "7.4", "7.4"), "in", "3.81", "lb"),
        own_packaging=True,
    )
    found = amounts(cost(BOOK, 2995, date(2026, 10, 1), cube))
    assert (found["fulfilment"], found["fulfilment_surcharge"]) == (729, 26)
    assert found["fulfilment_discount"] == -23
    crate = replace(cube, measures=Measures.of(("60", "2", "2"), "in", "4", "lb"))
    assert "fulfilment_discount" not in amounts(cost(BOOK, 2995, date(2026, 10, 1), crate))
    known = replace(cube, fee_class=FeeClass.DANGEROUS_GOODS)
    assert "fulfilment_discount" not in amounts(cost(BOOK, 2995, MARCH, known))


def test_bulky_units_pay_for_packaging_unless_they_bring_their_own() -> None:
    cot = FeeAssumptions(measures=Measures.of(("24", "7.5", "6"), "in", "7.9", "lb"))
    home = replace(BOOK, root_category=HOME)
    assert amounts(cost(home, 6000, MARCH, cot))["bulky_packaging"] == 168
    assert "bulky_packaging" not in amounts(cost(home, 6000, date(2025, 6, 1), cot))
    packed = replace(cot, own_packaging=True)
    assert "bulky_packaging" not in amounts(cost(home, 6000, MARCH, packed))
    before = amounts(cost(home, 6000, date(2025, 6, 1), packed))
    assert before["fulfilment_discount"] == -132


def test_a_given_tier_without_sides_leaves_what_needs_them_unknown() -> None:
    heavy = Measures.of(weight=30, weight_unit="lb")
    bulky = FeeAssumptions(size_tier="large_bulky", measures=heavy)
    home = replace(BOOK, root_category=HOME)
    assert amounts(cost(home, 6000, MARCH, bulky)) == {
        "referral": 900,
        "fulfilment": 2037,
        "bulky_packaging": None,
    }
    large = FeeAssumptions(size_tier="extra_large_0_50", measures=heavy)
    assert amounts(cost(home, 6000, MARCH, large))["overmax"] is None
    odd = FeeAssumptions(size_tier="tiny", measures=heavy)
    assert "'tiny' is not a size tier" in cost(home, 6000, MARCH, odd).unknown_reasons[0]
    light = FeeAssumptions(size_tier="large_standard")
    empty = replace(home, package=PackageSize(None, None))
    assert cost(empty, 6000, MARCH, light).unknown_reasons == (
        "the package's size and weight are not known",
    )
    wrong = FeeAssumptions(size_tier="small_standard", measures=heavy)
    assert "ends below this weight" in cost(home, 6000, MARCH, wrong).unknown_reasons[0]


def test_a_long_parcel_pays_overmax() -> None:
    pole = FeeAssumptions(measures=Measures.of(("100", "2", "2"), "in", "60", "lb"))
    home = replace(BOOK, root_category=HOME)
    assert amounts(cost(home, 1000, MARCH, pole))["overmax"] == 2100
    shorter = replace(pole, measures=Measures.of(("96", "2", "2"), "in", "60", "lb"))
    assert "overmax" not in amounts(cost(home, 1000, MARCH, shorter))


def test_a_missing_cell_leaves_its_surcharge_unknown_too() -> None:
    folder = files("arbitragevault.domain.economics.fees") / "cards"
    text = (folder / "us_fulfilment_2026.json").read_text(encoding="utf-8")
    bodies = json.loads(text)["sections"]
    for body in bodies:
        for row in body["classes"]["standard"]["tiers"]["large_standard"]["rows"]:
            row["cents"][1] = None
    sources = parse_sources((folder / "sources.json").read_text(encoding="utf-8"))
    others = [s for s in rate_cards().sections if s.id not in ("us_2026_nonpeak", "us_2026_peak")]
    cards = RateCards([*others, *parse_sections(json.dumps({"sections": bodies}), sources)])
    found = fees(BOOK, Money(2499, "USD"), AUTUMN, Channel.FBA, cards=cards)
    reason = "the standard fee in price band 10_to_50 was not found"
    assert [line.unknown_reason for line in found.lines] == [None, None, reason, reason]


def test_the_curve_says_what_is_unknown() -> None:
    unmeasured = replace(BOOK, package=PackageSize(None, None))
    curve = proceeds_curve(unmeasured, MARCH, Channel.FBA)
    assert not curve.known
    assert curve.unknown_reasons == ("the package's size and weight are not known",)
    assert proceeds_curve(BOOK, MARCH, Channel.FBA).known


@pytest.mark.parametrize(
    ("option", "cents"),
    [
        (InboundPlacement.MINIMAL, 50),
        (InboundPlacement.OPTIMIZED, 0),
        (InboundPlacement.PARTIAL, None),
    ],
)
def test_inbound_placement_is_charged_where_asked_for(
    option: InboundPlacement, cents: int | None
) -> None:
    assumptions = FeeAssumptions(inbound_placement=option)
    assert amounts(cost(BOOK, 2000, MARCH, assumptions))["inbound_placement"] == cents


def test_inbound_placement_of_2025_was_not_found() -> None:
    assumptions = FeeAssumptions(inbound_placement=InboundPlacement.MINIMAL)
    found = cost(BOOK, 2000, date(2025, 6, 1), assumptions)
    assert "was not found" in found.unknown_reasons[0]
    unmeasured = replace(BOOK, package=PackageSize(None, None))
    both = cost(unmeasured, 2000, MARCH, assumptions)
    assert both.unknown_reasons == ("the package's size and weight are not known",)
