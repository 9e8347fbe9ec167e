"""What else is known of a listing: its variations, and who may win, or has won, its Buy Boxes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Channel, Condition


def _no_minutes() -> NDArray[np.int32]:
    return np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class UsedBoxHistory:
    """Who held the Used Buy Box over time, with what, and who shipped it.

    Args:
        minutes: int32 [n], strictly increasing market minutes.
        sellers: [n] seller ids; None while nobody held it.
        conditions: [n] conditions; None while nobody held it, or where it is unknown.
        channels: [n] channels; None likewise.
    """

    minutes: NDArray[np.int32] = field(default_factory=_no_minutes)
    sellers: tuple[str | None, ...] = ()
    conditions: tuple[Condition | None, ...] = ()
    channels: tuple[Channel | None, ...] = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UsedBoxHistory):
            return NotImplemented
        return (
            np.array_equal(self.minutes, other.minutes)
            and self.sellers == other.sellers
            and self.conditions == other.conditions
            and self.channels == other.channels
        )

    __hash__ = None  # type: ignore[assignment]  # arrays have no stable hash

    def up_to(self, minute: int) -> UsedBoxHistory:
        """The history as it was known at a minute."""
        end = int(np.searchsorted(self.minutes, minute, side="right"))
        return UsedBoxHistory(
            self.minutes[:end], self.sellers[:end], self.conditions[:end], self.channels[:end]
        )


@dataclass(frozen=True, slots=True, eq=False)
class RankCategoryHistory:
    """In which category the main sales rank was counted over time.

    A change of it makes ranks before and after incomparable.

    Args:
        minutes: int32 [n], strictly increasing market minutes.
        categories: [n] category ids; None while the product had no main rank.
    """

    minutes: NDArray[np.int32] = field(default_factory=_no_minutes)
    categories: tuple[int | None, ...] = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RankCategoryHistory):
            return NotImplemented
        return self.categories == other.categories and np.array_equal(self.minutes, other.minutes)

    __hash__ = None  # type: ignore[assignment]  # arrays have no stable hash

    def up_to(self, minute: int) -> RankCategoryHistory:
        """The history as it was known at a minute."""
        end = int(np.searchsorted(self.minutes, minute, side="right"))
        return RankCategoryHistory(self.minutes[:end], self.categories[:end])


@dataclass(frozen=True, slots=True)
class EligibleOffers:
    """How many offers may win the Buy Box of their condition; None where Keepa does not say."""

    new_fba: int | None = None
    new_fbm: int | None = None
    used_fba: int | None = None
    used_fbm: int | None = None
    collectible_fba: int | None = None
    collectible_fbm: int | None = None
    refurbished_fba: int | None = None
    refurbished_fbm: int | None = None


@dataclass(frozen=True, slots=True)
class Variation:
    """One of the products that share a parent, this one included.

    Args:
        asin: The product.
        attributes: What sets it apart, as (dimension, value), such as ("Color", "White").
        image: File name of its image at Amazon's image host.
    """

    asin: str
    attributes: tuple[tuple[str, str], ...] = ()
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What is known of a listing beside its market's series.

    Args:
        used_buy_box: Who held the Used Buy Box; None if not collected.
        rank_categories: Where the main rank was counted; None if not collected.
        eligible_offers: Offers that may win the Buy Box; None where Keepa does not say.
        variations: The products that share the parent and can be bought.
        past_variations: ASINs that did, or that are out of stock; none unless asked for.
    """

    used_buy_box: UsedBoxHistory | None = None
    rank_categories: RankCategoryHistory | None = None
    eligible_offers: EligibleOffers | None = None
    variations: tuple[Variation, ...] = ()
    past_variations: tuple[str, ...] = ()

    def up_to(self, minute: int) -> Listing:
        """The listing as it could be known at a past minute; variations are taken as constant."""
        used = self.used_buy_box.up_to(minute) if self.used_buy_box is not None else None
        ranks = self.rank_categories.up_to(minute) if self.rank_categories is not None else None
        return replace(
            self,
            used_buy_box=used if used is not None and used.sellers else None,
            rank_categories=ranks if ranks is not None and ranks.categories else None,
            eligible_offers=None,
        )
