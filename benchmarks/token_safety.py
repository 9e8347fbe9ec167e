"""Eight workers in two processes' worth of connections spend one key for ten simulated minutes.

    uv run python benchmarks/token_safety.py [seed ...]

Real are the client, the shared ledger, PostgreSQL and the sandbox with its token account; simulated
is the time, which stands still while anything happens and then moves to the next event. Requests
cost at random what they may, answers overtake each other, are refused, cut off, come late or never,
and workers are killed between reserving and settling, as by ``kill -9``.

Printed are what must hold: at the end the ledger has the sandbox's own balance and has booked what
the sandbox has charged; no request was sent that the worst case of all that was under way would
have overdrawn; and nobody waited while tokens were free.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import platform
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx2

from arbitragevault.adapters.keepa.bucket import (
    UNDER_WAY_SECONDS,
    Account,
    ClaimState,
    Demand,
    Priority,
    Refusal,
    Reservation,
)
from arbitragevault.adapters.keepa.client import KeepaClient, ProductRequest, RetryPolicy
from arbitragevault.adapters.keepa.envelope import Envelope
from arbitragevault.adapters.keepa.ledger import Standing, key_digest
from arbitragevault.adapters.postgres.embedded import DATABASE, EmbeddedServer
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.migrate import upgrade
from arbitragevault.adapters.postgres.repositories import tokens as stored
from arbitragevault.application.token_economy import TokenEconomy
from arbitragevault.domain.errors import KeepaUnavailableError, OutOfTokensError
from arbitragevault.sandbox.faults import Faults
from arbitragevault.sandbox.request import ProductRequest as Asked
from arbitragevault.sandbox.server import create_sandbox
from arbitragevault.sandbox.service import RequestLog
from arbitragevault.sandbox.source import Answered, unknown_product

Made = TypeVar("Made")

OUTPUT: Final = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "token_safety.json"
START: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY: Final = "safety".ljust(64, "0")
SLOTS: Final = 36
MOST_IDLE_SECONDS: Final = 2 * UNDER_WAY_SECONDS
"""Whoever waits looks again so soon after those that are under way and those that go before it."""
FAULTS: Final = "429:0.03x2,500:0.04,503:0.04,truncate:0.05"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated.

    Args:
        seed: Decides everything but the order in which the database serves its callers.
        minutes: How long.
        workers: How many at once; half of them have a person waiting.
        refill: Tokens per minute.
        tokens: Balance at the start.
        lost: Share of requests of which no answer ever comes.
        kill_seconds: How often a worker is killed.
    """

    seed: int = 1
    minutes: int = 10
    workers: int = 8
    refill: int = 60
    tokens: int = 250
    lost: float = 0.06
    kill_seconds: float = 15.0


@dataclass(slots=True)
class Figures:
    """What came of it.

    Args:
        requests: Requests that reached the sandbox.
        answers: Outcomes by name.
        killed: Workers killed with a reservation in their hands.
        refused: Requests that were not sent for want of tokens.
        charged / booked: Tokens by the sandbox's account and by the ledger.
        balance / ledger_balance: What is left, by each of them.
        lowest: Lowest balance of the sandbox at any time.
        overdrawing: Requests sent although the worst case of all under way exceeded the balance.
        longest_idle: Longest time in seconds that a worker waited while its tokens were free.
        seconds: Real time.
    """

    requests: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    killed: int = 0
    refused: int = 0
    charged: int = 0
    booked: int = 0
    balance: int = 0
    ledger_balance: int | None = None
    lowest: int = 1_000_000
    overdrawing: int = 0
    longest_idle: float = 0.0
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether everything is as it must be."""
        return (
            (self.charged, self.balance) == (self.booked, self.ledger_balance)
            and self.overdrawing == 0
            and self.lowest >= 0
            and self.longest_idle <= MOST_IDLE_SECONDS
        )


@dataclass(slots=True)
class _Sleeper:
    event: asyncio.Event = field(default_factory=asyncio.Event)
    is_gone: bool = False


class Stage:
    """The simulated time: it moves on when everybody on it waits for it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._order = itertools.count()
        self._asleep: list[tuple[float, int, _Sleeper]] = []
        self._busy = 0
        self._quiet = asyncio.Event()

    def now(self) -> datetime:
        """The time."""
        return START + timedelta(seconds=self.seconds)

    def unix(self) -> float:
        """The time in Unix seconds."""
        return self.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        """Wait for a time to come; in whole milliseconds, as Keepa tells its time."""
        sleeper = _Sleeper()
        due = round(self.seconds + max(seconds, 0.0) + 0.0005, 3)
        heapq.heappush(self._asleep, (due, next(self._order), sleeper))
        self._count(-1)
        try:
            await sleeper.event.wait()
        except asyncio.CancelledError:
            if not sleeper.event.is_set():
                sleeper.is_gone = True
                self._count(1)
            raise

    def start(self, work: Coroutine[Any, Any, Made]) -> asyncio.Task[Made]:
        """Let somebody act on the stage."""
        self._count(1)

        async def act() -> Made:
            try:
                return await work
            finally:
                self._count(-1)

        return asyncio.create_task(act())

    async def play(self, until: float, before_moving: Callable[[float], Awaitable[None]]) -> None:
        """Let the time run."""
        while self.seconds < until:
            await self._quiet.wait()
            while self._asleep and self._asleep[0][2].is_gone:
                heapq.heappop(self._asleep)
            due = min(self._asleep[0][0] if self._asleep else until, until)
            await before_moving(due - self.seconds)
            self.seconds = due
            while self._asleep and self._asleep[0][0] <= due:
                sleeper = heapq.heappop(self._asleep)[2]
                if not sleeper.is_gone:
                    self._count(1)
                    sleeper.event.set()

    def _count(self, change: int) -> None:
        self._busy += change
        if self._busy:
            self._quiet.clear()
        else:
            self._quiet.set()


class Shop:
    """Products that cost at random what they may."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def asins_of(self, code: str, domain: int) -> tuple[str, ...]:
        """No product has a code."""
        del code, domain
        return ()

    def truth(self, asin: str, now: int) -> dict[str, Any] | None:
        """Nobody knows."""
        del asin, now
        return None  # which is an answer here

    def products(self, asins: Sequence[str], request: Asked, now: int) -> list[Answered]:
        """Stubs."""
        offers = request.wanted.offers is not None
        return [
            Answered(
                unknown_product(asin, request, now, SLOTS).body,
                self._rng.choice((1, 5, 6, 12)) if offers else 1,
            )
            for asin in asins
        ]


class Mortal:
    """The ledger as a process has it that may be killed: then it does nothing any more."""

    def __init__(self, economy: TokenEconomy) -> None:
        self._economy = economy
        self.is_dead = False
        self.refusal: Refusal | None = None
        self.open: set[int] = set()

    async def reserve(self, demand: Demand, *, has_asked: bool = False) -> Reservation | Refusal:
        """Speak for the worst case."""
        granted = await self._economy.reserve(demand, has_asked=has_asked)
        self.refusal = granted if isinstance(granted, Refusal) else None
        if isinstance(granted, Reservation) and granted.number:
            self.open.add(granted.number)
        return granted

    async def settle(self, reservation: Reservation, envelope: Envelope) -> None:
        """The answer came."""
        if not self.is_dead:
            self.open.discard(reservation.number)
            await self._economy.settle(reservation, envelope)

    async def release(self, reservation: Reservation) -> None:
        """It was never executed."""
        if not self.is_dead:
            self.open.discard(reservation.number)
            await self._economy.release(reservation)

    async def forfeit(self, reservation: Reservation, *, is_charged: bool) -> None:
        """Nobody knows."""
        if not self.is_dead:
            self.open.discard(reservation.number)
            await self._economy.forfeit(reservation, is_charged=is_charged)

    async def standing(self) -> Standing:
        """How the bucket stands."""
        return await self._economy.standing()


class Line(httpx2.AsyncBaseTransport):
    """The line to the sandbox: slow both ways, and sometimes nothing comes back."""

    def __init__(self, play: Simulation) -> None:
        self._play = play
        self._inner = httpx2.ASGITransport(app=play.app)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Carry a request there and its answer back."""
        play, stage = self._play, self._play.stage
        play.sent(request)
        # Once sent, a request is executed, whether anybody still listens or not.
        if request.url.path == "/product" and play.rng.random() < play.plan.lost:
            stage.start(self._execute(request, play.rng.uniform(1, 90)))
            await stage.sleep(30)
            play.answered("no answer")
            raise httpx2.ReadTimeout("nothing came", request=request)
        there = play.rng.uniform(0.1, 3)
        execution = stage.start(self._execute(request, there))
        await stage.sleep(there)
        response = await asyncio.shield(execution)
        await stage.sleep(play.rng.uniform(0, 2))
        play.answered(str(response.status_code))
        return response

    async def _execute(self, request: httpx2.Request, after: float) -> httpx2.Response:
        await self._play.stage.sleep(after)
        response = await self._inner.handle_async_request(request)
        self._play.executed(request)
        return response


@dataclass(slots=True)
class Worker:
    """One of those who spend.

    Args:
        account: On whose account.
        ledger: Its door to the ledger.
        client: Its client.
        waits_for: The least that it waits for; None while it does not wait for tokens.
        idle: Seconds that it has waited in a row while that was free.
    """

    account: Account
    ledger: Mortal
    client: KeepaClient
    waits_for: int | None = None
    idle: float = 0.0


class Simulation:
    """Workers, a sandbox and a ledger on one stage.

    Args:
        plan: What is simulated.
        databases: One per process.
    """

    def __init__(self, plan: Plan, databases: list[Database]) -> None:
        self.plan = plan
        self.figures = Figures()
        self.stage = Stage()
        self.rng = random.Random(plan.seed)  # noqa: S311  # reproducible, no secrets
        self.log = RequestLog()
        costs = random.Random(plan.seed + 1)  # noqa: S311
        self.app = create_sandbox(
            Shop(costs),
            refill_per_minute=plan.refill,
            tokens=plan.tokens,
            clock=self.stage.unix,
            faults=Faults(FAULTS, plan.seed),
            request_log=self.log,
        )
        self._databases = databases
        self._economies = [
            TokenEconomy(database, key_digest(KEY), clock=self.stage.now) for database in databases
        ]
        self._under_way: dict[httpx2.Request, int] = {}
        self._workers: dict[asyncio.Task[None], Worker] = {}

    async def run(self) -> Figures:
        """Play it, then let everything come to rest and compare the books."""
        started = time.perf_counter()
        seconds = self.plan.minutes * 60.0
        await self._ask()
        for number in range(self.plan.workers):
            self._hire(number)
        reaper = self.stage.start(self._reap())
        await self.stage.play(seconds, self._look)
        for task in (reaper, *self._workers):
            task.cancel()
        await asyncio.gather(reaper, *self._workers, return_exceptions=True)
        self._workers.clear()
        # Not on the very tick: Keepa tells its times in whole milliseconds.
        await self.stage.play(seconds + 630, self._look)
        await self._ask()
        spent = await self._economies[0].spent_today()
        standing = await self._economies[-1].standing()
        figures = self.figures
        figures.requests = len(self.log)
        figures.charged, figures.booked = self.log.tokens, spent.tokens
        figures.balance, figures.ledger_balance = self.balance, standing.balance
        figures.seconds = time.perf_counter() - started
        return figures

    @property
    def balance(self) -> int:
        """The sandbox's balance; the bucket is never full."""
        refilled = int(self.stage.seconds // 60) * self.plan.refill
        return self.plan.tokens + refilled - self.log.tokens

    def sent(self, request: httpx2.Request) -> None:
        """A request is on its way."""
        asins = request.url.params.get("asin", "")
        each = 12 if "offers" in request.url.params else 1
        self._under_way[request] = each * len(asins.split(",")) if asins else 0
        if sum(self._under_way.values()) > self.balance:
            self.figures.overdrawing += 1

    def answered(self, outcome: str) -> None:
        """This is what the client heard."""
        self.figures.answers[outcome] = self.figures.answers.get(outcome, 0) + 1

    def executed(self, request: httpx2.Request) -> None:
        """A request has been charged."""
        del self._under_way[request]
        self.figures.lowest = min(self.figures.lowest, self.balance)

    def _hire(self, number: int) -> None:
        """A worker begins, in one of the processes."""
        urgent = number % 2 == 0
        account = Account("lookup") if urgent else Account("scan", Priority.RUN)
        ledger = Mortal(self._economies[number % len(self._economies)])
        retries = RetryPolicy(attempts=2, first_seconds=0.001)
        client = KeepaClient(
            "http://sandbox", KEY, transport=Line(self), ledger=ledger, retries=retries
        ).on_account(account)
        worker = Worker(account, ledger, client)
        self._workers[self.stage.start(self._work(worker))] = worker

    async def _work(self, worker: Worker) -> None:
        """Ask for one lot of products after the other."""
        while True:
            await self.stage.sleep(self.rng.uniform(0, 4))
            wish = self._wish()
            rest: ProductRequest | None = wish
            while rest is not None:
                try:
                    await worker.client.products(wish)
                    rest = rest.after(wish)
                    wish = rest or wish
                except OutOfTokensError as dry:
                    wish = await self._wait(worker, wish, dry)
                except KeepaUnavailableError:
                    await self.stage.sleep(2)

    async def _wait(
        self, worker: Worker, request: ProductRequest, dry: OutOfTokensError
    ) -> ProductRequest:
        """Cut a request to what there is, or wait."""
        smaller = request.cut_to(dry.affordable)
        if smaller is not None:
            return smaller
        self.figures.refused += 1
        if worker.ledger.refusal is not None:  # and not Keepa itself
            worker.waits_for = request.least_tokens
        await self.stage.sleep(dry.wait_seconds)
        worker.waits_for, worker.idle = None, 0.0
        return request

    def _wish(self) -> ProductRequest:
        asins = tuple(f"B{self.rng.randrange(10**9):09}" for _ in range(self.rng.randint(1, 20)))
        if self.rng.random() < 0.4:
            return ProductRequest(1, asins=asins[:4], offers=20)
        return ProductRequest(1, asins=asins)

    async def _reap(self) -> None:
        """Kill workers, many of them with a reservation in their hands."""
        for number in itertools.count():
            await self.stage.sleep(self.rng.uniform(0.5, 1.5) * self.plan.kill_seconds)
            task = self.rng.choice(list(self._workers))
            worker = self._workers.pop(task)
            self.figures.killed += bool(worker.ledger.open)
            worker.ledger.is_dead = True
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._hire(number)

    async def _look(self, seconds: float) -> None:
        """Before the time moves on: does anybody wait for what is free?"""
        waiting = [worker for worker in self._workers.values() if worker.waits_for is not None]
        if not waiting or seconds <= 0:
            return
        async with self._databases[0].begin() as session:
            found, _ = await stored.read_bucket(session, key_digest(KEY), self.stage.now())
        for worker in waiting:
            kept = sum(
                claim.tokens
                for claim in found.claims
                if claim.state in (ClaimState.RESERVED, ClaimState.LOST)
                or (claim.state == ClaimState.WAITING and claim.priority < worker.account.priority)
            )
            is_free = self.balance - kept >= (worker.waits_for or 0)
            worker.idle = worker.idle + seconds if is_free else 0.0
            self.figures.longest_idle = max(self.figures.longest_idle, worker.idle)

    async def _ask(self) -> None:
        """Ask for the balance on a line without trouble, as the first and the last thing."""
        transport = httpx2.ASGITransport(app=self.app)
        async with KeepaClient(
            "http://sandbox", KEY, transport=transport, ledger=self._economies[0]
        ) as client:
            await client.token_status()


async def simulate(plan: Plan, urls: list[str]) -> Figures:
    """Play a plan on a migrated database.

    Args:
        plan: What is simulated.
        urls: Its address, once for each process.
    """
    databases = [Database(url) for url in urls]
    try:
        return await Simulation(plan, databases).run()
    finally:
        for database in databases:
            await database.dispose()


async def _measure(seeds: list[int]) -> list[Figures]:
    found = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            async with await EmbeddedServer.start(Path(folder), database=DATABASE) as server:
                await upgrade(server.url)
                found.append(await simulate(Plan(seed), [server.url, server.url]))
        for name, value in asdict(found[-1]).items():
            print(f"{name:<16}{value}")
        print("everything holds\n" if found[-1].holds else "SOMETHING DOES NOT HOLD\n")
    return found


def main() -> int:
    """Print and store the figures; 1 if something does not hold."""
    seeds = [int(seed) for seed in sys.argv[1:]] or [1, 2, 3]
    found = asyncio.run(_measure(seeds))
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    runs = [{"seed": seed, **asdict(one)} for seed, one in zip(seeds, found, strict=True)]
    OUTPUT.write_text(json.dumps({"machine": platform.platform(), "runs": runs}, indent=1))
    return 0 if all(one.holds for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
