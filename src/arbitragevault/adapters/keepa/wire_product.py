"""Catalogue facts and fee figures of a product, with every "unknown" of Keepa's made None."""

from __future__ import annotations

import re
from typing import Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.wire_fields import (
    Fields,
    flag,
    items,
    not_negative,
    number,
    positive,
    text,
    whole,
)
from arbitragevault.domain.catalog.marketplace import Marketplace
from arbitragevault.domain.catalog.product import Category, PackageSize, Product, ProductType
from arbitragevault.domain.market.market import KeepaFees

_NOT_HAZARDOUS: Final = re.compile(r"not[ _]?applicable|none|no|not[ _]hazardous", re.IGNORECASE)
"""Values of a hazard aspect that deny it, in the spellings of Amazon's dangerous goods field."""


def decode_product(fields: Fields, marketplace: Marketplace, asin: str) -> Product:
    """The listing and its catalogue facts.

    Args:
        fields: The fields as they were sent.
        marketplace: The site.
        asin: The product's ASIN.
    """
    get = fields.get
    path = _category_path(get("categoryTree"))
    return Product(
        marketplace=marketplace,
        asin=asin,
        type=product_type(get("productType")),
        title=text(get("title")),
        brand=text(get("brand")),
        manufacturer=text(get("manufacturer")),
        author=text(get("author")) or _author(get("contributors")),
        binding=text(get("binding")),
        product_group=text(get("productGroup")) or text(get("websiteDisplayGroupName")),
        item_type=text(get("type")),
        root_category=_root_category(get("rootCategory"), path),
        category_path=path,
        package=_size(
            (get("packageLength"), get("packageWidth"), get("packageHeight")), get("packageWeight")
        ),
        item=_size((get("itemLength"), get("itemWidth"), get("itemHeight")), get("itemWeight")),
        eans=_texts(get("eanList")),
        upcs=_texts(get("upcList")),
        image=_image(get("images"), get("imagesCSV")),
        publication_date=_date(get("publicationDate")),
        number_of_pages=positive(get("numberOfPages")),
        items_per_package=positive(get("packageQuantity")),
        is_adult=flag(get("isAdultProduct")),
        is_hazmat=_is_hazmat(get("hazardousMaterials")),
        is_heat_sensitive=flag(get("isHeatSensitive")),
        parent_asin=text(get("parentAsin")),
        variation_asins=_siblings(get("variations"), get("variationCSV"), asin),
        rank_category=positive(get("salesRankReference")),
    )


def decode_fees(fields: Fields) -> KeepaFees:
    """Keepa's own fee figures; the newer percentage with decimals goes before the whole one."""
    get = fields.get
    told = get("fbaFees")
    fba = told if isinstance(told, dict) else {}
    exact = number(get("referralFeePercentage"))
    percent = number(get("referralFeePercent")) if exact is None else exact
    return KeepaFees(
        fulfilment_cents=positive(fba.get("pickAndPackFee")),
        fulfilment_minute=positive(fba.get("lastUpdate")),
        referral_percent=None if percent is None or percent < 0 else percent,
        closing_cents=not_negative(get("variableClosingFee")),
    )


def product_type(code: object) -> ProductType:
    """The product type; STANDARD where Keepa sent none, INACCESSIBLE for a code not yet known."""
    known = whole(code)
    if known is None:
        return ProductType.STANDARD
    return schema.PRODUCT_TYPE_OF_CODE.get(known, ProductType.INACCESSIBLE)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(found for item in items(value) if (found := text(item)) is not None)


def _size(sides: tuple[object, object, object], weight: object) -> PackageSize:
    """Measures in millimetres and grams; one missing side makes all three unknown."""
    lengths = sorted((found for side in sides if (found := positive(side))), reverse=True)
    complete = (lengths[0], lengths[1], lengths[2]) if len(lengths) == len(sides) else None
    return PackageSize(complete, positive(weight))


def _category_path(tree: object) -> tuple[Category, ...]:
    return tuple(
        Category(catid, name)
        for node in items(tree)
        if isinstance(node, dict)
        and (catid := positive(node.get("catId"))) is not None
        and (name := text(node.get("name"))) is not None
    )


def _root_category(value: object, path: tuple[Category, ...]) -> Category | None:
    """The root; named by the path, which begins with it. A root without a name keeps its id."""
    root = positive(value)
    if root is None or root == schema.UNKNOWN_CATEGORY:
        return path[0] if path else None
    return next((category for category in path if category.id == root), Category(root, str(root)))


def _author(contributors: object) -> str | None:
    """The authors among ``[[name, role], ...]``, the successor of the ``author`` field."""
    names = [
        name
        for entry in items(contributors)
        if isinstance(entry, list)
        and len(entry) >= 2
        and "author" in str(entry[1]).lower()
        and (name := text(entry[0])) is not None
    ]
    return ", ".join(names) or None


def _image(images: object, images_csv: object) -> str | None:
    """File name of the main image: the large one if there is one. ``imagesCSV`` until 2026-04."""
    entries = [entry for entry in items(images) if isinstance(entry, dict)]
    entries.sort(key=lambda entry: entry.get("variant") not in (None, "MAIN"))
    for entry in entries:
        found = text(entry.get("l")) or text(entry.get("m"))
        if found is not None:
            return found
    return text(images_csv.split(",")[0]) if isinstance(images_csv, str) else None


def _date(value: object) -> str | None:
    """A date sent as YYYY, YYYYMM or YYYYMMDD, with dashes."""
    digits = str(positive(value) or "")
    if len(digits) not in (4, 6, 8):
        return None
    return "-".join(part for part in (digits[:4], digits[4:6], digits[6:]) if part)


def _is_hazmat(materials: object) -> bool | None:
    """Whether any hazard is declared; None where Keepa sent nothing about it."""
    if not isinstance(materials, list):
        return None
    values = [item.get("value") if isinstance(item, dict) else item for item in materials]
    return any(not _NOT_HAZARDOUS.fullmatch(str(value).strip()) for value in values)


def _siblings(variations: object, variation_csv: object, asin: str) -> tuple[str, ...]:
    """ASINs of the other variations: ``variations``, or ``variationCSV`` until 2026-04."""
    found = [text(item.get("asin")) for item in items(variations) if isinstance(item, dict)]
    if not found and isinstance(variation_csv, str):
        found = [text(item) for item in variation_csv.split(",")]
    return tuple(dict.fromkeys(other for other in found if other is not None and other != asin))
