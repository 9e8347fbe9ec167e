"""What the program as a whole is doing: tokens, runs, data source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from arbitragevault.adapters.postgres.repositories import runs as run_rows
from arbitragevault.adapters.postgres.repositories import tokens as token_ledger
from arbitragevault.application.services import DataSource, Services
from arbitragevault.domain.errors import MarketDataError


@dataclass(frozen=True, slots=True)
class TokenStatus:
    """Keepa's token bucket as far as it is known; null where Keepa has not told yet.

    Attributes:
        balance: Tokens at hand; negative after an overdraft.
        refill_per_minute: Tokens that come in a minute, trackings deducted.
        capacity: Most tokens that the bucket holds (60 minutes of refill).
        reserved: Tokens set aside for requests under way.
        spent_today: Tokens spent since midnight UTC.
        next_refill_at: When the next tokens come.
    """

    balance: int | None
    refill_per_minute: float | None
    capacity: int | None
    reserved: int
    spent_today: int
    next_refill_at: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """What the top bar of the page shows."""

    version: str
    sandbox: bool
    data_source: DataSource
    marketplace: str
    database: Literal["embedded", "external"]
    tokens: TokenStatus
    active_runs: int


async def token_status(services: Services, *, ask: bool = False) -> TokenStatus:
    """The token bucket, from the last answer of Keepa.

    Args:
        services: The running program.
        ask: Ask Keepa if nothing is known yet; the question is free, but Keepa wants it asked
            rarely.
    """
    clock, bucket = services.clock, services.keepa.bucket
    if ask and bucket.balance(clock.monotonic()) is None:
        await services.keepa.token_status()
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with services.database.begin() as session:
        spent = await token_ledger.spent_since(session, services.keepa.key_digest, midnight)
    moment = clock.monotonic()
    next_in = bucket.seconds_to_refill(moment)
    return TokenStatus(
        balance=bucket.balance(moment),
        refill_per_minute=bucket.refill_per_minute,
        capacity=bucket.capacity,
        reserved=bucket.reserved,
        spent_today=spent,
        next_refill_at=None if next_in is None else now + timedelta(seconds=next_in),
    )


async def status(services: Services, version: str) -> Status:
    """What the top bar shows; never spends anything and never fails because of Keepa."""
    try:
        tokens = await token_status(services, ask=True)
    except MarketDataError:
        tokens = await token_status(services)
    async with services.database.begin() as session:
        active = await run_rows.count_active(session, is_sandbox=services.is_sandbox)
    return Status(
        version=version,
        sandbox=services.is_sandbox,
        data_source=services.data_source,
        marketplace="US",
        database="embedded" if services.is_embedded else "external",
        tokens=tokens,
        active_runs=active,
    )
