"""The learned part of our share: how far rivals reach, what weighs how much, how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, isnan
from typing import Any, Final

from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.market.demand_model import BOOKS_ROOT
from arbitragevault.domain.market.learned import load_learned


@dataclass(frozen=True, slots=True)
class ClassShare:
    """How our share comes about in one class, New or Used.

    Args:
        reach: Part of our price above which a dearer rival's pull falls to 1 / e.
        own_class: Log odds that a sale is of this class where both are on offer: constant, per
            natural log of the lowest Used over the lowest New price, and for books.
        counted: Part of the counted offers that competes where only their number is known.
        spread: Relative spread of a small share by its source.
    """

    reach: float
    own_class: tuple[float, float, float]
    counted: float
    spread: Mapping[str, float]

    def class_part(self, ratio: float, root: int | None) -> float:
        """The part (0-1) of the product's sales that is of this class where both are on offer.

        Args:
            ratio: Natural log of the lowest Used over the lowest New price; NaN if unknown.
            root: Root category id; None if unknown.
        """
        constant, per_ratio, for_books = self.own_class
        odds = constant + for_books * (root == BOOKS_ROOT)
        odds += 0.0 if isnan(ratio) else per_ratio * min(max(ratio, -2.0), 1.0)
        return 1.0 / (1.0 + exp(-odds))


@dataclass(frozen=True, slots=True)
class ShareModel:
    """The learned weights.

    Args:
        new / used: By class.
        fbm_weight: Pull of an offer that its seller ships; one shipped by Amazon pulls 1.
        amazon_weight: Pull of Amazon's own live offer.
        name: Version, part of the model version.
    """

    new: ClassShare
    used: ClassShare
    fbm_weight: float
    amazon_weight: float
    name: str

    def channel_weight(self, channel: Channel) -> float:
        """Pull of an offer by who ships it."""
        return 1.0 if channel is Channel.FBA else self.fbm_weight

    def of(self, *, is_used: bool) -> ClassShare:
        """The class's own part."""
        return self.used if is_used else self.new


def share_model_from(found: Mapping[str, Any]) -> ShareModel:
    """A model from the parameters of a learned file."""
    classes = {
        name: ClassShare(
            reach=found[name]["reach"],
            own_class=tuple(found[name]["own_class"]),
            counted=found[name]["counted"],
            spread=found[name]["spread"],
        )
        for name in ("new", "used")
    }
    return ShareModel(
        new=classes["new"],
        used=classes["used"],
        fbm_weight=found["fbm_weight"],
        amazon_weight=found["amazon_weight"],
        name=found["name"],
    )


SHARE_MODEL: Final = share_model_from(load_learned("share"))
"""The model that ships with this version."""
