"""The simulated marketplace: repeatable, growing, plausible."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import LANDED_PRICE_CHANGE
from arbitragevault.sandbox.catalogue import kind_of
from arbitragevault.sandbox.marketplace import Marketplace, Refresh, SimulatedProduct
from arbitragevault.sandbox.observation import Observed

NOW = 8_360_000
SIZE = 400


def same(one: Observed, other: Observed) -> bool:
    return (
        one.csv.keys() == other.csv.keys()
        and all(np.array_equal(one.csv[slot], other.csv[slot]) for slot in one.csv)
        and one.box_sellers[1] == other.box_sellers[1]
    )


def test_the_same_seed_makes_the_same_market() -> None:
    first, second = Marketplace(3, 50), Marketplace(3, 50)
    assert first.asins == second.asins
    for asin in first.asins[:10]:
        one, other = first.product(asin, NOW), second.product(asin, NOW)
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert one.entry == other.entry
            assert same(one.observed, other.observed)


def test_another_seed_makes_another_market() -> None:
    assert not set(Marketplace(3, 200).asins) & set(Marketplace(4, 200).asins)


@settings(max_examples=12, deadline=None)
@given(index=st.integers(0, SIZE - 1), earlier=st.integers(1, 900))
def test_a_later_look_extends_the_past(index: int, earlier: int) -> None:
    marketplace = Marketplace(7, SIZE)
    asin = marketplace.asins[index]
    then = NOW - earlier * MINUTES_PER_DAY
    past, present = marketplace.product(asin, then), marketplace.product(asin, NOW)
    if past is None or present is None:
        return
    for slot, series in past.observed.csv.items():
        assert np.array_equal(series, present.observed.csv[slot][: series.size]), slot
    for category, ranks in past.observed.ranks.items():
        assert np.array_equal(ranks, present.observed.ranks[category][: ranks.size])
    truth, more = marketplace.truth(asin, then), marketplace.truth(asin, NOW)
    assert truth is not None
    assert more is not None
    sold = truth.sales.minute.size
    for name in ("minute", "price", "shipping", "condition", "seller", "is_fba"):
        assert np.array_equal(getattr(truth.sales, name), getattr(more.sales, name)[:sold]), name
    assert np.array_equal(truth.demand, more.demand[: truth.demand.size])


def test_a_requested_look_adds_points_and_moves_none(marketplace: Marketplace) -> None:
    asin = next(p for p in marketplace.asins if marketplace.product(p, NOW))
    plain = marketplace.product(asin, NOW)
    refreshed = marketplace.product(asin, NOW, [Refresh(NOW - 100, offers=True)])
    assert plain is not None
    assert refreshed is not None
    assert refreshed.observed.last_offers_look == NOW - 100
    ranks = dict(zip(*refreshed.observed.csv[3].reshape(-1, 2).T.tolist(), strict=True))
    for minute, rank in plain.observed.csv[3].reshape(-1, 2).tolist():
        assert ranks.get(minute, rank) == rank


def test_most_products_are_books_and_every_kind_exists() -> None:
    kinds = Counter(kind_of(7, index).name for index in range(5_000))
    books = sum(count for name, count in kinds.items() if name.endswith("book"))
    assert len(kinds) == 11
    assert 0.70 <= (books - kinds["e-book"]) / 5_000 <= 0.85


def test_asins_are_unique_and_found_again(marketplace: Marketplace) -> None:
    assert len(set(marketplace.asins)) == SIZE
    for index, asin in enumerate(marketplace.asins):
        assert marketplace.index_of(asin) == index


def test_codes_find_their_products(marketplace: Marketplace) -> None:
    for asin in marketplace.asins:
        entry = marketplace.entry(asin)
        assert entry is not None
        for code in (*entry.eans, *entry.upcs):
            assert asin in marketplace.by_code(code)
    assert marketplace.by_code("9780593655030") == ()


def test_some_codes_have_two_products() -> None:
    marketplace = Marketplace(7, 3_000)
    counts = Counter(
        len(marketplace.by_code(ean))
        for index in range(3_000)
        if (entry := marketplace.entry(marketplace.asins[index])) is not None
        for ean in entry.eans
    )
    assert set(counts) == {1, 2}
    assert counts[2] < 100


def test_some_products_are_dead(marketplace: Marketplace) -> None:
    dead = [asin for asin in marketplace.asins if (e := marketplace.entry(asin)) and e.is_dead]
    assert 1 <= len(dead) <= 15
    assert marketplace.product(dead[0], NOW) is None
    assert marketplace.truth(dead[0], NOW) is None


def test_nothing_is_known_before_a_product_is_born(marketplace: Marketplace) -> None:
    asin = marketplace.asins[0]
    entry = marketplace.entry(asin)
    assert entry is not None
    assert marketplace.product(asin, entry.birth - 1) is None


def test_siblings_share_their_rank_and_parent(marketplace: Marketplace) -> None:
    child = next(
        e
        for asin in marketplace.asins
        if (e := marketplace.entry(asin)) is not None and e.family is not None and not e.is_dead
    )
    parent = marketplace.parent_asin(child)
    siblings = marketplace.sibling_asins(child)
    assert parent is not None
    children = marketplace.family_of_parent(parent)
    assert children is not None
    assert tuple(one.asin for one in children) == siblings
    looked = [Refresh(NOW - 10, offers=False)]
    found = [marketplace.product(asin, NOW, looked) for asin in siblings]
    ranks = {int(p.observed.csv[3][-1]) for p in found if p is not None}
    # The score is the family's; only the everyday wobble differs from child to child.
    assert max(ranks) <= 1.3 * min(ranks)


class TestSeries:
    """What a Keepa series must look like, on every simulated product."""

    def test_lengths_order_and_values(self, living: list[SimulatedProduct]) -> None:
        for product in living:
            for slot, flat in product.observed.csv.items():
                width = schema.SLOTS[slot].width
                minutes = flat[0::width]
                assert flat.size % width == 0
                assert (np.diff(minutes) > 0).all(), (product.entry.asin, slot)
                assert minutes[0] >= product.entry.birth
                assert minutes[-1] <= NOW
                values = flat[1::width]
                if schema.SLOTS[slot].value is not schema.ValueKind.LOG:
                    assert ((values > 0) | (values == -1)).all(), (product.entry.asin, slot)

    def test_only_changes_are_written(self, living: list[SimulatedProduct]) -> None:
        for product in living:
            for slot, flat in product.observed.csv.items():
                if slot != 15 and not schema.SLOTS[slot].is_triplet:
                    assert (np.diff(flat[1::2]) != 0).all(), (product.entry.asin, slot)

    def test_scale(self, living: list[SimulatedProduct]) -> None:
        books = [p for p in living if p.entry.kind.is_book]
        new = [int(p.observed.csv[1][-1]) for p in books if p.observed.csv[1][-1] > 0]
        ranks = [int(np.median(p.observed.csv[3][1::2])) for p in books if 3 in p.observed.csv]
        counts = [int(p.observed.csv[11][-1]) for p in books]
        points = [sum(series.size for series in p.observed.csv.values()) for p in books]
        assert 800 < np.median(new) < 5_000
        assert 50_000 < np.median(ranks) < 2_000_000
        assert max(counts) <= 90
        assert 1_000 < np.median(points) < 20_000

    def test_new_is_listed_before_the_change_and_landed_since(
        self, living: list[SimulatedProduct]
    ) -> None:
        seen = Counter[str]()
        for product in living:
            new = product.observed.csv[1].reshape(-1, 2)
            box = product.observed.csv.get(18)
            if box is None:
                continue
            for minute, price, shipping in box.reshape(-1, 3).tolist():
                at = int(np.searchsorted(new[:, 0], minute, side="right")) - 1
                if price <= 0 or shipping <= 0 or at < 0 or new[at, 1] <= 0:
                    continue
                era = "landed" if minute >= LANDED_PRICE_CHANGE else "listed"
                seen[f"{era} below landed"] += int(new[at, 1] < price + shipping)
                seen[era] += 1
                if era == "listed":
                    assert new[at, 1] <= price
        assert seen["listed below landed"] == seen["listed"] > 0

    def test_counts_by_channel_begin_in_february_2026(self, living: list[SimulatedProduct]) -> None:
        for product in living:
            for slot in (34, 35):
                if slot in product.observed.csv:
                    assert product.observed.csv[slot][0] >= 7_947_360


class TestTruth:
    """The truth agrees with what was observed."""

    def test_sales_happen_at_prices_of_the_shelf(
        self, marketplace: Marketplace, living: list[SimulatedProduct]
    ) -> None:
        sold = 0
        for product in living:
            truth = marketplace.truth(product.entry.asin, NOW)
            assert truth is not None
            sold += truth.sales.minute.size
            assert (np.diff(truth.sales.minute) >= 0).all()
            assert (truth.sales.price > 0).all()
        assert sold > 10_000

    def test_a_rank_improves_when_something_sells(
        self, marketplace: Marketplace, living: list[SimulatedProduct]
    ) -> None:
        slow = [p for p in living if 5.6 < p.entry.log_rank < 6.4 and p.entry.family is None]
        explained = total = 0
        for product in slow:
            truth = marketplace.truth(product.entry.asin, NOW)
            assert truth is not None
            ranks = product.observed.csv[3].reshape(-1, 2)
            for (start, before), (end, after) in itertools.pairwise(ranks.tolist()):
                if before > 0 and 0 < after < 0.6 * before:
                    between = (truth.sales.minute > start - 130) & (truth.sales.minute <= end)
                    explained += bool(between.any())
                    total += 1
        assert total > 50
        assert explained / total > 0.97

    def test_episodes_have_begun(self, marketplace: Marketplace) -> None:
        for asin in marketplace.asins[:30]:
            truth = marketplace.truth(asin, NOW)
            if truth is not None:
                assert all(e.start <= NOW // MINUTES_PER_DAY for e in truth.episodes)


@pytest.mark.parametrize("fault", ["missing", "weight missing", "weight a tenth"])
def test_some_listed_packages_are_wrong(marketplace: Marketplace, fault: str) -> None:
    entries = [e for asin in marketplace.asins if (e := marketplace.entry(asin)) is not None]
    assert any(entry.package_fault == fault for entry in entries)
    assert sum(entry.package_fault is None for entry in entries) > 0.8 * SIZE
