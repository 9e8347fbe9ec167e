"""Number words of the languages that models slip into: German, Spanish, French, Italian."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

MOST_WORDS: Final = 6
"""Words of the longest one: "neuf cent quatre-vingt-dix-neuf"."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_GERMAN: Final = _words(
    "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
    "sechzehn siebzehn achtzehn neunzehn"
)
_GERMAN_TENS: Final = _words("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_SPANISH: Final = _words(
    "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciséis diecisiete dieciocho diecinueve"
)
_SPANISH_TENS: Final = _words("veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_SPANISH_HUNDREDS: Final = _words(
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos "
    "novecientos"
)
_FRENCH: Final = _words(
    "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "dix-sept dix-huit dix-neuf"
)
_FRENCH_TENS: Final = _words("vingt trente quarante cinquante soixante septante huitante nonante")
_ITALIAN: Final = _words(
    "uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici "
    "quindici sedici diciassette diciotto diciannove"
)
_ITALIAN_TENS: Final = _words("venti trenta quaranta cinquanta sessanta settanta ottanta novanta")

Words = Iterator[tuple[str, int]]


@lru_cache(maxsize=4_096)
def foreign_key(words: str) -> str:
    """Number words as ``foreign_words`` lists them: no accents, no hyphens, lower case."""
    bare = unicodedata.normalize("NFD", words.casefold().replace("-", " "))
    return " ".join("".join(one for one in bare if not unicodedata.combining(one)).split())


@cache
def foreign_words() -> Mapping[str, int]:
    """The numbers from 2 to 1,000 by their words; "one" is a pronoun everywhere and left out."""
    found: dict[str, int] = {}
    for below_hundred, hundreds in _LANGUAGES:
        small = list(below_hundred())
        found |= {foreign_key(word): number for word, number in small if number > 1}
        for hundred, value, joint in hundreds():
            found[foreign_key(hundred)] = value
            for word, number in small:
                found[foreign_key(hundred + joint + word)] = value + number
    found |= {"hundert": 100, "cien": 100, "tausend": 1_000, "mil": 1_000, "mille": 1_000}
    return MappingProxyType(found)


@cache
def first_words() -> frozenset[str]:
    """What their first words begin with, in the form of ``foreign_key``."""
    return frozenset(words.partition(" ")[0] for words in foreign_words())


def _german() -> Words:
    yield from zip(_GERMAN, range(1, 20), strict=True)
    for ten, word in enumerate(_GERMAN_TENS, start=2):
        yield word, 10 * ten
        for one, unit in enumerate(_GERMAN[:9], start=1):
            yield f"{unit}und{word}", 10 * ten + one


def _spanish() -> Words:
    yield from zip(_SPANISH, range(1, 20), strict=True)
    for ten, word in enumerate(_SPANISH_TENS, start=2):
        yield word, 10 * ten
        for one, unit in enumerate(_SPANISH[:9], start=1):
            yield f"{word} y {unit}", 10 * ten + one
            if ten == 2:
                yield f"veinti{unit}", 20 + one
        yield f"{word} y un", 10 * ten + 1
    yield "veintiún", 21


def _french() -> Words:
    yield from zip(_FRENCH, range(1, 20), strict=True)
    for ten, word in enumerate(_FRENCH_TENS, start=2):
        yield word, 10 * ten
        for one, unit in enumerate(_FRENCH[:9], start=1):
            yield f"{word}-{unit}", 10 * ten + one
        yield f"{word} et un", 10 * ten + 1
    for teen, unit in enumerate(_FRENCH[9:], start=10):
        yield f"soixante-{unit}", 60 + teen
    yield "soixante et onze", 71
    yield "quatre-vingts", 80
    yield "quatre-vingt", 80
    for more, unit in enumerate(_FRENCH, start=1):
        yield f"quatre-vingt-{unit}", 80 + more


def _italian() -> Words:
    yield from zip(_ITALIAN, range(1, 20), strict=True)
    for ten, word in enumerate(_ITALIAN_TENS, start=2):
        yield word, 10 * ten
        for one, unit in enumerate(_ITALIAN[:9], start=1):
            # The vowel falls before "uno" and "otto": ventuno, ventotto.
            yield (word[:-1] if unit[0] in "uo" else word) + unit, 10 * ten + one


def _hundreds(words: tuple[str, ...], hundred: str, joint: str) -> Iterator[tuple[str, int, str]]:
    """Hundreds that are composed: "zweihundert", "deux cents", "duecento"."""
    yield hundred, 100, joint
    yield f"{words[0]}{joint}{hundred}", 100, joint
    for number, word in enumerate(words[1:9], start=2):
        yield f"{word}{joint}{hundred}", 100 * number, joint
        if joint:
            yield f"{word}{joint}{hundred}s", 100 * number, joint


def _spanish_hundreds() -> Iterator[tuple[str, int, str]]:
    for number, word in enumerate(_SPANISH_HUNDREDS, start=1):
        yield word, 100 * number, " "


_LANGUAGES: Final[
    tuple[tuple[Callable[[], Words], Callable[[], Iterator[tuple[str, int, str]]]], ...]
] = (
    (_german, lambda: _hundreds(_GERMAN, "hundert", "")),
    (_spanish, _spanish_hundreds),
    (_french, lambda: _hundreds(_FRENCH, "cent", " ")),
    (_italian, lambda: _hundreds(_ITALIAN, "cento", "")),
)
