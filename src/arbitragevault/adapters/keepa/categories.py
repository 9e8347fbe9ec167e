"""Amazon's categories: looking them up and searching them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.summary import MarketSummary, decode_summary
from arbitragevault.adapters.keepa.wire_fields import (
    Fields,
    flag,
    items,
    not_negative,
    positive,
    text,
)
from arbitragevault.domain.errors import InvalidInputError, PayloadError

ROOTS: Final = (0,)
"""Look this id up for all root categories."""
WORD_LEAST: Final = 3
"""Characters of every keyword of a category search."""
_SEARCH: Final = replace(schema.SEARCH, payload="categories", tokens=1)


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """A category and what its products look like.

    Args:
        id: Category id; None for Keepa's blank category.
        name: As Amazon calls it.
        parent: Category id of the parent; None for a root.
        children: Category ids below it; none for a leaf.
        display_group: Amazon's display group, mostly of root categories.
        is_browse_node: False for promotional ones.
        products: About how many products it has.
        summary: Figures of its products together.
        top_brands: The commonest brands, up to three.
    """

    id: int | None
    name: str | None
    parent: int | None
    children: tuple[int, ...]
    display_group: str | None
    is_browse_node: bool | None
    products: int | None
    summary: MarketSummary
    top_brands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryAnswer:
    """Categories by id, and all their parents if asked for.

    Args:
        envelope: Tokens, times and errors.
        categories: What was asked for, or what was found, in the order of the answer.
        parents: Every category above them.
    """

    envelope: Envelope
    categories: Mapping[int, CategoryFacts]
    parents: Mapping[int, CategoryFacts] = field(default_factory=dict)


async def look_up_categories(
    client: KeepaClient, ids: tuple[int, ...], domain: int, *, parents: bool = False
) -> CategoryAnswer:
    """Up to ten categories by id, for one token together.

    Args:
        client: The client.
        ids: Category ids; ``ROOTS`` for all roots.
        domain: Keepa's domain id.
        parents: Give all categories above them too.

    Raises:
        InvalidInputError: If there are none, or too many, ids.
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    most = schema.CATEGORY.items or 0
    if not 1 <= len(ids) <= most:
        raise InvalidInputError(f"A look-up takes 1 to {most} categories, not {len(ids)}.")
    params = {
        "domain": str(domain),
        "category": ",".join(map(str, ids)),
        "parents": "1" if parents else "0",
    }
    document = await client.ask(schema.CATEGORY, params, worst_case=schema.CATEGORY.tokens)
    return read_categories(document)


async def search_categories(
    client: KeepaClient, term: str, domain: int, *, parents: bool = False
) -> CategoryAnswer:
    """Up to fifty categories whose name holds every keyword; costs one token.

    Raises:
        InvalidInputError: If a keyword has fewer than three characters.
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    words = term.split()
    if not words or min(map(len, words)) < WORD_LEAST:
        raise InvalidInputError(
            f"term takes keywords of at least {WORD_LEAST} characters, not {term[:60]!r}."
        )
    params = {"domain": str(domain), "type": "category", "term": " ".join(words)}
    if parents:
        params["parents"] = "1"
    document = await client.ask(_SEARCH, params, worst_case=_SEARCH.tokens)
    return read_categories(document)


def read_categories(document: Fields) -> CategoryAnswer:
    """The categories in a parsed document.

    Raises:
        PayloadError: If they are no objects by category id.
    """
    return CategoryAnswer(
        envelope=read_envelope(document),
        categories=_by_id(document.get("categories")),
        parents=_by_id(document.get("categoryParents")),
    )


def _by_id(told: object) -> dict[int, CategoryFacts]:
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise PayloadError("The categories of the answer are no object; ask Keepa again.")
    found = {}
    for key, fields in told.items():
        if not (key.isascii() and key.isdigit()) or not isinstance(fields, dict):
            raise PayloadError(f"The answer has {key[:40]!r} instead of a category.")
        found[int(key)] = _category(int(key), fields)
    return found


def _category(key: int, told: Mapping[str, object]) -> CategoryFacts:
    get = told.get
    catid = positive(get("catId")) or key
    return CategoryFacts(
        id=None if catid == schema.UNKNOWN_CATEGORY else catid,
        name=text(get("name")),
        parent=positive(get("parent")),
        children=tuple(
            child for one in items(get("children")) if (child := positive(one)) is not None
        ),
        display_group=text(get("websiteDisplayGroup")),
        is_browse_node=flag(get("isBrowseNode")),
        products=not_negative(get("productCount")),
        summary=decode_summary(told),
        top_brands=tuple(
            brand for one in items(get("topBrands")) if (brand := text(one)) is not None
        ),
    )
