"""A product as Keepa sends it, and a server that answers whatever the test tells it to.

The server is no Keepa: it knows no tokens and no products. It exists so that the client meets real
sockets, broken compression and silence, which no transport inside the process can show.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

UPDATED = 8_000_000
"""Market minute of the product's last update: 2026-03-18T13:20Z."""
SECOND_OF_EPOCH = 21_564_000 * 60
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")


def product(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A product object; given fields replace or add, those given as ``...`` are removed."""
    csv: list[list[int] | None] = [None] * 36
    csv[0] = [7_000_000, 2500, 7_900_000, -1]
    csv[1] = [7_000_000, 2400, 7_500_000, -1, 7_900_000, 2300]
    csv[3] = [7_000_000, 150_000, 7_950_000, 120_000]
    csv[11] = [7_000_000, 4, 7_500_000, -1, 7_900_000, 3]
    csv[18] = [7_000_000, 2300, 399, 7_500_000, -1, -1, 7_900_000, 2400, -1]
    csv[34] = [7_900_000, 2]
    made: dict[str, Any] = {
        "csv": csv,
        "asin": "0593655036",
        "domainId": 1,
        "productType": 0,
        "title": "The <b>Made</b> Book &amp; its Sequel",
        "lastUpdate": UPDATED,
        "rootCategory": 283155,
        "categoryTree": [{"catId": 283155, "name": "Books"}, {"catId": 28, "name": "Teens"}],
        "salesRankReference": 283155,
        "salesRanks": {"283155": [7_000_000, 150_000], "28": [7_000_000, 500]},
        "eanList": ["9780593655030"],
        "packageLength": 236,
        "packageWidth": 160,
        "packageHeight": 32,
        "packageWeight": 599,
        "availabilityAmazon": -1,
        "fbaFees": {"lastUpdate": 7_990_000, "pickAndPackFee": 568},
        "referralFeePercentage": 14.97,
        "variableClosingFee": 180,
        "offers": None,
        "liveOffersOrder": None,
        "offersSuccessful": False,
        "buyBoxSellerIdHistory": None,
        "stats": {"current": [-1] * 36},
    }
    made.update(fields)
    return {name: value for name, value in made.items() if value is not ...}


def offer(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """An offer object; given fields replace or add, those given as ``...`` are removed."""
    made: dict[str, Any] = {
        "offerId": 7,
        "sellerId": "A2SELLER",
        "condition": 1,
        "lastSeen": UPDATED,
        "isFBA": False,
        "isAmazon": False,
        "isPrime": False,
        "isShippable": True,
        "isWarehouseDeal": False,
        "isMAP": False,
        "isPreorder": False,
        "offerCSV": [7_900_000, 2500, 399, 7_950_000, 2400, 0],
    }
    made.update(fields)
    return {name: value for name, value in made.items() if value is not ...}


def envelope(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """The envelope of an answer given two minutes after the product's last update."""
    return {
        "timestamp": (UPDATED + 2) * 60_000 + SECOND_OF_EPOCH * 1_000,
        "tokensLeft": 299,
        "refillIn": 30_000,
        "refillRate": 5,
        "tokenFlowReduction": 0.0,
        "tokensConsumed": 1,
        "processingTimeInMs": 600,
    } | fields


@pytest.fixture(scope="session")
def make_product() -> Callable[..., dict[str, Any]]:
    return product


@pytest.fixture(scope="session")
def make_offer() -> Callable[..., dict[str, Any]]:
    return offer


@pytest.fixture(scope="session")
def make_envelope() -> Callable[..., dict[str, Any]]:
    return envelope


@dataclass
class Reply:
    """What the server does with one request.

    Args:
        status: HTTP status.
        body: Sent as it is if bytes, else as JSON.
        compress: Send it gzipped, as Keepa always does.
        keep: Share of the compressed body that is sent before the connection closes in order.
        delay: Seconds of silence first.
        hang_up: Close the connection without a word.
    """

    status: int = 200
    body: Any = None
    compress: bool = True
    keep: float = 1.0
    delay: float = 0.0
    hang_up: bool = False

    def sent(self) -> bytes:
        """The response as bytes."""
        plain = self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)
        content = gzip.compress(plain) if self.compress else plain
        content = content[: int(len(content) * self.keep)]
        encoding = "content-encoding: gzip\r\n" if self.compress else ""
        return (
            f"HTTP/1.1 {self.status} -\r\ncontent-type: application/json;charset=UTF-8\r\n"
            f"{encoding}content-length: {len(content)}\r\n\r\n"
        ).encode() + content


@dataclass
class Server:
    """A server that gives the scripted replies in turn, the last one for ever."""

    replies: list[Reply] = field(default_factory=list)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    token_reply: Reply = field(default_factory=lambda: Reply(body=envelope(tokensConsumed=0)))
    address: str = ""
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                target = urlsplit(head.split(b" ", 2)[1].decode())
                query = {name: values[0] for name, values in parse_qs(target.query).items()}
                if size := _LENGTH.search(head):
                    self.posted.append(await reader.readexactly(int(size[1])))
                reply = self._next(target.path)
                self.seen.append((target.path, query))
                if target.path != "/token":
                    self.was_asked.set()
                await asyncio.sleep(reply.delay)
                if reply.hang_up:
                    break
                writer.write(reply.sent())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _next(self, path: str) -> Reply:
        if path == "/token":
            return self.token_reply
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    @property
    def asked(self) -> list[dict[str, str]]:
        """The queries of the product requests."""
        return [query for path, query in self.seen if path == "/product"]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server on a port of its own."""
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()[:2]
    made.address = f"http://{host}:{port}"
    async with listening:
        yield made


@pytest.fixture(scope="session")
def make_reply() -> Callable[..., Reply]:
    return Reply
