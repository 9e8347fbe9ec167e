"""The unit that is sold: its measures, where they come from, and whether they are believable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Product
from arbitragevault.domain.economics.fees.measures import Measures
from arbitragevault.domain.economics.fees.model import SizeStatus
from arbitragevault.domain.economics.fees.units import Measured, Sizes

_MAX_SIDE_TENTHS: Final = 108 * 254
"""Longest side that UPS and FedEx carry as a parcel (108 in), in tenths of a millimetre; above it a
unit error is likelier."""

_DENSITY: Final = (3, 23_000)
"""Grams per litre: a package of air and film, and osmium, the densest metal (22.6 kg)."""

_BOOK_DENSITY: Final = (100, 3000)
"""Grams per litre. Paper has about 700 to 1200; the margin leaves room for boxes and toys."""

_MM3_PER_LITRE: Final = 10**6

_LEAST_BOOK_GRAMS: Final = 10
"""Two sheets of paper and a cover; lighter "books" are catalogue errors."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit's measures.

    Args:
        measures: Sides and weight; a part that is missing or not believable is None.
        basis: ``given``, ``package``, or ``item`` where a book's own measures fill in.
        problem: Why a part is None; None if both are known.
        status: What can be said of the package's own measures, or of given ones.
        flaw: What is missing of them or cannot be right, even where others fill in.
    """

    measures: Measures
    basis: str
    problem: str | None
    status: SizeStatus = SizeStatus.KNOWN
    flaw: str | None = None


def unit_of(product: Product, *, is_book: bool, given: Measures | None) -> Unit:
    """The measures to charge a product by.

    A book is sold as it is, so where its package is unknown or not believable, its own measures
    serve, and the basis says so. For everything else the bare item says little about the package.

    Args:
        product: The listing.
        is_book: Whether it is charged as a book.
        given: Measures that the user gave; they are charged, and marked if they cannot be right.
    """
    if given is not None:
        return Unit(given, "given", _missing(given), *_judged(given, is_book=is_book))
    package = Measures.from_package(product.package)
    status, flaw = _judged(package, is_book=is_book)
    if flaw is None:
        return Unit(package, "package", None)
    if is_book:
        item = Measures.from_package(product.item)
        for candidate in (_filled(package, item), item):
            if _missing(candidate) is None and implausible(candidate, is_book=True) is None:
                return Unit(candidate, "item", None, status, flaw)
    if implausible(package, is_book=is_book):
        return Unit(Measures(None, None), "package", flaw, status, flaw)
    return Unit(package, "package", flaw, status, flaw)


def units_of(package: Sizes, item: Sizes, is_book: NDArray[np.bool_]) -> Measured:
    """The measures to charge many listings by: `unit_of` for each of them.

    Args:
        package: Packaged measures of n units.
        item: Measures of the bare items.
        is_book: Whether each is charged as a book.
    """
    packed = Measured.of(package)
    is_wrong = ~_are_believable(packed, is_book)
    found = packed.where(~is_wrong)
    books = np.flatnonzero(is_book & (is_wrong | ~packed.is_complete))
    own, shown = Measured.of(item[books]), packed[books]
    for candidate in (own, shown.filled(own)):
        serves = candidate.is_complete & _are_believable(candidate, is_book[books])
        found.sides[:, books[serves]] = candidate.sides[:, serves]
        found.weight[books[serves]] = candidate.weight[serves]
    return found


def _are_believable(measured: Measured, is_book: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which measures `implausible` has nothing against; what is missing counts for it."""
    volume, scaled = measured.volume, measured.weight * _MM3_PER_LITRE
    least = np.where(is_book, _BOOK_DENSITY[0], _DENSITY[0])
    most = np.where(is_book, _BOOK_DENSITY[1], _DENSITY[1])
    is_wrong = 10 * measured.sides[0] > _MAX_SIDE_TENTHS
    is_wrong |= is_book & (measured.weight < _LEAST_BOOK_GRAMS)
    is_wrong |= (scaled < least * volume) | (scaled > most * volume)
    believable: NDArray[np.bool_] = ~is_wrong
    return believable


def implausible(measures: Measures, *, is_book: bool) -> str | None:
    """Why measures cannot be right, or None if they can."""
    sides, weight = measures.sides_mm, measures.weight_grams
    if is_book and weight is not None and weight < _LEAST_BOOK_GRAMS:
        return f"a book of {float(weight):g} g is not believable"
    if sides is not None and 10 * sides[0] > _MAX_SIDE_TENTHS:
        return f"a package {float(sides[0]) / 1000:g} m long is not believable"
    volume = measures.volume_mm3
    if volume is None or weight is None:
        return None
    least, most = _BOOK_DENSITY if is_book else _DENSITY
    if least * volume <= weight * _MM3_PER_LITRE <= most * volume:
        return None
    shape = " x ".join(f"{float(side):g}" for side in sides or ())
    return f"a package of {float(weight):g} g and {shape} mm is not believable"


def believable_part(measures: Measures, *, is_book: bool) -> Measures:
    """Sides or weight that can be right by themselves; neither where they contradict each other."""
    sides, weight = measures.sides_mm, measures.weight_grams
    if sides is not None and implausible(Measures(sides, None), is_book=is_book):
        sides = None
    if weight is not None and implausible(Measures(None, weight), is_book=is_book):
        weight = None
    rest = replace(measures, sides_mm=sides, weight_grams=weight)
    return Measures(None, None) if implausible(rest, is_book=is_book) else rest


def _judged(measures: Measures, *, is_book: bool) -> tuple[SizeStatus, str | None]:
    """What can be said of measures, and what is missing or cannot be right."""
    absurd = implausible(measures, is_book=is_book)
    if absurd is not None:
        return SizeStatus.IMPLAUSIBLE, absurd
    missing = _missing(measures)
    return (SizeStatus.KNOWN if missing is None else SizeStatus.MISSING), missing


def _missing(measures: Measures) -> str | None:
    if measures.sides_mm is None and measures.weight_grams is None:
        return "the package's size and weight are not known"
    if measures.sides_mm is None:
        return "the package's size is not known"
    if measures.weight_grams is None:
        return "the package's weight is not known"
    return None


def _filled(package: Measures, item: Measures) -> Measures:
    """The package with the item's measures where its own are missing."""
    return Measures(
        package.sides_mm or item.sides_mm,
        package.weight_grams or item.weight_grams,
        is_rounded=True,
    )
