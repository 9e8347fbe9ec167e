"""Upkeep of what is stored: answers decoded again, old rows forgotten, features made anew."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.keepa.wire import decode_answer
from arbitragevault.adapters.postgres.repositories import features, payloads, run_events
from arbitragevault.adapters.postgres.repositories import markets as stored_markets
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.marketplace import marketplace_by_code

PAYLOAD_DAYS: Final = 30
"""How long paid answers are kept: long enough to decode a month anew after a mistake is found."""

EVENT_DAYS: Final = 90
"""How long the events of ended runs are kept; nobody follows them any more."""

_BATCH: Final = 100
_A_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Redecoded:
    """What came of decoding stored answers again.

    Attributes:
        answers: Answers that were read.
        products: Products that were stored anew.
        newer: Products left alone, because something newer is stored of them.
        refused: Products that still cannot be decoded.
        megabytes: Of JSON, unpacked.
    """

    answers: int = 0
    products: int = 0
    newer: int = 0
    refused: int = 0
    megabytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Tidied:
    """What upkeep has done.

    Attributes:
        payloads: Answers that were forgotten.
        events: Events of runs that were forgotten.
        features: Products whose features were made anew, by the functions of this program.
    """

    payloads: int
    events: int
    features: int


async def redecode(services: Services) -> Redecoded:
    """Decode every kept answer again and store what it says; asks and spends nothing.

    Oldest first, so that what was learned last counts; a product of which something newer is
    stored than its answer stays as it is.

    Args:
        services: The running program.

    Raises:
        HistoryCodecError: If the bytes of an answer were damaged.
        PayloadError: If an answer is none.
    """
    total, last = Redecoded(), 0
    while True:
        found = await services.database.read(payloads.after, last, is_sandbox=services.is_sandbox)
        if found is None:
            return total
        last, payload = found
        total = await _again(services, payload, total)


async def _again(services: Services, payload: payloads.Payload, total: Redecoded) -> Redecoded:
    where = marketplace_by_code(payload.marketplace)
    answer = await asyncio.to_thread(decode_answer, payload.raw, marketplace=where)
    keys = [market.product.key for market in answer.markets]

    async def unit(session: AsyncSession) -> int:
        newer = await stored_markets.fresh_keys(
            session,
            keys,
            is_sandbox=services.is_sandbox,
            fetched_since=payload.fetched_at + _A_MOMENT,
        )
        chosen = [market for market in answer.markets if market.product.key not in newer]
        await stored_markets.save_markets(
            session,
            chosen,
            is_sandbox=services.is_sandbox,
            fetched_at=payload.fetched_at,
            depth=payload.depth,
        )
        return len(chosen)

    stored = await services.database.write(unit)
    return replace(
        total,
        answers=total.answers + 1,
        products=total.products + stored,
        newer=total.newer + len(keys) - stored,
        refused=total.refused + len(answer.refused),
        megabytes=total.megabytes + len(payload.raw) / 1e6,
    )


async def tidy(
    services: Services, *, payload_days: int = PAYLOAD_DAYS, event_days: int = EVENT_DAYS
) -> Tidied:
    """Forget what is old, and make anew what older functions have made.

    Args:
        services: The running program.
        payload_days: Days for which paid answers are kept.
        event_days: Days for which the events of ended runs are kept.
    """
    now, everybody = services.clock.now(), services.database.of(None)
    forgotten = await everybody.write(payloads.forget_before, now - timedelta(days=payload_days))
    events = await everybody.write(run_events.forget_before, now - timedelta(days=event_days))
    return Tidied(forgotten, events, await _renew_features(services))


async def _renew_features(services: Services) -> int:
    """Make the features of products anew that lack them or have those of an older program."""
    renewed, last = 0, 0
    while True:
        outdated = await services.database.read(
            features.outdated, last, is_sandbox=services.is_sandbox, limit=_BATCH
        )
        if not outdated:
            return renewed
        last = max(outdated)
        renewed += await services.database.write(_renew, outdated, is_sandbox=services.is_sandbox)


async def _renew(
    session: AsyncSession, keys: dict[int, stored_markets.Key], *, is_sandbox: bool
) -> int:
    found = await stored_markets.load_markets(session, keys.values(), is_sandbox=is_sandbox)
    rows = {
        product_id: features.row_of(found[key].market)
        for product_id, key in keys.items()
        if key in found
    }
    await features.save(session, rows, is_sandbox=is_sandbox)
    return len(rows)
