"""Words as they are searched: cut and folded alike in what is stored and in what is asked.

PostgreSQL's own parser takes product codes for numbers, addresses or exponents; what it is given
here are lexemes already.
"""

from __future__ import annotations

import re
from typing import Final

from arbitragevault.adapters.postgres.plain import plain

KEY_CHARACTERS: Final = 512  # at four bytes each they fit an index entry (2,704 bytes)
_LEXEME_CHARACTERS: Final = 64
_SHORT: Final = 3
_WORD: Final = re.compile(r"\w+")


def key(text: str | None) -> str | None:
    """A text case folded and cut to what an index takes."""
    found = plain(text)
    return found and found.casefold()[:KEY_CHARACTERS]


def lexemes(*texts: str | None) -> list[str]:
    """The different words of some texts, in the order in which PostgreSQL keeps them."""
    found = {word for text in texts if text for word in _WORD.findall(_folded(text))}
    return sorted({word[:_LEXEME_CHARACTERS] for word in found})


def query(text: str | None) -> str:
    """A tsquery for rows in which every word of a text is the beginning of one of theirs.

    Short words have to be there as they are, unless the text ends with them: too many words begin
    with "the". Empty for a text without words.
    """
    found = _WORD.findall(_folded(text or ""))
    asked = [word[:_LEXEME_CHARACTERS] for word in found]
    # Words hold letters, digits and underscores only: nothing in them needs to be escaped.
    return " & ".join(
        f"'{word}'" if len(word) <= _SHORT and place < len(asked) else f"'{word}':*"
        for place, word in enumerate(asked, 1)
    )


def _folded(text: str) -> str:
    return (plain(text) or "").casefold()
