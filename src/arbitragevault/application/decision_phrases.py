"""A filter of the decisions table from plain words: "buys from Harbour Books, best ROI first"."""

from __future__ import annotations

import re
from typing import Any, Final

_VERDICTS: Final = (
    (r"\b(?:buys?|to buy|worth buying)\b", "buy"),
    (r"\b(?:reviews?|to review|close calls?)\b", "review"),
    (r"\b(?:skips?|skipped|rejected)\b", "skip"),
    (r"\b(?:unknowns?|undecided)\b", "unknown"),
)
_SORTS: Final = (
    # what people say, name, what is meant without a direction
    (r"roi|return on investment", "roi", "-"),
    (r"chance of (?:a )?profit|probability of (?:a )?profit|safest|safety", "probability_of_profit",
     "-"),
    (r"profit|profitable", "profit", "-"),
    (r"max(?:imum)? cost", "max_cost", "-"),
    (r"unit cost|cost|cheapest|cheap", "unit_cost", ""),
    (r"resale(?: price)?|price", "resale", "-"),
    (r"days(?: to sell)?|speed|fastest|quickest|sells? (?:first|fastest)|how soon it sells",
     "days_to_sell", ""),
    (r"(?:sales )?rank|bsr", "sales_rank", ""),
    (r"title|name|alphabetical(?:ly)?", "title", ""),
    (r"newest|latest|recent(?:ly)?|age|date", "decided_at", "-"),
    (r"rows?|input order|file order", "row", ""),
)  # fmt: skip
_DESCENDING: Final = re.compile(
    r"\b(?:desc(?:ending)?|highest|most|best|largest|top)\b", re.IGNORECASE
)
_ASCENDING: Final = re.compile(
    r"\b(?:asc(?:ending)?|lowest|least|smallest|oldest)\b", re.IGNORECASE
)
_SORTED: Final = re.compile(
    r"\b(?:sort(?:ed)?|order(?:ed)?)\s+by\s+(?P<by>[^,.;]+)|(?P<first>\b[\w ]{2,30}?)\s+first\b",
    re.IGNORECASE,
)
_SUPPLIER: Final = re.compile(
    r"\b(?:from|supplier|by supplier)\s+(?:\"(?P<quoted>[^\"]+)\"|(?P<bare>[A-Z][\w&'-]*"
    r"(?:\s+[A-Z][\w&'-]*)*))"
)
_TEXT: Final = re.compile(
    r"(?:\b(?:with|containing|contains|about|named|called|titled)\s+)?\"(?P<words>[^\"]{1,200})\"",
    re.IGNORECASE,
)
_FILLER: Final = frozenset(
    (
        *("a", "all", "an", "and", "are", "at", "best", "by", "decisions", "find", "first", "for"),
        *("from", "give", "have", "in", "is", "it", "items", "leads", "list", "me", "my", "of"),
        *("on", "only", "or", "order", "please", "products", "rows", "show", "sort", "sorted"),
        *("that", "the", "them", "to", "top", "want", "what", "which", "with", "highest"),
        *("lowest", "most", "least", "then"),
    )
)


def words_to_filter(words: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The filter that words mean, and what was not understood.

    Args:
        words: What the user typed.

    Returns:
        ``verdicts``, ``supplier``, ``text`` and ``sort`` as far as the words name them; and the
        words that are left.
    """
    found: dict[str, Any] = {}
    rest = " ".join(words.split())
    rest = _named(rest, found)
    rest = _sorted(rest, found)
    verdicts = []
    for said, verdict in _VERDICTS:
        rest, number = re.subn(said, "|", rest, flags=re.IGNORECASE)
        if number:
            verdicts.append(verdict)
    if verdicts:
        found["verdicts"] = verdicts
    left = [part.strip() for part in re.split(r"[|,;.!?]+", rest)]
    return found, tuple(part for part in left if _means_something(part))


def _named(rest: str, found: dict[str, Any]) -> str:
    match = _SUPPLIER.search(rest)
    if match:
        found["supplier"] = match["quoted"] or match["bare"]
        rest = rest[: match.start()] + "|" + rest[match.end() :]
    match = _TEXT.search(rest)
    if match:
        found["text"] = match["words"].strip()
        rest = rest[: match.start()] + "|" + rest[match.end() :]
    return rest


def _sorted(rest: str, found: dict[str, Any]) -> str:
    for match in _SORTED.finditer(rest):
        said = match["by"] or match["first"]
        for pattern, name, usual in _SORTS:
            key = re.search(rf"\b(?:{pattern})\b", said, re.IGNORECASE)
            if key is None:
                continue
            found["sort"] = _direction(said, usual, name) + name
            start = match.start() if match["by"] else match.start("first") + key.start()
            return rest[:start] + "|" + rest[match.end() :]
    return rest


def _direction(said: str, usual: str, name: str) -> str:
    """The sign of a sort, "-" for descending; the best rank is the lowest one."""
    if _ASCENDING.search(said):
        return ""
    if re.search(r"\b(?:best|top)\b", said, re.IGNORECASE) and name == "sales_rank":
        return usual
    return "-" if _DESCENDING.search(said) else usual


def _means_something(part: str) -> bool:
    return any(word.lower() not in _FILLER for word in re.findall(r"\w+", part))
