"""The worker: drives runs forward, one batch of items at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from enum import Enum
from typing import Final
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.keepa.bucket import Account, Priority
from arbitragevault.adapters.postgres.repositories import assessments, run_events, run_items
from arbitragevault.adapters.postgres.repositories import decisions as decision_rows
from arbitragevault.adapters.postgres.repositories import runs as run_rows
from arbitragevault.application.acquire import Acquisition, is_dry
from arbitragevault.application.answers import AnsweredRow, answered_rows
from arbitragevault.application.scan import LOOKUP
from arbitragevault.application.services import Services
from arbitragevault.application.stages import acquire_for
from arbitragevault.domain.decision.runs import RunState
from arbitragevault.domain.errors import (
    ArbitrageVaultError,
    DatabaseError,
    HistoryCodecError,
    KeepaRejectedError,
    MarketDataError,
    OutOfTokensError,
)

log = structlog.get_logger()

BATCH_SIZES: Final = (8, 24, 64, 100)
"""Items of the first batches and of all later ones: the first rows are seen at once, later batches
fill Keepa's 100 products a request."""

LEASE: Final = timedelta(seconds=30)
"""How long a batch belongs to a worker that gives no sign of life; it renews at a third of it."""

MAX_TROUBLES: Final = 3
"""Batches in a row that Keepa may fail before the run fails; it can be resumed then. Keepa's client
has retried each of them several times by then."""

RETRY_SECONDS: Final = 2.0
"""Pause before a batch is tried again after trouble with Keepa or with the database."""


class Progress(Enum):
    """What came of one step of a run."""

    MORE = "more"
    RETRY = "retry"
    WAITING = "waiting"
    LEASED_ELSEWHERE = "leased elsewhere"
    ENDED = "ended"


class RunWorker:
    """Works on runs in this process.

    Args:
        services: The running program.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._batches: Counter[UUID] = Counter()
        self._troubles: Counter[UUID] = Counter()

    async def serve(self, stop: asyncio.Event) -> None:
        """Work on whatever is due until told to stop; sleeps without asking the database.

        A run that breaks for a reason of ours fails alone; the others go on. A database that cannot
        be reached is asked again until it can.
        """
        while not stop.is_set():
            self._services.wake.clear()
            try:
                pause = await self._serve_once()
            except DatabaseError as error:
                log.warning("database unreachable", reason=error.message)
                pause = RETRY_SECONDS
            except Exception:
                log.exception("worker stumbled")
                pause = RETRY_SECONDS
            if pause != 0:
                await self._sleep(stop, pause)

    async def _serve_once(self) -> float | None:
        """Work on what is due; seconds until there may be more, None if nothing is unfinished."""
        due = await self._due()
        if due.run_id is None:
            return due.wait_seconds
        idle = (Progress.RETRY, Progress.LEASED_ELSEWHERE)
        return RETRY_SECONDS if await self.step(due.run_id) in idle else 0

    async def process(self, run_id: UUID) -> None:
        """Drive one run to its end, waiting for tokens and for other workers where needed."""
        while True:
            match await self.step(run_id):
                case Progress.ENDED:
                    return
                case Progress.WAITING | Progress.LEASED_ELSEWHERE:
                    await asyncio.sleep(await self._pause(run_id))
                case Progress.RETRY:
                    await asyncio.sleep(RETRY_SECONDS)
                case Progress.MORE:
                    pass

    async def step(self, run_id: UUID) -> Progress:
        """One batch of a run: lease, fetch, decide, store.

        Trouble of our own fails the run with its code, so that every run ends.

        Raises:
            DatabaseError: If the database cannot be reached; the run goes on once it can.
        """
        try:
            return await self._step(run_id)
        except ArbitrageVaultError as error:
            if isinstance(error, DatabaseError) and not isinstance(error, HistoryCodecError):
                raise
            go_on = f" What is decided is kept; `arbitragevault runs resume {run_id}` goes on."
            await self._fail(run_id, error.code, error.message + go_on)
        except Exception:
            log.exception("run broke", run_id=str(run_id))
            await self._fail(run_id, "internal", "The run broke; the log says where.")
        return Progress.ENDED

    async def _step(self, run_id: UUID) -> Progress:
        lease = uuid4()
        try:
            claim = await self._services.database.write(self._claim, run_id, lease)
            if isinstance(claim, Progress):
                return claim
            self._batches[run_id] += 1
            async with self._renewed(lease):
                return await self._work(*claim, lease)
        except asyncio.CancelledError:
            # Somebody stopped us, with Ctrl-C for instance: whoever goes on need not wait for the
            # lease to run out.
            await self._give_back(run_id, lease)
            raise

    async def _claim(
        self, session: AsyncSession, run_id: UUID, lease: UUID
    ) -> Progress | tuple[run_rows.Run, Sequence[run_items.Item]]:
        """Lease the next batch of a run, or say why there is none to work on."""
        now = self._services.clock.now()
        size = BATCH_SIZES[min(self._batches[run_id], len(BATCH_SIZES) - 1)]
        run = await run_rows.get(session, run_id)
        if run is None or run.state.is_final:
            self._forget(run_id)
            return Progress.ENDED
        if run.waiting_until is not None and run.waiting_until > now:
            return Progress.WAITING
        items = await run_items.claim_items(
            session, run_id, lease=lease, limit=size, until=now + LEASE, at=now
        )
        if not items:
            return await self._end(session, run)
        if run.state is not RunState.RUNNING:
            await run_rows.set_state(session, run_id, RunState.RUNNING, at=now)
        return run, items

    async def _give_back(self, run_id: UUID, lease: UUID) -> None:
        """Free what a lease holds, even if stopping cut off the very commit that took it."""

        async def unit(session: AsyncSession) -> None:
            # The server may still be at that commit; the run's lock is free once it is through.
            await run_events.lock(session, run_id)
            await run_items.release_items(session, run_id, lease)

        try:
            await self._services.database.write(unit)
        except ArbitrageVaultError:  # then the lease runs out; stopping goes on all the same
            log.warning("lease not given back", run_id=str(run_id), exc_info=True)

    async def _work(
        self, run: run_rows.Run, items: Sequence[run_items.Item], lease: UUID
    ) -> Progress:
        """Fetch and decide a leased batch, then store it in one transaction."""
        usable = [item for item in items if item.error_code is None]
        acquisition = await acquire_for(self._services, run, usable, _account(run))
        self._troubles[run.id] += 1 if _failed(acquisition) else -self._troubles[run.id]
        answered = await asyncio.to_thread(
            answered_rows, run, items, acquisition, sandbox=self._services.is_sandbox
        )
        return await self._store(run, lease, items, answered, acquisition)

    def _gives_up(self, run: run_rows.Run, trouble: MarketDataError) -> bool:
        """Whether trouble ends the run: Keepa refuses us, or has failed too often in a row."""
        return isinstance(trouble, KeepaRejectedError) or self._troubles[run.id] >= MAX_TROUBLES

    async def _store(
        self,
        run: run_rows.Run,
        lease: UUID,
        items: Sequence[run_items.Item],
        answered: Sequence[AnsweredRow],
        acquisition: Acquisition,
    ) -> Progress:
        """Store rows, items, counters and events together, if the lease is still ours."""
        now = self._services.clock.now()
        open_items = {item.ordinal for item in items} - {one.item.ordinal for one in answered}

        async def unit(session: AsyncSession) -> Progress:
            if not await run_items.hold_lease(session, run.id, lease, len(items)):
                return Progress.MORE
            ids = await decision_rows.insert(session, run.id, [one.row for one in answered], now)
            kept = {ids[one.item.ordinal]: one.assessment for one in answered if one.assessment}
            await assessments.save(session, kept, now)
            await run_items.finish_items(session, run.id, lease, ids)
            await run_items.release_items(session, run.id, lease)
            await run_rows.count(
                session,
                run.id,
                verdicts=[one.row["verdict"] for one in answered],
                errors=sum(one.row["error"] is not None for one in answered),
                at=now,
            )
            dry = acquisition.trouble
            if open_items and isinstance(dry, OutOfTokensError) and _is_state(dry):
                until = now + timedelta(seconds=dry.wait_seconds)
                await run_rows.wait_for_tokens(session, run.id, until=until, at=now)
                return Progress.WAITING
            return Progress.RETRY if open_items else Progress.MORE

        progress, trouble = await self._services.database.write(unit), acquisition.trouble
        if progress is Progress.RETRY and trouble is not None and self._gives_up(run, trouble):
            raise trouble
        return progress

    async def _end(self, session: AsyncSession, run: run_rows.Run) -> Progress:
        """What it means that no item could be claimed."""
        if await run_items.has_open_items(session, run.id):
            return Progress.LEASED_ELSEWHERE
        now = self._services.clock.now()
        if run.state is not RunState.RUNNING:  # taken up again after its last item was answered
            await run_rows.set_state(session, run.id, RunState.RUNNING, at=now)
        await run_rows.set_state(session, run.id, RunState.SUCCEEDED, at=now)
        self._forget(run.id)
        return Progress.ENDED

    async def _fail(self, run_id: UUID, code: str, message: str) -> None:
        """End a run that cannot go on; what it has decided stays."""
        await self._services.database.write(
            run_rows.fail, run_id, code=code, message=message, at=self._services.clock.now()
        )
        self._forget(run_id)

    def _forget(self, run_id: UUID) -> None:
        """Drop what was remembered of a run that has ended."""
        del self._batches[run_id], self._troubles[run_id]

    @asynccontextmanager
    async def _renewed(self, lease: UUID) -> AsyncIterator[None]:
        """Keep a lease alive while its batch is worked on."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(LEASE.total_seconds() / 3)
                until = self._services.clock.now() + LEASE
                try:
                    await self._services.database.write(run_items.renew_lease, lease, until=until)
                except Exception:  # the batch itself is told if its lease is lost
                    log.warning("lease not renewed", exc_info=True)

        task = asyncio.create_task(renew())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})  # unlike awaiting it, this lets our own cancellation through

    async def _due(self) -> run_rows.Due:
        """The run to work on next, or how long there is nothing to do."""
        return await self._services.database.read(
            run_rows.next_due, self._services.clock.now(), is_sandbox=self._services.is_sandbox
        )

    async def _pause(self, run_id: UUID) -> float:
        """How long a run that cannot go on right now has to wait, in seconds."""
        now = self._services.clock.now()
        run = await self._services.database.read(run_rows.get, run_id)
        if run is not None and run.waiting_until is not None and run.waiting_until > now:
            return min((run.waiting_until - now).total_seconds(), LEASE.total_seconds())
        return 1.0

    async def _sleep(self, stop: asyncio.Event, seconds: float | None) -> None:
        """Sleep until there may be work: woken, stopped, or the time has come."""
        waits = [asyncio.create_task(event.wait()) for event in (stop, self._services.wake)]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()


def _failed(acquisition: Acquisition) -> bool:
    """True if Keepa failed; waiting for tokens is a state, not a failure."""
    return acquisition.trouble is not None and not is_dry(acquisition.trouble)


def _is_state(dry: OutOfTokensError) -> bool:
    """True if the run has to wait for tokens to come; not if only others are under way."""
    return dry.wait_seconds > RETRY_SECONDS


def _account(run: run_rows.Run) -> Account:
    """On whose account a run spends tokens."""
    purpose = run.params.get("purpose", run.kind)
    return Account(
        purpose=purpose,
        priority=Priority.PERSON if purpose == LOOKUP else Priority.RUN,
        run_id=run.id,
        most_tokens=run.params.get("max_tokens"),
    )
