"""Which fee category a product belongs to, from its place in Amazon's browse tree."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Final

from arbitragevault.domain.catalog.product import Product, ProductType
from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.economics.fees.model import FeeClass
from arbitragevault.domain.errors import RateCardError

_BOOK_ASIN: Final = re.compile(r"\d{9}[\dX]")
"""Amazon gives a printed book its ISBN-10 as ASIN; everything else begins with a letter."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A product's fee category and fulfilment class.

    Args:
        category: Fee category id; None if unknown.
        fee_class: Fulfilment class of the category; None if unknown.
        basis: What decided it.
        unknown_reason: Why the category is None.
        class_reason: Why the class is None.
    """

    category: str | None
    fee_class: FeeClass | None
    basis: str
    unknown_reason: str | None = None
    class_reason: str | None = None


@dataclass(frozen=True, slots=True)
class SubRule:
    """Names below a root that belong to another fee category."""

    pattern: re.Pattern[str]
    category: str
    fee_class: FeeClass | None


@dataclass(frozen=True, slots=True)
class Root:
    """A root of the browse tree.

    Args:
        id: Its category id.
        name: Its name.
        category: Default fee category; None where resellers cannot sell.
        fee_class: Default fulfilment class; None where it is not known.
        sub_rules: Exceptions, in order.
        not_known: Why there is no category.
        also: Further names, such as the English one.
    """

    id: int
    name: str
    category: str | None
    fee_class: FeeClass | None
    sub_rules: tuple[SubRule, ...]
    not_known: str | None
    also: tuple[str, ...] = ()

    def is_called(self, text: str) -> bool:
        """Is this the root that a person means by an id or a name in any case?"""
        wanted = text.strip().casefold()
        return wanted in {str(self.id), *(name.casefold() for name in (self.name, *self.also))}


@dataclass(frozen=True, slots=True)
class CategoryMap:
    """Roots by id."""

    roots: Mapping[int, Root]

    @property
    def categories(self) -> set[str]:
        """Every fee category that it names."""
        named = {root.category for root in self.roots.values() if root.category is not None}
        return named | {rule.category for root in self.roots.values() for rule in root.sub_rules}

    def assign(self, product: Product) -> Assigned:
        """The fee category of a product, by sub-rules leaf first, then by its root."""
        if product.type in (ProductType.DOWNLOADABLE, ProductType.EBOOK):
            reason = "digital goods are not sold by resellers"
            return Assigned(None, None, str(product.type), reason, reason)
        found = product.root_category and self.roots.get(product.root_category.id)
        if not found:
            return _without_root(product)
        if found.category is None:
            reason = found.not_known or "the root category has no fee category"
            return Assigned(None, None, f"root {found.id}", reason, reason)
        for node in reversed(product.category_path if found.sub_rules else ()):
            if node.id == found.id:
                continue
            for rule in found.sub_rules:
                if rule.pattern.search(node.name):
                    return assigned(rule.category, rule.fee_class, f"node {node.id}")
        return assigned(found.category, found.fee_class, f"root {found.id}")

    def class_of(self, category: str) -> FeeClass | None:
        """The fulfilment class of a fee category; None where it is not known."""
        for root in self.roots.values():
            if root.category == category:
                return root.fee_class
            for rule in root.sub_rules:
                if rule.category == category:
                    return rule.fee_class
        return FeeClass.STANDARD

    def find(self, text: str) -> Root | None:
        """The root given by its id or a name in any case."""
        return next((root for root in self.roots.values() if root.is_called(text)), None)


def category_key(product: Product) -> Hashable:
    """All that `CategoryMap.assign` reads: products with equal keys have the same category."""
    return (
        product.type,
        product.root_category and product.root_category.id,
        tuple(node.id for node in product.category_path),
        _BOOK_ASIN.fullmatch(product.asin) is not None,
    )


def assigned(category: str, fee_class: FeeClass | None, basis: str) -> Assigned:
    """A known category, with the reason if its class is not known."""
    reason = None
    if fee_class is None:
        reason = f"it is not known which fulfilment card {category} is charged by"
    return Assigned(category, fee_class, basis, class_reason=reason)


def _without_root(product: Product) -> Assigned:
    if _BOOK_ASIN.fullmatch(product.asin):
        return Assigned("books", FeeClass.STANDARD, "the ASIN is an ISBN-10")
    root = product.root_category
    what = f"root category {root.name} ({root.id}) is not mapped" if root else "it has no category"
    reason = f"the product's fee category is not known: {what}"
    return Assigned(None, None, "no category", reason, reason)


def parse_categories(body: Json) -> CategoryMap:
    """Read a category section."""
    roots = [_parse_root(root) for root in fields.objects(body, "roots")]
    by_id = {root.id: root for root in roots}
    if len(by_id) != len(roots):
        raise RateCardError("A root category is mapped twice.")
    return CategoryMap(by_id)


def _parse_root(body: Json) -> Root:
    category, not_known = body.get("category"), body.get("not_known")
    if (category is None) == (not_known is None):
        raise RateCardError(f"Root {body.get('root')!r} needs a category or the reason for none.")
    return Root(
        fields.field(body, "root", int),
        fields.field(body, "name", str),
        category,
        _class_of(body),
        tuple(_parse_sub_rule(rule) for rule in body.get("sub_rules", ())),
        not_known,
        fields.texts(body, "also") if "also" in body else (),
    )


def _parse_sub_rule(body: Json) -> SubRule:
    words = "|".join(re.escape(word) for word in fields.texts(body, "words"))
    return SubRule(
        re.compile(rf"\b(?:{words})\b", re.IGNORECASE),
        fields.field(body, "category", str),
        _class_of(body),
    )


def _class_of(body: Json) -> FeeClass | None:
    name = body.get("fee_class", "standard")
    return None if name == "not_known" else fields.choice(FeeClass, name)
