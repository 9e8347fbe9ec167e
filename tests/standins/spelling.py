"""Numbers below 200 in words, as the grammars of five languages spell them."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_EN: Final = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_EN_TENS: Final = _words("_ _ twenty thirty forty fifty sixty seventy eighty ninety")
_DE: Final = _words(
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
    "fünfzehn sechzehn siebzehn achtzehn neunzehn"
)
_DE_TENS: Final = _words("_ _ zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_ES: Final = _words(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés "
    "veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
)
_ES_TENS: Final = _words("_ _ _ treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_FR: Final = _words(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize dix-sept dix-huit dix-neuf"
)
_FR_TENS: Final = _words("_ _ vingt trente quarante cinquante soixante")
_IT: Final = _words(
    "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
    "quattordici quindici sedici diciassette diciotto diciannove"
)
_IT_TENS: Final = _words("_ _ venti trenta quaranta cinquanta sessanta settanta ottanta novanta")


def spelled(number: int) -> str:
    """In English: "eighty-two", "one hundred and five"."""
    if number >= 100:
        rest = f" and {spelled(number - 100)}" if number > 100 else ""
        return f"one hundred{rest}"
    if number < 20:
        return _EN[number]
    ten, one = divmod(number, 10)
    return _EN_TENS[ten] + (f"-{_EN[one]}" if one else "")


def foreign(number: int, language: str) -> str:
    """In ``de``, ``es``, ``fr`` or ``it``."""
    return {"de": _german, "es": _spanish, "fr": _french, "it": _italian}[language](number)


def _german(number: int) -> str:
    if number >= 100:
        return "hundert" + (_german(number - 100) if number > 100 else "")
    if number < 20:
        return _DE[number]
    ten, one = divmod(number, 10)
    return (f"{_DE[one]}und" if one else "") + _DE_TENS[ten]


def _spanish(number: int) -> str:
    if number >= 100:
        return f"ciento {_spanish(number - 100)}" if number > 100 else "cien"
    if number < 30:
        return _ES[number]
    ten, one = divmod(number, 10)
    return _ES_TENS[ten] + (f" y {_ES[one]}" if one else "")


def _french(number: int) -> str:
    if number >= 100:
        return f"cent {_french(number - 100)}" if number > 100 else "cent"
    if number < 20:
        return _FR[number]
    if number >= 80:
        return "quatre-vingts" if number == 80 else f"quatre-vingt-{_FR[number - 80]}"
    ten, one = divmod(number, 10)
    if ten == 7:
        return "soixante et onze" if one == 1 else f"soixante-{_FR[10 + one]}"
    if one == 1:
        return f"{_FR_TENS[ten]} et un"
    return _FR_TENS[ten] + (f"-{_FR[one]}" if one else "")


def _italian(number: int) -> str:
    if number >= 100:
        return "cento" + (_italian(number - 100) if number > 100 else "")
    if number < 20:
        return _IT[number]
    ten, one = divmod(number, 10)
    stem = _IT_TENS[ten][:-1] if one in {1, 8} else _IT_TENS[ten]
    word = "tré" if one == 3 else _IT[one]
    return stem + (word if one else "")
