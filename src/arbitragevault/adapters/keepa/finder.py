"""Keepa's Product Finder: which products of a marketplace fit a selection."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.finder_fields import CONTROLS, finder_fields, sortable_fields
from arbitragevault.adapters.keepa.selection import (
    AT_LEAST,
    AT_MOST,
    Value,
    unknown_field,
)
from arbitragevault.adapters.keepa.summary import SearchInsights, decode_insights
from arbitragevault.adapters.keepa.wire_fields import Fields, id_list, not_negative
from arbitragevault.domain.errors import InvalidInputError, PayloadError, quoted

SORTS_MOST: Final = 3
TITLE_WORDS_MOST: Final = 50
MATCHES_PER_TOKEN: Final = 1_000_000
"""Insights cost one token more for every so many matches."""
ORDERS: Final = ("asc", "desc")

Sort = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FinderQuery:
    """One request to the Product Finder.

    Args:
        domain: Keepa's domain id of the marketplace.
        filters: Values by field; all have to match, and of a list any entry.
        sort: Up to three (field, "asc" or "desc"); Keepa sorts by sales rank if there is none.
        page: Counted from 0.
        per_page: Results per page, 50 to 10,000.
        min_match: How many entries of a list have to match instead of one.
        insights: Ask for figures of all matches, which costs 30 tokens and more.
        most_matches: How many products match at most, as far as known; insights cost one token
            more per million of them.

    Raises:
        InvalidInputError: If Keepa would refuse it; names the field.
    """

    domain: int
    filters: Mapping[str, Value]
    sort: tuple[Sort, ...] = ()
    page: int = 0
    per_page: int = schema.FINDER_PAGE_MIN
    min_match: Mapping[str, int] = field(default_factory=dict)
    insights: bool = False
    most_matches: int = MATCHES_PER_TOKEN

    def __post_init__(self) -> None:
        if not self.filters:
            raise InvalidInputError("The selection filters nothing; give at least one field.")
        object.__setattr__(self, "filters", _checked_filters(self.filters))
        _check_bounds(self.filters)
        _check_title(self.filters.get("title"))
        object.__setattr__(self, "sort", _checked_sort(self.sort))
        _check_page(self.page, self.per_page)
        _check_min_match(self.min_match, self.filters)

    @classmethod
    def from_selection(
        cls,
        selection: Mapping[str, object] | str | bytes,
        domain: int,
        *,
        insights: bool = False,
    ) -> FinderQuery:
        """The query that Keepa's own JSON means.

        Args:
            selection: Keepa's selection object, or its JSON text.
            domain: Keepa's domain id.
            insights: Ask for figures of all matches.

        Raises:
            InvalidInputError: If it is no JSON object, or holds something that Keepa would refuse.
        """
        told = _parsed(selection) if isinstance(selection, str | bytes) else selection
        filters: dict[str, Any] = {n: v for n, v in told.items() if n not in CONTROLS}
        min_match: Any = told.get("minMatch", {})
        sort: Any = told.get("sort", ())
        return cls(
            domain,
            filters,
            sort=sort,
            page=_whole("page", told.get("page", 0)),
            per_page=_whole("perPage", told.get("perPage", schema.FINDER_PAGE_MIN)),
            min_match=min_match,
            insights=insights,
        )

    @property
    def worst_case_tokens(self) -> int:
        """What the request costs at worst."""
        found = schema.FINDER.tokens + math.ceil(self.per_page / schema.FINDER_ASINS_PER_TOKEN)
        if not self.insights:
            return found
        matches = math.ceil(self.most_matches / MATCHES_PER_TOKEN)
        return found + schema.TOKENS_FINDER_STATS + max(matches, 1)

    def selection(self) -> dict[str, object]:
        """Keepa's selection object."""
        found: dict[str, object] = dict(self.filters)
        if self.sort:
            found["sort"] = [list(one) for one in self.sort]
        if self.min_match:
            found["minMatch"] = dict(self.min_match)
        return found | {"page": self.page, "perPage": self.per_page}

    def body(self) -> bytes:
        """The JSON to post."""
        return orjson.dumps(self.selection())

    def params(self) -> dict[str, str]:
        """The query parameters, without the key."""
        found = {schema.Param.DOMAIN.value: str(self.domain)}
        return found | ({"stats": "1"} if self.insights else {})

    @property
    def has_next(self) -> bool:
        """Whether Keepa would give another page, if it has so many results."""
        return (self.page + 2) * self.per_page <= schema.FINDER_RESULTS_MAX

    def next_page(self) -> FinderQuery:
        """The query for the page after this one, which needs no insights any more."""
        return replace(self, page=self.page + 1, insights=False)


@dataclass(frozen=True, slots=True)
class FinderAnswer:
    """One page of results.

    Args:
        envelope: Tokens, times and errors.
        asins: In the order of the sort.
        total: Keepa's estimate of how many match altogether; None if it did not say.
        insights: Figures of all matches, if asked for.
    """

    envelope: Envelope
    asins: tuple[str, ...]
    total: int | None = None
    insights: SearchInsights | None = None


async def find(client: KeepaClient, query: FinderQuery) -> FinderAnswer:
    """One page of the products that fit.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    document = await client.ask(
        schema.FINDER, query.params(), worst_case=query.worst_case_tokens, body=query.body()
    )
    return read_finder_answer(document)


def read_finder_answer(document: Fields) -> FinderAnswer:
    """The answer in a parsed document; without ``asinList`` nothing matched.

    Raises:
        PayloadError: If the ASINs are no list of texts.
    """
    envelope = read_envelope(document)
    if schema.FINDER.payload not in document.names and envelope.tokens_left is None:
        raise PayloadError("The answer has no asinList; it does not come from Keepa's finder.")
    return FinderAnswer(
        envelope=envelope,
        asins=id_list(document.get("asinList")),
        total=not_negative(document.get("totalResults")),
        insights=decode_insights(document.get("searchInsights")),
    )


def _parsed(text: str | bytes) -> Mapping[str, object]:
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError(
            f"The selection is no JSON (line {error.lineno}, column {error.colno}: {error.msg})."
        ) from None
    if not isinstance(told, dict):
        raise InvalidInputError(
            'The selection has to be one JSON object, such as {"current_SALES_lte": 100000}.'
        )
    return told


def _checked_filters(filters: Mapping[str, object]) -> dict[str, Value]:
    fields = finder_fields()
    checked = {}
    for name, value in filters.items():
        if name not in fields:
            raise unknown_field(name, (*fields, *CONTROLS), what="the Product Finder")
        checked[name] = fields[name].checked(value)
    return checked


def _check_bounds(filters: Mapping[str, Value]) -> None:
    for name, least in filters.items():
        base = name.removesuffix(AT_LEAST)
        most = filters.get(base + AT_MOST)
        if base == name or not isinstance(least, int | float) or not isinstance(most, int | float):
            continue
        if least > most:
            raise InvalidInputError(f"{name} is {least} and {base}{AT_MOST} {most}: none can fit.")


def _check_title(title: object) -> None:
    if isinstance(title, str) and len(title.split()) > TITLE_WORDS_MOST:
        raise InvalidInputError(f"title takes {TITLE_WORDS_MOST} words, not {len(title.split())}.")


def _checked_sort(sort: object) -> tuple[Sort, ...]:
    if not isinstance(sort, Sequence) or isinstance(sort, str):
        raise InvalidInputError('sort takes a list such as [["current_SALES", "asc"]].')
    if len(sort) > SORTS_MOST:
        raise InvalidInputError(f"sort takes {SORTS_MOST} fields, not {len(sort)}.")
    checked = tuple(_checked_order(one) for one in sort)
    if len({name for name, _ in checked}) < len(checked):
        raise InvalidInputError("sort names a field twice.")
    return checked


def _checked_order(one: object) -> Sort:
    if not isinstance(one, list | tuple) or len(one) != 2 or one[1] not in ORDERS:
        raise InvalidInputError(
            f'sort takes entries such as ["current_SALES", "asc"], not {quoted(str(one))}.'
        )
    name, order = one
    if not isinstance(name, str) or name not in sortable_fields():
        error = unknown_field(str(name), sortable_fields(), what="sort")
        raise InvalidInputError(f"sort: {error.message}")
    return name, order


def _check_page(page: int, per_page: int) -> None:
    if not schema.FINDER_PAGE_MIN <= per_page <= schema.FINDER_RESULTS_MAX:
        raise InvalidInputError(
            f"perPage takes {schema.FINDER_PAGE_MIN} to {schema.FINDER_RESULTS_MAX}, not "
            f"{per_page}."
        )
    if page < 0 or page * per_page > schema.FINDER_RESULTS_MAX:
        raise InvalidInputError(
            f"page {page} of {per_page} lies beyond the {schema.FINDER_RESULTS_MAX} results that "
            "Keepa pages through; narrow the search or read on by trackingSince."
        )


def _check_min_match(min_match: object, filters: Mapping[str, Value]) -> None:
    if not isinstance(min_match, Mapping):
        raise InvalidInputError('minMatch takes an object such as {"sellerIds": 2}.')
    for name, least in min_match.items():
        entries = filters.get(name)
        if not isinstance(entries, list):
            raise InvalidInputError(f"minMatch: {name} is no list field of the selection.")
        if not 1 <= _whole(f"minMatch of {name}", least) <= len(entries):
            raise InvalidInputError(
                f"minMatch of {name} takes 1 to {len(entries)}, its entries, not {least}."
            )


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInputError(f"{name} takes a whole number, not {quoted(str(value))}.")
    return value
