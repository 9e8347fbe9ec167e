"""One lead from its fields, the same way for a file's row, an API request and the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from arbitragevault.domain.catalog.identifiers import Identifier, parse_identifier
from arbitragevault.domain.catalog.product import Condition
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.errors import IdentifierError, LeadRowError, MoneyError, quoted
from arbitragevault.domain.money import Money, parse_amount

Cell = str | int | float | Decimal
"""A value as it came: text, or a number from a spreadsheet or JSON."""

MAX_UNIT_COST_MINOR: Final = 100_000_000
"""Highest unit cost: a million dollars, or a hundred million yen. More is a slipped column."""

MAX_QUANTITY: Final = 1_000_000
"""Most units of one lead. More is a slipped column, such as a barcode under Quantity."""

_LEAD_FIELDS: Final = frozenset(
    {"identifier", "cost", "quantity", "min_quantity", "condition", "supplier", "url", "notes"}
)
_BLANKS: Final = frozenset(
    {"", "-", "--", "\u2013", "\u2014", "?", "n/a", "#n/a", "na", "nan", "none", "null", "nil"}
    | {"tbd", "unknown", "#value!", "#ref!", "#name?", "#div/0!", "#null!", "#num!"}
)
"""What people and spreadsheets write where nothing is known; read as missing, never as 0."""

_CONDITIONS: Final[Mapping[str, Condition]] = {
    alias: condition
    for condition, aliases in {
        Condition.NEW: ("new", "n", "brandnew", "newsealed", "factorysealed", "sealed"),
        Condition.LIKE_NEW: ("likenew", "usedlikenew", "asnew", "ln", "uln", "newlike"),
        Condition.VERY_GOOD: ("verygood", "usedverygood", "vg", "uvg"),
        Condition.GOOD: ("good", "usedgood", "g", "ug"),
        Condition.ACCEPTABLE: ("acceptable", "usedacceptable", "acc", "a", "ua", "uacc"),
    }.items()
    for alias in aliases
}
_WHOLE_NUMBER = re.compile(r"([0-9]{1,3}(?:[,' ][0-9]{3})+|[0-9]+)(?:\.0+|,00?)?")
_HAS_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[:/?#]\S*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead, or why there is none.

    Args:
        number: 1-based number of the data row (the header and what is above it do not count).
        lead: The lead; None if ``error`` is set.
        identifier: The identifier, understood; also there if something else is wrong with the row.
        identifier_text: The identifier as given; empty if the row has none.
        error: Why the row cannot be used; its message says what was found and what to do.
        cells: Every value by heading, as text.
        repairs: What was mended to understand the row, as plain sentences.
    """

    number: int
    lead: Lead | None
    identifier: Identifier | None
    identifier_text: str
    error: LeadRowError | IdentifierError | MoneyError | None
    cells: Mapping[str, str] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()


def lead_from_fields(
    number: int,
    fields: Mapping[str, Cell | None],
    *,
    currency: str,
    trade_code: bool = False,
    extra: Mapping[str, str] | None = None,
    cells: Mapping[str, str] | None = None,
) -> LeadRow:
    """Make a lead of named fields; never raises for bad values.

    Args:
        number: The row's number, from 1.
        fields: ``identifier``, ``cost``, ``quantity``, ``min_quantity``, ``condition``,
            ``supplier``, ``url`` and ``notes``; each may be absent, None or empty. Any others go
            into ``Lead.extra``.
        currency: What costs are in.
        trade_code: The identifier stood under a heading such as EAN or UPC.
        extra: Further values that pass through into ``Lead.extra``.
        cells: The whole row by heading, where it differs from ``fields``.
    """
    repairs: list[str] = []
    identifier_text = cell_text(fields.get("identifier"))
    identifier = None
    error: LeadRowError | IdentifierError | MoneyError | None = None
    lead = None
    further = {name: cell_text(fields[name]) for name in fields if name not in _LEAD_FIELDS}
    try:
        identifier = _identifier(identifier_text, trade_code=trade_code)
        repairs.extend(identifier.repairs)
        lead = _lead(fields, {**further, **(extra or {})}, currency, repairs)
    except (LeadRowError, IdentifierError, MoneyError) as problem:
        error = problem
    return LeadRow(
        number=number,
        lead=lead,
        identifier=identifier,
        identifier_text=identifier_text,
        error=error,
        cells=cells or {name: cell_text(value) for name, value in fields.items()},
        repairs=tuple(repairs),
    )


def parse_condition(text: str) -> Condition | None:
    """Read a condition as suppliers write it ("Used - Very Good", "VG"); None where it is blank.

    Raises:
        LeadRowError: If it is not new or one of the four used grades. Numbers are refused: 1 is
            "used, like new" at Amazon and "new" at Keepa.
    """
    if is_blank(text):
        return None
    found = _CONDITIONS.get(re.sub(r"[^a-z0-9]", "", text.lower()))
    if found is None:
        raise LeadRowError(
            f"Condition {quoted(text)} is not understood; write new, used like new, used very "
            "good, used good or used acceptable."
        )
    return found


def parse_quantity(value: Cell | None) -> int | None:
    """Read a number of units; None where it is blank.

    Raises:
        LeadRowError: If it is not a whole number between 1 and MAX_QUANTITY.
    """
    text = cell_text(value)
    if is_blank(text):
        return None
    whole = _WHOLE_NUMBER.fullmatch(text[:40])
    count = int(re.sub(r"[,' ]", "", whole[1])) if whole else 0
    if 1 <= count <= MAX_QUANTITY:
        return count
    raise LeadRowError(
        f"Quantity {quoted(text)} is not a whole number between 1 and {MAX_QUANTITY:,}."
    )


def parse_cost(value: Cell | None, currency: str) -> tuple[Money | None, tuple[str, ...]]:
    """Read the cost of one unit; None where it is blank.

    Returns:
        The cost, rounded to the smallest unit where a spreadsheet computed it more finely, and the
        sentence that says so.

    Raises:
        MoneyError: If it is no amount, in another currency, negative or above MAX_UNIT_COST_MINOR.
    """
    text = cell_text(value)
    if is_blank(text):
        return None, ()
    # A JSON true is an int to Python, but no amount to its sender.
    is_text = isinstance(value, str | bool)
    amount = parse_amount(text, currency) if is_text else Decimal(text)
    cost = Money.rounded(amount, currency)
    if amount < 0:
        raise MoneyError(f"Cost {quoted(text)} is negative; write what one unit costs.")
    if cost.minor > MAX_UNIT_COST_MINOR:
        raise MoneyError(
            f"Cost {quoted(text)} is above {Money(MAX_UNIT_COST_MINOR, currency)} for one unit; "
            "check the column."
        )
    is_exact = abs(cost.decimal() - amount) < Decimal("1e-6")
    return cost, () if is_exact else (f"cost {text} rounded to {cost}",)


def is_blank(text: str) -> bool:
    """True for an empty text and for what stands in for one, such as ``N/A``."""
    return text.lower() in _BLANKS


def cell_text(value: Cell | None) -> str:
    """A value as text: numbers without a needless ``.0``, texts without what cannot be stored."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.translate(_UNSTORABLE).strip()
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


_UNSTORABLE: Final = {0: None, 26: None, **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}
"""Zero characters and lone surrogates, which PostgreSQL does not store, and DOS's end-of-file."""


def _identifier(text: str, *, trade_code: bool) -> Identifier:
    if is_blank(text):
        raise IdentifierError("The row has no identifier; give an ASIN, ISBN, EAN, UPC or link.")
    return parse_identifier(text, trade_code=trade_code)


def _lead(
    fields: Mapping[str, Cell | None],
    further: Mapping[str, str],
    currency: str,
    repairs: list[str],
) -> Lead:
    """The lead of fields whose identifier is sound."""
    cost, cost_repairs = parse_cost(fields.get("cost"), currency)
    repairs.extend(cost_repairs)
    extra = {name: value for name, value in further.items() if value}
    url, unusable = _web_address(cell_text(fields.get("url")))
    if unusable:
        extra["url"] = unusable
        repairs.append("the url is no web address and passes through as text")
    return Lead(
        identifier=cell_text(fields.get("identifier")),
        unit_cost=cost,
        quantity=parse_quantity(fields.get("quantity")),
        min_quantity=parse_quantity(fields.get("min_quantity")),
        condition=parse_condition(cell_text(fields.get("condition"))),
        supplier=cell_text(fields.get("supplier")) or None,
        url=url,
        notes=cell_text(fields.get("notes")) or None,
        extra=extra,
    )


def _web_address(text: str) -> tuple[str | None, str | None]:
    """A text as (web address, None), or as (None, text) if a browser should not follow it."""
    if not text:
        return None, None
    if re.match(r"https?://\S+$", text, re.IGNORECASE):
        return text, None
    if _HAS_HOST.fullmatch(text):
        return f"https://{text}", None
    return None, text
