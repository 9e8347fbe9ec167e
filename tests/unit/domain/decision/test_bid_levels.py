"""How deep a forecast is read for bids."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.decision.bid_levels import bid_levels, deepened, level_read
from arbitragevault.domain.market.learned import digest_of, load_learned
from arbitragevault.domain.market.resale_mixture import WEIGHTS
from arbitragevault.domain.market.resale_prior import LEVELS, shipped_prior


@given(exponent=st.floats(1.0, 3.0))
def test_the_lower_half_is_read_deeper_and_stays_in_order(exponent: float) -> None:
    levels = deepened(LEVELS, exponent)
    assert np.all(np.diff(levels) > 0)
    assert np.all(levels <= LEVELS)
    upper = LEVELS >= 0.5
    assert np.array_equal(levels[upper], LEVELS[upper])


def test_an_exponent_of_one_changes_nothing() -> None:
    assert deepened(LEVELS, 1.0) == pytest.approx(LEVELS)


def test_a_recorded_product_is_read_as_learned_without_it() -> None:
    learned, prior = load_learned("bids"), shipped_prior()
    assert len(learned["folds"]) == len(prior.folds)
    for asin, fold in prior.fold_of.items():
        assert np.array_equal(bid_levels(asin), deepened(LEVELS, learned["folds"][fold]))
    assert np.array_equal(bid_levels("unseen"), deepened(LEVELS, learned["exponent"]))


def test_the_levels_belong_to_the_forecast_that_ships() -> None:
    learned = load_learned("bids")
    assert (learned["prior"], learned["weights"]) == (
        shipped_prior().name,
        digest_of(asdict(WEIGHTS)),
    ), "The forecast was learned or weighed anew; run tools/learn_bids.py too."


@pytest.mark.parametrize("confidence", [0.6, 0.8, 0.95])
def test_a_bid_is_read_below_its_stated_level(confidence: float) -> None:
    assert 0 < level_read("unseen", confidence) < 1 - confidence
