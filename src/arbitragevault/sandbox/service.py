"""The HTTP side: Keepa's paths, envelopes, errors, compression and token account."""

from __future__ import annotations

import asyncio
import gzip
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.bucket import Clock, Reading, TokenBucket
from arbitragevault.sandbox.faults import SLOW_SECONDS, Faults, Trouble
from arbitragevault.sandbox.request import (
    BadParameterError,
    ProductRequest,
    read_product_request,
)
from arbitragevault.sandbox.source import Source

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
        return [asin for entry in self if entry.status == _OK for asin in entry.asins]

    @property
    def tokens(self) -> int:
        """What all requests cost."""
        return sum(entry.tokens for entry in self)


METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class _Call:
    """One request: path, query without the key, when it came, whose tokens, what it asks for."""

    path: str
    query: Mapping[str, str]
    started: float
    bucket: TokenBucket | None = None
    wanted: ProductRequest | None = None


_OK: Final = 200
_NO_READING: Final = Reading(0, 0, 0)
"""Without a key there is no bucket, and Keepa sends zeros (recorded)."""


@dataclass(slots=True)
class Service:
    """State and handlers of one sandbox.

    Args:
        source: What it serves.
        refill_per_minute: The plan of every key.
        tokens: Balance of a new key; None fills the bucket.
        clock: Unix time in seconds.
        faults: Trouble to cause; None causes none.
        log: Where requests are noted.
        buckets: Token buckets by key.
    """

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
        call = _Call(request.url.path.strip("/"), {}, self.clock())
        return self._finish(call, schema.STATUS_NOT_FOUND)

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
        query = dict(request.query_params)
        key = query.pop(schema.Param.KEY, "")
        if not key:
            call = _Call(path, query, self.clock())
            return self._finish(call, schema.STATUS_REJECTED, {"error": _error("")})
        call = _Call(path, query, self.clock(), self._bucket(key))
        trouble = self.faults.draw() if self.faults else Trouble()
        if trouble.delays:
            await asyncio.sleep(SLOW_SECONDS)
        if path == schema.TOKEN.path:
            return self._finish(call, _OK)
        response = self._refused(call, trouble) or await self._products_for(call)
        if trouble.truncates:
            response.body = response.body[: len(response.body) // 2]
            response.headers["content-length"] = str(len(response.body))
        return response

    def _refused(self, call: _Call, trouble: Trouble) -> Response | None:
        """The answer where nothing is done: trouble, or an empty bucket."""
        status = trouble.status
        if status is None and call.bucket is not None and not call.bucket.admits():
            status = schema.STATUS_OUT_OF_TOKENS
        if status is None:
            return None
        response = self._finish(call, status)
        if status == schema.STATUS_UNAVAILABLE:
            # The backend behind Keepa's proxy is down, so nobody writes JSON.
            return Response("Service Unavailable", status, media_type="text/plain")
        return response

    async def _products_for(self, call: _Call) -> Response:
        """``/product`` proper."""
        now = schema.minute_of_unix_ms(int(call.started * 1_000))
        try:
            wanted = read_product_request(call.query, now)
        except BadParameterError as error:
            return self._finish(call, schema.STATUS_REJECTED, {"error": _error(error.name)})
        call = replace(call, wanted=wanted)
        products, tokens = await run_in_threadpool(self._products, wanted, now)
        payload = {} if products is None else {schema.PRODUCT.payload or "": products}
        return await run_in_threadpool(self._finish, call, _OK, payload, tokens)

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

    def _bucket(self, key: str) -> TokenBucket:
        if key not in self.buckets:
            self.buckets[key] = TokenBucket(self.refill_per_minute, self.clock, tokens=self.tokens)
        return self.buckets[key]

    def _finish(
        self,
        call: _Call,
        status: int,
        payload: Mapping[str, Any] = MappingProxyType({}),
        tokens: int = 0,
    ) -> Response:
        """Charge, note and write an answer."""
        self._note(call, status, tokens)
        reading = call.bucket.charge(tokens) if call.bucket else _NO_READING
        ended = self.clock()
        values = (
            int(ended * 1_000),
            reading.balance,
            reading.refill_in_ms,
            reading.refill_rate,
            0.0,
            tokens,
            max(0, int((ended - call.started) * 1_000)),
        )
        return _response(
            {**dict(zip(schema.ENVELOPE_FIELDS, values, strict=True)), **payload}, status
        )

    def _note(self, call: _Call, status: int, tokens: int) -> None:
        ids = (schema.Param.ASIN, schema.Param.CODE)
        self.log.entries.append(
            LogEntry(
                at=call.started,
                path=call.path,
                asins=call.wanted.asins if call.wanted else (),
                codes=call.wanted.codes if call.wanted else (),
                status=status,
                tokens=tokens,
                params={name: value for name, value in call.query.items() if name not in ids},
            )
        )


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
