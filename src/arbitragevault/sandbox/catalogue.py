"""What each simulated product is: identity, family, names, true and listed package, first day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox import words
from arbitragevault.sandbox.codes import Numbering
from arbitragevault.sandbox.kinds import KINDS, Kind
from arbitragevault.sandbox.randomness import (
    Indices,
    Purpose,
    mix,
    normals_of,
    uniform,
    uniforms,
)

MINUTES_PER_DAY: Final = 1_440
FIRST_BIRTH_DAY: Final = 4_261
"""Day since 2011-01-01 on which the oldest histories begin: 2022-09-01."""
LAST_USUAL_BIRTH_DAY: Final = 4_992
"""2024-09-01: most products are tracked since before then, so they have two years by late 2026."""
LAST_BIRTH_DAY: Final = 5_722
"""2026-09-01: the few young products begin between the two."""

FAMILY_BLOCK: Final = 16
FAMILY_SHARE: Final = 0.25
_DEAD_SHARE: Final = 0.012
_SHARED_CODE_SHARE: Final = 0.006
_PICKS: Final = 24
_TRIMS_MM: Final = ((203, 127), (216, 140), (229, 152), (235, 156), (254, 178), (279, 216))


@dataclass(frozen=True, slots=True)
class Family:
    """Variations that share a parent and a sales rank.

    Args:
        leader: Number of the first child.
        size: How many children there are.
        position: Which child this one is.
        shares: Share of the family's sales by child.
    """

    leader: int
    size: int
    position: int
    shares: tuple[float, ...]

    @property
    def members(self) -> range:
        """The children's numbers."""
        return range(self.leader, self.leader + self.size)


@dataclass(frozen=True, slots=True)
class Package:
    """Package measures: millimetres (longest first) and grams; -1 or 0 where Keepa has none."""

    sides_mm: tuple[int, int, int]
    weight_grams: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One product's catalogue facts.

    Args:
        index: The product's number in its marketplace.
        asin: Its ASIN.
        codes: EAN-13 (ISBN-13 for books) and UPC-A, as far as it has them.
        package: The true packaged measures, by which Amazon charges.
        listed: The measures in the catalogue, sometimes wrong or missing.
        package_fault: What is wrong with ``listed``; None if nothing.
        list_price: Cents.
        log_rank: log10 of the usual sales rank.
        birth: Market minute since which Keepa tracks it.
        is_dead: Known to nobody any more: Keepa answers with a stub.
    """

    index: int
    asin: str
    kind: Kind
    family: Family | None
    title: str
    author: str | None
    brand: str | None
    publisher: str
    binding: str
    topic: int
    pages: int | None
    published: int
    eans: tuple[str, ...]
    upcs: tuple[str, ...]
    package: Package
    listed: Package
    package_fault: str | None
    list_price: int
    log_rank: float
    birth: int
    is_dead: bool
    is_hazmat: bool
    is_heat_sensitive: bool
    variant: str | None


@lru_cache(maxsize=1_024)
def kind_of(seed: int, index: int) -> Kind:
    """The kind of a product; variations have the kind of their family."""
    family = family_of(seed, index)
    point = uniform(seed, index if family is None else family.leader, Purpose.KIND)
    for kind in KINDS:
        point -= kind.share if family is None else kind.family_share
        if point < 0:
            return kind
    return KINDS[0] if family is None else KINDS[5]


@lru_cache(maxsize=1_024)
def family_of(seed: int, index: int) -> Family | None:
    """The variation family of a product, or None."""
    leader = index - index % FAMILY_BLOCK
    if uniform(seed, leader, Purpose.FAMILY) >= FAMILY_SHARE:
        return None
    bits = mix(seed, leader, Purpose.FAMILY)
    size = 3 + bits % 4
    if index - leader >= size:
        return None
    weights = [1 + (bits >> (8 * child)) % 7 for child in range(size)]
    shares = tuple(weight / sum(weights) for weight in weights)
    return Family(leader, size, index - leader, shares)


def shares_code(seed: int, index: int) -> bool:
    """Whether a product bears the code of the one before it, as some reprints and bundles do."""
    if index == 0 or uniform(seed, index, Purpose.SHARED_CODE) >= _SHARED_CODE_SHARE:
        return False
    return (
        kind_of(seed, index).is_book == kind_of(seed, index - 1).is_book
        and not kind_of(seed, index).is_digital
        and not shares_code(seed, index - 1)
    )


def asin_of(numbering: Numbering, index: int) -> str:
    """The ASIN of a product, without making the rest of its entry."""
    is_book = kind_of(numbering.seed, index).is_book
    return numbering.book_asin(index) if is_book else numbering.item_asin(index)


@dataclass(frozen=True, slots=True)
class Draws:
    """The random numbers behind catalogue facts: of one product, or of many in rows.

    Args:
        picks: float64 [24] or [n, 24], uniform.
        normals: float64 [6] or [n, 6].
        common: float64 [6] or [n, 6], uniform; a variation family shares them.
        level: float64 [2] or [n, 2], normal; a family shares them.
    """

    picks: NDArray[np.float64]
    normals: NDArray[np.float64]
    common: NDArray[np.float64]
    level: NDArray[np.float64]


def draws_of(seed: int, index: Indices, owner: Indices) -> Draws:
    """Draw for one product or many.

    Args:
        seed: The marketplace's seed.
        index: Product number(s).
        owner: Number(s) of the first child of the product's family, else the product's own.
    """
    own = uniforms(seed, index, Purpose.CATALOGUE, _PICKS + 6)
    shared = uniforms(seed, owner, Purpose.FAMILY_LEVEL, 8)
    return Draws(
        own[..., :_PICKS], normals_of(own[..., _PICKS:]), shared[..., :6],
        normals_of(shared[..., 6:]),
    )  # fmt: skip


def entry_of(numbering: Numbering, index: int) -> Entry:
    """The whole entry of a product."""
    return entries_of(numbering, [index])[0]


def entries_of(numbering: Numbering, indices: Sequence[int]) -> list[Entry]:
    """The whole entries of some products, at least one."""
    seed = numbering.seed
    families = [family_of(seed, index) for index in indices]
    owners = [
        index if family is None else family.leader
        for index, family in zip(indices, families, strict=True)
    ]
    draws = draws_of(seed, np.array(indices), np.array(owners))
    birth = births(draws.common[:, 4], draws.common[:, 5]).tolist()
    columns = (draws.picks, draws.normals, draws.common, draws.level)
    rows = zip(*(column.tolist() for column in columns), birth, strict=True)
    return [
        _entry(numbering, index, family, _Row(*row))
        for index, family, row in zip(indices, families, rows, strict=True)
    ]


class _Row(NamedTuple):
    """One product's ``Draws``, and its first minute."""

    picks: list[float]
    normals: list[float]
    common: list[float]
    level: list[float]
    birth: int


def _entry(numbering: Numbering, index: int, family: Family | None, row: _Row) -> Entry:
    seed, kind = numbering.seed, kind_of(numbering.seed, index)
    picks, normals, common, level, birth = row
    title, author, brand = names_of(kind, picks, common)
    variant = None if family is None else words.VARIANTS[(index - family.leader) % 8]
    pages = pages_of(kind, normals[0])
    binding = pick(tuple(kind.bindings), picks[5])
    package = package_of(kind, binding, pages, picks, normals)
    listed, fault = listed_of(package, picks[12], picks[13:16])
    return Entry(
        index=index,
        asin=asin_of(numbering, index),
        kind=kind,
        family=family,
        title=title if variant is None else f"{title}, {variant}",
        author=author,
        brand=brand,
        publisher=brand or pick(words.PUBLISHERS, picks[6]),
        binding=binding,
        topic=int(common[3] * len(kind.topics)),
        pages=pages,
        published=published_of(picks[7:10]),
        eans=_eans(numbering, index, kind),
        upcs=_upcs(numbering, index, kind),
        package=package,
        listed=listed,
        package_fault=fault,
        list_price=_list_price(kind, level[0] + 0.15 * normals[1]),
        log_rank=min(max(kind.rank[0] + kind.rank[1] * level[1], 2.6), 6.9),
        birth=birth,
        is_dead=uniform(seed, index, Purpose.DEATH) < _DEAD_SHARE,
        is_hazmat=kind.name in ("beauty product", "electronic device") and picks[16] < 0.10,
        is_heat_sensitive=kind.name == "grocery" and int(common[3] * len(kind.topics)) == 0,
        variant=variant,
    )


def pick(options: tuple[str, ...], point: float) -> str:
    """The option at a uniform draw."""
    return options[int(point * len(options))]


def names_of(
    kind: Kind, picks: Sequence[float], common: Sequence[float]
) -> tuple[str, str | None, str | None]:
    """Title, author and brand."""
    if not (kind.is_book or kind.is_digital):
        goods, brand = words.GOODS[kind.name], pick(words.BRANDS, common[0])
        return f"{brand} {goods[int(common[3] * len(goods))]}", None, brand
    author = f"{pick(words.FAMILY, picks[0])}, {pick(words.GIVEN, picks[1])}"
    adjective, noun = pick(words.ADJECTIVES, picks[2]), pick(words.NOUNS, picks[3])
    if kind.name == "textbook":
        form = pick(words.COURSE_FORMS, picks[2]).format(pick(words.SUBJECTS, picks[3]))
        return f"{form} ({_ordinal(2 + int(picks[4] * 9))} Edition)", author, None
    if kind.name == "academic book":
        return pick(words.STUDIES, picks[4]).format(adjective), author, None
    if kind.name == "children's book":
        return f"{pick(words.CREATURES, picks[2])} {pick(words.DEEDS, picks[3])}", author, None
    return f"The {adjective} {noun}: {pick(words.TAILS, picks[4])}", author, None


def _ordinal(number: int) -> str:
    return f"{number}{ {2: 'nd', 3: 'rd'}.get(number, 'th') }"


def pages_of(kind: Kind, spread: float) -> int | None:
    """Pages of a printed book; None for anything else."""
    if not kind.is_book:
        return None
    middle, width = {
        "textbook": (720, 0.35),
        "academic book": (310, 0.25),
        "children's book": (36, 0.25),
    }.get(kind.name, (288, 0.30))
    return int(min(max(middle * math.exp(width * spread), 16), 1600)) // 8 * 8


def package_of(
    kind: Kind,
    binding: str,
    pages: int | None,
    picks: Sequence[float],
    normals: Sequence[float],
) -> Package:
    """True packaged measures: books from trim size and paper, other things from a box."""
    if pages is not None:
        large = 2 if kind.name == "textbook" else 0
        longest, middle = _TRIMS_MM[min(5, large + int(picks[17] * (6 - large)))]
        cover = kind.bindings[binding]
        thickness = max(4, round(pages * 0.055 + 2 + cover))
        # 80 g/m2 paper, two pages to a leaf, and the cover.
        weight = round(pages / 2 * longest * middle * 1e-6 * 80 + 45 + 22 * cover)
        return Package((longest, middle, thickness), weight)
    if kind.is_digital:
        return Package((0, 0, 0), 0)
    scale = math.exp(0.35 * normals[2])
    sides = sorted(
        (round(s * scale) for s in (240, 165, 20 + kind.bindings[binding])), reverse=True
    )
    weight = round(math.prod(sides) * 1e-6 * 260 * math.exp(0.5 * normals[3])) + 60
    return Package((sides[0], sides[1], sides[2]), weight)


def listed_of(package: Package, point: float, picks: Sequence[float]) -> tuple[Package, str | None]:
    """The catalogue's measures: usually right, sometimes missing or wrong."""
    if point < 0.05:
        missing = 0 if picks[0] < 0.5 else -1
        return Package((missing, missing, missing), missing), "missing"
    if point < 0.07:
        return Package(package.sides_mm, -1), "weight missing"
    if point < 0.09:
        return Package(package.sides_mm, max(1, package.weight_grams // 10)), "weight a tenth"
    if point < 0.11:
        longest, middle, shortest = package.sides_mm
        inches_as_cm = (round(longest / 2.54), round(middle / 2.54), max(1, round(shortest / 2.54)))
        return Package(inches_as_cm, package.weight_grams), "inches read as centimetres"
    if point < 0.14:
        longest, middle, shortest = package.sides_mm
        return Package(
            (longest, middle, shortest + 19), package.weight_grams
        ), "boxed when measured"
    return package, None


def _list_price(kind: Kind, spread: float) -> int:
    middle, width = kind.list_price
    return max(499, int(middle * math.exp(width * spread)) // 100 * 100 + 95)


def published_of(picks: Sequence[float]) -> int:
    """Date of publication as YYYYMMDD."""
    year = 2024 - int(18 * picks[0] ** 2)
    return year * 10_000 + (1 + int(picks[1] * 12)) * 100 + 1 + int(picks[2] * 28)


def births(point: NDArray[np.float64], place: NDArray[np.float64]) -> NDArray[np.int64]:
    """Market minutes of the first observation: two to four years of history for most."""
    young = point >= 0.94
    first = np.where(young, LAST_USUAL_BIRTH_DAY, FIRST_BIRTH_DAY)
    last = np.where(young, LAST_BIRTH_DAY, LAST_USUAL_BIRTH_DAY)
    minutes: NDArray[np.int64] = (first + place * (last - first)) * MINUTES_PER_DAY
    return minutes.astype(np.int64) // 2 * 2


def is_dead_at(point: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether products whose uniform draws for ``DEATH`` are these are known to nobody."""
    return point < _DEAD_SHARE


def _eans(numbering: Numbering, index: int, kind: Kind) -> tuple[str, ...]:
    if kind.is_digital:
        return ()
    owner = index - 1 if shares_code(numbering.seed, index) else index
    if kind.is_book:
        return (numbering.book_ean(owner),)
    return ("0" + numbering.item_upc(owner),)


def _upcs(numbering: Numbering, index: int, kind: Kind) -> tuple[str, ...]:
    return () if kind.is_book else tuple(ean[1:] for ean in _eans(numbering, index, kind))
