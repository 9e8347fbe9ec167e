"""Refunds whole and in part, the processing of returns, and removals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.catalog.marketplace import US, marketplace_by_code
from arbitragevault.domain.catalog.product import Category, Channel, PackageSize, Product
from arbitragevault.domain.economics.fees.afterwards import BELOW_EXEMPTION, refund, removal_fee
from arbitragevault.domain.economics.fees.engine import (
    FeeAssumptions,
    FeeBreakdown,
    FeeCode,
    FeeLine,
    Measures,
    SellingPlan,
    fees,
)
from arbitragevault.domain.economics.fees.rate_card import Kind, RateCards, rate_cards
from arbitragevault.domain.economics.fees.returns_card import HighReturn, ReturnHistory
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.money import Money

BOOK: Final = Product(US, "0593655036", root_category=Category(283155, "Books"))
DAY: Final = date(2026, 3, 2)
CUBE: Final = Measures.of(("18", "12", "8"), "in", 10, "lb")
SHIRT: Final = Measures.of(("9", "6", "0.7"), "in", 7, "oz")


def sold(
    category: str = "books", price: int = 2000, on: date = DAY, channel: Channel = Channel.FBA
) -> tuple[FeeBreakdown, FeeAssumptions]:
    assumed = FeeAssumptions(fee_category=category, measures=CUBE, fbm_shipping_cents=500)
    return fees(BOOK, Money(price, "USD"), on, channel, assumed), assumed


def refunded(
    category: str = "books",
    price: int = 2000,
    back: int | None = None,
    history: ReturnHistory | None = None,
    on: date = DAY,
) -> dict[FeeCode, FeeLine]:
    breakdown, assumed = sold(category, price, on)
    found = refund(BOOK, breakdown, assumed, refunded_cents=back, history=history)
    return {line.code: line for line in found.lines}


def test_a_refunded_book_costs_its_fulfilment_only() -> None:
    breakdown, assumed = sold()
    found = refund(BOOK, breakdown, assumed)
    fulfilment = breakdown.line(FeeCode.FULFILMENT)
    assert fulfilment is not None
    assert {line.code: line.amount_cents for line in found.lines} == {
        FeeCode.FULFILMENT: fulfilment.amount_cents,
        FeeCode.REFUND_ADMINISTRATION: 0,
        FeeCode.RETURNS_PROCESSING: 0,
    }
    assert found.cost_cents == fulfilment.amount_cents
    assert found.net_proceeds_cents == -(fulfilment.amount_cents or 0)


def test_a_refund_of_other_goods_costs_a_fifth_of_the_referral_fee_up_to_5_dollars() -> None:
    administration = FeeCode.REFUND_ADMINISTRATION
    assert refunded("home_kitchen")[administration].amount_cents == 60
    assert refunded("home_kitchen", 34_500)[administration].amount_cents == 500


def test_software_does_not_get_its_closing_fee_back() -> None:
    assert refunded("software")[FeeCode.CLOSING].amount_cents == 180
    assert FeeCode.CLOSING not in refunded("dvd")


def test_a_part_of_a_books_price_brings_back_as_much_of_the_referral_fee_and_no_closing_fee() -> (
    None
):
    found = refunded("books", 1000, back=500)
    assert found[FeeCode.REFERRAL].amount_cents == 75
    assert found[FeeCode.REFERRAL].inputs == {"paid": 150, "credited": 75}
    assert found[FeeCode.CLOSING].amount_cents == 180
    assert found[FeeCode.REFUND_ADMINISTRATION].amount_cents == 0
    assert FeeCode.RETURNS_PROCESSING not in found


def test_amazons_example_of_a_partial_refund_whose_referral_fee_was_on_the_price_alone() -> None:
    # A book of 10.00 with 3.00 delivery, referral 1.50: of 5.00 back, 0.75 of it is credited.
    breakdown, assumed = sold("books", 1000)
    paid = replace(breakdown, shipping_credit_cents=300)
    found = refund(BOOK, paid, assumed, refunded_cents=500)
    kept = {line.code: line.amount_cents for line in found.lines}
    assert kept[FeeCode.REFERRAL] == 150 - 75
    assert kept[FeeCode.CLOSING] == 180
    assert found.net_proceeds_cents == 1300 - 500 - (found.cost_cents or 0)


def test_other_goods_pay_a_fifth_of_what_is_credited_of_the_referral_fee() -> None:
    found = refunded("home_kitchen", 10_000, back=5_000)
    assert found[FeeCode.REFERRAL].amount_cents == 750
    assert found[FeeCode.REFUND_ADMINISTRATION].amount_cents == 150


@given(
    st.sampled_from(["books", "home_kitchen", "software", "grocery_gourmet"]),
    st.integers(2, 60_000),
    st.data(),
)
def test_a_refund_never_gives_back_more_than_was_taken(
    category: str, price: int, data: st.DataObject
) -> None:
    breakdown, assumed = sold(category, price)
    back = data.draw(st.integers(1, price))
    some = refund(BOOK, breakdown, assumed, refunded_cents=back)
    full = refund(BOOK, breakdown, assumed)
    assert some.cost_cents is not None
    assert full.cost_cents is not None
    assert breakdown.total_cents is not None
    fulfilment = breakdown.line(FeeCode.FULFILMENT)
    assert fulfilment is not None
    assert (fulfilment.amount_cents or 0) <= some.cost_cents
    assert some.cost_cents <= breakdown.total_cents + 500
    assert (back == price) == (some.cost_cents == full.cost_cents and some.lines == full.lines)


@pytest.mark.parametrize("back", [0, -5, 2001])
def test_nothing_and_more_than_was_paid_cannot_be_refunded(back: int) -> None:
    breakdown, assumed = sold()
    with pytest.raises(InvalidInputError, match=r"not between 0 and the 20\.00 USD"):
        refund(BOOK, breakdown, assumed, refunded_cents=back)


def test_what_was_given_away_is_refunded_for_nothing() -> None:
    breakdown, assumed = sold(price=0)
    found = refund(BOOK, breakdown, assumed)
    assert (found.paid_cents, found.refunded_cents) == (0, 0)
    gift = replace(breakdown, shipping_credit_cents=300)
    assert refund(BOOK, gift, assumed, refunded_cents=100).cost_cents is not None


def test_the_individual_plans_fee_per_item_is_kept() -> None:
    assumed = FeeAssumptions(plan=SellingPlan.INDIVIDUAL, fbm_shipping_cents=400)
    breakdown = fees(BOOK, Money(2000, "USD"), DAY, Channel.FBM, assumed)
    found = refund(BOOK, breakdown, assumed)
    assert {line.code: line.amount_cents for line in found.lines} == {
        FeeCode.PER_ITEM: 99,
        FeeCode.FBM_SHIPPING: 400,
        FeeCode.REFUND_ADMINISTRATION: 0,
    }


def test_an_unknown_sale_has_an_unknown_refund() -> None:
    breakdown, assumed = sold("pears")
    found = refund(BOOK, breakdown, assumed)
    assert found.cost_cents is None
    assert found.net_proceeds_cents is None
    administration = next(x for x in found.lines if x.code is FeeCode.REFUND_ADMINISTRATION)
    assert administration.unknown_reason == "the referral fee is not known"


@pytest.mark.parametrize("code", ["GB", "DE", "FR", "IT", "ES", "CA", "JP", "MX"])
def test_refunds_elsewhere_are_not_known(code: str) -> None:
    where = marketplace_by_code(code)
    book = replace(BOOK, marketplace=where)
    breakdown = fees(book, Money(2000, where.currency), DAY, Channel.FBA)
    found = refund(book, breakdown)
    assert found.cost_cents is None
    assert "refund" in (found.lines[-1].unknown_reason or "")


def test_returned_apparel_and_shoes_are_charged_one_by_one() -> None:
    for category in ("clothing_accessories", "footwear"):
        assumed = FeeAssumptions(fee_category=category, measures=SHIRT)
        breakdown = fees(BOOK, Money(2000, "USD"), DAY, Channel.FBA, assumed)
        line = refund(BOOK, breakdown, assumed).lines[-1]
        assert (line.code, line.amount_cents) == (FeeCode.RETURNS_PROCESSING, 170)
        assert line.inputs == {"row": "up to 8 oz", "size_tier": "small_standard"}
    heavy = refunded("footwear")[FeeCode.RETURNS_PROCESSING]
    assert heavy.unknown_reason == (
        "the returns processing fee of this weight in large_standard was not found"
    )
    earlier = refunded("footwear", on=date(2025, 3, 2))[FeeCode.RETURNS_PROCESSING]
    assert earlier.unknown_reason is not None
    assert "2024-25" in earlier.unknown_reason
    unmeasured = FeeAssumptions(fee_category="footwear")
    breakdown = fees(BOOK, Money(2000, "USD"), DAY, Channel.FBA, unmeasured)
    assert refund(BOOK, breakdown, unmeasured).lines[-1].unknown_reason == (
        "the package's size and weight are not known"
    )


@pytest.mark.parametrize(
    ("category", "history", "charged"),
    [
        ("toys_games", None, 0),
        ("toys_games", ReturnHistory(24, 24), 0),
        ("toys_games", ReturnHistory(1000, 47), 0),
        ("toys_games", ReturnHistory(1000, 60), 13),
        ("books", ReturnHistory(24, 24), 0),
        ("books", ReturnHistory(400, 0), 0),
        ("books", ReturnHistory(400, 12), None),
    ],
)
def test_other_goods_are_charged_above_their_categorys_threshold(
    category: str, history: ReturnHistory | None, charged: int | None
) -> None:
    line = refunded(category, history=history)[FeeCode.RETURNS_PROCESSING]
    if history is None:
        assert (line.amount_cents, line.inputs["taken"]) == (0, BELOW_EXEMPTION)
    elif charged == 0:
        assert (line.amount_cents, line.inputs["charged_units"]) == (0, 0)
    elif charged is None:
        assert line.unknown_reason == ("the share of returns above which books pays was not found")
    else:
        assert line.amount_cents is None
        assert line.inputs["charged_units"] == charged
        assert "above the threshold was not found" in (line.unknown_reason or "")


def test_the_published_example_of_returns_above_the_threshold() -> None:
    card = HighReturn(25, {"home_kitchen": 100_000}, "no table")
    assert card.charged_units("home_kitchen", ReturnHistory(1000, 120)) == 20


def test_without_a_card_of_returns_their_processing_is_unknown() -> None:
    breakdown, assumed = sold()
    others = [s for s in rate_cards("US").sections if s.kind is not Kind.RETURNS]
    found = refund(BOOK, breakdown, assumed, cards=RateCards(others))
    assert found.lines[-1].unknown_reason == (
        "no returns_processing rate card for US on 2026-03-02"
    )
    assert found.cost_cents is None


def test_before_june_2024_only_apparel_paid_for_returns() -> None:
    assert FeeCode.RETURNS_PROCESSING not in refunded("toys_games", on=date(2024, 5, 31))
    shirts = refunded("clothing_accessories", on=date(2024, 5, 31))
    assert shirts[FeeCode.RETURNS_PROCESSING].amount_cents is None


def test_units_that_are_returned_cannot_be_fewer_than_none() -> None:
    with pytest.raises(InvalidInputError, match="negative"):
        ReturnHistory(10, -1)


def test_a_removal_is_charged_by_weight() -> None:
    light = FeeAssumptions(measures=Measures.of(("9", "6", "1"), "in", "0.5", "lb"))
    heavy = FeeAssumptions(measures=Measures.of(("9", "6", "4"), "in", "4.1", "lb"))
    assert removal_fee(BOOK, date(2026, 1, 14), light).amount_cents == 104
    assert removal_fee(BOOK, date(2026, 1, 15), light).amount_cents == 84
    assert removal_fee(BOOK, date(2026, 1, 15), heavy).amount_cents == 289 + 3 * 106


def test_removals_in_the_uk_are_known_for_standard_sizes() -> None:
    book = replace(BOOK, marketplace=marketplace_by_code("GB"))
    light = FeeAssumptions(measures=Measures.of((23, 15, 2), "cm", 300, "g"))
    assert removal_fee(book, date(2026, 3, 2), light).amount_cents == 71
    large = FeeAssumptions(measures=Measures.of((130, 80, 70), "cm", 20, "kg"))
    assert removal_fee(book, date(2026, 3, 2), large).unknown_reason == (
        "the weights of the removal fees of oversize units were not found"
    )


def test_an_unknown_removal_is_unknown() -> None:
    book = replace(BOOK, package=PackageSize(None, 400))
    assert removal_fee(book, date(2026, 3, 2)).unknown_reason == "the package's size is not known"
    measured = FeeAssumptions(measures=CUBE)
    early = removal_fee(BOOK, date(2023, 3, 2), measured)
    assert early.unknown_reason == "no size_tiers rate card for US on 2023-03-02"
