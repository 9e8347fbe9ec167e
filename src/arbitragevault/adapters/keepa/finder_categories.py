"""Root categories of amazon.com, and the words by which people mean them."""

from __future__ import annotations

from typing import Final

CATEGORY_WORDS: Final = (
    (r"video games?", "468642"),
    (r"(?:books?|textbooks?)", "283155"),
    (r"(?:toys?(?: (?:and|&) games?)?|board games?)", "165793011"),
    (r"(?:cds?(?: (?:and|&) vinyl)?|vinyls?)", "5174"),
    (r"(?:movies?(?: (?:and|&) tv)?|dvds?)", "2625373011"),
    (r"electronics", "172282"),
    (r"(?:home (?:and|&) kitchen|kitchen)", "1055398"),
    (r"sports?(?: (?:and|&) outdoors?)?", "3375251"),
    (r"(?:beauty(?: (?:and|&) personal care)?|cosmetics)", "3760911"),
    (r"health(?: (?:and|&) household)?", "3760901"),
    (r"(?:grocery|groceries)", "16310101"),
    (r"tools?(?: (?:and|&) home improvement)?", "228013"),
    (r"(?:patio|garden)", "2972638011"),
    (r"pet (?:supplies|products)", "2619533011"),
    (r"office (?:products|supplies)", "1064954"),
    (r"automotive", "15684181"),
    (r"baby (?:products|items)", "165796011"),
    (r"musical instruments?", "11091801"),
    (r"arts?,? (?:and|&)? ?crafts", "2617941011"),
)
"""What people say, as a pattern, and the id of the category that they mean: a root of amazon.com's
browse tree, as the fee card has them."""

CATEGORY_NAMES: Final = {
    "283155": "Books",
    "468642": "Video Games",
    "165793011": "Toys & Games",
    "5174": "CDs & Vinyl",
    "2625373011": "Movies & TV",
    "172282": "Electronics",
    "1055398": "Home & Kitchen",
    "3375251": "Sports & Outdoors",
    "3760911": "Beauty & Personal Care",
    "3760901": "Health & Household",
    "16310101": "Grocery & Gourmet Food",
    "228013": "Tools & Home Improvement",
    "2972638011": "Patio, Lawn & Garden",
    "2619533011": "Pet Supplies",
    "1064954": "Office Products",
    "15684181": "Automotive",
    "165796011": "Baby Products",
    "11091801": "Musical Instruments",
    "2617941011": "Arts, Crafts & Sewing",
}
"""Root categories that words can name, as the fee card names them."""
