"""What a model filled into a form has to be: names that exist, values that the words name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from arbitragevault.adapters.files.columns import ALIASES, IDENTIFIER
from arbitragevault.adapters.keepa.finder import FinderQuery
from arbitragevault.adapters.keepa.finder_categories import CATEGORY_NAMES
from arbitragevault.adapters.keepa.finder_fields import CONTROLS, finder_fields
from arbitragevault.adapters.keepa.selection import ValueType
from arbitragevault.adapters.postgres.repositories.decision_lists import SORTS
from arbitragevault.adapters.postgres.tables import VERDICTS
from arbitragevault.application.column_guess import RETAIL
from arbitragevault.application.decision_phrases import words_to_filter
from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.errors import InvalidInputError, quoted
from arbitragevault.domain.explanation.answers import Form
from arbitragevault.domain.explanation.check import Objection
from arbitragevault.domain.explanation.figures import figures_in
from arbitragevault.domain.explanation.quantity import Unit

_FACTORS: Final = (
    Decimal(1),
    Decimal(10),  # tenths of stars
    Decimal(100),  # cents, per cent
    Decimal("453.59237"),  # pounds in grams
    Decimal("28.349523125"),  # ounces in grams
    Decimal(1_000),  # kilograms in grams
)
"""What turns a figure that people say into the one that Keepa counts."""
_MONEY: Final = frozenset({Unit.MONEY})
_COUNTED: Final = frozenset({Unit.COUNT, Unit.RANK})
_FIELD_FACTORS: Final = (
    # field names, factors, what the words may say that it counts; the first that matches counts
    (re.compile(r"(?:current|avg\d+)_SALES_"), (Decimal(1),), frozenset({Unit.RANK})),
    (re.compile(r"(?:current|avg\d+)_COUNT_\w+_"), (Decimal(1),), frozenset({Unit.COUNT})),
    (re.compile(r"(?:current|avg\d+)_RATING_"), (Decimal(10),), None),
    (re.compile(r"(?:current|avg\d+|delta\d+|deltaLast)_"), (Decimal(100),), _MONEY),
    (re.compile(r"fbaFees|coupon\w*Absolute"), (Decimal(100),), _MONEY),
    (re.compile(r"(?:item|package)Weight"), (Decimal(1), *_FACTORS[3:]), None),
    (re.compile(r""), (Decimal(1),), None),
)
_TOLD_APART: Final = _MONEY | _COUNTED | {Unit.DAYS}
"""Units by which one figure of the words cannot be meant for another field."""
_STEPS: Final = {"lte": -1, "gte": 1}
_CHOICES: Final[Mapping[str, tuple[object, ...]]] = {
    "availabilityAmazon": (-1, 0, 1, 2, 3, 4),
    "productType": (0, 1, 2, 3, 5),
}
_NEGATED: Final = re.compile(
    r"\b(?:not|no|non|without|except|excluding|but|other than|ohne|nicht|kein\w*|außer|sans|sin"
    r"|senza)\b",
    re.IGNORECASE,
)
"""With these, naming a verdict may mean the others."""
_SPAN_TOLERANCE: Final = timedelta(days=3)
"""Months and years have no fixed length: "the last 6 months" may begin on any of these days."""


def check_form(form: Form, fields: Mapping[str, Any]) -> tuple[Objection, ...]:
    """What is wrong with a filled-in form; empty for a good one.

    Args:
        form: The form with its words.
        fields: What was filled in.
    """
    checks = {"finder": _finder, "filter": _filter, "columns": _columns}
    return tuple(checks[form.use](form, fields))


def _objection(field: str, text: str, code: str = "figure") -> Objection:
    return Objection(code, field, text, field)


def _finder(form: Form, fields: Mapping[str, Any]) -> Iterator[Objection]:
    words = str(form.data["words"])
    steering = [name for name in fields if name in CONTROLS and name != "sort"]
    for name in steering:
        yield _objection(name, f"{quoted(name)} is not for words to set.", "shape")
    if fields:
        try:
            FinderQuery.from_selection(fields, US.keepa_domain)
        except InvalidInputError as error:
            yield _objection("selection", error.message, "shape")
            return
    today = date.fromisoformat(str(form.data["today"]))
    for name, value in fields.items():
        if name in CONTROLS:
            continue
        for one in value if isinstance(value, list) else [value]:
            if not _is_said(name, one, words, today):
                yield _objection(name, f"{name} is {one!r}, which the words do not say.")


def _is_said(name: str, value: object, words: str, today: date) -> bool:
    field = finder_fields()[name]
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name in {"rootCategory", "categories_include", "categories_exclude"}:
        return str(value) in CATEGORY_NAMES
    if field.type is ValueType.BOOLEAN:
        return True
    if isinstance(value, str) and field.is_minute:
        return _is_said_day(value, words, today)
    if isinstance(value, str):
        return value.casefold() in words.casefold() or _stem(value) in words.casefold()
    return _is_said_number(Decimal(str(value)), name, words)


def _stem(text: str) -> str:
    """The singular: "hardcover" of "hardcovers"."""
    return text.casefold().rstrip("s")


def _is_said_number(value: Decimal, name: str, words: str) -> bool:
    _, factors, counts = next(found for found in _FIELD_FACTORS if found[0].match(name))
    # "Fewer than 5" may be filled in as 5 or as 4.
    step = _STEPS.get(name.rpartition("_")[2], 0)
    for stated in figures_in(words):
        for reading in stated.readings:
            if Unit.DATE in reading.units or _is_of_another(reading.units, counts):
                continue
            said = _as_said(reading.value, reading.units)
            for factor in factors:
                exact = said * factor
                if value == round(exact) or (exact == round(exact) and value == exact + step):
                    return True
    return False


def _is_of_another(units: frozenset[Unit], counts: frozenset[Unit] | None) -> bool:
    """Whether the words say that a figure counts something else: dollars are no rank."""
    told = units & _TOLD_APART
    return counts is not None and bool(told) and not told & counts


def _as_said(value: Decimal, units: frozenset[Unit]) -> Decimal:
    """A share as the per cent that the words say."""
    return value * 100 if Unit.SHARE in units else value


def _is_said_day(value: str, words: str, today: date) -> bool:
    try:
        day = date.fromisoformat(value[:10])
    except ValueError:
        return False
    if re.search(rf"\b(?:{day.year}|{day.year - 1}|{day.year + 1})\b", words):
        return True
    for stated in figures_in(words):
        for reading in stated.readings:
            if Unit.DAYS not in reading.units or not 0 < reading.value < 36_500:
                continue
            start = today - timedelta(days=max(1, round(reading.value)))
            if abs(day - start) <= _SPAN_TOLERANCE:
                return True
    return False


def _filter(form: Form, fields: Mapping[str, Any]) -> Iterator[Objection]:
    words = str(form.data["words"])
    certain = {} if _NEGATED.search(words) else words_to_filter(words)[0]
    for name, value in fields.items():
        match name:
            case "verdicts":
                good = isinstance(value, list) and bool(value) and set(value) <= set(VERDICTS)
                good = good and set(value) <= set(certain.get(name, VERDICTS))
            case "sort":
                good = isinstance(value, str) and value.removeprefix("-") in SORTS
                said = str(certain.get(name, value))
                good = good and value.removeprefix("-") == said.removeprefix("-")
            case "supplier" | "text":
                good = isinstance(value, str) and 0 < len(value) <= 200
                good = good and str(value).casefold() in words.casefold()
            case _:
                good = False
        if not good:
            yield _objection(name, f"{name} is {value!r}, which is no filter that the words say.")


def _columns(form: Form, fields: Mapping[str, Any]) -> Iterator[Objection]:
    headings = [str(heading) for heading in form.data["headings"]]
    for field, heading in fields.items():
        if field not in ALIASES:
            yield _objection(field, f"{quoted(field)} is no field of a lead.", "shape")
        elif heading not in headings:
            yield _objection(field, f"There is no column {quoted(str(heading))}.")
        elif field == "cost" and RETAIL.search(heading):
            yield _objection(field, f"{quoted(heading)} is a retail price, not a cost.")
    used = Counter(heading for heading in fields.values() if heading in headings)
    for heading, number in used.items():
        if number > 1:
            text = f"The column {quoted(heading)} fills {number} fields."
            yield _objection("columns", text, "shape")
    if IDENTIFIER not in fields:
        yield _objection(IDENTIFIER, "No column identifies the products.", "shape")
