"""Words and signs beside a figure that say what it counts, in several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from arbitragevault.domain.explanation.quantity import Unit

_ONE: Final = Decimal(1)
_PERCENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class UnitWord:
    """What a word beside a figure means.

    Args:
        units: What the figure may count.
        factor: What turns the figure into the unit of facts.
        currency: ISO 4217 code, or ``"$"``.
    """

    units: frozenset[Unit]
    factor: Decimal = _ONE
    currency: str | None = None


def _unit(unit: Unit, factor: Decimal = _ONE, currency: str | None = None) -> UnitWord:
    return UnitWord(frozenset({unit}), factor, currency)


NOTHING: Final = UnitWord(frozenset({Unit.TEXT}))
"""A unit that no fact has, such as money per month: whatever it counts, no record holds it."""

PER_MILLE: Final = _unit(Unit.SHARE, Decimal("0.001"))

SCALES: Final[Mapping[str, Decimal]] = {
    **dict.fromkeys(("k", "thousand", "tsd", "tsd.", "tausend", "mila"), Decimal(1_000)),
    **dict.fromkeys(("m", "mn", "mio", "mio.", "million", "millionen"), Decimal(1_000_000)),
    **dict.fromkeys(("millones", "millions", "milioni"), Decimal(1_000_000)),
    **dict.fromkeys(("bn", "billion"), Decimal(1_000_000_000)),
    "hundred": Decimal(100),
    "lakh": Decimal(100_000),
}

SIGNS: Final[Mapping[str, str]] = {
    "US$": "USD",
    "CA$": "CAD",
    "C$": "CAD",
    "MX$": "MXN",
    "R$": "BRL",
    "A$": "AUD",
    "$": "$",
    "£": "GBP",
    "€": "EUR",
    "¥": "JPY",
    "円": "JPY",
    "₹": "INR",
    "￥": "JPY",
    **{code: code for code in ("USD", "GBP", "EUR", "CAD", "JPY", "INR", "MXN", "BRL", "CHF")},
}
"""Currency signs and codes, on either side of an amount."""

_MONEY_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("dollar", "dollars", "bucks", "dólares", "dollari"), "$"),
    **dict.fromkeys(("euro", "euros"), "EUR"),
    **dict.fromkeys(("pound", "pounds", "quid", "pfund", "livres", "libras"), "GBP"),
    **dict.fromkeys(("yen",), "JPY"),
    **dict.fromkeys(("rupee", "rupees"), "INR"),
    **dict.fromkeys(("peso", "pesos"), "MXN"),
    **dict.fromkeys(("reais",), "BRL"),
}

WORDS: Final[Mapping[str, UnitWord]] = {
    **{word: _unit(Unit.MONEY, _ONE, code) for word, code in _MONEY_WORDS.items()},
    **dict.fromkeys(("cent", "cents", "¢"), _unit(Unit.MONEY, _PERCENT, "$")),
    **dict.fromkeys(
        (
            *("%", "percent", "per cent", "pct", "prozent", "por ciento", "pour cent", "per cento"),
            *("procent", "procento", "процентов"),
        ),
        UnitWord(frozenset({Unit.SHARE, Unit.RATIO}), _PERCENT),
    ),
    "‰": PER_MILLE,
    **dict.fromkeys(
        (
            *("percentage points", "percentage point", "percent points", "points", "pp"),
            *("prozentpunkte", "puntos porcentuales", "points de pourcentage"),
        ),
        _unit(Unit.POINTS, _PERCENT),
    ),
    **dict.fromkeys(
        (
            *("d", "day", "days", "tag", "tage", "tagen", "día", "días", "dia", "dias", "jour"),
            *("jours", "giorno", "giorni", "dag", "dagen", "дней"),
        ),
        _unit(Unit.DAYS),
    ),
    **dict.fromkeys(
        (
            *("w", "wk", "wks", "week", "weeks", "woche", "wochen", "semana", "semanas"),
            *("semaine", "semaines", "settimana", "settimane"),
        ),
        _unit(Unit.DAYS, Decimal(7)),
    ),
    **dict.fromkeys(
        (
            *("mo", "month", "months", "monat", "monate", "monaten", "mes", "meses", "mois"),
            *("mese", "mesi"),
        ),
        _unit(Unit.DAYS, Decimal(30)),
    ),
    **dict.fromkeys(
        ("y", "yr", "yrs", "year", "years", "jahr", "jahre", "años", "ans", "anni"),
        _unit(Unit.DAYS, Decimal(365)),
    ),
    **dict.fromkeys(
        ("h", "hr", "hrs", "hour", "hours", "stunden", "horas", "heures", "ore"),
        _unit(Unit.DAYS, _ONE / 24),
    ),
    **dict.fromkeys(
        ("x", "times", "fold", "fach", "mal", "veces", "fois", "volte"),
        UnitWord(frozenset({Unit.RATIO, Unit.COUNT})),
    ),
    **dict.fromkeys(
        (
            *("offer", "offers", "seller", "sellers", "unit", "units", "copy", "copies", "item"),
            *("items", "variation", "variations", "listing", "listings", "lead", "leads"),
            *("product", "products", "decision", "decisions", "pick", "picks", "criteria"),
            *("criterion", "risk", "risks", "reason", "reasons", "piece", "pieces"),
            *("angebote", "einheiten", "stück", "ofertas", "unidades", "offres", "unités"),
            *("offerte", "unità", "verkäufer", "vendedores", "vendeurs"),
        ),
        _unit(Unit.COUNT),
    ),
}
"""By lower-case word behind the figure; the longest one that fits counts."""

_PERIODS: Final[Mapping[str, Decimal]] = {
    **dict.fromkeys(("month", "monat", "mes", "mois", "mese", "mo", "30 days"), _ONE),
    **dict.fromkeys(("day", "tag", "día", "jour", "giorno"), Decimal(30)),
    **dict.fromkeys(("week", "woche", "semana", "semaine", "settimana"), Decimal(30) / 7),
    **dict.fromkeys(("year", "jahr", "año", "anno"), Decimal(30) / 365),
}
_RATE: Final = re.compile(
    r"\s*(?:[^\W\d_]+\s+){0,2}?(?:(?:a|an|per|each|every|pro|im|am|al|por|par|à la|la)\s+|/\s?)"
    r"(?P<period>30 days|[^\W\d_]+)\b"
    r"|\s*(?:[^\W\d_]+\s+)?(?P<adverb>monthly|monatlich|mensuelles)\b",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    # "4 new offers" counts offers
    r"[\s-]*(?:(?:new|used|other|live|more|fba|fbm)\s+(?=offers?\b|sellers?\b|units?\b|copies\b))?"
    r"(?P<word>"
    + "|".join(
        rf"{re.escape(word)}(?!\w)" if word[-1].isalnum() else re.escape(word)
        for word in sorted((*WORDS, *(s.lower() for s in SIGNS)), key=len, reverse=True)
    )
    + ")",
    re.IGNORECASE,
)
_LONGEST_FIRST: Final = sorted(SIGNS, key=len, reverse=True)
_SIGNS_BY_LOWER: Final = {sign.lower(): code for sign, code in SIGNS.items()}


def unit_after(text: str, at: int) -> tuple[UnitWord | None, int]:
    """The unit that stands behind a figure, and where it ends.

    Args:
        text: The whole text.
        at: Where the figure ends.
    """
    found = _AFTER.match(text, at)
    word = None if found is None else found["word"].lower()
    unit: UnitWord | None = None
    end = at
    if found is not None and word is not None:
        end = found.end()
        code = _SIGNS_BY_LOWER.get(word)
        unit = _unit(Unit.MONEY, _ONE, code) if code else WORDS[word]
    is_countable = unit is None or unit.units == frozenset({Unit.COUNT})
    rate = _RATE.match(text, at)
    factor = None if rate is None else _period(rate)
    if factor is None or rate is None:
        return unit, end
    if is_countable:
        return _unit(Unit.PER_MONTH, factor), rate.end()
    if unit is not None and Unit.MONEY in unit.units:
        return NOTHING, rate.end()
    return unit, end


def has_unit_word(text: str, at: int) -> bool:
    """Whether a unit stands behind a figure."""
    return _AFTER.match(text, at) is not None


def _period(rate: re.Match[str]) -> Decimal | None:
    if rate["adverb"]:
        return _ONE
    return _PERIODS.get(rate["period"].lower())


def sign_before(text: str, at: int) -> tuple[UnitWord | None, int]:
    """The currency sign that stands before a figure, and where it begins."""
    before = text[:at].rstrip()
    last = before[-4:].upper()
    for sign in _LONGEST_FIRST:
        if last.endswith(sign):
            start = len(before) - len(sign)
            if sign.isalpha() and start and before[start - 1].isalnum():
                continue
            return _unit(Unit.MONEY, _ONE, SIGNS[sign]), start
    return None, at
