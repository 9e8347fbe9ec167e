"""Event streams that end when the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final, TypeVar

Item = TypeVar("Item")


class Bye:
    """The last thing that a stream says when the server stops before the stream has ended."""


BYE: Final = Bye()


async def until_stopped(
    items: AsyncIterator[Item], stopping: asyncio.Event
) -> AsyncIterator[Item | Bye]:
    """The items as they come; ``BYE`` and the end as soon as the server stops.

    Args:
        items: What is streamed.
        stopping: Set when the server stops.
    """
    stopped = asyncio.ensure_future(stopping.wait())
    coming: asyncio.Future[Item] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(anext(items))
            await asyncio.wait({coming, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                yield BYE
                return
            try:
                item = coming.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        for task in (coming, stopped):
            if task is not None and not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError, StopAsyncIteration):
                    await task
