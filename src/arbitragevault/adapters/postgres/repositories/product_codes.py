"""What product codes mean: the ASINs behind each, as Keepa said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories.arrays import as_table
from arbitragevault.adapters.postgres.tables import product_codes


async def save_codes(
    session: AsyncSession,
    marketplace: str,
    asins: Mapping[str, Sequence[str]],
    checked_at: datetime,
    *,
    is_sandbox: bool,
) -> None:
    """Store what product codes mean.

    Args:
        session: The transaction.
        marketplace: Code of the marketplace that was asked.
        asins: ASINs behind each code; none if no product has the code.
        checked_at: When it was asked.
        is_sandbox: The sandbox was asked, not Keepa.
    """
    if not asins:
        return
    statement = insert(product_codes)
    await session.execute(
        statement.on_conflict_do_update(
            constraint=product_codes.primary_key,
            set_={name: statement.excluded[name] for name in ("asins", "checked_at")},
        ),
        [
            {
                "is_sandbox": is_sandbox,
                "marketplace": marketplace,
                "code": code,
                "asins": list(found),
                "checked_at": checked_at,
            }
            for code, found in sorted(asins.items())
        ],
    )


async def codes_to_asins(
    session: AsyncSession,
    marketplace: str,
    codes: Iterable[str],
    checked_since: datetime | None = None,
    *,
    is_sandbox: bool,
) -> dict[str, tuple[str, ...]]:
    """What is known of product codes; an empty tuple says that no product has the code.

    Args:
        session: The transaction.
        marketplace: Code of the marketplace.
        codes: The codes; unknown ones are absent from the answer.
        checked_since: Leave out what was asked before this moment.
        is_sandbox: Whether the sandbox's answers are wanted, or Keepa's.
    """
    wanted = as_table("wanted", [product_codes.c.code], [(code,) for code in codes])
    query = (
        select(product_codes.c.code, product_codes.c.asins)
        .join(wanted, wanted.c.code == product_codes.c.code)
        .where(product_codes.c.is_sandbox == is_sandbox, product_codes.c.marketplace == marketplace)
    )
    if checked_since is not None:
        query = query.where(product_codes.c.checked_at >= checked_since)
    return {code: tuple(asins) for code, asins in await session.execute(query)}
