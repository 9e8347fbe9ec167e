"""Names of invented products, people, brands and sellers.

Every name is put together from these lists; none is taken from a real author, brand or seller.
"""

from __future__ import annotations

from typing import Final

GIVEN: Final = (
    "Orla", "Tamsin", "Bertrand", "Ilka", "Corwin", "Maribel", "Osric", "Petra", "Lucan", "Yseult",
    "Thaddeus", "Nerys", "Anselm", "Rosamund", "Evander", "Isolde", "Percival", "Linnea", "Gideon",
    "Sunniva", "Leopold", "Marisol", "Ambrose", "Dagny",
)  # fmt: skip
FAMILY: Final = (
    "Quillfeather", "Ashgrovely", "Montclaire-Byrd", "Fennwick", "Drumholt", "Larkspurrow",
    "Vandermoot", "Thistlewaite-Oakes", "Brindlemark", "Copperfold", "Windlesham-Roe", "Harrowgast",
    "Pellingworth", "Sandimoor", "Tidewell", "Morrowby", "Eskeland-Finch", "Underbough",
    "Zellwood-Ames", "Kittering",
)  # fmt: skip
ADJECTIVES: Final = (
    "Quiet", "Salted", "Paper", "Hidden", "Borrowed", "Copper", "Winter", "Patient", "Narrow",
    "Amber", "Distant", "Folded", "Restless", "Velvet", "Northern", "Hollow", "Wandering", "Silver",
)  # fmt: skip
NOUNS: Final = (
    "Harbor", "Orchard", "Lighthouse", "Meridian", "Almanac", "Cartographer", "Garden", "Staircase",
    "Ledger", "Observatory", "River", "Kitchen", "Caravan", "Notebook", "Lantern", "Archive",
    "Compass", "Weather",
)  # fmt: skip
TAILS: Final = (
    "A Year in Small Letters", "Notes from the Long Coast", "A Household History",
    "And Other Accounts", "The Story of an Island Workshop", "Forty Recipes for Slow Days",
    "How Ordinary Things Travel", "A Beginner's Companion",
)  # fmt: skip
SUBJECTS: Final = (
    "Statistics", "Organic Chemistry", "Fluid Mechanics", "Cost Accounting", "Patient Care",
    "Database Design", "Soil Science", "Signal Processing", "Human Anatomy", "Game Theory",
    "Thermodynamics", "Linear Algebra", "Public Finance", "Microbiology",
)  # fmt: skip
COURSE_FORMS: Final = (
    "Principles of {}", "Introduction to {}", "{}: A First Course", "Foundations of {}",
    "Applied {}", "{} for Practitioners", "Essentials of {}",
)  # fmt: skip
STUDIES: Final = (
    "The Grammar of {} Cities", "{} Economies, 1650-1820", "Rethinking {} Institutions",
    "A Philosophy of {} Space", "{} Voices and Their Archives", "Measuring {} Sound",
)  # fmt: skip
CREATURES: Final = (
    "Otter", "Hedgehog", "Puffin", "Fox", "Tortoise", "Badger", "Heron", "Dormouse", "Lynx", "Mole",
)  # fmt: skip
DEEDS: Final = (
    "Counts the Boats", "Learns to Whistle", "and the Missing Button", "Packs a Suitcase",
    "Bakes a Moon", "Goes to Market", "Finds a Map",
)  # fmt: skip
PUBLISHERS: Final = (
    "Tallow Lane Press", "Gannet & Rook", "Ninth Meridian Academic", "Bellwether Yard Books",
    "Ostler House", "Saltmarsh University Press", "Pinwheel Attic", "Corvane Learning",
)  # fmt: skip
BRANDS: Final = (
    "Brindlewick", "Havenora", "Tuppery", "Lumovant", "Kestrelane", "Ollowood", "Marrowfield",
    "Zephrine", "Pocketgrove", "Dunmere", "Solvanta", "Quarrybee",
)  # fmt: skip
GOODS: Final = {
    "toy": ("Wooden Harbor Puzzle", "Cooperative Board Game", "Bridge Building Set", "Plush Otter"),
    "home item": ("Stoneware Jar Set", "Folding Bread Tin", "Linen Table Lamp",
                  "Beech Cutting Board"),
    "electronic device": (
        "Travel Charger 45W", "Desk Microphone", "Pocket Field Recorder", "Compact Speaker",
    ),
    "beauty product": ("Oat Hand Cream", "Argan Hair Oil", "Clay Face Mask", "Cedar Soap Bar"),
    "grocery": ("Dark Chocolate Assortment", "Mountain Green Tea", "First Press Olive Oil",
                "Smoked Spice Blend"),
}  # fmt: skip
VARIANTS: Final = (
    "Sand", "Moss", "Ink", "Brick", "Cloud", "Plum", "Slate", "Honey",
)  # fmt: skip
SHOP_FIRST: Final = (
    "Lantern", "Old Quay", "Second Shelf", "Prairie", "Blue Gate", "Tin Roof", "Millrace",
    "Cedar Row", "Lucky Anchor", "Paper Mill", "Northfield", "Turnstile", "Green Awning",
    "Elm Street",
)  # fmt: skip
SHOP_LAST: Final = (
    "Books", "Media", "Trading Post", "Book Exchange", "Goods", "Bargains", "Outlet", "Resale Co",
    "Textbooks", "Book Barn",
)  # fmt: skip
COMMENTS: Final = {
    1: "Brand new. Ships from our warehouse in one business day.",
    2: "Unread copy, no marks. May show slight shelf wear.",
    3: "Clean pages, tight binding, light wear to the cover.",
    4: "Some underlining and cover wear. Former owner's name inside.",
    5: "Heavily used but complete. Highlighting throughout.",
    7: "Signed first printing in a protective sleeve.",
    8: "First printing, light wear to the jacket.",
    9: "First printing, jacket clipped.",
    10: "First printing, former library copy.",
}
"""What sellers write, by Keepa's condition code."""
