"""Size tiers: which tier a packaged unit falls in, and by which weight it is charged."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.economics.fees.measures import Measures
from arbitragevault.domain.economics.fees.model import FeeClass
from arbitragevault.domain.errors import RateCardError

SLACK: Final = Fraction(1, 2)
"""Catalogue figures are whole millimetres and grams, so the true one may be half a unit less.

Keepa's 227 g book of 8 oz (226.8 g) and 305 mm of 12 in (304.8 mm) lie on the limit, not above it.
A wider allowance is wrong: a 1,592 g unit is charged above the 3.5 lb (1,587.6 g) edge.
"""


@dataclass(frozen=True, slots=True)
class SizeTier:
    """One tier; every limit is included, None is no limit.

    Args:
        id: Such as ``small_standard``.
        sides_mm: Longest, median and shortest side.
        length_plus_girth_mm: Longest side + 2 x (median + shortest).
        max_weight_grams: Weight.
        weight_test: What is tested: ``unit`` weight, or the ``greater`` of unit and dimensional.
        billed_weight: The weight that is charged: ``unit`` or ``greater``.
        min_side_mm: What median and shortest side are raised to for the dimensional weight.
        max_dimensional_grams: Dimensional weight, where it has a limit of its own.
        sum_of_sides_mm: Sum of the three sides.
        classes: Fulfilment classes that have this tier; None for all.
    """

    id: str
    sides_mm: tuple[Fraction, Fraction, Fraction] | None
    length_plus_girth_mm: Fraction | None
    max_weight_grams: Fraction | None
    weight_test: str
    billed_weight: str
    min_side_mm: Fraction | None
    max_dimensional_grams: Fraction | None = None
    sum_of_sides_mm: Fraction | None = None
    classes: frozenset[FeeClass] | None = None

    @property
    def takes_all(self) -> bool:
        """True for a tier without limits."""
        return not (
            self.sides_mm
            or self.length_plus_girth_mm
            or self.max_weight_grams
            or self.max_dimensional_grams
            or self.sum_of_sides_mm
            or self.classes
        )

    def serves(self, fee_class: FeeClass | None) -> bool:
        """Does a fulfilment class have this tier?"""
        return self.classes is None or fee_class in self.classes


@dataclass(frozen=True, slots=True)
class Sized:
    """A unit that was sorted into a tier.

    Args:
        tier: The tier's id.
        unit_grams: Unit weight, lowered by the catalogue's rounding.
        billed_grams: The weight that is charged: unit or dimensional.
        dimensional_grams: Volume as weight.
        is_standard: True for standard-size tiers, False for oversize.
    """

    tier: str
    unit_grams: Fraction
    billed_grams: Fraction
    dimensional_grams: Fraction
    is_standard: bool


@dataclass(frozen=True, slots=True)
class SizeTierTable:
    """The tiers of one period, in the order in which they are tried.

    Args:
        tiers: Smallest first; the last one takes whatever is left.
        standard: Ids of the standard-size tiers.
        grams_per_mm3: Dimensional weight of a cubic millimetre.
    """

    tiers: tuple[SizeTier, ...]
    standard: frozenset[str]
    grams_per_mm3: Fraction

    @property
    def goes_by_class(self) -> bool:
        """True if the fulfilment class decides about the tier as well."""
        return any(tier.classes is not None for tier in self.tiers)

    def tier(self, tier_id: str) -> SizeTier | None:
        """The tier of an id."""
        return next((tier for tier in self.tiers if tier.id == tier_id), None)

    def classify(
        self,
        sides_mm: tuple[Fraction, Fraction, Fraction],
        weight_grams: Fraction,
        *,
        is_rounded: bool,
        fee_class: FeeClass | None = None,
    ) -> Sized:
        """The first tier that a unit fits in.

        Args:
            sides_mm: Longest, median and shortest side.
            weight_grams: Unit weight.
            is_rounded: Whether the figures are rounded to whole millimetres and grams.
            fee_class: Its fulfilment class; needed where the table goes by class.
        """
        slack = SLACK if is_rounded else Fraction(0)
        unit = _lowered(weight_grams, slack)
        for tier in self.tiers:
            dimensional = self.dimensional_grams(sides_mm, tier)
            tested = unit if tier.weight_test == "unit" else max(unit, dimensional)
            if tier.serves(fee_class) and _fits(tier, sides_mm, (tested, dimensional), slack):
                return self._sized(tier, unit, dimensional)
        raise RateCardError("The last size tier has limits, so some units fit in none.")

    def assume(self, tier_id: str, measures: Measures) -> Sized | None:
        """A unit whose tier is given; None if its tier is unknown here or its weight is missing."""
        tier = self.tier(tier_id)
        if tier is None or measures.weight_grams is None:
            return None
        unit = _lowered(measures.weight_grams, SLACK if measures.is_rounded else Fraction(0))
        sides = measures.sides_mm
        dimensional = self.dimensional_grams(sides, tier) if sides else Fraction(0)
        return self._sized(tier, unit, dimensional)

    def dimensional_grams(
        self, sides_mm: tuple[Fraction, Fraction, Fraction], tier: SizeTier
    ) -> Fraction:
        """Volume as weight, with the tier's least median and shortest side."""
        longest, median, shortest = sides_mm
        floor = tier.min_side_mm or Fraction(0)
        return longest * max(median, floor) * max(shortest, floor) * self.grams_per_mm3

    def _sized(self, tier: SizeTier, unit: Fraction, dimensional: Fraction) -> Sized:
        billed = unit if tier.billed_weight == "unit" else max(unit, dimensional)
        return Sized(tier.id, unit, billed, dimensional, tier.id in self.standard)


def length_plus_girth(sides_mm: tuple[Fraction, Fraction, Fraction]) -> Fraction:
    """Longest side plus the way around the other two, in millimetres."""
    longest, median, shortest = sides_mm
    return longest + 2 * (median + shortest)


def _lowered(weight_grams: Fraction, slack: Fraction) -> Fraction:
    """The least weight that would be rounded to this one."""
    return weight_grams - min(slack, weight_grams / 2)


def _fits(
    tier: SizeTier,
    sides_mm: tuple[Fraction, Fraction, Fraction],
    weights_grams: tuple[Fraction, Fraction],
    slack: Fraction,
) -> bool:
    limits = (tier.max_weight_grams, tier.max_dimensional_grams)
    for weight, limit in zip(weights_grams, limits, strict=True):
        if limit is not None and weight > limit:
            return False
    if tier.sides_mm is not None and any(
        side - slack > limit for side, limit in zip(sides_mm, tier.sides_mm, strict=True)
    ):
        return False
    # Each side in a sum of sides may be rounded up by half a millimetre.
    if tier.sum_of_sides_mm is not None and sum(sides_mm) - 3 * slack > tier.sum_of_sides_mm:
        return False
    girth = tier.length_plus_girth_mm
    return girth is None or length_plus_girth(sides_mm) - 5 * slack <= girth


def parse_size_tiers(body: Json) -> SizeTierTable:
    """Read a size tier section.

    Raises:
        RateCardError: If a tier has a wrong limit, or the last one leaves a hole.
    """
    mm, grams = fields.length_unit(body), fields.weight_unit(body)
    tiers = tuple(_parse_tier(tier, mm, grams) for tier in fields.objects(body, "tiers"))
    last = tiers[-1]
    if not last.takes_all:
        raise RateCardError("The last size tier has limits, so some units would fit in none.")
    if len({tier.id for tier in tiers}) != len(tiers):
        raise RateCardError("A size tier is defined twice.")
    standard = frozenset(fields.texts(body, "standard_tiers"))
    if not standard <= {tier.id for tier in tiers}:
        raise RateCardError("standard_tiers names a tier that is not defined.")
    return SizeTierTable(tiers, standard, _density(body, tiers, grams / mm**3))


def _density(body: Json, tiers: tuple[SizeTier, ...], weight_per_volume: Fraction) -> Fraction:
    """Dimensional weight of a cubic millimetre in grams; 0 where no tier looks at it."""
    divisor = body.get("dimensional_divisor")
    if divisor is not None:
        return weight_per_volume / fields.exact(divisor)
    if any("greater" in (tier.weight_test, tier.billed_weight) for tier in tiers):
        raise RateCardError("A tier is charged by dimensional weight, and there is no divisor.")
    return Fraction(0)


def _parse_tier(body: Json, mm: Fraction, grams: Fraction) -> SizeTier:
    sides = [fields.exact(side) * mm for side in body.get("sides", ())]
    if len(sides) not in (0, 3) or sides != sorted(sides, reverse=True):
        raise RateCardError(f"Size tier {body.get('id')!r} needs three sides, longest first.")
    tests = {fields.field(body, "weight_test", str), fields.field(body, "billed_weight", str)}
    if not tests <= {"unit", "greater"}:
        raise RateCardError(f"Size tier {body.get('id')!r}: weights are 'unit' or 'greater'.")
    return SizeTier(
        fields.field(body, "id", str),
        (sides[0], sides[1], sides[2]) if sides else None,
        _scaled(body.get("length_plus_girth"), mm),
        _scaled(body.get("max_weight"), grams),
        body["weight_test"],
        body["billed_weight"],
        _scaled(body.get("min_side"), mm),
        _scaled(body.get("max_dimensional_weight"), grams),
        _scaled(body.get("sum_of_sides"), mm),
        _parse_classes(body),
    )


def _parse_classes(body: Json) -> frozenset[FeeClass] | None:
    if "classes" not in body:
        return None
    return frozenset(fields.choice(FeeClass, name) for name in fields.texts(body, "classes"))


def _scaled(value: object, unit: Fraction) -> Fraction | None:
    return None if value is None else fields.exact(value) * unit
