"""Many units as arrays: what they have in common once, and their measures one by one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isnan

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import PackageSize, Product
from arbitragevault.domain.economics.fees.category import category_key
from arbitragevault.domain.economics.fees.measures import Measures
from arbitragevault.domain.economics.fees.model import DEFAULT_ASSUMPTIONS, FeeAssumptions
from arbitragevault.domain.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Template:
    """What many units have in common.

    Args:
        product: A listing, for its marketplace, category and dangerous goods; its measures do not
            matter.
        assumptions: What the listing does not tell. Measures and storage days belong into arrays.
    """

    product: Product
    assumptions: FeeAssumptions = DEFAULT_ASSUMPTIONS

    def __post_init__(self) -> None:
        if self.assumptions.measures is not None:
            raise InvalidInputError("Measures of many units are given as arrays.")


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Catalogue measures of many units, in whole millimetres and grams; NaN where not known.

    Args:
        sides_mm: The three sides in any order, of shape (n, 3).
        weight_grams: Weights, of shape (n,).
    """

    sides_mm: NDArray[np.float64]
    weight_grams: NDArray[np.float64]

    @classmethod
    def of(cls, packages: Iterable[PackageSize]) -> Sizes:
        """The measures of some packages."""
        unknown = (np.nan, np.nan, np.nan)
        pairs = [(p.sides_mm or unknown, p.weight_grams) for p in packages]
        sides = np.array([sides for sides, _ in pairs], dtype=np.float64).reshape(-1, 3)
        return cls(sides, np.array([weight for _, weight in pairs], dtype=np.float64))

    @classmethod
    def unknown(cls, count: int) -> Sizes:
        """Measures of which nothing is known."""
        return cls(np.full((count, 3), np.nan), np.full(count, np.nan))

    def __getitem__(self, chosen: slice | NDArray[np.int64]) -> Sizes:
        return Sizes(self.sides_mm[chosen], self.weight_grams[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Measures of many units in order; NaN where not known.

    Args:
        sides: Longest, median and shortest sides in millimetres, of shape (3, n).
        weight: Grams, of shape (n,).
    """

    sides: NDArray[np.float64]
    weight: NDArray[np.float64]

    @classmethod
    def of(cls, sizes: Sizes) -> Measured:
        """Catalogue measures; a weight that is not above 0, or all sides if one is not, is NaN."""
        first, second, third = sizes.sides_mm.T
        longest = np.maximum(np.maximum(first, second), third)
        shortest = np.minimum(np.minimum(first, second), third)
        sides = np.stack([longest, first + second + third - longest - shortest, shortest])
        sides[:, ~(shortest > 0)] = np.nan
        return cls(sides, np.where(sizes.weight_grams > 0, sizes.weight_grams, np.nan))

    def __getitem__(self, chosen: NDArray[np.int64]) -> Measured:
        return Measured(self.sides[:, chosen], self.weight[chosen])

    @property
    def has_sides(self) -> NDArray[np.bool_]:
        """Whose sides are known."""
        is_known: NDArray[np.bool_] = ~np.isnan(self.sides[0])
        return is_known

    @property
    def has_weight(self) -> NDArray[np.bool_]:
        """Whose weight is known."""
        is_known: NDArray[np.bool_] = ~np.isnan(self.weight)
        return is_known

    @property
    def is_complete(self) -> NDArray[np.bool_]:
        """Whose measures are all known."""
        complete: NDArray[np.bool_] = self.has_sides & self.has_weight
        return complete

    @property
    def volume(self) -> NDArray[np.float64]:
        """Cubic millimetres."""
        volume: NDArray[np.float64] = self.sides[0] * self.sides[1] * self.sides[2]
        return volume

    def where(self, holds: NDArray[np.bool_]) -> Measured:
        """The measures of units for which something holds; NaN for the others."""
        return Measured(np.where(holds, self.sides, np.nan), np.where(holds, self.weight, np.nan))

    def filled(self, other: Measured) -> Measured:
        """These measures, with others where they are not known."""
        return Measured(
            np.where(self.has_sides, self.sides, other.sides),
            np.where(self.has_weight, self.weight, other.weight),
        )

    def exact(self, place: int) -> Measures:
        """The measures of one unit."""
        longest, median, shortest = self.sides[:, place].tolist()
        weight = float(self.weight[place])
        return Measures(
            None if isnan(longest) else (Fraction(longest), Fraction(median), Fraction(shortest)),
            None if isnan(weight) else Fraction(weight),
            is_rounded=True,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Many units to be sold.

    Args:
        templates: What units have in common, each once.
        template: Which template each unit has, of shape (n,).
        package: Packaged measures.
        item: Measures of the bare item, for books whose package is unknown.
    """

    templates: tuple[Template, ...]
    template: NDArray[np.int64]
    package: Sizes
    item: Sizes

    def __len__(self) -> int:
        return len(self.template)

    def __getitem__(self, chosen: slice | NDArray[np.int64]) -> Units:
        return Units(self.templates, self.template[chosen], self.package[chosen], self.item[chosen])

    @classmethod
    def of(
        cls,
        products: Sequence[Product],
        assumptions: FeeAssumptions | Sequence[FeeAssumptions] = DEFAULT_ASSUMPTIONS,
    ) -> Units:
        """The units of some products.

        Args:
            products: The listings.
            assumptions: One for all, or one for each.
        """
        each = (
            [assumptions] * len(products)
            if isinstance(assumptions, FeeAssumptions)
            else assumptions
        )
        places: dict[Hashable, int] = {}
        templates: list[Template] = []
        template = np.empty(len(products), dtype=np.int64)
        for row, (product, assumed) in enumerate(zip(products, each, strict=True)):
            key = (product.marketplace.code, product.is_hazmat, category_key(product), assumed)
            place = places.setdefault(key, len(places))
            if place == len(templates):
                templates.append(Template(product, assumed))
            template[row] = place
        return cls(
            tuple(templates),
            template,
            Sizes.of(product.package for product in products),
            Sizes.of(product.item for product in products),
        )
