"""Which column of a lead file means what."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from arbitragevault.domain.errors import LeadFileError

IDENTIFIER: Final = "identifier"

_TRADE_ALIASES: Final = (
    *("ean", "ean13", "eancode", "eanupc", "upcean", "gtin", "gtin13", "gtin14", "upc", "upca"),
    *("upc12", "upccode", "upcs", "eans", "barcode", "barcodes", "jan", "jancode"),
)

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    IDENTIFIER: (
        *("identifier", "identifiers", "productidentifier", "asin", "asins", "amazonasin"),
        *("isbn13", "isbn10", "isbn", "isbns", "isbn1013", "isbn1310", "isbnasin", "asinisbn"),
        *_TRADE_ALIASES,
        *("productid", "productcode", "itemid", "amazonlink", "amazonurl", "amazonproducturl"),
    ),
    "cost": (
        *("cost", "unitcost", "costprice", "costperunit", "buycost", "buyprice", "buyingprice"),
        *("purchaseprice", "purchasecost", "sourceprice", "supplierprice", "suppliercost", "cogs"),
        *("wholesaleprice", "wholesale", "wholesalecost", "netprice", "netcost", "unitprice"),
        *("priceperunit", "pricepaid", "paid", "price"),
    ),
    "quantity": (
        *("quantity", "qty", "quantityavailable", "qtyavailable", "availablequantity"),
        *("availableqty", "stock", "stockquantity", "stockqty", "units", "onhand", "qtyonhand"),
        *("quantityonhand", "qoh", "pieces", "pcs", "copies"),
    ),
    "min_quantity": (
        *("minquantity", "minqty", "minimumquantity", "minimumqty", "moq", "minorder"),
        *("minimumorder", "minorderquantity", "minorderqty", "minimumorderquantity"),
    ),
    "condition": ("condition", "cond", "itemcondition", "grade"),
    "supplier": (
        *("supplier", "suppliername", "vendor", "vendorname", "source", "seller", "store"),
        *("shop", "retailer", "distributor", "merchant"),
    ),
    "url": (
        *("url", "link", "sourceurl", "sourcelink", "supplierurl", "supplierlink", "buylink"),
        *("buyurl", "producturl", "productlink", "website", "webpage", "hyperlink"),
    ),
    "notes": ("notes", "note", "comment", "comments", "remark", "remarks", "memo"),
}
"""Usual headings by field, best first, as letters and digits only. Of several columns for one field
the best one counts and the others pass through; identifier columns are asked in this order, and the
first one that is not empty in a row counts."""

_NOISE: Final = frozenset(
    {"number", "no", "num", "code", "product", "item", "your", "our", "my", "the", "each"}
    | {"usd", "gbp", "eur", "cad", "jpy", "inr", "mxn", "brl"}
)
"""Words that people add to headings without changing what they mean."""

_RANK: Final = {
    alias: (field, place)
    for field, aliases in ALIASES.items()
    for place, alias in enumerate(aliases)
}
_SAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a lead file.

    Args:
        header: Its heading, made unique.
        field: The lead's field that it fills, or None if it passes through.
        sample: Its first values.
    """

    header: str
    field: str | None
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What every column of a file means.

    Args:
        headers: Unique headings by position.
        fields: Position by field, identifiers left out.
        identifiers: Positions of the identifier columns, best first.
        trade_codes: Those of them whose heading says EAN, UPC, GTIN or barcode.
    """

    headers: tuple[str, ...]
    fields: Mapping[str, int]
    identifiers: tuple[int, ...]
    trade_codes: frozenset[int]

    @property
    def recognised(self) -> int:
        """How many columns have a meaning; 0 if none of them identifies a product."""
        return len({*self.fields.values(), *self.identifiers}) if self.identifiers else 0

    def field_of(self, place: int) -> str | None:
        """The field that a column fills; None if it passes through."""
        field = next((field for field, at in self.fields.items() if at == place), None)
        is_only_identifier = self.identifiers == (place,)
        return (
            IDENTIFIER if place in self.identifiers and (not field or is_only_identifier) else field
        )

    def columns(self, rows: Iterable[Sequence[str]]) -> tuple[Column, ...]:
        """The columns with their first values from the given rows."""
        taken: list[list[str]] = [[] for _ in self.headers]
        for row in rows:
            for samples, value in zip(taken, row, strict=False):
                if value and len(samples) < _SAMPLES:
                    samples.append(value)
        found = (
            Column(header, self.field_of(place), tuple(samples))
            for place, (header, samples) in enumerate(zip(self.headers, taken, strict=True))
        )
        # A column without heading, meaning and values is only space on the sheet.
        return tuple(
            column
            for place, column in enumerate(found)
            if column.field or column.sample or column.header != nameless(place)
        )


def layout_of(header: Sequence[str], wanted: Mapping[str, str]) -> Layout:
    """What the columns under a header row mean.

    Args:
        header: The cells of the row that may be the header.
        wanted: Headings that the user chose by field; an empty heading says that no column fills
            the field. Fields that are not named are detected.
    """
    ranked: dict[str, list[tuple[int, int]]] = {field: [] for field in ALIASES}
    for place, heading in enumerate(header):
        for field, chosen in wanted.items():
            if chosen and _squeezed(chosen) == _squeezed(heading):
                ranked[field].append((-1, place))
        field_and_rank = _recognise(heading)
        if field_and_rank and field_and_rank[0] not in wanted:
            ranked[field_and_rank[0]].append((field_and_rank[1], place))
    identifiers = [place for _, place in sorted(ranked.pop(IDENTIFIER))]
    if IDENTIFIER in wanted:
        identifiers = identifiers[:1]
    fields = {
        field: min(places)[1]
        for field, places in ranked.items()
        if places and min(places)[1] not in identifiers
    }
    if "url" in fields and IDENTIFIER not in wanted:
        identifiers.append(fields["url"])  # an Amazon link names the product as well as its code
    trade_codes = (place for place in identifiers if _alias(header[place]) in _TRADE_ALIASES)
    return Layout(_unique(header), fields, tuple(identifiers), frozenset(trade_codes))


def headerless_layout(width: int) -> Layout:
    """The layout of a bare list of identifiers."""
    return Layout(_unique([IDENTIFIER, *[""] * (width - 1)]), {}, (0,), frozenset())


def check_fields(wanted: Mapping[str, str]) -> None:
    """Refuse chosen columns for fields that leads do not have.

    Raises:
        LeadFileError: If a field is unknown.
    """
    for field in wanted:
        if field not in ALIASES:
            raise LeadFileError(
                f"{field!r} is no field of a lead; choose from {', '.join(ALIASES)}."
            )


def check_headings(wanted: Mapping[str, str], headers: Iterable[str], name: str) -> None:
    """Refuse chosen columns that do not exist.

    Raises:
        LeadFileError: If a heading is not in the file.
    """
    headings = [header for header in headers if header]
    known = {_squeezed(heading) for heading in headings}
    for field, heading in wanted.items():
        if heading and _squeezed(heading) not in known:
            raise LeadFileError(
                f"{name} has no column {heading!r} for {field}; it has {listed(headings)}."
            )


def listed(headers: Iterable[str]) -> str:
    """Headings as a message quotes them, the first ten."""
    quoted = [repr(header[:40]) for header in headers]
    return ", ".join(quoted[:10]) + (f" and {len(quoted) - 10} more" if len(quoted) > 10 else "")


def words_of_aliases(text: str) -> bool:
    """True if a text holds an identifier's heading among other words (a wrong delimiter)."""
    words = re.findall(r"[a-z0-9]+", _folded(text))
    return any(_RANK.get(word, ("", 0))[0] == IDENTIFIER for word in words)


def _recognise(heading: str) -> tuple[str, int] | None:
    """The field that a heading names, and how well."""
    return _RANK.get(_alias(heading))


def _alias(heading: str) -> str:
    """A heading in the form of the aliases: "Unit Cost (USD)" -> "unitcost"."""
    folded = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", _folded(heading)) or heading
    words = re.findall(r"[a-z0-9]+", folded)
    whole = "".join(words)
    return whole if whole in _RANK else "".join(word for word in words if word not in _NOISE)


def _folded(text: str) -> str:
    """Lower case without accents and invisible characters."""
    return "".join(
        char
        for char in unicodedata.normalize("NFKD", text).lower()
        if unicodedata.category(char) not in {"Mn", "Cf"}
    )


def _squeezed(heading: str) -> str:
    """A heading as two spellings of it are compared."""
    return " ".join(_folded(heading).split())


def nameless(place: int) -> str:
    """What a column without a heading is called."""
    return f"Column {place + 1}"


def _unique(header: Sequence[str]) -> tuple[str, ...]:
    """Headings without gaps and repetitions: ``Column 3`` for an empty one, ``Price (2)``."""
    headings: list[str] = []
    seen: set[str] = set()
    for place, heading in enumerate(header):
        wanted = " ".join(heading.split()) or nameless(place)
        numbered = chain([wanted], (f"{wanted} ({count})" for count in range(2, len(header) + 2)))
        unique = next(one for one in numbered if one not in seen)
        seen.add(unique)
        headings.append(unique)
    return tuple(headings)
