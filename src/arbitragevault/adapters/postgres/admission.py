"""Who works on the database when more want to than there are connections.

Units of work wait for a seat, first come, first served: hundreds of clients at once are served one
after the other instead of being refused. There are fewer seats than connections. What the program
does in the background takes none: it holds leases that run out, and must not stand behind a crowd.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Final

from arbitragevault.domain.errors import DatabaseBusyError

WAIT_SECONDS: Final = 60.0
"""How long a unit waits for its seat: 500 clients are served once in some ten seconds."""

_needs_no_seat: ContextVar[bool] = ContextVar("needs_no_seat", default=False)


class Admission:
    """The seats of one pool.

    Args:
        seats: How many units may work at once.
        wait_seconds: How long a unit waits for its seat.
    """

    def __init__(self, seats: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self.seats = seats
        self.wait_seconds = wait_seconds
        self._free = asyncio.Semaphore(seats)

    @asynccontextmanager
    async def seat(self) -> AsyncIterator[None]:
        """A seat for as long as the block lasts.

        Raises:
            DatabaseBusyError: If none becomes free in time.
        """
        if _needs_no_seat.get():
            yield
            return
        try:
            async with asyncio.timeout(self.wait_seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise DatabaseBusyError(
                f"All {self.seats} database connections for requests have been busy for "
                f"{self.wait_seconds:g} seconds. Try again in a moment."
            ) from error
        try:
            yield
        finally:
            self._free.release()


@contextmanager
def without_queueing() -> Iterator[None]:
    """Let units of this task, and of tasks that it starts, go past those that wait."""
    token = _needs_no_seat.set(True)
    try:
        yield
    finally:
        _needs_no_seat.reset(token)
