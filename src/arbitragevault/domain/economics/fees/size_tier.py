"""Size tiers: which tier a packaged unit falls in, and by which weight it is charged."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import inf, lcm
from typing import Final

from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.economics.fees.measures import Exact, Measures
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
class TierLimits:
    """The limits of a tier as whole numbers, so that units are tested without fractions.

    Lengths are in parts of a millimetre, weights in parts of a gram (``SizeTierTable``); without a
    limit they are infinite.
    """

    tier: SizeTier
    sides: tuple[float, float, float]
    length_plus_girth: float
    sum_of_sides: float
    weight: float
    dimensional: float
    min_side: int

    @classmethod
    def of(cls, tier: SizeTier, per_mm: int, per_gram: int) -> TierLimits:
        """The limits of a tier in parts of which each of them is a whole number."""

        def whole(limit: Fraction | None, parts: int) -> float:
            return inf if limit is None else int(limit * parts)

        longest, median, shortest = tier.sides_mm or (None, None, None)
        return cls(
            tier,
            (whole(longest, per_mm), whole(median, per_mm), whole(shortest, per_mm)),
            whole(tier.length_plus_girth_mm, per_mm),
            whole(tier.sum_of_sides_mm, per_mm),
            whole(tier.max_weight_grams, per_gram),
            whole(tier.max_dimensional_grams, per_gram),
            int((tier.min_side_mm or 0) * per_mm),
        )

    def take(self, sides: tuple[Exact, Exact, Exact], slack: int) -> bool:
        """Are sides within the limits, each with some slack?"""
        longest, median, shortest = sides
        most = self.sides
        return (
            longest - slack <= most[0]
            and median - slack <= most[1]
            and shortest - slack <= most[2]
            # Each side in a sum of sides may be rounded up by half a millimetre.
            and longest + median + shortest - 3 * slack <= self.sum_of_sides
            and length_plus_girth(sides) - 5 * slack <= self.length_plus_girth
        )


@dataclass(frozen=True, slots=True)
class Sized:
    """A unit that was sorted into a tier; weights are counted in parts of a gram.

    Args:
        tier: The tier's id.
        unit: Unit weight, lowered by the catalogue's rounding.
        billed: The weight that is charged: unit or dimensional.
        dimensional: Volume as weight.
        per_gram: Parts in a gram.
        is_standard: True for standard-size tiers, False for oversize.
    """

    tier: str
    unit: Exact
    billed: Exact
    dimensional: Exact
    per_gram: int
    is_standard: bool

    @property
    def billed_grams(self) -> Fraction:
        """The weight that is charged."""
        return Fraction(self.billed, self.per_gram)

    @property
    def dimensional_grams(self) -> Fraction:
        """Volume as weight."""
        return Fraction(self.dimensional, self.per_gram)


@dataclass(frozen=True, slots=True)
class SizeTierTable:
    """The tiers of one period, in the order in which they are tried.

    Args:
        tiers: Smallest first; the last one takes whatever is left.
        standard: Ids of the standard-size tiers.
        grams_per_mm3: Dimensional weight of a cubic millimetre.

    Besides, so that units are tested without fractions:
        per_mm / per_gram: Parts in which every limit, half a millimetre, half a gram and the
            dimensional weight of a cubic part of a millimetre are whole numbers.
        per_volume: That dimensional weight.
        limits: The tiers' limits in these parts.
    """

    tiers: tuple[SizeTier, ...]
    standard: frozenset[str]
    grams_per_mm3: Fraction
    per_mm: int = field(init=False, repr=False, compare=False)
    per_gram: int = field(init=False, repr=False, compare=False)
    per_volume: int = field(init=False, repr=False, compare=False)
    limits: tuple[TierLimits, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lengths, weights = [SLACK], [SLACK]
        for tier in self.tiers:
            sides = tier.sides_mm or ()
            others = (tier.length_plus_girth_mm, tier.sum_of_sides_mm, tier.min_side_mm)
            lengths += [length for length in (*sides, *others) if length is not None]
            most = (tier.max_weight_grams, tier.max_dimensional_grams)
            weights += [weight for weight in most if weight is not None]
        per_mm = lcm(*(length.denominator for length in lengths))
        per_volume = self.grams_per_mm3 / per_mm**3
        per_gram = lcm(per_volume.denominator, *(weight.denominator for weight in weights))
        object.__setattr__(self, "per_mm", per_mm)
        object.__setattr__(self, "per_gram", per_gram)
        object.__setattr__(self, "per_volume", int(per_volume * per_gram))
        limits = tuple(TierLimits.of(tier, per_mm, per_gram) for tier in self.tiers)
        object.__setattr__(self, "limits", limits)

    @property
    def goes_by_class(self) -> bool:
        """True if the fulfilment class decides about the tier as well."""
        return any(tier.classes is not None for tier in self.tiers)

    def tier(self, tier_id: str) -> SizeTier | None:
        """The tier of an id."""
        return next((tier for tier in self.tiers if tier.id == tier_id), None)

    def classify(
        self,
        sides_mm: tuple[Exact, Exact, Exact],
        weight_grams: Exact,
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
        per_mm = self.per_mm
        slack = per_mm // 2 if is_rounded else 0
        sides = sides_mm[0] * per_mm, sides_mm[1] * per_mm, sides_mm[2] * per_mm
        unit = self._lowered(weight_grams, is_rounded=is_rounded)
        for limits in self.limits:
            tier = limits.tier
            dimensional = self._dimensional(sides, limits)
            tested = unit if tier.weight_test == "unit" else max(unit, dimensional)
            fits = tested <= limits.weight and dimensional <= limits.dimensional
            if fits and limits.take(sides, slack) and tier.serves(fee_class):
                return self._sized(tier, unit, dimensional)
        raise RateCardError("The last size tier has limits, so some units fit in none.")

    def assume(self, tier_id: str, measures: Measures) -> Sized | None:
        """A unit whose tier is given; None if its tier is unknown here or its weight is missing."""
        tier = self.tier(tier_id)
        if tier is None or measures.weight_grams is None:
            return None
        unit = self._lowered(measures.weight_grams, is_rounded=measures.is_rounded)
        dimensional: Exact = 0
        if measures.sides_mm is not None:
            longest, median, shortest = measures.sides_mm
            per_mm, limits = self.per_mm, self.limits[self.tiers.index(tier)]
            sides = longest * per_mm, median * per_mm, shortest * per_mm
            dimensional = self._dimensional(sides, limits)
        return self._sized(tier, unit, dimensional)

    def _dimensional(self, sides: tuple[Exact, Exact, Exact], limits: TierLimits) -> Exact:
        """Volume as weight in parts, with the tier's least median and shortest side."""
        longest, median, shortest = sides
        least = limits.min_side
        return longest * max(median, least) * max(shortest, least) * self.per_volume

    def _lowered(self, weight_grams: Exact, *, is_rounded: bool) -> Exact:
        """The least weight in parts that would be rounded to this one."""
        half = self.per_gram // 2
        weight = weight_grams * self.per_gram
        return weight - min(half, weight_grams * half) if is_rounded else weight

    def _sized(self, tier: SizeTier, unit: Exact, dimensional: Exact) -> Sized:
        billed = unit if tier.billed_weight == "unit" else max(unit, dimensional)
        is_standard = tier.id in self.standard
        return Sized(tier.id, unit, billed, dimensional, self.per_gram, is_standard)


def length_plus_girth(sides: tuple[Exact, Exact, Exact]) -> Exact:
    """Longest side plus the way around the other two."""
    longest, median, shortest = sides
    return longest + 2 * (median + shortest)


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
