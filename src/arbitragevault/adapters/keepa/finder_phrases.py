"""A finder selection from plain sentences: "books under $20 with a rank below 100,000".

A small parser of the phrases that resellers use, not a language model: what it does not know, it
says. The result is a form for a person to look at; nothing is asked of Keepa here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from arbitragevault.adapters.keepa.finder_categories import CATEGORY_WORDS
from arbitragevault.adapters.keepa.selection import AT_LEAST, AT_MOST

_NUMBER: Final = (
    r"(?:\$\s?|usd\s)?\d+(?:,\d{3})*(?:\.\d+)?(?:\s?(?:k|m|thousand|million)\b)?(?:\s?dollars\b)?"
)
_AMOUNT: Final = (
    rf"(?:(?:between|from)\s+)?(?P<low>{_NUMBER})\s*(?:-|\u2013|to|and)\s*(?P<high>{_NUMBER})"
    r"|(?:under|below|less than|fewer than|at most|max(?:imum)?(?: of)?|up to|no more than"
    rf"|not more than|cheaper than|lighter than|<=?|≤)\s*(?P<most>{_NUMBER})"
    rf"|(?P<most_after>{_NUMBER})\s+or\s+(?:less|fewer|lower|under|below)"
    r"|(?:over|above|more than|at least|min(?:imum)?(?: of)?|no less than|from|>=?|≥)\s*"
    rf"(?P<least>{_NUMBER})\+?"
    rf"|(?P<least_after>{_NUMBER})(?:\+|\s+or\s+(?:more|higher|above|over))"
    rf"|better than\s+(?P<better>{_NUMBER})|(?P<better_after>{_NUMBER})\s+or\s+better"
)
_LINK: Final = r"(?:\s+(?:of|is|was|with|at|a|an|the|has|priced|costs?))*\s*:?\s*"
_NO_AMAZON: Final = (
    r"(?:not|never) (?:sold|offered|stocked) by amazon"
    r"|amazon (?:is )?(?:out of stock|not in stock)|without amazon|no amazon"
)
_NO_MELTABLES: Final = (
    r"(?:no|not|without|excluding) (?:heat[- ]sensitive|meltables?)(?: products?)?"
    r"|(?:heat[- ]sensitive|meltables?) excluded"
)
_NO_ADULT: Final = (
    r"(?:no|not|without|excluding) (?:adult(?: products?)?)|adult (?:products? )?excluded"
)
_FLAGS: Final = (
    # phrase, field, value
    (_NO_AMAZON, "availabilityAmazon", [-1]),
    (r"(?:sold by amazon|amazon (?:is )?in stock)", "availabilityAmazon", [0]),
    (r"buy ?box (?:is )?not (?:held by |won by )?amazon", "buyBoxIsAmazon", False),
    (r"buy ?box (?:is )?(?:held by |won by )?amazon", "buyBoxIsAmazon", True),
    (r"buy ?box (?:is )?fba", "buyBoxIsFBA", True),
    (r"prime[- ]eligible", "buyBoxIsPrimeEligible", True),
    (r"(?:no|not|without|excluding) hazmat|hazmat excluded|non[- ]hazmat", "isHazMat", False),
    (_NO_ADULT, "isAdultProduct", False),
    (_NO_MELTABLES, "isHeatSensitive", False),
    (r"(?:no|without) variations?|single variation", "singleVariation", True),
    (r"(?:at|with) (?:their|its|the) lowest price|lowest price ever", "isLowest_NEW", True),
    (r"back in stock", "backInStock_NEW", True),
    (r"hard ?(?:cover|back)s?", "binding", ["hardcover"]),
    (r"paper ?backs?", "binding", ["paperback"]),
)  # fmt: skip


def _money(number: float) -> int:
    return round(100 * number)


def _grams(each: float, number: float) -> int:
    return round(number * each)


def _whole(number: float) -> int:
    return round(number)


def _stars(number: float) -> int:
    """Keepa's ratings count tenths of a star."""
    return round(10 * number)


_GRAMS: Final = {"g": 1, "gram": 1, "kg": 1_000, "lb": 453.59237, "pound": 453.59237, "oz": 28.3495}


@dataclass(frozen=True, slots=True)
class _Measure:
    """A figure with bounds.

    Args:
        subject: What people call it.
        name: Keepa's name of the field without its bound.
        convert: From what people say to what Keepa counts.
        lower_is_better: What "better than" means.
    """

    subject: str
    name: str
    convert: Callable[[float], int] = _whole
    lower_is_better: bool = False


_MEASURES: Final = (
    _Measure(r"(?:out of stock|oos)(?: for)?", "outOfStockPercentage90"),
    _Measure(r"average (?:sales )?rank|average bsr", "avg90_SALES", lower_is_better=True),
    _Measure(r"(?:sales )?rank drops in (?:the last )?30 days", "salesRankDrops30"),
    _Measure(r"(?:sales )?rank drops in (?:the last )?90 days", "salesRankDrops90"),
    _Measure(
        r"(?:best ?seller )?(?:sales )?rank(?:ed|s)?|bsr", "current_SALES", lower_is_better=True
    ),
    _Measure(r"fba (?:offers|sellers)", "offerCountFBA"),
    _Measure(r"fbm (?:offers|sellers)", "offerCountFBM"),
    _Measure(r"used (?:offers|sellers)", "current_COUNT_USED"),
    _Measure(r"(?:new )?(?:offers|sellers)", "current_COUNT_NEW"),
    _Measure(r"reviews|ratings", "current_COUNT_REVIEWS"),
    _Measure(r"(?:customer )?rat(?:ed|ing)|stars", "current_RATING", _stars),
    _Measure(r"monthly sold|sold (?:a|per) month|sales (?:a|per) month", "monthlySold"),
    _Measure(r"used prices?", "current_USED", _money),
    _Measure(r"buy ?box(?: prices?)?", "current_BUY_BOX_SHIPPING", _money),
    _Measure(r"list prices?", "current_LISTPRICE", _money),
    _Measure(r"amazon(?:'s)? prices?", "current_AMAZON", _money),
    _Measure(r"(?:new )?(?:priced?s?|costs?)", "current_NEW", _money),
)
_AVERAGE: Final = re.compile(
    rf"(?P<days>30|90|180|365)[- ]day average (?P<kind>new |used )?price{_LINK}(?:{_AMOUNT})"
)
_SOLD: Final = re.compile(rf"sold\s+(?:{_AMOUNT})\s*(?:a|per|each|every) month")
_OUT: Final = re.compile(
    rf"amazon (?:was |has been )?out of stock (?:for )?(?:{_AMOUNT})\s?%(?: of (?:the )?(?:last )?"
    r"90 days)?"
)
_TOP_SHARE: Final = re.compile(r"top (?P<share>\d{1,2})\s?%(?: (?:of|in))?")
_TOP: Final = re.compile(r"top (?P<rank>\d[\d,]*k?)\b(?: (?:of|in))?")
_WEIGHT: Final = re.compile(
    rf"(?:weigh(?:t|s|ing)?(?: is| of)?\s+)?(?:{_AMOUNT})\s?(?P<unit>g|grams?|kg|lbs?|pounds?|oz)\b"
)
_BARE_MONEY: Final = re.compile(rf"(?=[^.;]*?(?:\$|dollars|usd))(?:{_AMOUNT})")
_DATED: Final = (
    (r"released?", "releaseDate"),
    (r"published", "publicationDate"),
    (r"listed", "listedSince"),
    (r"tracked", "trackingSince"),
    (r"price changed", "lastPriceChange"),
)
_SPAN: Final = re.compile(
    r"(?:in|within)\s+(?:the\s+)?(?:last\s+|past\s+)?(?P<count>\d+)\s+"
    r"(?P<unit>hours?|days?|weeks?|months?|years?)"
)
_SINCE: Final = re.compile(r"(?P<how>since|after|before|in)\s+(?P<day>\d{4}(?:-\d{2}-\d{2})?)")
_DAYS: Final = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
_MOST_DAYS: Final = 36_500
_NAMES: Final = (("brand", "brand"), ("author", "author"), ("publisher", "publisher"))
_NAME: Final = r"(?:\"(?P<quoted>[^\"]+)\"|(?P<bare>[A-Z0-9][\w&'-]*(?:\s+[A-Z][\w&'-]*)*))"
_TITLE: Final = re.compile(
    r"title (?:contains|has|with|includes)\s+\"?(?P<words>[^\",;]+)\"?", re.IGNORECASE
)
_FILLER: Final = frozenset(
    (
        *("a", "an", "and", "are", "at", "but", "by", "find", "for", "from", "get", "give", "have"),
        *("having", "i", "in", "is", "it", "its", "me", "my", "of", "on", "only", "or", "please"),
        *("products", "items", "product", "item", "show", "that", "the", "their", "them", "there"),
        *("to", "want", "which", "with", "whose", "where", "all", "any"),
    )
)


@dataclass(slots=True)
class Phrases:
    """What a sentence means.

    Args:
        selection: Values by Keepa's field names; dates as ISO 8601.
        understood: Each phrase with the fields that it set.
        left: The words that were not understood.
    """

    selection: dict[str, Any] = field(default_factory=dict)
    understood: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    left: tuple[str, ...] = ()


def phrases_to_selection(sentence: str, today: date) -> Phrases:
    """The selection that a sentence means, as far as its phrases are known.

    Args:
        sentence: What the user typed.
        today: For "in the last 90 days".
    """
    return _Reader(sentence, today).read()


class _Reader:
    """Reads a sentence phrase by phrase; what was read is taken out of it."""

    def __init__(self, sentence: str, today: date) -> None:
        self._said = " ".join(sentence.split())
        self._rest = self._said
        self._today = today
        self._found = Phrases()

    def read(self) -> Phrases:
        self._names()
        self._dates()
        self._compound()
        self._flags()
        for measure in _MEASURES:
            self._measure(measure)
        self._categories()
        self._left()
        return self._found

    def _take(self, match: re.Match[str], values: dict[str, Any]) -> None:
        """Set the fields that a phrase means, unless they are set, and take it out."""
        new = {name: value for name, value in values.items() if name not in self._found.selection}
        self._found.selection |= new
        self._found.understood.append((match[0].strip(" ,"), tuple(new)))
        self._rest = self._rest[: match.start()] + " | " + self._rest[match.end() :]

    def _each(self, pattern: str | re.Pattern[str]) -> Iterator[re.Match[str]]:
        """The matches of a pattern, each in what is left after the one before was taken out."""
        source = pattern if isinstance(pattern, str) else pattern.pattern
        compiled = re.compile(source, re.IGNORECASE)
        while match := compiled.search(self._rest):
            before = self._rest
            yield match
            if self._rest == before:
                return

    def _names(self) -> None:
        for match in self._each(_TITLE):
            self._take(match, {"title": match["words"].strip()})
        for said, name in _NAMES:
            self._name(rf"\b{said}s?[:= ]+(?:is\s+)?{_NAME}", name)
        self._name(rf"\b(?:made )?by\s+{_NAME}", "brand")

    def _name(self, pattern: str, field: str) -> None:
        """A name, as it is spelled: in quotes, or in words that begin with a capital."""
        match = re.search(pattern, self._rest)
        if match and (match["quoted"] or match["bare"]).lower() != "amazon":
            self._take(match, {field: [match["quoted"] or match["bare"]]})

    def _dates(self) -> None:
        for said, name in _DATED:
            for match in self._each(rf"{said}\s+{_SPAN.pattern}"):
                days = int(match["count"]) * _DAYS[match["unit"].lower().rstrip("s")]
                if days < _MOST_DAYS:
                    first = self._today - timedelta(days=max(1, round(days)))
                    self._take(match, {name + AT_LEAST: first.isoformat()})
            for match in self._each(rf"{said}\s+{_SINCE.pattern}"):
                values = _since(name, match["how"].lower(), match["day"])
                if values:
                    self._take(match, values)

    def _compound(self) -> None:
        """Phrases that hold words of simpler ones."""
        for match in self._each(_OUT):
            self._take(match, _bounds("outOfStockPercentage90", match, _whole))
        for match in self._each(_AVERAGE):
            kind = "USED" if (match["kind"] or "").strip().lower() == "used" else "NEW"
            self._take(match, _bounds(f"avg{match['days']}_{kind}", match, _money))
        for match in self._each(_SOLD):
            self._take(match, _bounds("monthlySold", match, _whole))
        for match in self._each(_TOP_SHARE):
            self._take(match, {"salesRankTopPct" + AT_MOST: int(match["share"])})
        for match in self._each(_TOP):
            self._take(match, {"current_SALES" + AT_MOST: _whole(_value(match["rank"]))})
        for match in self._each(_WEIGHT):
            grams = _GRAMS[match["unit"].lower().rstrip("s")]
            self._take(match, _bounds("packageWeight", match, partial(_grams, grams)))

    def _flags(self) -> None:
        for said, name, value in _FLAGS:
            for match in self._each(rf"\b(?:{said})\b"):
                self._take(match, {name: value})

    def _measure(self, measure: _Measure) -> None:
        subject = rf"(?<!\w)(?:{measure.subject})(?!\w)"
        for pattern in (
            rf"{subject}{_LINK}(?:{_AMOUNT})(?:\s+stars?\b)?",
            rf"(?:{_AMOUNT})\s*{subject}",
        ):
            for match in self._each(pattern):
                is_price = "$" in match[0] or "dollars" in match[0].lower()
                if is_price and measure.convert is not _money:
                    break
                values = _bounds(
                    measure.name, match, measure.convert, lower=measure.lower_is_better
                )
                self._take(match, values)
        if measure.name == "current_RATING":
            for match in self._each(rf"(?:{_AMOUNT})\s*stars?\b"):
                self._take(match, _bounds("current_RATING", match, _stars))
        if measure.name == "current_NEW":
            self._bare_money()

    def _bare_money(self) -> None:
        """An amount of money on its own is the New price."""
        for match in self._each(_BARE_MONEY):
            if not re.search(r"\$|dollars|usd", match[0], re.IGNORECASE):
                return
            self._take(match, _bounds("current_NEW", match, _money))

    def _categories(self) -> None:
        ids = []
        for said, id_ in CATEGORY_WORDS:
            match = re.search(rf"\b{said}\b", self._rest, re.IGNORECASE)
            if match:
                ids.append(id_)
                self._take(match, {"rootCategory": ids})
        if ids:
            self._found.selection["rootCategory"] = ids

    def _left(self) -> None:
        phrases = re.split(r"[|,;]+", self._rest)
        kept = []
        for phrase in phrases:
            words: list[str] = re.findall(r"[^\s.!?]+", phrase)
            named = (word.lower().strip("-\u2013&") for word in words)
            if any(word and word not in _FILLER for word in named):
                kept.append(" ".join(words))
        self._found.left = tuple(kept)


def _bounds(
    name: str,
    match: re.Match[str],
    convert: Callable[[float], int],
    *,
    lower: bool = False,
) -> dict[str, int]:
    """The bounds that an amount sets."""
    said = {key: convert(_value(text)) for key, text in match.groupdict().items()
            if text and key in _PLACES}  # fmt: skip
    found = {}
    for key, value in said.items():
        is_most = key in _MOST or (lower and key in _BETTER)
        found[name + (AT_MOST if is_most else AT_LEAST)] = value
    return found


_MOST: Final = frozenset({"high", "most", "most_after"})
_BETTER: Final = frozenset({"better", "better_after"})
_PLACES: Final = _MOST | _BETTER | {"low", "least", "least_after"}


def _value(text: str) -> float:
    """The number that "$1,200.50" or "25k" writes."""
    bare = re.sub(r"[$,\s]|usd|dollars", "", text.lower())
    for scale, factor in (("thousand", 1e3), ("million", 1e6), ("k", 1e3), ("m", 1e6)):
        if bare.endswith(scale):
            return float(bare.removesuffix(scale)) * factor
    return float(bare)


def _since(name: str, how: str, day: str) -> dict[str, Any]:
    """The bounds that "since 2023", "after 2023-06-01" ... set; none for a day that is none."""
    try:
        first = date.fromisoformat(day if len(day) > 4 else f"{day}-01-01")
        last = first if len(day) > 4 else date(first.year, 12, 31)
        bounds = {
            "before": {AT_MOST: first - timedelta(days=1)},
            "after": {AT_LEAST: last + timedelta(days=1)},
            "in": {AT_LEAST: first, AT_MOST: last},
            "since": {AT_LEAST: first},
        }[how]
    except (ValueError, OverflowError):
        return {}
    return {name + bound: found.isoformat() for bound, found in bounds.items()}
