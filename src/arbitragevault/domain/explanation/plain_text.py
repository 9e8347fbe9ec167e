"""A text as figures are looked for in it: one spelling for look-alike characters."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_GROUPING: Final = re.compile(r"(?<=\d)[\u00a0\u202f\u2009\u066c\u2019](?=\d{3})")
_DECIMAL: Final = re.compile(r"(?<=\d)\u066b(?=\d)")
_WHOLE_AND_PART: Final = re.compile(r"(?<=\d)(?=[\u00bc-\u00be\u2150-\u215e])")
_CJK_DIGITS: Final = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")}


def plain_text(text: str) -> str:
    """The text in compatibility form: ASCII digits, no invisible characters, one minus sign.

    Args:
        text: Any text.
    """
    if text.isascii():
        return text
    grouped = _DECIMAL.sub(".", _GROUPING.sub("'", text))
    spaced = _WHOLE_AND_PART.sub(" and ", grouped)
    normal = unicodedata.normalize("NFKC", spaced)
    return "".join(_plain(char) for char in normal if unicodedata.category(char) != "Cf")


def _plain(char: str) -> str:
    if char == "\u2212":
        return "-"
    if char in _CJK_DIGITS:
        return _CJK_DIGITS[char]
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)
