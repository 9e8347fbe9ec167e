"""Dated tables of value added tax and digital services fees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.economics.fees.model import FeeCode
from arbitragevault.domain.economics.fees.weight_table import NotKnown

Rate = int | NotKnown
"""Parts per million, or why it is not known."""


@dataclass(frozen=True, slots=True)
class VatCard:
    """The VAT of one marketplace and period.

    Args:
        country: ISO code of the marketplace's country.
        in_price: Whether the price that a buyer pays contains it.
        standard: The usual rate of goods.
        by_category: Rates of fee categories that differ.
        by_country: The rate on Amazon's fees by the seller's country.
        fees_with_tax: Codes of fees whose card figures already contain it.
    """

    country: str
    in_price: bool
    standard: Rate
    by_category: Mapping[str, Rate]
    by_country: Mapping[str, Rate]
    fees_with_tax: frozenset[FeeCode]


def parse_vat(body: Json) -> VatCard:
    """Read a VAT section."""
    return VatCard(
        fields.field(body, "country", str),
        fields.field(body, "in_price", bool),
        _rate(body["standard"]),
        {
            category: _rate(row)
            for row in body.get("categories", ())
            for category in fields.texts(row, "categories")
        },
        {name: _rate(row) for name, row in fields.field(body, "by_country", dict).items()},
        frozenset(fields.choice(FeeCode, code) for code in body.get("fees_with_tax", ())),
    )


def parse_digital_services(body: Json) -> Mapping[str, Rate]:
    """Read a section of digital services fees: the rate by the seller's country."""
    return {name: _rate(row) for name, row in fields.field(body, "by_country", dict).items()}


def _rate(body: Json) -> Rate:
    if "not_known" in body:
        return NotKnown(fields.field(body, "not_known", str))
    return fields.rate_ppm(body.get("rate_ppm"))
