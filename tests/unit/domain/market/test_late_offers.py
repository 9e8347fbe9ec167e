"""Offers that are built when they are first looked at."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.market.market import Offer
from arbitragevault.domain.market.offers import LateOffers
from arbitragevault.domain.market.series import StepSeries


def offer(number: int) -> Offer:
    price = StepSeries(np.array([10]), np.array([100.0 + number]))
    return Offer(
        number, "A1", Condition.NEW, 1, Channel.FBM, price, price, last_seen=10, is_live=True
    )


def test_they_are_built_once_and_only_when_looked_at() -> None:
    built: list[int] = []

    def build() -> tuple[Offer, ...]:
        built.append(1)
        return offer(1), offer(2)

    offers = LateOffers(2, build, None)
    assert len(offers) == 2
    assert repr(offers) == "LateOffers(2)"
    assert built == []
    assert offers[0].offer_id == 1
    assert offers[-1].offer_id == 2
    assert offers[:1] == (offer(1),)
    assert [one.offer_id for one in offers] == [1, 2]
    assert built == [1]


def test_those_on_the_listing_are_built_without_the_others() -> None:
    built: list[str] = []

    def build() -> tuple[Offer, ...]:
        built.append("all")
        return offer(1), offer(2)

    def build_live() -> tuple[Offer, ...]:
        built.append("live")
        return (offer(2),)

    offers = LateOffers(2, build, build_live)
    assert offers.live == (offer(2),)
    assert offers.live is offers.live
    assert built == ["live"]
    assert LateOffers(2, build, None).live is None


def test_equality() -> None:
    offers = LateOffers(2, lambda: (offer(1), offer(2)), None)
    assert offers == (offer(1), offer(2))
    assert offers == [offer(1), offer(2)]
    assert offers == LateOffers(2, lambda: (offer(1), offer(2)), None)
    assert offers != (offer(1), offer(3))
    assert offers != LateOffers(1, lambda: (offer(1),), None)
    assert offers != 5
    with pytest.raises(TypeError):
        hash(offers)


def test_they_are_pickled_as_a_tuple() -> None:
    loaded = pickle.loads(pickle.dumps(LateOffers(1, lambda: (offer(1),), None)))  # noqa: S301 - ours
    assert loaded == (offer(1),)
