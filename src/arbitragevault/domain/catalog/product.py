"""A product: one Amazon listing and its catalogue facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from arbitragevault.domain.catalog.marketplace import Marketplace


class Condition(StrEnum):
    """The condition in which a unit is offered, best first."""

    NEW = "new"
    LIKE_NEW = "used_like_new"
    VERY_GOOD = "used_very_good"
    GOOD = "used_good"
    ACCEPTABLE = "used_acceptable"

    @property
    def is_used(self) -> bool:
        """True for the four used grades."""
        return self is not Condition.NEW


class Channel(StrEnum):
    """Who ships the unit: Amazon (FBA) or the seller (FBM)."""

    FBA = "fba"
    FBM = "fbm"


class ProductType(StrEnum):
    """What kind of listing Keepa says this is."""

    STANDARD = "standard"
    DOWNLOADABLE = "downloadable"
    EBOOK = "ebook"
    INACCESSIBLE = "inaccessible"
    INVALID = "invalid"
    VARIATION_PARENT = "variation_parent"


@dataclass(frozen=True, slots=True)
class Category:
    """A node of Amazon's browse tree."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class PackageSize:
    """A packaged unit's measures; any of them may be unknown (None), never 0.

    Args:
        sides_mm: The three sides in millimetres, longest first, or None unless all three are known.
        weight_grams: Weight in grams.
    """

    sides_mm: tuple[int, int, int] | None
    weight_grams: int | None


@dataclass(frozen=True, slots=True)
class Product:
    """One Amazon listing: (marketplace, ASIN) with its catalogue facts.

    Args:
        marketplace: The site.
        asin: Amazon's ten-character id.
        type: Keepa's product type; evaluate it first.
        title: As Amazon shows it, markup removed.
        root_category: The root of the browse tree, which decides fees and the main sales rank.
        category_path: Root to leaf, as far as known.
        package: Packaged measures.
        item: Measures of the bare item, for when the package is unknown.
        eans / upcs: Product codes, first one primary.
        image: File name of the main image at Amazon's image host.
        is_hazmat / is_heat_sensitive / is_adult: None where Keepa does not say.
        parent_asin: The variation parent.
        variation_asins: Siblings that share the parent (and usually the sales rank).
        rank_category: Category id whose rank is the main sales rank; None if unranked.
    """

    marketplace: Marketplace
    asin: str
    type: ProductType = ProductType.STANDARD
    title: str | None = None
    brand: str | None = None
    manufacturer: str | None = None
    author: str | None = None
    binding: str | None = None
    product_group: str | None = None
    item_type: str | None = None
    root_category: Category | None = None
    category_path: tuple[Category, ...] = ()
    package: PackageSize = PackageSize(None, None)
    item: PackageSize = PackageSize(None, None)
    eans: tuple[str, ...] = ()
    upcs: tuple[str, ...] = ()
    image: str | None = None
    publication_date: str | None = None
    number_of_pages: int | None = None
    items_per_package: int | None = None
    is_adult: bool | None = None
    is_hazmat: bool | None = None
    is_heat_sensitive: bool | None = None
    parent_asin: str | None = None
    variation_asins: tuple[str, ...] = ()
    rank_category: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it: (marketplace code, ASIN)."""
        return self.marketplace.code, self.asin
