"""Words as they are searched: cut and folded alike in what is stored and in what is asked.

PostgreSQL's own parser takes product codes for numbers, addresses or exponents; what it is given
here are lexemes already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from arbitragevault.adapters.postgres.plain import plain

KEY_CHARACTERS: Final = 512  # at four bytes each they fit an index entry (2,704 bytes)
_LEXEME_CHARACTERS: Final = 64
_WORD: Final = re.compile(r"\w+")


def key(text: str | None) -> str | None:
    """A text case folded and cut to what an index takes."""
    found = plain(text)
    return found and found.casefold()[:KEY_CHARACTERS]


def lexemes(*texts: str | None) -> list[str]:
    """The different words of some texts, in the order in which PostgreSQL keeps them."""
    found = {word for text in texts if text for word in _WORD.findall(_folded(text))}
    return sorted({word[:_LEXEME_CHARACTERS] for word in found})


def query(words: Iterable[str]) -> str:
    """A tsquery for rows in which every word is the beginning of one of theirs."""
    # Words hold letters, digits and underscores only: nothing in them needs to be escaped.
    return " & ".join(f"'{word}':*" for word in words)


def _folded(text: str) -> str:
    return (plain(text) or "").casefold()
