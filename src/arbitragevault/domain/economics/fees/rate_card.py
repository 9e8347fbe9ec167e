"""Rate cards: Amazon's dated fee tables, read from the package's card files and checked.

A card file holds sections. A section answers one kind of question (``referral``, ``fulfilment`` …)
for one marketplace and one period, and names its unit, its sources and how sure we are. A kind's
sections follow each other without overlap or hole; a period that we looked for and did not find is
a section that says ``not_known``.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

from arbitragevault.domain.catalog.marketplace import MARKETPLACES
from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.category import parse_categories
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.economics.fees.fulfilment import (
    FulfilmentCard,
    parse_add_on,
    parse_discount,
    parse_fulfilment,
    parse_overmax,
    parse_packaging,
)
from arbitragevault.domain.economics.fees.handling import (
    parse_closing,
    parse_credit,
    parse_low_inventory,
    parse_mail,
    parse_placement,
    parse_plans,
    parse_rate,
    parse_refund,
    parse_removal,
)
from arbitragevault.domain.economics.fees.referral import parse_referral
from arbitragevault.domain.economics.fees.returns_card import parse_returns
from arbitragevault.domain.economics.fees.size_tier import parse_size_tiers
from arbitragevault.domain.economics.fees.storage import (
    parse_aged,
    parse_storage,
    parse_utilization,
)
from arbitragevault.domain.economics.fees.vat_card import parse_digital_services, parse_vat
from arbitragevault.domain.economics.fees.weight_table import NotKnown
from arbitragevault.domain.errors import RateCardError

_OPEN: Final = date.max
"""Last day of a section without an end."""


class Confidence(StrEnum):
    """How sure a section is.

    ``high``: Amazon's own text, or several independent transcriptions that agree number for
    number. ``medium``: one careful transcription, or a derivation that other numbers confirm.
    ``low``: one article.
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Kind(StrEnum):
    """What a section answers."""

    CATEGORIES = "categories"
    REFERRAL = "referral"
    CLOSING = "closing"
    PLAN = "selling_plan"
    REFUND = "refund_administration"
    SIZE_TIERS = "size_tiers"
    FULFILMENT = "fulfilment"
    SURCHARGE = "fuel_surcharge"
    LITHIUM = "lithium_battery"
    DISCOUNT = "own_packaging_discount"
    PACKAGING = "bulky_packaging"
    OVERMAX = "overmax"
    STORAGE = "storage"
    UTILIZATION = "storage_utilization"
    AGED = "aged_inventory"
    LOW_INVENTORY = "low_inventory"
    PLACEMENT = "inbound_placement"
    REMOVAL = "removal"
    RETURNS = "returns_processing"
    CREDIT = "shipping_credit"
    MAIL = "media_mail"
    VAT = "vat"
    DIGITAL_SERVICES = "digital_services"


_PARSERS: Final[Mapping[Kind, Callable[[Json], Any]]] = {
    Kind.CATEGORIES: parse_categories,
    Kind.REFERRAL: parse_referral,
    Kind.CLOSING: parse_closing,
    Kind.PLAN: parse_plans,
    Kind.REFUND: parse_refund,
    Kind.SIZE_TIERS: parse_size_tiers,
    Kind.FULFILMENT: parse_fulfilment,
    Kind.SURCHARGE: parse_rate,
    Kind.LITHIUM: parse_add_on,
    Kind.DISCOUNT: parse_discount,
    Kind.PACKAGING: parse_packaging,
    Kind.OVERMAX: parse_overmax,
    Kind.STORAGE: parse_storage,
    Kind.UTILIZATION: parse_utilization,
    Kind.AGED: parse_aged,
    Kind.LOW_INVENTORY: parse_low_inventory,
    Kind.PLACEMENT: parse_placement,
    Kind.REMOVAL: parse_removal,
    Kind.RETURNS: parse_returns,
    Kind.CREDIT: parse_credit,
    Kind.MAIL: parse_mail,
    Kind.VAT: parse_vat,
    Kind.DIGITAL_SERVICES: parse_digital_services,
}


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """One dated table; there is one object of each.

    Args:
        id: Such as ``us_2026_peak``; rule ids of fee lines begin with it.
        kind: What it answers.
        marketplace: Marketplace code.
        windows: First and last day of each stretch in which it holds, both included.
        unit: What its figures are in.
        confidence: How sure it is; None for a period that is not known.
        sources: Where it comes from, as text.
        value: The table itself; None for a period that is not known.
        not_known: Why there is no table.
        note: What else to know.
    """

    id: str
    kind: Kind
    marketplace: str
    windows: tuple[tuple[date, date], ...]
    unit: str
    confidence: Confidence | None
    sources: tuple[str, ...]
    value: Any
    not_known: str | None
    note: str | None

    def holds_on(self, day: date) -> bool:
        """Does it hold on a day?"""
        return any(first <= day <= last for first, last in self.windows)


class RateCards:
    """Every section of every marketplace.

    Args:
        sections: As parsed; each kind of a marketplace must be without overlap and hole.

    Raises:
        RateCardError: If two sections overlap, leave a hole, or share an id.
    """

    def __init__(self, sections: Iterable[Section]) -> None:
        self.sections: Final = tuple(sections)
        self._by_kind: dict[tuple[str, Kind], list[Section]] = {}
        self._by_day: dict[tuple[str, date], Mapping[Kind, Section]] = {}
        self._by_period: dict[tuple[str, int], Mapping[Kind, Section]] = {}
        seen: set[str] = set()
        for section in self.sections:
            if section.id in seen:
                raise RateCardError(f"Rate card section {section.id!r} is given twice.")
            seen.add(section.id)
            self._by_kind.setdefault((section.marketplace, section.kind), []).append(section)
        for group in self._by_kind.values():
            _check_windows(group)
        self._days = {key: _days(group) for key, group in self._by_kind.items()}
        self._changes = _changes(self.sections)
        _check_tiers(self)
        _check_categories(self)

    def find(self, marketplace: str, kind: Kind, day: date) -> Section | None:
        """The section of a kind that holds on a day; None if there is none."""
        return self.on(marketplace, day).get(kind)

    def on(self, marketplace: str, day: date) -> Mapping[Kind, Section]:
        """The sections that hold on a day, by kind; one mapping for all days with the same ones."""
        try:
            return self._by_day[marketplace, day]
        except KeyError:
            period = marketplace, bisect_right(self.changes(marketplace), day)
            if period not in self._by_period:
                self._by_period[period] = {
                    section.kind: section
                    for section in self.sections
                    if section.marketplace == marketplace and section.holds_on(day)
                }
            found = self._by_day[marketplace, day] = self._by_period[period]
            return found

    def changes(self, marketplace: str) -> tuple[date, ...]:
        """Every day, ascending, from which a section of a marketplace begins or no longer holds.

        From one such day to the next, the same sections hold.
        """
        return self._changes.get(marketplace, ())

    def behind(self, rule: str) -> tuple[Section, ...]:
        """The sections behind the rule of a fee line; none for a figure that was given.

        Args:
            rule: Such as ``us_referral_2024/books`` or ``us_storage_2024+us_storage_2026``.
        """
        ids = {part for name in rule.split("+") for part in name.split("/")}
        return tuple(section for section in self.sections if section.id in ids)

    def has(self, marketplace: str, kind: Kind) -> bool:
        """Is there any section of a kind?"""
        return (marketplace, kind) in self._by_kind

    def days(self, marketplace: str, kind: Kind) -> tuple[date, date] | None:
        """First and last day that a kind covers (``date.max`` without an end); None if never."""
        return self._days.get((marketplace, kind))


def _days(group: Iterable[Section]) -> tuple[date, date]:
    """First and last day that some sections cover."""
    windows = [window for section in group for window in section.windows]
    return min(first for first, _ in windows), max(last for _, last in windows)


def parse_sections(
    text: str, sources: Mapping[str, str], marketplace: str | None = None
) -> list[Section]:
    """Read one card file.

    Args:
        text: JSON with ``sections``.
        sources: Text of every known source by key.
        marketplace: Whose file it is; None allows any.

    Raises:
        RateCardError: If it is no JSON, or a section is wrong; says which.
    """
    sections = []
    for body in fields.objects(_read(text), "sections"):
        try:
            sections.append(_parse_section(body, sources, marketplace))
        except RateCardError as error:
            raise RateCardError(f"Rate card section {body.get('id')!r}: {error.message}") from error
    return sections


def parse_sources(text: str) -> dict[str, str]:
    """Read the file of sources: text by key."""
    sources = fields.field(_read(text), "sources", dict)
    return {key: fields.field(source, "text", str) for key, source in sources.items()}


@cache
def rate_cards(marketplace: str | None = None) -> RateCards:
    """The card files that ship with the package, read and checked once.

    Args:
        marketplace: Whose cards are wanted, so that only those are read; None reads all.

    Raises:
        RateCardError: If a file is wrong.
    """
    codes = MARKETPLACES if marketplace is None else (marketplace,)
    return RateCards(section for code in codes for section in shipped_sections(code))


@cache
def shipped_sections(marketplace: str) -> tuple[Section, ...]:
    """The sections of one marketplace, from the files whose names begin with its code."""
    sources = shipped_sources()
    texts = _card_files(f"{marketplace.lower()}_").values()
    return tuple(s for text in texts for s in parse_sections(text, sources, marketplace))


@cache
def shipped_sources() -> dict[str, str]:
    """The text of every source by key."""
    return parse_sources(_card_files("sources")["sources.json"])


@cache
def rate_cards_digest() -> str:
    """Fingerprint of the card files: whatever fees were computed with, under another name."""
    return blake2b(repr(_card_files()).encode(), digest_size=8).hexdigest()


def _card_files(prefix: str = "") -> dict[str, str]:
    """The texts of the card files by name, of those whose names begin with a prefix."""
    folder = files("arbitragevault.domain.economics.fees") / "cards"
    return {
        item.name: item.read_text(encoding="utf-8")
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.startswith(prefix) and item.name.endswith(".json")
    }


def _read(text: str) -> Json:
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        raise RateCardError(f"A rate card file is no JSON: {error}.") from error
    if not isinstance(body, dict):
        raise RateCardError("A rate card file must be a JSON object.")
    return body


def _parse_section(body: Json, sources: Mapping[str, str], wanted: str | None) -> Section:
    kind = fields.choice(Kind, body.get("kind"))
    not_known = body.get("not_known")
    keys = () if not_known else fields.texts(body, "sources")
    parts = body.get("classes", {}).values()
    cited = (*keys, *(key for part in parts for key in part.get("sources", ())))
    unknown = [key for key in cited if key not in sources]
    if unknown:
        raise RateCardError(f"Source {unknown[0]!r} is not in sources.json.")
    marketplace = fields.field(body, "marketplace", str)
    if marketplace not in MARKETPLACES:
        raise RateCardError(f"{marketplace!r} is no marketplace.")
    if wanted not in (None, marketplace):
        raise RateCardError(f"It is for {marketplace}, its file for {wanted}.")
    return Section(
        fields.field(body, "id", str),
        kind,
        marketplace,
        _parse_windows(body),
        fields.field(body, "unit", str),
        None if not_known else fields.choice(Confidence, body.get("confidence")),
        tuple(sources[key] for key in keys),
        None if not_known else _PARSERS[kind](body),
        not_known,
        body.get("note"),
    )


def _parse_windows(body: Json) -> tuple[tuple[date, date], ...]:
    pairs = body.get("windows") or [[body.get("effective_from"), body.get("effective_to")]]
    windows = tuple(
        (fields.day(first), _OPEN if last is None else fields.day(last)) for first, last in pairs
    )
    if any(first > last for first, last in windows):
        raise RateCardError("A period ends before it begins.")
    return windows


def _changes(sections: Iterable[Section]) -> dict[str, tuple[date, ...]]:
    """By marketplace: the days from which sections begin or no longer hold."""
    found: dict[str, set[date]] = {}
    for section in sections:
        days = found.setdefault(section.marketplace, set())
        for first, last in section.windows:
            days.add(first)
            if last < _OPEN:
                days.add(last + timedelta(days=1))
    return {marketplace: tuple(sorted(days)) for marketplace, days in found.items()}


def _check_windows(group: list[Section]) -> None:
    """Each kind of a marketplace covers one stretch of days, every day once."""
    windows = sorted((first, last, s.id) for s in group for first, last in s.windows)
    for (_, last, before), (first, _, after) in pairwise(windows):
        if first <= last:
            raise RateCardError(f"Rate card sections {before!r} and {after!r} overlap on {first}.")
        if first != last + timedelta(days=1):
            raise RateCardError(
                f"Rate cards have a hole between {before!r} (to {last}) and {after!r} ({first})."
            )


def _check_tiers(cards: RateCards) -> None:
    """Every fulfilment card has every size tier of its days, or says that it is not known."""
    for section in (s for s in cards.sections if s.kind is Kind.FULFILMENT and s.value):
        card: FulfilmentCard = section.value
        for day in (day for window in section.windows for day in window):
            sizes = cards.find(section.marketplace, Kind.SIZE_TIERS, day)
            if sizes is None or sizes.value is None:
                raise RateCardError(f"Rate card {section.id!r} has no size tiers on {day}.")
            for name, tables in card.classes.items():
                if isinstance(tables, NotKnown):
                    continue
                wanted = {tier.id for tier in sizes.value.tiers if tier.serves(name)}
                if wanted - set(tables):
                    tier = min(wanted - set(tables))
                    raise RateCardError(f"Rate card {section.id!r}, {name}: no {tier}.")


def _check_categories(cards: RateCards) -> None:
    """Every fee category of the category map has a referral fee today and later."""
    for section in (s for s in cards.sections if s.kind is Kind.CATEGORIES and s.value):
        last = section.windows[-1][1]
        referral = cards.find(section.marketplace, Kind.REFERRAL, last)
        known = set(referral.value.rules) if referral and referral.value else set()
        missing = section.value.categories - known
        if missing:
            raise RateCardError(f"Rate card {section.id!r}: no referral fee for {min(missing)!r}.")
