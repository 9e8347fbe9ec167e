"""The ledger that all processes share: two of them here, each with connections of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from arbitragevault.adapters.keepa.bucket import (
    ELSEWHERE,
    Account,
    Demand,
    Priority,
    Refusal,
    Reservation,
)
from arbitragevault.adapters.keepa.envelope import Envelope
from arbitragevault.adapters.keepa.tokens import Reading
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.repositories import tokens as stored
from arbitragevault.application.decisions import run_rows
from arbitragevault.application.overview import token_status
from arbitragevault.application.runs import get_run
from arbitragevault.application.scan import ScanOptions, start_scan
from arbitragevault.application.token_economy import TokenEconomy
from arbitragevault.application.worker import Progress, RunWorker
from arbitragevault.domain.decision.runs import RunState
from arbitragevault.domain.errors import TokenCapError
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.service import RequestLog
from tests.integration.application.conftest import MovableClock, Open, books, lead_rows

KEY = "a key's digest"
LASTS = 100.0
SCAN = Account("scan", Priority.RUN)


@pytest.fixture
async def elsewhere(database_url: str) -> AsyncIterator[Database]:
    """The same database as another process sees it."""
    async with Database(database_url) as other:
        yield other


def answer(clock: MovableClock, left: int, consumed: int = 0) -> Envelope:
    return Envelope(
        timestamp_ms=int(clock.unix() * 1_000),
        tokens_left=left,
        refill_in_ms=30_000,
        refill_rate=20,
        token_flow_reduction=0.0,
        tokens_consumed=consumed,
    )


async def tell(economy: TokenEconomy, told: Envelope) -> None:
    """Let Keepa tell the balance."""
    free = await economy.reserve(Demand(0, 0))
    assert isinstance(free, Reservation)
    await economy.settle(free, told)


async def reserve(
    economy: TokenEconomy, tokens: int, account: Account = SCAN
) -> Reservation | Refusal:
    return await economy.reserve(Demand(tokens, tokens, account, LASTS))


async def granted(economy: TokenEconomy, tokens: int, account: Account = SCAN) -> Reservation:
    reservation = await reserve(economy, tokens, account)
    assert isinstance(reservation, Reservation)
    return reservation


@pytest.fixture
async def pair(
    database: Database, elsewhere: Database, clock: MovableClock
) -> tuple[TokenEconomy, TokenEconomy]:
    """The ledger in two processes; Keepa has told a balance of 100."""
    one, two = (TokenEconomy(place, KEY, clock=clock.now) for place in (database, elsewhere))
    await tell(one, answer(clock, 100))
    return one, two


Pair = tuple[TokenEconomy, TokenEconomy]


async def test_nothing_is_known_of_a_new_key(database: Database) -> None:
    economy = TokenEconomy(database, KEY)
    assert (await economy.standing()).reading is None
    assert (await economy.spent_today()).tokens == 0
    refusal = await reserve(economy, 1)
    assert isinstance(refusal, Refusal)
    assert refusal.should_ask


async def test_what_one_process_learns_the_other_knows(pair: Pair, clock: MovableClock) -> None:
    one, two = pair
    standing = await two.standing()
    assert (standing.balance, standing.reserved) == (100, 0)
    assert standing.reading == Reading(
        balance=100,
        tick_at=clock.unix() + 30,
        refill_rate=20,
        stamp_ms=int(clock.unix() * 1_000),
        tick_ms=int(clock.unix() * 1_000) + 30_000,
    )
    clock.move(seconds=91)
    assert (await one.standing()).balance == 140


async def test_side_by_side_processes_never_overdraw(pair: Pair) -> None:
    outcomes = await asyncio.gather(*(reserve(pair[at % 2], 7) for at in range(20)))
    reservations = [one for one in outcomes if isinstance(one, Reservation)]
    assert len(reservations) == 100 // 7
    assert len({one.number for one in reservations}) == len(reservations)
    assert {one.affordable for one in outcomes if isinstance(one, Refusal)} <= set(range(7))
    assert (await pair[0].standing()).reserved == 98


async def test_new_keys_are_met_by_several_processes_at_once(
    database: Database, elsewhere: Database
) -> None:
    economies = [TokenEconomy(place, KEY) for place in (database, elsewhere)]
    outcomes = await asyncio.gather(
        *(economies[at % 2].reserve(Demand(5, 5, SCAN, LASTS), has_asked=True) for at in range(6))
    )
    assert sum(isinstance(one, Reservation) for one in outcomes) == 1


async def test_what_is_settled_is_booked(pair: Pair, clock: MovableClock) -> None:
    one, two = pair
    mine, theirs = await granted(one, 20), await granted(two, 30, Account("lookup"))
    await two.settle(theirs, answer(clock, 76, consumed=24))
    await one.settle(mine, answer(clock, 70, consumed=6))
    assert (await two.spent_today()).by_purpose == {"lookup": 24, "scan": 6}
    standing = await two.standing()
    assert (standing.balance, standing.reserved) == (70, 0)
    clock.move(days=1)
    assert (await one.spent_today()).tokens == 0


async def test_another_program_with_the_same_key_is_seen(pair: Pair, clock: MovableClock) -> None:
    one, two = pair
    await one.settle(await granted(one, 20), answer(clock, 50, consumed=10))
    assert (await two.spent_today()).by_purpose == {ELSEWHERE: 40, "scan": 10}


async def test_a_process_that_dies_keeps_its_tokens_for_a_while_only(
    pair: Pair, clock: MovableClock
) -> None:
    one, two = pair
    await granted(one, 90)  # and is killed here
    refusal = await reserve(two, 20)
    assert isinstance(refusal, Refusal)
    clock.move(seconds=LASTS + 1)
    await tell(two, answer(clock, 134))
    await granted(two, 134)
    assert (await two.spent_today()).by_purpose == {"scan": 6}


async def test_released_and_forfeited(pair: Pair, clock: MovableClock) -> None:
    one, two = pair
    await one.release(await granted(one, 60))
    await one.forfeit(await granted(two, 60), is_charged=True)
    standing = await two.standing()
    assert (standing.balance, standing.reserved, standing.lost) == (40, 0, 60)
    assert (await two.spent_today()).tokens == 60  # at worst
    clock.move(seconds=1)
    await tell(one, answer(clock, 88))
    assert (await two.spent_today()).tokens == 12


async def test_a_person_goes_before_a_run(pair: Pair, clock: MovableClock) -> None:
    one, two = pair
    await one.settle(await granted(one, 100), answer(clock, 0, consumed=100))
    assert isinstance(await reserve(two, 15, Account("lookup")), Refusal)
    clock.move(seconds=31)
    assert isinstance(await reserve(one, 10), Refusal)
    await granted(two, 15, Account("lookup"))


async def test_a_day_has_a_cap(database: Database, clock: MovableClock, pair: Pair) -> None:
    capped = TokenEconomy(database, KEY, per_day=25, clock=clock.now)
    await pair[0].settle(await granted(capped, 20), answer(clock, 90, consumed=10))
    held = await granted(capped, 10)
    part = await capped.reserve(Demand(20, 1, SCAN, LASTS))
    assert isinstance(part, Refusal)
    assert part.affordable == 5
    refusal = await reserve(capped, 6)
    assert isinstance(refusal, Refusal)
    assert timedelta(seconds=refusal.wait) == timedelta(hours=12)
    await capped.release(held)
    clock.move(days=1)
    await tell(capped, answer(clock, 700))
    assert (await capped.spent_today()).by_purpose == {ELSEWHERE: 500}
    await granted(capped, 25)


async def test_a_run_has_a_cap(pair: Pair, clock: MovableClock) -> None:
    account = Account("scan", Priority.RUN, uuid4(), most_tokens=15)
    held = await granted(pair[0], 10, account)
    with pytest.raises(TokenCapError, match="may spend 15 tokens"):
        await reserve(pair[1], 6, account)
    await granted(pair[1], 5, account)
    await pair[0].release(held)
    await granted(pair[0], 10, account)
    await granted(pair[0], 40)
    assert (await pair[0].standing()).reserved == 55
    del clock


async def test_buckets_of_their_own_share_the_books(
    database: Database, elsewhere: Database, clock: MovableClock
) -> None:
    one, two = (
        TokenEconomy(place, KEY, own_bucket=True, clock=clock.now)
        for place in (database, elsewhere)
    )
    await tell(one, answer(clock, 100))
    assert (await two.standing()).reading is None
    await one.settle(await granted(one, 20), answer(clock, 88, consumed=12))
    assert (await one.standing()).balance == 88
    assert (await two.spent_today()).by_purpose == {"scan": 12}


async def test_a_bucket_is_stored_as_it_was(
    pair: Pair, database: Database, clock: MovableClock
) -> None:
    await granted(pair[0], 30, Account("scan", Priority.SCHEDULE, uuid4()))
    async with database.begin() as session:
        before, now = await stored.lock_bucket(session, KEY, clock.now())
        again, _ = await stored.read_bucket(session, KEY)
    assert before == again
    assert now == clock.now()
    assert [(claim.tokens, claim.state) for claim in before.claims] == [(30, "reserved")]


async def test_a_scan_keeps_to_its_cap(
    open_services: Open, market: Marketplace, log: RequestLog
) -> None:
    async with open_services() as services:
        asins = books(market, 12)
        run = await start_scan(
            services, lead_rows(*asins), source="t", options=ScanOptions(max_tokens=5)
        )
        await RunWorker(services).process(run.id)
        done = await get_run(services, run.id)
        assert done.state is RunState.SUCCEEDED
        assert done.tokens.spent == log.tokens == 5
        rows = await run_rows(services, run.id, after_row=0, limit=20)
        codes = Counter(row["error"] and row["error"]["code"] for row in rows)
        assert codes == {None: 5, "token_cap": 7}
        status = await token_status(services)
        assert (status.by_purpose, status.plan_per_minute) == ({"scan": 5}, 1_200)


async def test_a_day_that_is_spent_parks_the_run_until_the_next(
    open_services: Open, market: Marketplace, clock: MovableClock
) -> None:
    async with open_services(per_day=3) as services:
        run = await start_scan(
            services, lead_rows(*books(market, 5)), source="t", options=ScanOptions(is_lookup=True)
        )
        worker = RunWorker(services)
        await worker.step(run.id)
        parked = await get_run(services, run.id)
        assert (parked.state, parked.done) == (RunState.WAITING_TOKENS, 3)
        assert parked.waiting_until == clock.now() + timedelta(hours=12)
        clock.move(hours=12)
        while not (await get_run(services, run.id)).state.is_final:
            await worker.step(run.id)
        done = await get_run(services, run.id)
        assert (done.done, done.tokens.spent) == (5, 5)
        assert (await token_status(services)).by_purpose == {"lookup": 2}


async def test_a_run_waits_in_place_while_only_others_are_under_way(
    open_services: Open, market: Marketplace
) -> None:
    async with open_services(tokens=10, refill_per_minute=5) as services:
        run = await start_scan(
            services, lead_rows(*books(market, 5)), source="t", options=ScanOptions()
        )
        await services.keepa.token_status()
        held = await granted(services.economy, 10)
        worker = RunWorker(services)
        assert await worker.step(run.id) is Progress.RETRY
        assert (await get_run(services, run.id)).state is RunState.RUNNING
        await services.economy.release(held)
        assert await worker.step(run.id) is Progress.MORE
        assert (await get_run(services, run.id)).done == 5
