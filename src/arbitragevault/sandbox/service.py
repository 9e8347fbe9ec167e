"""The HTTP side: Keepa's paths, envelopes, errors, compression and token account."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

import orjson
from isal import isal_zlib
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.bucket import Clock, Reading, TokenBucket
from arbitragevault.sandbox.crew import WorkerLostError
from arbitragevault.sandbox.endpoint import Ask, Handler, error_object
from arbitragevault.sandbox.faults import (
    DRIP_PIECES,
    SKEW_MS,
    SLOW_SECONDS,
    STALE_REFILL_MS,
    Faults,
    Trouble,
)
from arbitragevault.sandbox.request import (
    BadParameterError,
    ProductRequest,
    read_product_request,
)
from arbitragevault.sandbox.source import Source
from arbitragevault.sandbox.trackings import Trackings

_JSON: Final = "application/json;charset=UTF-8"
_GZIP: Final = 31
"""What zlib calls a gzip container."""
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
    """One request: path, query without the key, when it came, whose tokens, what goes wrong."""

    path: str
    query: Mapping[str, str]
    started: float
    key: str = ""
    body: bytes = b""
    bucket: TokenBucket | None = None
    trouble: Trouble = field(default_factory=Trouble)
    wanted: ProductRequest | None = None


_OK: Final = 200
_NO_READING: Final = Reading(0, 0, 0)
"""Without a key there is no bucket, and Keepa sends zeros (recorded)."""
_SELECTIONS: Final = frozenset({schema.FINDER.path, schema.DEALS.path})


@dataclass(slots=True)
class Service:
    """State and handlers of one sandbox.

    Args:
        source: Where product objects come from.
        refill_per_minute: The plan of every key.
        tokens: Balance of a new key; None fills the bucket.
        clock: Unix time in seconds.
        faults: Trouble to cause; None causes none.
        log: Where requests are noted.
        handlers: Every other endpoint by path.
        trackings: What is tracked; None where the source has nothing to track.
        buckets: Token buckets by key.
    """

    source: Source
    refill_per_minute: int
    tokens: int | None
    clock: Clock
    faults: Faults | None
    log: RequestLog
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    trackings: Trackings | None = None
    buckets: dict[str, TokenBucket] = field(default_factory=dict)

    async def answer(self, request: Request) -> Response:
        """Every path has in common: key, trouble, balance, envelope, log."""
        call = await self._read(request)
        if call.bucket is None:
            error = error_object("", schema.BAD_KEY_MESSAGE)
            return self._finish(call, schema.STATUS_REJECTED, {"error": error})
        await self._track(call)
        if call.trouble.delays:
            await asyncio.sleep(SLOW_SECONDS)
        if call.path == schema.TOKEN.path:
            response = self._finish(call, _OK)
        elif call.path == schema.PRODUCT.path:
            response = self._refused(call) or await self._products_for(call)
        else:
            response = self._refused(call) or await self._handled(call)
        return _spoilt(response, call.trouble)

    async def not_found(self, request: Request) -> Response:
        """Any other path, in Keepa's shape."""
        call = _Call(request.url.path.strip("/"), {}, self.clock())
        return self._finish(call, schema.STATUS_NOT_FOUND)

    async def not_allowed(self, request: Request) -> Response:
        """A known path by another method."""
        call = _Call(request.url.path.strip("/"), {}, self.clock())
        return self._finish(call, schema.STATUS_NOT_ALLOWED)

    async def show_log(self, _: Request) -> Response:
        """The request log, for whoever runs a sandbox of his own."""
        entries = [
            {"at": e.at, "path": e.path, "asins": e.asins, "codes": e.codes, "status": e.status,
             "tokens": e.tokens, "params": dict(e.params)}
            for e in self.log
        ]  # fmt: skip
        return _response({"requests": entries, "tokens": self.log.tokens}, 200)

    async def show_truth(self, request: Request) -> Response:
        """What really happened to a product, for whoever runs a sandbox of his own."""
        asin = request.query_params.get("asin", "")
        truth = await run_in_threadpool(self.source.truth, asin, self._minute(self.clock()))
        if truth is None:
            return _response({"asin": asin, "truth": None}, schema.STATUS_NOT_FOUND)
        return _response({"asin": asin, "truth": truth}, _OK)

    async def watch(self) -> None:
        """Look after trackings once a minute, whether anybody asks or not."""
        while True:
            await asyncio.sleep(schema.REFILL_TICK_MS / 1_000)
            if self.trackings is not None:
                await self.trackings.look(self._minute(self.clock()))

    async def _read(self, request: Request) -> _Call:
        query = dict(request.query_params)
        key, path = query.pop(schema.Param.KEY, ""), request.url.path.strip("/")
        if not key:
            return _Call(path, query, self.clock())
        body = await request.body()
        trouble = self.faults.draw() if self.faults else Trouble()
        return _Call(path, query, self.clock(), key, body, self._bucket(key), trouble)

    async def _track(self, call: _Call) -> None:
        """Let trackings catch up, and take what they cost from the refill."""
        if self.trackings is None or call.bucket is None:
            return
        await self.trackings.look(self._minute(call.started))
        call.bucket.reduce(lambda: self.trackings.reduction(call.key) if self.trackings else 0.0)

    def _refused(self, call: _Call) -> Response | None:
        """The answer where nothing is done: trouble, or an empty bucket."""
        status = call.trouble.status
        if status is None and call.bucket is not None and not call.bucket.admits():
            status = schema.STATUS_OUT_OF_TOKENS
        if status is None:
            return None
        response = self._finish(call, status)
        if status == schema.STATUS_UNAVAILABLE:
            # The backend behind Keepa's proxy is down, so nobody writes JSON.
            return Response("Service Unavailable", status, media_type="text/plain")
        return response

    async def _handled(self, call: _Call) -> Response:
        """Any endpoint but ``/product``."""
        ask = Ask(call.query, call.body, self._minute(call.started), call.key)
        try:
            reply = await run_in_threadpool(self.handlers[call.path], ask)
        except BadParameterError as error:
            return self._rejected(call, error)
        except WorkerLostError as error:
            return self._lost(call, error)
        if reply.image is not None:
            self._charge(call, _OK, reply.tokens)
            return Response(reply.image, _OK, media_type="image/png")
        return await run_in_threadpool(self._finish, call, _OK, reply.payload, reply.tokens)

    def _lost(self, call: _Call, error: WorkerLostError) -> Response:
        body = {"error": error_object("", str(error))}
        return self._finish(call, schema.STATUS_INTERNAL_ERROR, body)

    def _rejected(self, call: _Call, error: BadParameterError) -> Response:
        message = (
            schema.BAD_SELECTION_MESSAGE if call.path in _SELECTIONS else schema.BAD_KEY_MESSAGE
        )
        body = {"error": error_object(error.name, message)}
        return self._finish(call, schema.STATUS_REJECTED, body)

    async def _products_for(self, call: _Call) -> Response:
        """``/product`` proper."""
        now = self._minute(call.started)
        try:
            wanted = read_product_request(call.query, now)
        except BadParameterError as error:
            return self._rejected(call, error)
        call = replace(call, wanted=wanted)
        try:
            products, tokens = await run_in_threadpool(self._products, wanted, now)
        except WorkerLostError as error:
            return self._lost(call, error)
        payload = {} if products is None else {schema.PRODUCT.payload or "": products}
        return await run_in_threadpool(self._finish, call, _OK, payload, tokens)

    @staticmethod
    def _minute(seconds: float) -> int:
        return schema.minute_of_unix_ms(int(seconds * 1_000))

    def _products(self, request: ProductRequest, now: int) -> tuple[list[Any] | None, int]:
        """The product objects and their cost; None where no id could be an ASIN."""
        asins = [asin for asin in request.asins if len(asin) == _ASIN_LENGTH and asin.isalnum()]
        if request.asins and not asins:
            return None, 0
        for code in request.codes:
            asins += self.source.asins_of(code, request.domain)[: request.code_limit]
        answers = self.source.products(asins, request, now)
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
        reading = self._charge(call, status, tokens)
        ended = self.clock()
        skew = SKEW_MS if call.trouble.is_skewed else 0
        values = (
            int(ended * 1_000) + skew,
            reading.balance,
            STALE_REFILL_MS if call.trouble.is_stale else reading.refill_in_ms,
            reading.refill_rate,
            reading.flow_reduction,
            tokens,
            max(0, int((ended - call.started) * 1_000)),
        )
        return _response(
            {**dict(zip(schema.ENVELOPE_FIELDS, values, strict=True)), **payload}, status
        )

    def _charge(self, call: _Call, status: int, tokens: int) -> Reading:
        self._note(call, status, tokens)
        return call.bucket.charge(tokens) if call.bucket else _NO_READING

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


def _spoilt(response: Response, trouble: Trouble) -> Response:
    """An answer as it arrives when the line is bad."""
    body = bytes(response.body)
    if trouble.truncates:
        body = body[: len(body) // 2]
        response.body = body
        response.headers["content-length"] = str(len(body))
    if not trouble.drips:
        return response
    return StreamingResponse(_pieces(body), response.status_code, headers=dict(response.headers))


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body in pieces, with pauses between them."""
    size = max(1, -(-len(body) // DRIP_PIECES))
    for start in range(0, len(body), size):
        await asyncio.sleep(SLOW_SECONDS / DRIP_PIECES)
        yield body[start : start + size]


def _response(body: Mapping[str, Any], status: int) -> Response:
    """JSON, compressed whether the client asked for it or not, as Keepa does."""
    raw = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(
        isal_zlib.compress(raw, 1, _GZIP),
        status,
        headers={
            "content-type": _JSON,
            "content-encoding": "gzip",
            "content-uncompressed-length": str(len(raw)),
            "cache-control": "no-store, match-revalidate",
            "server": "Keepa.com/2.0",
        },
    )
