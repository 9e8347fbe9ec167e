"""The kinds of products in the simulated marketplace and what is typical of each.

Everything here describes an invented economy. The scale follows recorded Keepa answers (prices,
offer counts, rank changes per day); no number is an estimate that the program's forecasts use.
Root category ids and names are Amazon's own, because fees depend on them; categories below a root
are invented and numbered from 90,000,000,000.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np

# Monthly demand, January to December, as natural logarithms around the yearly level.
_READERS: Final = (0.10, -0.05, -0.08, -0.10, -0.06, -0.04, -0.05, 0.00, -0.02, 0.02, 0.18, 0.40)
_STUDENTS: Final = (0.85, 0.05, -0.45, -0.55, -0.35, -0.25, -0.05, 1.05, 0.80, -0.25, -0.50, -0.30)
_SCHOLARS: Final = (0.30, 0.12, 0.00, -0.05, -0.15, -0.22, -0.20, 0.12, 0.30, 0.12, 0.00, -0.12)
_CHILDREN: Final = (-0.10, 0.00, 0.05, 0.05, 0.00, 0.00, -0.05, 0.05, -0.02, 0.02, 0.35, 0.75)
_GIFTS: Final = (-0.25, -0.25, -0.22, -0.15, -0.18, -0.15, -0.05, -0.10, -0.10, 0.10, 0.75, 1.15)
_HOMES: Final = (0.08, -0.05, 0.00, 0.02, 0.05, 0.02, 0.02, 0.05, 0.00, 0.00, 0.15, 0.18)
_GADGETS: Final = (-0.05, -0.12, -0.10, -0.10, -0.05, 0.00, 0.10, 0.05, 0.00, 0.02, 0.45, 0.55)
_STEADY: Final = (0.02, 0.00, 0.01, 0.00, -0.01, -0.02, -0.03, -0.02, 0.00, 0.01, 0.05, 0.06)

# Seasonal part of the price level, January to December, natural logarithms.
_FLAT: Final = (0.0,) * 12
_TERM: Final = (0.18, 0.06, -0.06, -0.10, -0.12, -0.06, 0.02, 0.22, 0.16, -0.04, -0.08, -0.02)


@dataclass(frozen=True, slots=True)
class Root:
    """A root category.

    Args:
        id: Amazon's browse node id.
        name: Amazon's name.
        display_group: Keepa's ``websiteDisplayGroup``.
        group_name: Keepa's ``websiteDisplayGroupName``.
        volume: How many times as much a rank sells here as in Books, natural logarithm.
        demand: Monthly demand of the whole category, natural logarithms: in a busy month the same
            sales give a worse rank.
    """

    id: int
    name: str
    display_group: str
    group_name: str
    volume: float
    demand: tuple[float, ...]


BOOKS: Final = Root(283155, "Books", "book_display_on_website", "Book", 0.0, _READERS)
TOYS: Final = Root(165793011, "Toys & Games", "toy_display_on_website", "Toy", -0.4, _GIFTS)
HOME: Final = Root(1055398, "Home & Kitchen", "amazon_home_display_on_website", "Home", 0.6, _HOMES)
ELECTRONICS: Final = Root(172282, "Electronics", "ce_display_on_website", "CE", -0.2, _GADGETS)
BEAUTY: Final = Root(
    3760911, "Beauty & Personal Care", "beauty_display_on_website", "Beauty", 0.1, _STEADY
)
GROCERY: Final = Root(
    16310101, "Grocery & Gourmet Food", "grocery_display_on_website", "Grocery", -0.3, _STEADY
)
KINDLE: Final = Root(
    133140011, "Kindle Store", "ebooks_display_on_website", "Digital Ebook Purchas", 0.2, _READERS
)

RANK_CURVE: Final = np.array(
    [
        (0.0, 3.9),
        (1.0, 3.4),
        (2.0, 2.6),
        (3.0, 1.95),
        (4.0, 1.15),
        (5.0, 0.0),
        (5.7, -0.95),
        (6.0, -1.45),
        (6.5, -2.4),
        (6.9, -3.3),
        (7.15, -4.6),
    ]
)
"""float64 [11, 2]: log10 of the sales rank, log10 of units sold per day, in Books."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is typical of one kind of product.

    Args:
        name: Our name of it.
        share: Share of the products that belong to no variation family.
        family_share: Share of the variation families.
        root: Its root category.
        item_type: Keepa's ``type``.
        bindings: Keepa's ``binding``, with the packaged thickness that each adds in millimetres.
        topics: Subcategory names below the root; the last path element is drawn from them.
        list_price: Median list price in cents and the spread of its logarithm.
        discount: Mean logarithm of the usual New price over the list price, and its spread.
        used_level: Mean logarithm of a Good copy's price over the New level, and its spread.
        rank: Mean and spread of log10 of the usual sales rank.
        offers_new / offers_used: Median number of offers at once.
        amazon: Probability that Amazon itself sells it at times.
        collectible: Probability that collectors' copies are offered at times.
        used_buyers: Share of buyers who would take a used copy.
        season / price_season: Monthly demand and price level, natural logarithms.
        fba: Multiplies a seller's inclination to let Amazon ship.
        tail: Yearly decline of demand once the product is no longer young, natural logarithm.
    """

    name: str
    share: float
    family_share: float
    root: Root
    item_type: str
    bindings: Mapping[str, int]
    topics: tuple[str, ...]
    list_price: tuple[int, float]
    discount: tuple[float, float]
    used_level: tuple[float, float]
    rank: tuple[float, float]
    offers_new: float
    offers_used: float
    amazon: float
    collectible: float
    used_buyers: float
    season: tuple[float, ...]
    price_season: tuple[float, ...] = field(default=_FLAT)
    fba: float = 1.0
    tail: float = 0.06

    @property
    def is_book(self) -> bool:
        """A printed book: its ASIN is an ISBN-10."""
        return self.root is BOOKS

    @property
    def is_digital(self) -> bool:
        """Sold by Amazon alone, at one price and without limit."""
        return self.root is KINDLE


_PAPERBACK: Final = {"Paperback": 0, "Hardcover": 6}

KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "trade book",
        0.28,
        0.0,
        BOOKS,
        "ABIS_BOOK",
        _PAPERBACK,
        ("Travel Narratives", "Home Cooking", "Essays", "Popular Science", "Memoirs", "Gardening"),
        (1995, 0.35),
        (-0.10, 0.20),
        (-0.50, 0.40),
        (5.2, 0.75),
        7.0,
        6.0,
        0.60,
        0.06,
        0.55,
        _READERS,
    ),
    Kind(
        "textbook",
        0.20,
        0.0,
        BOOKS,
        "ABIS_BOOK",
        {"Paperback": 0, "Hardcover": 8, "Loose Leaf": 0, "Spiral-bound": 2},
        ("Statistics", "Organic Chemistry", "Nursing", "Accounting", "Mechanics", "Databases"),
        (9995, 0.50),
        (-0.15, 0.25),
        (-0.42, 0.40),
        (5.35, 0.70),
        6.0,
        7.0,
        0.42,
        0.0,
        0.75,
        _STUDENTS,
        _TERM,
        1.0,
        0.28,
    ),
    Kind(
        "academic book",
        0.14,
        0.0,
        BOOKS,
        "ABIS_BOOK",
        {"Hardcover": 8, "Paperback": 0},
        ("Economic History", "Linguistics", "Urban Studies", "Philosophy of Mind", "Acoustics"),
        (5495, 0.45),
        (-0.02, 0.18),
        (-0.28, 0.40),
        (6.0, 0.45),
        5.0,
        3.0,
        0.45,
        0.03,
        0.60,
        _SCHOLARS,
    ),
    Kind(
        "children's book",
        0.10,
        0.0,
        BOOKS,
        "ABIS_BOOK",
        {"Board book": 8, "Hardcover": 6, "Paperback": 0},
        ("Animal Stories", "Bedtime", "First Words", "Adventure", "Maps and Ships"),
        (1499, 0.35),
        (-0.12, 0.18),
        (-0.60, 0.40),
        (5.0, 0.75),
        8.0,
        5.5,
        0.62,
        0.03,
        0.45,
        _CHILDREN,
    ),
    Kind(
        "out-of-print book",
        0.08,
        0.0,
        BOOKS,
        "ABIS_BOOK",
        {"Hardcover": 6, "Paperback": 0, "Mass Market Paperback": 0},
        ("Regional History", "Railways", "Crafts", "Seafaring", "Local Cookery"),
        (2495, 0.40),
        (0.45, 0.45),
        (-0.35, 0.45),
        (6.05, 0.45),
        1.2,
        4.0,
        0.05,
        0.35,
        0.90,
        _READERS,
    ),
    Kind(
        "toy",
        0.045,
        0.30,
        TOYS,
        "TOYS_AND_GAMES",
        {"Toy": 40},
        ("Wooden Puzzles", "Board Games", "Building Sets", "Plush Animals"),
        (2999, 0.50),
        (-0.22, 0.18),
        (-0.45, 0.25),
        (4.9, 0.65),
        7.0,
        0.6,
        0.60,
        0.0,
        0.05,
        _GIFTS,
        fba=1.5,
    ),
    Kind(
        "home item",
        0.045,
        0.30,
        HOME,
        "KITCHEN",
        {"Kitchen": 60, "Home": 60},
        ("Storage Jars", "Bread Tins", "Table Lamps", "Cutting Boards"),
        (3499, 0.55),
        (-0.20, 0.18),
        (-0.40, 0.22),
        (5.0, 0.65),
        5.0,
        0.5,
        0.50,
        0.0,
        0.05,
        _HOMES,
        fba=1.7,
    ),
    Kind(
        "electronic device",
        0.035,
        0.10,
        ELECTRONICS,
        "ELECTRONIC_DEVICE",
        {"Electronics": 45},
        ("Travel Chargers", "Desk Microphones", "Field Recorders", "Small Speakers"),
        (4999, 0.60),
        (-0.18, 0.15),
        (-0.38, 0.20),
        (4.9, 0.65),
        6.0,
        1.2,
        0.55,
        0.0,
        0.10,
        _GADGETS,
        fba=1.5,
        tail=0.30,
    ),
    Kind(
        "beauty product",
        0.035,
        0.20,
        BEAUTY,
        "SKIN_CARE_AGENT",
        {"Health and Beauty": 30},
        ("Hand Creams", "Hair Oils", "Face Masks", "Soaps"),
        (1899, 0.45),
        (-0.15, 0.15),
        (-0.6, 0.2),
        (4.8, 0.60),
        6.0,
        0.0,
        0.45,
        0.0,
        0.0,
        _STEADY,
        fba=1.6,
    ),
    Kind(
        "grocery",
        0.025,
        0.10,
        GROCERY,
        "FOOD",
        {"Grocery": 35},
        ("Dark Chocolate", "Green Teas", "Olive Oils", "Spice Blends"),
        (1699, 0.45),
        (-0.10, 0.15),
        (-0.6, 0.2),
        (4.7, 0.60),
        5.0,
        0.0,
        0.45,
        0.0,
        0.0,
        _STEADY,
        fba=1.4,
    ),
    Kind(
        "e-book",
        0.015,
        0.0,
        KINDLE,
        "ABIS_EBOOKS",
        {"Kindle Edition": 0},
        ("Mysteries", "Space Adventure", "Short Reads"),
        (799, 0.40),
        (-0.2, 0.2),
        (-0.5, 0.2),
        (5.4, 0.70),
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        _READERS,
    ),
)


def topic_id(kind: Kind, topic: int) -> int:
    """The invented browse node id of a kind's topic."""
    return 90_000_000_000 + 100 * KINDS.index(kind) + topic + 1


@lru_cache(maxsize=64)
def rate_at_rank(root: Root, log_rank: float) -> float:
    """Units per day that give a sales rank (log10) in a category of ordinary season."""
    return float(
        10 ** np.interp(log_rank, RANK_CURVE[:, 0], RANK_CURVE[:, 1]) * np.exp(root.volume)
    )
