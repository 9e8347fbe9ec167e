"""The HTTP side: Keepa's paths, envelopes, errors, compression and token account.

An ASGI application. It can be mounted in-process as a transport, or served on a port.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.bucket import Clock, Reading, TokenBucket
from arbitragevault.sandbox.faults import SLOW_SECONDS, Faults, Trouble
from arbitragevault.sandbox.request import (
    BadParameterError,
    ProductRequest,
    read_product_request,
)
from arbitragevault.sandbox.source import Source

DEFAULT_REFILL: Final = 1_200
"""Tokens per minute of the built-in sandbox: generous, so that a first scan never waits."""
_JSON: Final = "application/json;charset=UTF-8"
_ASIN_LENGTH: Final = 10
_LOG_ENTRIES: Final = 20_000


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request that the sandbox answered.

    Args:
        at: Unix time in seconds.
        path: Path without slashes.
        asins / codes: What was asked for.
        status: HTTP status.
        tokens: What it cost.
        params: The other query parameters, the key left out.
    """

    at: float
    path: str
    asins: tuple[str, ...]
    codes: tuple[str, ...]
    status: int
    tokens: int
    params: Mapping[str, str]


@dataclass(slots=True)
class RequestLog:
    """The last requests, oldest first."""

    entries: deque[LogEntry] = field(default_factory=lambda: deque(maxlen=_LOG_ENTRIES))

    def __iter__(self) -> Iterator[LogEntry]:
        return iter(tuple(self.entries))

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def asins(self) -> list[str]:
        """Every ASIN that was asked for with success, repetitions included."""
        return [asin for entry in self if entry.status == 200 for asin in entry.asins]

    @property
    def tokens(self) -> int:
        """What all requests cost."""
        return sum(entry.tokens for entry in self)


def create_sandbox(
    source: Source,
    *,
    refill_per_minute: int = DEFAULT_REFILL,
    tokens: int | None = None,
    clock: Clock = time.time,
    faults: Faults | None = None,
    request_log: RequestLog | None = None,
    shows_log: bool = False,
) -> Starlette:
    """A Keepa-compatible ASGI application.

    Args:
        source: What it serves.
        refill_per_minute: The plan of every key; the bucket holds 60 times as many.
        tokens: Balance of a new key; None fills the bucket.
        clock: Unix time in seconds; simulated products are as of this time.
        faults: Trouble to cause; None causes none.
        request_log: Where requests are noted.
        shows_log: Serve the log at ``/_sandbox/log`` (not part of Keepa).
    """
    service = _Service(
        source, refill_per_minute, tokens, clock, faults, request_log or RequestLog()
    )
    routes = [
        Route(f"/{path}{slash}", endpoint)
        for path, endpoint in (
            (schema.PRODUCT.path, service.product),
            (schema.TOKEN.path, service.token),
        )
        for slash in ("", "/")
    ]
    if shows_log:
        routes.append(Route("/_sandbox/log", service.show_log))
    routes.append(Route("/{path:path}", service.not_found, methods=_METHODS))
    return Starlette(routes=routes)


_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(slots=True)
class _Service:
    """State and handlers of one sandbox."""

    source: Source
    refill_per_minute: int
    tokens: int | None
    clock: Clock
    faults: Faults | None
    log: RequestLog
    buckets: dict[str, TokenBucket] = field(default_factory=dict)

    async def product(self, request: Request) -> Response:
        """``/product``."""
        return await self._answer(request, schema.PRODUCT.path)

    async def token(self, request: Request) -> Response:
        """``/token``."""
        return await self._answer(request, schema.TOKEN.path)

    async def not_found(self, request: Request) -> Response:
        """Any other path, in Keepa's shape."""
        self._note(request.url.path.strip("/"), 404, 0, (), (), {})
        return _response(self._envelope(None, 0, started=self.clock()), schema.STATUS_NOT_FOUND)

    async def show_log(self, _: Request) -> Response:
        """The request log, for whoever runs a sandbox of his own."""
        entries = [
            {"at": e.at, "path": e.path, "asins": e.asins, "codes": e.codes, "status": e.status,
             "tokens": e.tokens, "params": dict(e.params)}
            for e in self.log
        ]  # fmt: skip
        return _response({"requests": entries, "tokens": self.log.tokens}, 200)

    async def _answer(self, request: Request, path: str) -> Response:
        """What every path has in common: key, trouble, balance, envelope, log."""
        started = self.clock()
        query = dict(request.query_params)
        key = query.pop(schema.Param.KEY, "")
        if not key:
            return _response(_bad_key(started), schema.STATUS_REJECTED)
        trouble = self.faults.draw() if self.faults else Trouble()
        if trouble.delays:
            await asyncio.sleep(SLOW_SECONDS)
        bucket = self._bucket(key)
        if path == schema.TOKEN.path:
            return self._finish(path, bucket, 200, 0, {}, started, query)
        refusal = self._refusal(bucket, trouble)
        if refusal is not None:
            self._note(path, refusal, 0, (), (), query)
            if refusal == schema.STATUS_UNAVAILABLE:
                return Response("Service Unavailable", refusal, media_type="text/plain")
            return _response(self._envelope(bucket.charge(0), 0, started=started), refusal)
        now = schema.minute_of_unix_ms(int(started * 1_000))
        try:
            wanted = read_product_request(query, now)
        except BadParameterError as error:
            return self._finish(path, bucket, 400, 0, {"error": _error(error.name)}, started, query)
        products, tokens = await run_in_threadpool(self._products, wanted, now)
        payload = {} if products is None else {schema.PRODUCT.payload or "": products}
        response = self._finish(path, bucket, 200, tokens, payload, started, query, wanted)
        if trouble.truncates:
            response.body = response.body[: len(response.body) // 2]
            response.headers["content-length"] = str(len(response.body))
        return response

    def _products(self, request: ProductRequest, now: int) -> tuple[list[Any] | None, int]:
        """The product objects and their cost; None where no id could be an ASIN."""
        asins = [asin for asin in request.asins if len(asin) == _ASIN_LENGTH and asin.isalnum()]
        if request.asins and not asins:
            return None, 0
        for code in request.codes:
            asins += self.source.asins_of(code, request.domain)[: request.code_limit]
        answers = [self.source.product(asin, request, now) for asin in asins]
        bodies = [answer.body for answer in answers if answer.body is not None]
        return bodies, sum(answer.tokens for answer in answers)

    @staticmethod
    def _refusal(bucket: TokenBucket, trouble: Trouble) -> int | None:
        if trouble.status is not None:
            return trouble.status
        return None if bucket.admits() else schema.STATUS_OUT_OF_TOKENS

    def _bucket(self, key: str) -> TokenBucket:
        if key not in self.buckets:
            self.buckets[key] = TokenBucket(self.refill_per_minute, self.clock, tokens=self.tokens)
        return self.buckets[key]

    def _finish(
        self,
        path: str,
        bucket: TokenBucket,
        status: int,
        tokens: int,
        payload: Mapping[str, Any],
        started: float,
        query: Mapping[str, str],
        wanted: ProductRequest | None = None,
    ) -> Response:
        """Charge, note and write an answer."""
        asins, codes = (wanted.asins, wanted.codes) if wanted else ((), ())
        self._note(path, status, tokens, asins, codes, query)
        envelope = self._envelope(bucket.charge(tokens), tokens, started=started)
        return _response({**envelope, **payload}, status)

    def _envelope(self, reading: Reading | None, tokens: int, *, started: float) -> dict[str, Any]:
        """The fields that every answer begins with, in Keepa's order."""
        known = reading or Reading(0, 0, 0)
        now = self.clock()
        values = (
            int(now * 1_000),
            known.balance,
            known.refill_in_ms,
            known.refill_rate,
            0.0,
            tokens,
            max(0, int((now - started) * 1_000)),
        )
        return dict(zip(schema.ENVELOPE_FIELDS, values, strict=True))

    def _note(
        self,
        path: str,
        status: int,
        tokens: int,
        asins: tuple[str, ...],
        codes: tuple[str, ...],
        query: Mapping[str, str],
    ) -> None:
        others = {k: v for k, v in query.items() if k not in (schema.Param.ASIN, schema.Param.CODE)}
        self.log.entries.append(LogEntry(self.clock(), path, asins, codes, status, tokens, others))


def _bad_key(at: float) -> dict[str, Any]:
    """The body of a refused key, as recorded: its token fields are no reading of a bucket."""
    values = (int(at * 1_000), 0, 0, 0, 0.0, 0, 0)
    return {**dict(zip(schema.ENVELOPE_FIELDS, values, strict=True)), "error": _error("")}


def _error(details: str) -> dict[str, str]:
    return {
        "type": schema.ERROR_INVALID_PARAMETER,
        "message": schema.BAD_KEY_MESSAGE,
        "details": details,
    }


def _response(body: Mapping[str, Any], status: int) -> Response:
    """JSON, compressed whether the client asked for it or not, as Keepa does."""
    raw = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(
        gzip.compress(raw, compresslevel=1),
        status,
        headers={
            "content-type": _JSON,
            "content-encoding": "gzip",
            "content-uncompressed-length": str(len(raw)),
            "cache-control": "no-store, match-revalidate",
            "server": "Keepa.com/2.0",
        },
    )
