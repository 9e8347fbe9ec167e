from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date, timedelta
from importlib.resources import files
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitragevault.domain.catalog.marketplace import MARKETPLACES
from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.engine import covered_days
from arbitragevault.domain.economics.fees.rate_card import (
    Kind,
    RateCards,
    parse_sections,
    parse_sources,
    rate_cards,
)
from arbitragevault.domain.errors import RateCardError

FOLDER: Final = files("arbitragevault.domain.economics.fees") / "cards"
TEXTS: Final = {
    item.name: item.read_text(encoding="utf-8")
    for item in FOLDER.iterdir()
    if item.name.endswith(".json")
}
SOURCES: Final = parse_sources(TEXTS["sources.json"])
BODIES: Final[list[dict[str, Any]]] = [
    body
    for name, text in sorted(TEXTS.items())
    if name != "sources.json"
    for body in json.loads(text)["sections"]
]
WITH_TABLE: Final = [body for body in BODIES if "not_known" not in body]
SUCCESSIVE: Final = [
    body
    for body in BODIES
    if sum((b["kind"], b["marketplace"]) == (body["kind"], body["marketplace"]) for b in BODIES) > 1
    and body.get("effective_to")
]


def load(bodies: list[dict[str, Any]], sources: dict[str, str] = SOURCES) -> RateCards:
    return RateCards(parse_sections(json.dumps({"sections": bodies}), sources))


def with_change(section_id: str, change: Callable[[dict[str, Any]], object]) -> RateCards:
    bodies = copy.deepcopy(BODIES)
    change(next(body for body in bodies if body["id"] == section_id))
    return load(bodies)


def test_every_section_of_the_package_loads_and_names_its_unit_confidence_and_sources() -> None:
    cards = rate_cards()
    assert len(cards.sections) == len(BODIES)
    for section in cards.sections:
        assert section.unit
        assert section.not_known or (section.sources and section.confidence)


def test_only_the_marketplace_that_is_asked_for_is_read() -> None:
    every = rate_cards()
    for code in MARKETPLACES:
        own = rate_cards(code)
        assert {section.marketplace for section in own.sections} <= {code}
        assert own.sections == tuple(s for s in every.sections if s.marketplace == code)
        assert own.changes(code) == every.changes(code)


def test_a_section_in_the_file_of_another_marketplace_does_not_load() -> None:
    text = json.dumps({"sections": [WITH_TABLE[0]]})
    assert parse_sections(text, SOURCES, WITH_TABLE[0]["marketplace"])
    with pytest.raises(RateCardError, match="its file for XX"):
        parse_sections(text, SOURCES, "XX")


def test_every_source_is_used_and_described() -> None:
    used = {key for body in WITH_TABLE for key in body["sources"]}
    used |= {
        key
        for body in WITH_TABLE
        for part in (body["classes"].values() if "classes" in body else ())
        for key in part.get("sources", ())
    }
    assert used == set(SOURCES)
    assert all(len(text) > 20 for text in SOURCES.values())


@given(st.sampled_from(WITH_TABLE), st.sampled_from([[], None, ["no_such_source"], [1], "text"]))
def test_a_section_without_a_known_source_does_not_load(
    body: dict[str, Any], wrong: object
) -> None:
    changed = {**body, "sources": wrong}
    with pytest.raises(RateCardError, match=body["id"]):
        parse_sections(json.dumps({"sections": [changed]}), SOURCES)


@settings(max_examples=25)  # each loads every card
@given(st.sampled_from(SUCCESSIVE), st.integers(1, 20))
def test_a_hole_between_two_sections_does_not_load(body: dict[str, Any], days: int) -> None:
    end = date.fromisoformat(body["effective_to"]) - timedelta(days=days)
    with pytest.raises(RateCardError, match="hole"):
        with_change(body["id"], lambda b: b.update(effective_to=end.isoformat()))


@settings(max_examples=25)  # each loads every card
@given(st.sampled_from(SUCCESSIVE), st.integers(1, 20))
def test_an_overlap_of_two_sections_does_not_load(body: dict[str, Any], days: int) -> None:
    end = date.fromisoformat(body["effective_to"]) + timedelta(days=days)
    with pytest.raises(RateCardError, match="overlap"):
        with_change(body["id"], lambda b: b.update(effective_to=end.isoformat()))


@given(st.sampled_from(["us_2025_nonpeak", "us_2025_peak"]), st.integers(0, 1), st.integers(1, 9))
def test_a_hole_between_the_windows_of_a_season_does_not_load(
    card: str, window: int, days: int
) -> None:
    def shorten(body: dict[str, Any]) -> None:
        end = date.fromisoformat(body["windows"][window][1]) - timedelta(days=days)
        body["windows"][window][1] = end.isoformat()

    with pytest.raises(RateCardError, match="hole"):
        with_change(card, shorten)


def test_two_sections_of_the_same_id_do_not_load() -> None:
    with pytest.raises(RateCardError, match="twice"):
        load([*BODIES, BODIES[0]])


def _table(body: dict[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = body["classes"]["standard"]["tiers"]["large_standard"]
    return table


@pytest.mark.parametrize(
    ("section", "change", "message"),
    [
        ("us_2026_peak", lambda b: _table(b)["rows"].pop(), "hole"),
        ("us_2026_peak", lambda b: _table(b)["rows"].reverse(), "do not rise"),
        ("us_2026_peak", lambda b: _table(b)["rows"][0]["cents"].pop(), "3 price bands"),
        ("us_2026_peak", lambda b: _table(b)["rows"][0].update(cents=[1, 2, -3]), "minor units"),
        ("us_2026_peak", lambda b: _table(b)["rows"][0].update(cents=[1, 2, 3.5]), "minor units"),
        ("us_2026_peak", lambda b: _table(b).update(rows=[]), "at least one"),
        ("us_2026_peak", lambda b: _table(b).update(weight_unit="stone"), "weight_unit"),
        ("us_2026_peak", lambda b: _table(b)["rows"][0].update(up_to=True), "exact figure"),
        ("us_2026_peak", lambda b: _table(b)["rows"][0].update(up_to="four"), "not a figure"),
        ("us_2026_peak", lambda b: _table(b)["rows"][0].update(up_to=0), "not above 0"),
        ("us_2026_peak", lambda b: b["price_bands"].pop(), "last price band"),
        ("us_2026_peak", lambda b: b["price_bands"].pop(0), "price bands"),
        ("us_2026_peak", lambda b: b["classes"].pop("apparel"), "every fee class"),
        ("us_2026_peak", lambda b: b["classes"].update(toys={"not_known": "-"}), "FeeClass"),
        ("us_2026_peak", lambda b: b["classes"]["apparel"].pop("sources"), "sources"),
        (
            "us_2026_peak",
            lambda b: b["classes"]["standard"]["tiers"].pop("small_bulky"),
            "no table of 'small_bulky'",
        ),
        (
            "us_2026_peak",
            lambda b: b["classes"]["apparel"]["tiers"].pop("small_standard"),
            "no small_standard",
        ),
        ("us_2026_peak", lambda b: b.update(windows=[["2027-01-14", "2026-10-15"]]), "before"),
        ("us_2026_peak", lambda b: b.update(windows=[["soon", None]]), "not a date"),
        ("us_2026_peak", lambda b: b.update(confidence="sure"), "Confidence"),
        ("us_2026_peak", lambda b: b.update(kind="tariff"), "Kind"),
        ("us_2026_peak", lambda b: b.pop("unit"), "'unit'"),
        ("us_size_tiers_2026", lambda b: b["tiers"].pop(), "fit in none"),
        ("us_size_tiers_2026", lambda b: b["tiers"].append(b["tiers"][-1]), "twice"),
        ("us_size_tiers_2026", lambda b: b["tiers"][0].update(sides=["1", "2"]), "three sides"),
        ("us_size_tiers_2026", lambda b: b["tiers"][0].update(weight_test="gross"), "'greater'"),
        ("us_size_tiers_2026", lambda b: b.update(standard_tiers=["tiny"]), "not defined"),
        ("us_referral_2024", lambda b: b["categories"].append(b["categories"][0]), "twice"),
        ("us_referral_2024", lambda b: b["categories"][1]["bands"].pop(), "has a limit"),
        ("us_referral_2024", lambda b: b["categories"][0].update(mode="flat"), "ReferralMode"),
        (
            "us_referral_2024",
            lambda b: b["categories"][0]["bands"][0].update(rate_ppm=2_000_000),
            "parts per million",
        ),
        ("us_referral_2024", lambda b: b["categories"].pop(), "no referral fee for 'handmade'"),
        ("us_categories", lambda b: b["roots"].append(b["roots"][0]), "mapped twice"),
        ("us_categories", lambda b: b["roots"][0].update(category=None), "reason for none"),
        ("us_storage_2024", lambda b: b["rates"].pop("standard"), "both kinds"),
        ("us_storage_2024", lambda b: b["rates"]["standard"].update(oversize=[1]), "peak rate"),
        ("us_aged_2026", lambda b: b["rows"].pop(2), "hole or overlap"),
        ("us_aged_2026", lambda b: b["rows"][0].pop("cents_per_volume"), "reason for none"),
        ("us_low_inventory_2026", lambda b: b["rows"][0]["cents"].pop(), "each span"),
        ("us_placement_2026", lambda b: b["rows"][0].update(minimal=[5]), "least and a most"),
        ("us_placement_2026", lambda b: b["rows"][0].update(minimal=[5, 4]), "above the most"),
        ("us_removal_2026", lambda b: b["tiers"].pop("oversize"), "standard and oversize"),
        ("us_removal_2026", lambda b: b["tiers"]["oversize"].pop("beyond"), "ends"),
        ("us_bulky_packaging_2026", lambda b: b["rows"].pop(), "last packaging row"),
    ],
)
def test_a_wrong_table_does_not_load(
    section: str, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(RateCardError, match=message):
        with_change(section, change)


def test_a_fulfilment_card_without_size_tiers_does_not_load() -> None:
    with pytest.raises(RateCardError, match="no size tiers"):
        load([body for body in BODIES if body["id"] != "jp_size_tiers_2026"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sections": 1}', '{"sections": []}'])
def test_a_file_that_is_no_card_does_not_load(text: str) -> None:
    with pytest.raises(RateCardError):
        parse_sections(text, SOURCES)


def test_a_truth_value_is_no_number() -> None:
    with pytest.raises(RateCardError):
        fields.field({"first_day": True}, "first_day", int)


def test_the_days_that_are_covered() -> None:
    assert covered_days("US", Channel.FBA) == (date(2024, 4, 15), date(2027, 1, 14))
    assert covered_days("US", Channel.FBM) == (date(2017, 3, 1), date.max)
    assert covered_days("GB", Channel.FBA) == (date(2026, 2, 1), date(2027, 1, 14))
    assert covered_days("JP", Channel.FBA) == (date(2026, 4, 1), date.max)
    assert covered_days("IN", Channel.FBA) is None


def test_a_gap_is_a_section_with_its_reason() -> None:
    section = rate_cards().find("US", Kind.PLACEMENT, date(2025, 6, 1))
    assert section is not None
    assert section.value is None
    assert section.not_known
    assert "not found" in section.not_known
