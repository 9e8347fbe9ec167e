"""Stored markets: what Keepa said of each product."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import LargeBinary, Text, and_, any_, bindparam, case, delete, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres import codec
from arbitragevault.adapters.postgres.facts import (
    decode_facts,
    encode_facts,
    encode_offers,
    offers_of,
)
from arbitragevault.adapters.postgres.histories import Histories, Segment, encode, histories_of
from arbitragevault.adapters.postgres.plain import plain
from arbitragevault.adapters.postgres.repositories import features
from arbitragevault.adapters.postgres.repositories.arrays import among, as_table
from arbitragevault.adapters.postgres.repositories.staging import merge, staged
from arbitragevault.adapters.postgres.straight import StraightRead
from arbitragevault.adapters.postgres.tables import (
    DEPTHS,
    history_segments,
    offers_snapshots,
    products,
)
from arbitragevault.domain.catalog.marketplace import marketplace_by_code
from arbitragevault.domain.market.clock import to_datetime, to_minute
from arbitragevault.domain.market.market import Market

Key = tuple[str, str]
"""(marketplace code, ASIN)."""

Depth = Literal["history", "offers"]
"""How much was asked of Keepa: history, or history and live offers."""


_EVER: Final = datetime.min.replace(tzinfo=UTC)

_wanted = (
    func.unnest(bindparam("marketplaces", type_=ARRAY(Text)), bindparam("asins", type_=ARRAY(Text)))
    .table_valued("marketplace", "asin", name="wanted")
    .render_derived()
)
_CHOSEN: Final = (
    select(
        products.c.marketplace,
        products.c.asin,
        products.c.facts,
        products.c.observed_at,
        products.c.retrieved_at,
        products.c.fetched_at,
        products.c.depth,
        offers_snapshots.c.data.label("offers"),
    )
    .join(
        _wanted,
        and_(
            products.c.is_sandbox == bindparam("is_sandbox"),
            products.c.marketplace == _wanted.c.marketplace,
            products.c.asin == _wanted.c.asin,
        ),
    )
    .join(
        offers_snapshots,
        and_(
            offers_snapshots.c.product_id == products.c.id,
            offers_snapshots.c.observed_at == products.c.observed_at,
        ),
        isouter=True,
    )
    .where(
        products.c.fetched_at >= bindparam("since"),
        products.c.depth == any_(bindparam("depths", type_=ARRAY(Text))),
    )
)
"""Products with their offers; made once, because to make it takes as long as to read a product."""

_KEYS: Final = _CHOSEN.with_only_columns(products.c.marketplace, products.c.asin)
_WHOLE: Final = StraightRead(
    _CHOSEN.add_columns(
        func.array(
            select(history_segments.c.data)
            .where(history_segments.c.product_id == products.c.id)
            .order_by(history_segments.c.year)
            .correlate(products)
            .scalar_subquery(),
            type_=ARRAY(LargeBinary),
        ).label("years")
    )
)
"""With the stored years of the history, oldest first."""


@dataclass(frozen=True, slots=True)
class StoredMarket:
    """A market as it was stored.

    Args:
        market: What Keepa said.
        fetched_at: When we asked.
        depth: How much we asked for.
    """

    market: Market
    fetched_at: datetime
    depth: Depth


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A market as rows."""

    product: dict[str, Any]
    segments: list[Segment]
    offers: bytes | None
    features: dict[str, Any]


async def save_markets(
    session: AsyncSession,
    markets: Iterable[Market],
    *,
    is_sandbox: bool,
    fetched_at: datetime,
    depth: Depth,
) -> None:
    """Store markets, replacing what was stored of the same products.

    Segments of years that have not changed are not written again. Stored offers stay when an answer
    without offers describes the same instant; at a later one they are no longer what is live.

    Args:
        session: The transaction.
        markets: Of several for one product the last one counts.
        is_sandbox: The data are the sandbox's, not Keepa's.
        fetched_at: When they were asked for.
        depth: How much was asked for.
    """
    # In one order for everybody: two transactions with common products then wait, not deadlock.
    chosen = dict(sorted({market.product.key: market for market in markets}.items()))
    if not chosen:
        return
    encoded = await asyncio.to_thread(lambda: [_encode(market) for market in chosen.values()])
    asked = {"is_sandbox": is_sandbox, "fetched_at": fetched_at, "depth": depth}
    ids = await _save_products(session, [one.product | asked for one in encoded])
    stored = [(ids[key], one) for key, one in zip(chosen, encoded, strict=True)]
    await _save_segments(session, {id_: one.segments for id_, one in stored})
    await features.save(session, {id_: one.features for id_, one in stored}, is_sandbox=is_sandbox)
    await _save_offers(session, stored, were_asked=depth == "offers")


async def load_markets(
    session: AsyncSession,
    keys: Iterable[Key],
    *,
    is_sandbox: bool,
    fetched_since: datetime | None = None,
    depth: Depth = "history",
) -> dict[Key, StoredMarket]:
    """The stored markets among the given products.

    Args:
        session: The transaction.
        keys: The products.
        is_sandbox: Whether the sandbox's data are wanted, or Keepa's.
        fetched_since: Leave out what was asked for before this moment.
        depth: ``offers`` leaves out what was asked for without offers.

    Raises:
        HistoryCodecError: If stored bytes cannot be decoded.
    """
    which = _which(keys, is_sandbox=is_sandbox, fetched_since=fetched_since, depth=depth)
    rows = await _WHOLE.rows(session, which)
    if len(rows) > 1:
        stored = await asyncio.to_thread(lambda: [_decode(row) for row in rows])
    else:
        stored = [_decode(row) for row in rows]  # takes less time than a thread to be woken
    return {one.market.product.key: one for one in stored}


async def stored_keys(session: AsyncSession, *, is_sandbox: bool) -> list[Key]:
    """Every stored product of Keepa's data or of the sandbox's, in a fixed order."""
    found = await session.execute(
        select(products.c.marketplace, products.c.asin)
        .where(products.c.is_sandbox == is_sandbox)
        .order_by(products.c.marketplace, products.c.asin)
    )
    return [(row.marketplace, row.asin) for row in found]


async def fresh_keys(
    session: AsyncSession,
    keys: Iterable[Key],
    *,
    is_sandbox: bool,
    fetched_since: datetime | None = None,
    depth: Depth = "history",
) -> set[Key]:
    """Which of the given products ``load_markets`` would return, without loading them."""
    which = _which(keys, is_sandbox=is_sandbox, fetched_since=fetched_since, depth=depth)
    found = await session.execute(_KEYS, which)
    return {(row.marketplace, row.asin) for row in found}


def _which(
    keys: Iterable[Key], *, is_sandbox: bool, fetched_since: datetime | None, depth: Depth
) -> dict[str, Any]:
    """The parameters of ``_CHOSEN`` for products that are fresh and deep enough."""
    wanted = set(keys)
    return {
        "marketplaces": [marketplace for marketplace, _ in wanted],
        "asins": [asin for _, asin in wanted],
        "is_sandbox": is_sandbox,
        "since": fetched_since or _EVER,
        "depths": DEPTHS[DEPTHS.index(depth) :],
    }


def _encode(market: Market) -> _Encoded:
    segments, empty = encode(Histories.of(market))
    facts = encode_facts(market, empty)
    product = market.product
    retrieved = market.retrieved_minute
    digests = b"".join(segment.blob.digest for segment in segments)
    return _Encoded(
        product={
            "marketplace": product.marketplace.code,
            "asin": product.asin,
            "type": product.type.value,
            "title": plain(product.title),
            "brand": plain(product.brand),
            "root_category_id": product.root_category and product.root_category.id,
            "facts": facts.data,
            "observed_at": to_datetime(market.observed_minute),
            "retrieved_at": None if retrieved is None else to_datetime(retrieved),
            "digest": codec.digest(facts.digest + digests),
        },
        segments=segments,
        offers=None if market.offers is None else encode_offers(market.offers).data,
        features=features.row_of(market),
    )


def _decode(row: Mapping[str, Any]) -> StoredMarket:
    facts = decode_facts(row["facts"])
    years, offers = row["years"], row["offers"]
    # All in one go: what is unpacked alone takes as long for a few points as for thousands.
    unpacked = codec.unpack_bundles(years if offers is None else [*years, offers])
    history, offered = unpacked.split(len(years))
    histories = histories_of(history, facts.empty)
    retrieved = row["retrieved_at"]
    market = Market(
        product=facts.product_of(marketplace_by_code(row["marketplace"]), row["asin"]),
        observed_minute=to_minute(row["observed_at"]),
        retrieved_minute=None if retrieved is None else to_minute(retrieved),
        history=histories.history,
        shipping=histories.shipping,
        category_ranks=histories.category_ranks,
        offers=None if offers is None else offers_of(offered),
        buy_box_sellers=histories.buy_box_sellers,
        current=facts.current,
        fees=facts.fees,
        amazon_available=facts.amazon_available,
        listing=facts.listing,
    )
    return StoredMarket(market, row["fetched_at"], row["depth"])


async def _save_products(
    session: AsyncSession, rows: Sequence[Mapping[str, Any]]
) -> dict[Key, int]:
    """Insert or replace product rows; their ids by key."""
    columns = [products.c[name] for name in rows[0]]
    values = [tuple(row.values()) for row in rows]
    statement = insert(products)
    excluded = statement.excluded
    keeps_offers = and_(
        products.c.observed_at == excluded.observed_at, products.c.depth == "offers"
    )
    # Setting a column of the key would lock out readers that only refer to the product.
    key = ("is_sandbox", "marketplace", "asin")
    replaced = {name: excluded[name] for name in rows[0] if name not in key}
    async with staged(session, "new_products", columns, values) as new:
        saved = await session.execute(
            statement.from_select([column.name for column in columns], select(*new.c))
            .on_conflict_do_update(
                index_elements=key,
                set_=replaced | {"depth": case((keeps_offers, "offers"), else_=excluded.depth)},
            )
            .returning(products.c.id, products.c.marketplace, products.c.asin)
        )
        return {(row.marketplace, row.asin): row.id for row in saved}


async def _save_segments(session: AsyncSession, segments: Mapping[int, Sequence[Segment]]) -> None:
    """Write the segments that changed, remove those of years that are gone."""
    table = history_segments
    known = await session.execute(
        select(table.c.product_id, table.c.year, table.c.digest).where(
            table.c.product_id == among(segments)
        )
    )
    digests = {(row.product_id, row.year): row.digest for row in known}
    wanted = {(id_, one.year): one for id_, some in segments.items() for one in some}
    changed = [
        _segment_row(id_, segment)
        for (id_, year), segment in wanted.items()
        if digests.get((id_, year)) != segment.blob.digest
    ]
    if changed:
        await merge(session, table, changed)
    if gone := digests.keys() - wanted.keys():
        old = as_table("gone", [table.c.product_id, table.c.year], gone)
        await session.execute(
            delete(table).where(table.c.product_id == old.c.product_id, table.c.year == old.c.year)
        )


def _segment_row(product_id: int, segment: Segment) -> tuple[Any, ...]:
    """A segment as the columns of its table."""
    return (
        *(product_id, segment.year, segment.first_minute, segment.last_minute, segment.points),
        *(codec.VERSION, segment.blob.digest, segment.blob.data),
    )


async def _save_offers(
    session: AsyncSession, stored: Sequence[tuple[int, _Encoded]], *, were_asked: bool
) -> None:
    """Write the newest offers of each product; forget those that Keepa no longer has."""
    rows = [
        (id_, one.product["observed_at"], one.offers)
        for id_, one in stored
        if one.offers is not None
    ]
    if rows:
        await merge(session, offers_snapshots, rows)
    without = [id_ for id_, one in stored if one.offers is None]
    if were_asked and without:
        await session.execute(
            delete(offers_snapshots).where(offers_snapshots.c.product_id == among(without))
        )
