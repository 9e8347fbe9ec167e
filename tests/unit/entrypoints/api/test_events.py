import asyncio
from collections.abc import AsyncIterator

import pytest

from arbitragevault.entrypoints.api.events import BYE, until_stopped


async def numbers() -> AsyncIterator[int]:
    for number in range(3):
        yield number


async def test_a_stream_ends_by_itself() -> None:
    assert [item async for item in until_stopped(numbers(), asyncio.Event())] == [0, 1, 2]


async def test_a_stream_says_goodbye_when_the_server_stops() -> None:
    stopping = asyncio.Event()

    async def endless() -> AsyncIterator[int]:
        yield 1
        stopping.set()
        await asyncio.sleep(60)

    assert [item async for item in until_stopped(endless(), stopping)] == [1, BYE]


async def test_a_reader_that_leaves_ends_what_it_waited_for() -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.sleep(60)
        finally:
            closed.set()

    stream = until_stopped(endless(), asyncio.Event())
    assert await anext(stream) == 1
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert closed.is_set()


async def test_trouble_of_the_source_reaches_the_reader() -> None:
    async def broken() -> AsyncIterator[int]:
        yield 1
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError, match="gone"):
        _ = [item async for item in until_stopped(broken(), asyncio.Event())]
