"""Our share of the sales: what speaks of it, and the Beta distribution that follows."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isnan, sqrt
from typing import Final

from scipy import special

from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.market.share_model import ClassShare, ShareModel

RIVAL_PULL: Final = 0.1
"""Offers whose pull for their price is at least this are counted as rivals."""

LEAST_BESIDE_AMAZON: Final = 0.02
"""Amazon never holds all of the Buy Box for ever; without a rest the share had no spread."""


@dataclass(frozen=True, slots=True)
class Share:
    """Our part of the product's sales: a Beta distribution given by its moments.

    Args:
        mean: Expected part, above 0 and at most 1.
        cv: Standard deviation / mean.
    """

    mean: float
    cv: float

    def quantile(self, level: float) -> float:
        """The part (0-1) that is not exceeded with this probability."""
        if self.cv == 0:
            return self.mean
        total = (1 - self.mean) / (self.mean * self.cv**2) - 1
        return float(special.betaincinv(self.mean * total, (1 - self.mean) * total, level))


@dataclass(frozen=True, slots=True)
class ShareSigns:
    """What a market shows of our share, before any learned number is applied.

    Args:
        is_used: Class of our unit.
        channel: Who ships it.
        basis: ``live_offers``, ``buy_box`` or ``counts``.
        offers: Live offers that compete: who ships each, and the part by which it is dearer than
            ours (0 where it is not).
        rotation: Other sellers of the Buy Box: their number, and how many equal ones they are like.
        counted: Offers counted.
        by_amazon: Amazon's part (0-1) of the Buy Box; None where unknown.
        amazon_sells: Amazon's own New offer competes now.
        both_classes: New and Used are both on offer.
        price_gap: Natural log of the lowest Used over the lowest New price; NaN if unknown.
        root: Root category id; None if unknown.
    """

    is_used: bool
    channel: Channel
    basis: str
    offers: tuple[tuple[Channel, float], ...]
    rotation: tuple[int, float]
    counted: int
    by_amazon: float | None
    amazon_sells: bool
    both_classes: bool
    price_gap: float
    root: int | None


@dataclass(frozen=True, slots=True)
class Weights:
    """How the share came about.

    Args:
        share: Our part.
        own: Our weight.
        rivals: How many compete.
        rival_weight: Their weight beside ours.
        class_part: Part (0-1) of the sales that is of our class.
    """

    share: Share
    own: float
    rivals: int
    rival_weight: float
    class_part: float


def share_of(signs: ShareSigns, model: ShareModel) -> Weights:
    """The share that signs speak of.

    Args:
        signs: What the market shows.
        model: The learned weights.
    """
    learned = model.of(is_used=signs.is_used)
    own = model.channel_weight(signs.channel)
    rivals, weight = _rivals(signs, learned, model)
    class_part = learned.class_part(signs.price_gap, signs.root) if signs.both_classes else 1.0
    if signs.by_amazon is not None:
        left = max(LEAST_BESIDE_AMAZON, 1.0 - signs.by_amazon)
        mean = left * own / (own + weight)
    else:
        mean = own / (own + weight + model.amazon_weight * signs.amazon_sells)
    mean *= class_part
    spread = learned.spread[signs.basis] * sqrt(1.0 - mean)
    return Weights(Share(mean, spread), own, rivals, weight, class_part)


def _rivals(signs: ShareSigns, learned: ClassShare, model: ShareModel) -> tuple[int, float]:
    """How many compete, and their weight: a dearer offer pulls less."""
    if signs.basis == "buy_box":
        return signs.rotation
    if signs.basis == "counts":
        return signs.counted, learned.counted * signs.counted
    pulls = [
        (exp(-min(excess / learned.reach, 50.0)), model.channel_weight(channel))
        for channel, excess in signs.offers
    ]
    return sum(pull >= RIVAL_PULL for pull, _ in pulls), sum(p * w for p, w in pulls)


def excess_over(landed_price: float, own_price: float) -> float:
    """The part by which an offer is dearer than ours; 0 where it is not or ours is not known."""
    return 0.0 if isnan(own_price) else max(0.0, landed_price / own_price - 1.0)
