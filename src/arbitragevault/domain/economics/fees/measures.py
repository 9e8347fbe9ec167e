"""Sizes and weights as exact numbers, whatever unit they were given in."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from arbitragevault.domain.catalog.product import PackageSize
from arbitragevault.domain.errors import InvalidInputError

MM_PER_UNIT: Final = {"mm": Fraction(1), "cm": Fraction(10), "in": Fraction(254, 10)}
"""Millimetres per length unit; the inch is 25.4 mm exactly (international yard, 1959)."""

GRAMS_PER_UNIT: Final = {
    "g": Fraction(1),
    "kg": Fraction(1000),
    "oz": Fraction(45_359_237, 1_600_000),
    "lb": Fraction(45_359_237, 100_000),
}
"""Grams per weight unit; the pound is 453.59237 g exactly (international pound, 1959)."""

Number = int | str | Fraction

Exact = int | Fraction
"""A figure without rounding: whole from the catalogue, which is many times faster to reckon with,
and a fraction where it was given in inches, pounds or decimals."""


@dataclass(frozen=True, slots=True)
class Measures:
    """A packaged unit's sides and weight; None where not known.

    Args:
        sides_mm: Longest, median and shortest side in millimetres.
        weight_grams: Weight in grams.
        is_rounded: True for catalogue figures, which are rounded to whole millimetres and grams,
            so a figure just above a limit may come from a unit on the limit.
    """

    sides_mm: tuple[Exact, Exact, Exact] | None
    weight_grams: Exact | None
    is_rounded: bool = False

    @classmethod
    def of(
        cls,
        sides: tuple[Number, Number, Number] | None = None,
        length_unit: str = "in",
        weight: Number | None = None,
        weight_unit: str = "lb",
    ) -> Measures:
        """Exact measures from figures in any order and unit.

        Args:
            sides: The three sides, in any order; strings such as ``"0.75"`` are read exactly.
            length_unit: ``mm``, ``cm`` or ``in``.
            weight: The weight; strings are read exactly.
            weight_unit: ``g``, ``kg``, ``oz`` or ``lb``.

        Raises:
            InvalidInputError: If a figure is not above 0 or a unit is unknown.
        """
        if length_unit not in MM_PER_UNIT or weight_unit not in GRAMS_PER_UNIT:
            raise InvalidInputError(
                f"Units {length_unit!r} and {weight_unit!r} are not understood; use one of "
                f"{', '.join(MM_PER_UNIT)} and one of {', '.join(GRAMS_PER_UNIT)}."
            )
        in_mm = None if sides is None else [_positive(s) * MM_PER_UNIT[length_unit] for s in sides]
        return cls(
            None if in_mm is None else _sorted(in_mm[0], in_mm[1], in_mm[2]),
            None if weight is None else _positive(weight) * GRAMS_PER_UNIT[weight_unit],
        )

    @classmethod
    def from_package(cls, package: PackageSize) -> Measures:
        """The catalogue's whole millimetres and grams; a figure that is not above 0 is missing."""
        sides = package.sides_mm
        has_sides = sides is not None and min(sides) > 0
        weight = package.weight_grams
        return cls(
            _sorted(*sides) if sides and has_sides else None,
            weight if weight is not None and weight > 0 else None,
            is_rounded=True,
        )

    @property
    def volume_mm3(self) -> Exact | None:
        """Volume in cubic millimetres."""
        if self.sides_mm is None:
            return None
        longest, median, shortest = self.sides_mm
        return longest * median * shortest


def _positive(figure: Number) -> Fraction:
    try:
        value = Fraction(figure)
    except (ValueError, ZeroDivisionError) as error:
        raise InvalidInputError(f"{figure!r} is not a size or weight.") from error
    if value <= 0:
        raise InvalidInputError(f"A size or weight of {figure} is not above 0.")
    return value


def _sorted(a: Exact, b: Exact, c: Exact) -> tuple[Exact, Exact, Exact]:
    longest, median, shortest = sorted((a, b, c), reverse=True)
    return longest, median, shortest
