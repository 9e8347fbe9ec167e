"""What the program as a whole is doing: tokens, runs, data source."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.keepa.ledger import Standing
from arbitragevault.adapters.postgres.repositories import runs as run_rows
from arbitragevault.application.services import DataSource, Services
from arbitragevault.application.token_economy import SpentToday
from arbitragevault.domain.errors import DatabaseError, MarketDataError

LOOK_AGAIN: Final = timedelta(seconds=30)
"""How often a health check tries a database that could not be reached."""


@dataclass(frozen=True, slots=True)
class TokenStatus:
    """Keepa's token bucket as far as it is known; null where Keepa has not told yet.

    Attributes:
        balance: Tokens at hand; negative after an overdraft.
        refill_per_minute: Tokens that come in a minute, trackings deducted.
        capacity: Most tokens that the bucket holds (60 minutes of refill).
        reserved: Tokens set aside for requests under way.
        spent_today: Tokens spent since midnight UTC.
        by_purpose: The same by what for; ``elsewhere`` went to another program with the same key.
        most_per_day: The cap on a day's tokens; None for none.
        plan_per_minute: Tokens per minute of the subscription, trackings not deducted.
        next_refill_at: When the next tokens come.
    """

    balance: int | None
    refill_per_minute: float | None
    capacity: int | None
    reserved: int
    spent_today: int
    by_purpose: dict[str, int]
    most_per_day: int | None
    plan_per_minute: int | None
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


async def readiness(services: Services) -> datetime | None:
    """When the database was reached last.

    Nothing is asked of a database that answered the last time that it was needed, so that looking
    does not keep it from falling asleep. One that did not is tried again, once in a while.

    Raises:
        DatabaseError: If it cannot be reached.
    """
    database, reach = services.database, services.database.reach
    failed_at = reach.failed_at
    if reach.is_failing and failed_at and services.clock.now() - failed_at > LOOK_AGAIN:
        await database.ping()
    if reach.is_failing:
        last = reach.succeeded_at
        since = "the start" if last is None else f"{last:%Y-%m-%d %H:%M:%S} UTC"
        raise DatabaseError(
            f"The database {database.address.place} has not been reached since {since}. It "
            "is tried again as soon as it is needed."
        )
    return reach.succeeded_at


async def token_status(services: Services, *, ask: bool = False) -> TokenStatus:
    """The token bucket, from the last answer of Keepa.

    Args:
        services: The running program.
        ask: Ask Keepa if nothing is known yet; the question is free, but Keepa wants it asked
            rarely.
    """
    standing, spent = await services.database.read(services.economy.statement)
    if ask and standing.reading is None:
        await services.keepa.token_status()
        standing, spent = await services.database.read(services.economy.statement)
    return _token_status(services, standing, spent)


def _token_status(services: Services, standing: Standing, spent: SpentToday) -> TokenStatus:
    economy, now, reading = services.economy, services.clock.now(), standing.reading
    next_in = None if reading is None else reading.seconds_to_refill(standing.now)
    return TokenStatus(
        balance=standing.balance,
        refill_per_minute=None if reading is None else reading.growth,
        capacity=None if reading is None else reading.capacity,
        reserved=standing.reserved,
        spent_today=spent.tokens,
        by_purpose=spent.by_purpose,
        most_per_day=economy.per_day,
        plan_per_minute=None if reading is None else reading.refill_rate,
        next_refill_at=None if next_in is None else now + timedelta(seconds=next_in),
    )


async def status(services: Services, version: str) -> Status:
    """What the top bar shows; never spends anything and never fails because of Keepa."""

    async def unit(session: AsyncSession) -> tuple[Standing, SpentToday, int]:
        active = await run_rows.count_active(session, is_sandbox=services.is_sandbox)
        return *await services.economy.statement(session), active

    standing, spent, active = await services.database.read(unit)
    tokens = _token_status(services, standing, spent)
    if standing.reading is None:
        with suppress(MarketDataError):
            tokens = await token_status(services, ask=True)
    return Status(
        version=version,
        sandbox=services.is_sandbox,
        data_source=services.data_source,
        marketplace="US",
        database="embedded" if services.is_embedded else "external",
        tokens=tokens,
        active_runs=active,
    )
