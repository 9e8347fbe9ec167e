"""All products at once against each by itself: catalogue, levels, fields of the finder."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from arbitragevault.sandbox.columns import columns_of
from arbitragevault.sandbox.facts import Facts
from arbitragevault.sandbox.finder_fields import CONTROLS, FIELDS, FieldType
from arbitragevault.sandbox.kinds import KINDS, topic_id
from arbitragevault.sandbox.levels import AGES, levels_of
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.view import View

NOW = 8_360_000
SEED, SIZE = 7, 400
TYPES = {
    "Integer": FieldType.WHOLE, "Short": FieldType.WHOLE, "Byte": FieldType.WHOLE,
    "Float": FieldType.DECIMAL, "Boolean": FieldType.FLAG, "String[]": FieldType.TEXTS,
    "Byte[]": FieldType.WHOLES, "Integer[]": FieldType.WHOLES, "long[]": FieldType.WHOLES,
    "Long": FieldType.WHOLES,
}  # fmt: skip


def test_columns_equal_entries(marketplace: Marketplace) -> None:
    columns = columns_of(SEED, SIZE)
    facts = Facts(columns)
    for index, asin in enumerate(marketplace.asins):
        entry = marketplace.entry(asin)
        assert entry is not None
        assert KINDS[columns.kind[index]] is entry.kind
        assert columns.category[index] == topic_id(entry.kind, entry.topic)
        assert columns.root[index] == entry.kind.root.id
        assert columns.list_price[index] == entry.list_price
        assert columns.log_rank[index] == pytest.approx(entry.log_rank, abs=1e-12)
        assert columns.birth[index] == entry.birth
        assert columns.siblings[index] == (entry.family.size if entry.family else 0)
        assert bool(columns.is_dead[index]) == entry.is_dead
        assert bool(columns.is_hazmat[index]) == entry.is_hazmat
        names = facts.names[index]
        assert (names.title, names.author, names.brand) == (entry.title, entry.author, entry.brand)
        assert (names.publisher, names.binding) == (entry.publisher, entry.binding)
        assert facts.packages[index].tolist() == [
            *entry.listed.sides_mm,
            entry.listed.weight_grams,
        ]
        assert facts.pages[index] == (entry.pages or -1)


def test_levels_equal_the_simulations_up_to_small_movements(marketplace: Marketplace) -> None:
    levels = levels_of(columns_of(SEED, SIZE), SEED, NOW)
    moved: dict[str, list[float]] = {"value": [], "used_value": [], "demand": []}
    for index, asin in enumerate(marketplace.asins[:60]):
        truth = marketplace.truth(asin, NOW)
        if truth is None:
            continue
        for place, age in enumerate(AGES):
            if age < truth.value.size:
                for name, found in moved.items():
                    light = float(getattr(levels, name)[index, place])
                    found.append(float(np.log(light / getattr(truth, name)[-1 - age])))
    for name, spread in (("value", 0.05), ("used_value", 0.09), ("demand", 0.25)):
        assert abs(np.mean(moved[name])) < 0.03, name
        assert np.std(moved[name]) < spread, name


def test_glances_are_near_what_products_show(marketplace: Marketplace) -> None:
    features = View(marketplace).features(NOW)
    prices, ranks, amazon = [], [], []
    for index, asin in enumerate(marketplace.asins[:120]):
        product = marketplace.product(asin, NOW)
        if product is None:
            continue
        shown = {slot: int(flat[1::2][-1]) for slot, flat in product.observed.csv.items()
                 if slot in (0, 1, 3)}  # fmt: skip
        if shown.get(1, -1) > 0 and features.number("current_NEW")[index] > 0:
            prices.append(np.log(features.number("current_NEW")[index] / shown[1]))
        if shown.get(3, -1) > 0:
            ranks.append(np.log10(features.number("current_SALES")[index] / shown[3]))
        sells = bool(features.number("current_AMAZON")[index] >= 0)
        amazon.append(sells == (shown.get(0, -1) > 0))
    assert abs(np.median(prices)) < 0.10
    assert np.std(prices) < 0.40
    assert abs(np.median(ranks)) < 0.15
    assert np.mean(amazon) > 0.95


def test_a_day_has_one_table_and_the_next_day_another(marketplace: Marketplace) -> None:
    view = View(marketplace)
    assert view.features(NOW) is view.features(NOW + 10)
    later = view.features(NOW + 1_440)
    assert later.glance.now == view.features(NOW + 1_440).glance.now > NOW


def test_every_field_of_the_reference_is_known_with_its_type() -> None:
    table = Path(__file__).parents[3] / "shared" / "reference" / "keepa-finder-fields.tsv"
    if not table.exists():
        pytest.skip("The reference lies beside the repository and is not there.")
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row in rows:
        name, kind = row["name"], row["type"]
        if name in CONTROLS:
            continue
        if kind == "String":
            assert FIELDS[name] in (FieldType.TEXT, FieldType.TEXTS), name
        else:
            assert FIELDS[name] is TYPES[kind], name
    assert len(rows) == 1_364
