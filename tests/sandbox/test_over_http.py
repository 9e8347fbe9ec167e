"""The sandbox on a port of its own, asked by the program's own client over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.sandbox.server import create_sandbox, run_sandbox, simulated


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    app = create_sandbox(simulated(seed=7, size=200), shows_log=True)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        run_sandbox(app, host="127.0.0.1", port=0, on_ready=ready.set_result)
    )
    yield await asyncio.wait_for(ready, 10)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_products_travel_over_a_socket(address: str) -> None:
    asins = simulated(seed=7, size=200).marketplace.asins[:20]
    async with httpx2.AsyncClient(base_url=address) as client:
        query = {"key": "k", "domain": "1", "asin": ",".join(asins), "stats": "90"}
        answer = (await client.get("/product", params=query)).json()
        shown = (await client.get("/_sandbox/log")).json()
    assert [product["asin"] for product in answer["products"]] == list(asins)
    assert shown["requests"][-1]["asins"] == list(asins)


async def test_a_taken_port_is_one_clear_message(address: str) -> None:
    port = int(address.rsplit(":", 1)[1])
    app = create_sandbox(simulated(seed=7, size=10))
    with pytest.raises(ConfigurationError, match="Choose another port"):
        await run_sandbox(app, host="127.0.0.1", port=port, on_ready=lambda _: None)
