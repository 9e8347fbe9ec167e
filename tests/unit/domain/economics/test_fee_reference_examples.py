"""The worked examples of the fee reference, where it lies beside the repository."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Channel, PackageSize, Product
from arbitragevault.domain.economics.fees.afterwards import refund, removal_fee
from arbitragevault.domain.economics.fees.engine import (
    FeeAssumptions,
    FeeBreakdown,
    FeeClass,
    FeeCode,
    Measures,
    SellingPlan,
    fees,
)
from arbitragevault.domain.economics.fees.handling import LowInventoryCard
from arbitragevault.domain.economics.fees.measures import GRAMS_PER_UNIT
from arbitragevault.domain.economics.fees.rate_card import Kind, rate_cards
from arbitragevault.domain.economics.fees.storage import (
    AgedCard,
    StorageCard,
    VolumeCharge,
    VolumeFee,
)
from arbitragevault.domain.money import Money

REFERENCE: Final = Path(__file__).parents[5] / "shared" / "reference" / "fees"

CANNOT_PASS: Final = {
    "amz26_tshirt_nonpeak": (
        "Amazon prints 6.14 for a T-shirt, which needs the 2-inch floor of bulky items on a "
        "large-standard one; its own page on dimensional weight limits the floor to oversize, "
        "large bulky and extra-large items, and two real Fee Preview rows confirm that"
    ),
    "amz26_tshirt_peak": "as amz26_tshirt_nonpeak: 6.53 needs the floor, without it 5.05",
}
"""Examples in which Amazon disagrees with its own tables."""

PRODUCT: Final = Product(US, "B000000000")


def _examples(name: str, key: str) -> list[dict[str, Any]]:
    path = REFERENCE / name
    if not path.exists():
        return []
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))[key]
    return found


def _of_kind(kind: str) -> list[Any]:
    return [
        pytest.param(example, id=example["id"])
        for example in _examples("examples_us.yaml", "examples")
        if example["kind"] == kind
    ] or [pytest.param(None, marks=pytest.mark.skip(reason="the fee reference is not here"))]


def _cents(value: object) -> int:
    return int((Decimal(str(value)) * 100).to_integral_exact())


def _measures(given: dict[str, Any]) -> Measures:
    sides = given.get("dims_in")
    unit = "oz" if "weight_oz" in given else "lb"
    weight = given.get("weight_oz", given.get("weight_lb"))
    return Measures.of(
        tuple(str(side) for side in sides) if sides else None,  # type: ignore[arg-type]
        "in",
        None if weight is None else str(weight),
        unit,
    )


def _breakdown(given: dict[str, Any]) -> FeeBreakdown:
    fee_class = given.get("fee_class", "standard").replace("non_apparel", "standard")
    assumptions = FeeAssumptions(
        plan=SellingPlan(given.get("plan", "professional")),
        fee_class=FeeClass(fee_class),
        fee_category=given.get("category", "home_kitchen"),
        size_tier=given.get("tier"),
        measures=_measures(given),
        own_packaging=given.get("sipp", False),
        shipping_credit_cents=_cents(given.get("shipping_credit", 0)),
        fbm_shipping_cents=0,
    )
    return fees(
        PRODUCT,
        Money(_cents(given["price"]), "USD"),
        date.fromisoformat(given.get("date", "2026-03-02")),
        Channel(given.get("channel", "FBA").lower()),
        assumptions,
    )


def _amount(breakdown: FeeBreakdown, code: FeeCode) -> int | None:
    line = breakdown.line(code)
    return line.amount_cents if line else 0


@pytest.mark.parametrize("example", _of_kind("fulfilment"))
def test_fulfilment(example: dict[str, Any]) -> None:
    given, expect = example["in"], example["expect"]
    found = _breakdown(given)
    if example["id"] in CANNOT_PASS:
        assert _amount(found, FeeCode.FULFILMENT) != _cents(expect["base"])
        return
    if "size_tier" in expect:
        assert found.size_tier == expect["size_tier"]
    if "base" in expect:
        assert _amount(found, FeeCode.FULFILMENT) == _cents(expect["base"])
    if "fuel" in expect:
        assert _amount(found, FeeCode.SURCHARGE) == _cents(expect["fuel"])
    if "overmax" in expect:
        assert _amount(found, FeeCode.OVERMAX) == _cents(expect["overmax"])
    if "dim_weight_lb" in expect:
        line = found.line(FeeCode.FULFILMENT)
        assert line is not None
        pounds = float(line.inputs["dimensional_grams"]) / float(GRAMS_PER_UNIT["lb"])
        assert pounds == pytest.approx(expect["dim_weight_lb"], abs=0.01)
    if "total" in expect:
        codes = (FeeCode.FULFILMENT, FeeCode.SURCHARGE, FeeCode.OVERMAX)
        assert sum(_amount(found, code) or 0 for code in codes) == _cents(expect["total"])


@pytest.mark.parametrize("example", _of_kind("order"))
def test_order(example: dict[str, Any]) -> None:
    found = _breakdown(example["in"])
    expect = {name: value for name, value in example["expect"].items() if name != "size_tier"}
    fulfilment = [
        _amount(found, code) for code in (FeeCode.FULFILMENT, FeeCode.SURCHARGE, FeeCode.DISCOUNT)
    ]
    actual = {
        "fba_base": fulfilment[0],
        "fuel": fulfilment[1],
        "fba_total": sum(amount or 0 for amount in fulfilment),
        "referral": _amount(found, FeeCode.REFERRAL),
        "closing": _amount(found, FeeCode.CLOSING),
        "per_item": _amount(found, FeeCode.PER_ITEM),
        "total_fees": found.total_cents,
        "net": found.net_proceeds_cents,
    }
    assert {name: actual[name] for name in expect} == {
        name: _cents(value) for name, value in expect.items()
    }
    assert found.size_tier == example["expect"].get("size_tier", found.size_tier)


@pytest.mark.parametrize("example", _of_kind("referral"))
def test_referral(example: dict[str, Any]) -> None:
    found = _breakdown(example["in"])
    for name, value in example["expect"].items():
        assert _amount(found, FeeCode(name)) == _cents(value)


@pytest.mark.parametrize("example", _of_kind("refund"))
def test_refund(example: dict[str, Any]) -> None:
    found = _breakdown(example["in"])
    given = FeeAssumptions(fee_category=example["in"].get("category", "home_kitchen"))
    lines = {line.code: line.amount_cents for line in refund(PRODUCT, found, given).lines}
    administration = lines[FeeCode.REFUND_ADMINISTRATION]
    assert administration == _cents(example["expect"]["admin_fee"])
    referral = _amount(found, FeeCode.REFERRAL)
    assert referral == _cents(example["expect"]["referral"])
    if "charged" in example["expect"]:
        charged = found.price_cents - (referral or 0) + (administration or 0)
        assert charged == _cents(example["expect"]["charged"])


@pytest.mark.parametrize("example", _of_kind("storage"))
def test_storage(example: dict[str, Any]) -> None:
    given = example["in"]
    day = date.fromisoformat(given["date"])
    section = rate_cards().find("US", Kind.STORAGE, day)
    utilization = rate_cards().find("US", Kind.UTILIZATION, day)
    assert section is not None
    assert utilization is not None
    card: StorageCard = section.value
    size = given.get("size", "standard")
    rate = card.rate(day.month, is_dangerous=given.get("dg", False), is_standard=size == "standard")
    more = [c for w, c in utilization.value[size] if w <= given.get("ratio_weeks", 0)]
    assert rate is not None
    fee = VolumeFee((VolumeCharge(Fraction(rate + max(more, default=0))),), section.id)
    assert fee.cents(Fraction(str(given["cuft"]))) == _cents(example["expect"]["fee"])


@pytest.mark.parametrize("example", _of_kind("aged"))
def test_aged_inventory(example: dict[str, Any]) -> None:
    given = example["in"]
    section = rate_cards().find("US", Kind.AGED, date(2026, 3, 15))
    assert section is not None
    card: AgedCard = section.value
    row = card.row(given["days"])
    assert row is not None
    assert row.cents_per_volume is not None
    each = VolumeCharge(Fraction(row.cents_per_volume), row.minimum_cents)
    fee = VolumeFee((each,) * given.get("units", 1), section.id)
    assert fee.cents(Fraction(str(given["cuft"]))) == _cents(example["expect"]["fee"])


@pytest.mark.parametrize("example", _of_kind("low_inventory"))
def test_low_inventory(example: dict[str, Any]) -> None:
    given = example["in"]
    section = rate_cards().find("US", Kind.LOW_INVENTORY, date(2026, 3, 2))
    assert section is not None
    card: LowInventoryCard = section.value
    tier = given["tier_key"].removesuffix("_up_to_3lb")
    cents = card.cents(tier, GRAMS_PER_UNIT["lb"], given["dos"])
    assert cents == _cents(example["expect"]["fee"])


@pytest.mark.parametrize("example", _of_kind("media_mail"))
def test_media_mail(example: dict[str, Any]) -> None:
    measures = Measures.of(weight=str(example["in"]["weight_lb"]), weight_unit="lb")
    assumptions = FeeAssumptions(fee_category="books", measures=measures)
    found = fees(PRODUCT, Money(2000, "USD"), date(2026, 8, 1), Channel.FBM, assumptions)
    assert _amount(found, FeeCode.FBM_SHIPPING) == _cents(example["expect"]["fee"])


@pytest.mark.parametrize("example", _of_kind("removal"))
def test_removal(example: dict[str, Any]) -> None:
    given = example["in"]
    tier = "large_bulky" if given.get("size") == "oversize" else "large_standard"
    measures = Measures.of(weight=str(given["weight_lb"]), weight_unit="lb")
    day = date.fromisoformat(given.get("date", "2026-06-01"))
    line = removal_fee(PRODUCT, day, FeeAssumptions(size_tier=tier, measures=measures))
    assert line.amount_cents == _cents(example["expect"]["fee"])


def _keepa_rows() -> list[Any]:
    rows = [
        pytest.param(row, id=row["asin"])
        for row in _examples("examples_keepa.yaml", "samples")
        if not row.get("skip") and row.get("package_g") and "date" in row
    ]
    absent = pytest.mark.skip(reason="the fee reference is not here")
    return rows or [pytest.param(None, marks=absent)]


@pytest.mark.parametrize("row", _keepa_rows())
def test_fulfilment_fees_that_keepa_shows(row: dict[str, Any]) -> None:
    sides = row.get("package_mm")
    package = PackageSize(tuple(sides) if sides else None, row["package_g"])
    product = Product(US, row["asin"], package=package)
    assumptions = FeeAssumptions(
        fee_category="books" if row.get("category") == "books" else "home_kitchen",
        fee_class=FeeClass(row.get("fee_class", "standard")),
        size_tier=None if sides else row["tier"],
        own_packaging=row.get("sipp", False),
        lithium_battery=row.get("lithium", False),
    )
    price = Money(_cents(row.get("price", 20)), "USD")
    day = date.fromisoformat(row["date"])
    found = fees(product, price, day, Channel.FBA, assumptions)
    codes = (FeeCode.FULFILMENT, FeeCode.SURCHARGE, FeeCode.DISCOUNT, FeeCode.LITHIUM)
    assert sum(_amount(found, code) or 0 for code in codes) == _cents(row["fba_fee"])


@pytest.mark.skipif(not REFERENCE.exists(), reason="the fee reference is not here")
def test_every_cell_of_the_european_cards_is_as_the_reference_has_it() -> None:
    cards = {"GB": yaml.safe_load((REFERENCE / "uk.yaml").read_text())["fba_fulfilment"]["cards"]}
    euro = yaml.safe_load((REFERENCE / "eu.yaml").read_text(encoding="utf-8"))
    cards |= {code: euro["fulfilment_cards"][code] for code in ("DE", "FR", "IT", "ES")}
    checked = 0
    for code, card in cards.items():
        for day, key in ((date(2026, 9, 1), "fee"), (date(2026, 11, 1), "peak")):
            section = rate_cards().find(code, Kind.FULFILMENT, day)
            assert section is not None
            for tier in card["standard"]:
                table = section.value.table(FeeClass.STANDARD, tier["id"])
                for row in tier.get("bands", ()):
                    found = table.find(Fraction(str(row["max_kg"])) * 1000)
                    assert found.cells[1] == _cents(row.get(key, row["fee"]))
                    checked += 1
            for tier in card["low_price_fba"]:
                for row in tier["bands"]:
                    found = section.value.low_price[tier["id"]].find(
                        Fraction(str(row["max_kg"])) * 1000
                    )
                    assert found.cells == (_cents(row["fee"]),)
                    checked += 1
    assert checked == 5 * 2 * 40
