"""The asynchronous client of Keepa, and of anything that speaks its language.

Every answer is read for its envelope before its status is looked at, because the balance is in
there. Before a request is sent, what it may cost at worst is reserved. The client waits for seconds
at most: a dry bucket is an error that says how long, and whoever runs the work decides to wait.

Answers are parsed and decoded in threads, so that a large one keeps nobody waiting.

The key travels in the query string, so no address is ever logged or put into an error.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from random import SystemRandom
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx2

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.requests import ProductRequest, markets_by_code
from arbitragevault.adapters.keepa.tokens import Reservation, TokenBucket
from arbitragevault.adapters.keepa.wire import ProductAnswer, read_answer
from arbitragevault.adapters.keepa.wire_fields import Fields, parse_object
from arbitragevault.domain.catalog.marketplace import marketplace_by_keepa_domain
from arbitragevault.domain.errors import (
    KeepaRejectedError,
    KeepaUnavailableError,
    OutOfTokensError,
    PayloadError,
)

__all__ = ["KeepaClient", "ProductRequest", "RetryPolicy", "Timeouts"]

_Parsed = TypeVar("_Parsed")

STALE_SECONDS: Final = 60.0
"""A balance older than this is asked for again, which is free, before a request is refused for it:
another program may use the same key."""
BLIND_WAIT_SECONDS: Final = 60.0
"""How long to wait if a 429 does not tell the balance: tokens come once a minute."""
PNG_MAGIC: Final = b"\x89PNG\r\n\x1a\n"
"""How every PNG file starts (PNG specification, 5.2)."""
_CONNECTIONS: Final = 8
_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    Args:
        connect: For a connection.
        read: For an answer; Keepa takes about 0.6 s.
        read_offers: For an answer with live offers; Keepa takes 2-20 s per product.
    """

    connect: float = 5.0
    read: float = 30.0
    read_offers: float = 150.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and after how long, a request is sent again that failed through no fault of ours.

    Args:
        attempts: How often it is sent at most.
        first_seconds: Longest pause before the second attempt; doubles with each one.
        most_seconds: Longest pause at all.
    """

    attempts: int = 4
    first_seconds: float = 0.5
    most_seconds: float = 8.0

    def pause(self, attempt: int) -> float:
        """A pause after an attempt (1, 2, ...), at random so that clients do not march in step."""
        longest = min(self.first_seconds * 2 ** (attempt - 1), self.most_seconds)
        return _random.uniform(longest / 2, longest)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of Keepa.

    Args:
        endpoint: The path.
        params: The query parameters, without the key.
        body: JSON to post; None gets.
        worst_case: Tokens that it costs at worst.
        read_seconds: How long to wait for the answer.
    """

    endpoint: schema.Endpoint
    params: Mapping[str, str]
    body: bytes | None
    worst_case: int
    read_seconds: float


class _PassingTroubleError(Exception):
    """An attempt failed in a way that may be gone in a second."""


class _HideKeys(logging.Filter):
    """httpx logs the address of every request; this takes the key out of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.getMessage()
        hidden = re.sub(r"([?&]key=)[^&\s\"']+", r"\1***", told)
        if hidden != told:
            record.msg, record.args = hidden, ()
        return True


_HIDE_KEYS: Final = _HideKeys()


class KeepaClient:
    """Speaks to Keepa over one pool of connections. Use it as an async context manager.

    Args:
        base_url: Keepa's address, or another server's that speaks its language.
        api_key: The key.
        transport: Where to send requests instead of the network, for a sandbox in the process.
        bucket: The token bucket of the key; None for a new one.
        timeouts: How long to wait.
        retries: How often to try again.
        monotonic: A clock in seconds that never runs backwards; the bucket counts in it.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        bucket: TokenBucket | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.bucket = bucket or TokenBucket()
        self.key_digest = hashlib.sha256(api_key.encode()).hexdigest()
        self._base_url = base_url.rstrip("/")
        self._key = api_key
        self.timeouts = timeouts or Timeouts()
        self._retries = retries or RetryPolicy()
        self._monotonic = monotonic
        self._heard_at = float("-inf")
        self._asking = asyncio.Lock()
        logging.getLogger("httpx2").addFilter(_HIDE_KEYS)
        self._http = httpx2.AsyncClient(
            transport=transport,
            limits=httpx2.Limits(max_connections=_CONNECTIONS),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def products(self, request: ProductRequest) -> ProductAnswer:
        """Ask for up to 100 products.

        Ask with ``ProductRequest.for_asins`` or ``for_codes`` for more: one answer after the other
        can be stored as it comes, so that nothing that was paid for is lost to a later failure.

        Raises:
            OutOfTokensError: If the bucket cannot pay for the worst case now.
            KeepaRejectedError: If Keepa refuses the key or a parameter.
            KeepaUnavailableError: If Keepa cannot be reached or answers brokenly again and again.
            PayloadError: If the answer is whole but of another form than Keepa's.
            InvalidInputError: If the bucket can never hold the worst case, or the domain is
                unknown.
        """
        marketplace = marketplace_by_keepa_domain(request.domain)
        document = await self.ask(
            schema.PRODUCT,
            request.params(),
            worst_case=request.worst_case_tokens,
            read_seconds=(
                self.timeouts.read if request.offers is None else self.timeouts.read_offers
            ),
        )
        answer = await asyncio.to_thread(read_answer, document, marketplace=marketplace)
        if answer.envelope.tokens_left is None and not answer.markets:
            raise PayloadError(
                "The answer has neither products nor a token balance, so it does not come from "
                "Keepa; check the address of the server."
            )
        return replace(answer, missing=_missing(request, answer))

    async def token_status(self) -> Envelope:
        """Ask for the balance, which is free; Keepa wants it asked rarely.

        Raises:
            KeepaRejectedError: If Keepa refuses the key.
            KeepaUnavailableError: If Keepa cannot be reached.
        """
        return read_envelope(await self.ask(schema.TOKEN, {}, worst_case=0))

    async def ask(
        self,
        endpoint: schema.Endpoint,
        params: Mapping[str, str],
        *,
        worst_case: int,
        read_seconds: float | None = None,
        body: bytes | None = None,
    ) -> Fields:
        """Ask anything of Keepa that it answers with a JSON object.

        Args:
            endpoint: The path, and the field that carries its payload.
            params: The query parameters, without the key.
            worst_case: Tokens that the answer may cost at worst; they are reserved before.
            read_seconds: How long to wait for the answer; None for the usual time.
            body: JSON to post; None gets.

        Returns:
            The fields of the answer, its envelope (``read_envelope``) among them. An error that
            Keepa reports beside a payload is for the caller to read.

        Raises:
            OutOfTokensError: If the bucket cannot pay for the worst case now.
            KeepaRejectedError: If Keepa refuses the key or a parameter.
            KeepaUnavailableError: If Keepa cannot be reached or answers brokenly again and again.
            InvalidInputError: If the bucket can never hold the worst case.
        """
        question = _Question(endpoint, params, body, worst_case, read_seconds or self.timeouts.read)
        return await self._until_answered(question, self._read_fields)

    async def ask_image(
        self,
        endpoint: schema.Endpoint,
        params: Mapping[str, str],
        *,
        worst_case: int,
        read_seconds: float | None = None,
    ) -> bytes:
        """Ask for a PNG, which comes without an envelope.

        Nothing tells what it did cost, so the worst case is assumed until another answer tells the
        balance. Arguments and errors are those of ``ask``.
        """
        question = _Question(endpoint, params, None, worst_case, read_seconds or self.timeouts.read)
        return await self._until_answered(question, self._read_image)

    async def _until_answered(
        self,
        question: _Question,
        read: Callable[[_Question, Reservation, int, bytes], Awaitable[_Parsed]],
    ) -> _Parsed:
        """Send a request until it is answered, and give what is read from the answer."""
        trouble = ""
        for attempt in range(1, self._retries.attempts + 1):
            if attempt > 1:
                await asyncio.sleep(self._retries.pause(attempt - 1))
            reservation = await self._reserve(question.worst_case)
            try:
                status, raw = await self._send(question, reservation)
                return await read(question, reservation, status, raw)
            except _PassingTroubleError as error:
                trouble = str(error)
            finally:
                # Whatever the attempt has not settled may have been paid for (an answer that was
                # lost, a task that was cancelled); a settled reservation is no longer there.
                self.bucket.forfeit(reservation)
        raise KeepaUnavailableError(
            f"Keepa failed {self._retries.attempts} times, at last: {trouble}. Try again later."
        )

    async def _reserve(self, tokens: int) -> Reservation:
        """Speak for the worst case, after having found out the balance if it is not known."""
        if tokens:
            async with self._asking:
                if self.bucket.reading is None:
                    await self.token_status()
        reserved = self.bucket.reserve(tokens, self._monotonic())
        if not isinstance(reserved, Reservation) and self._is_stale():
            await self.token_status()
            reserved = self.bucket.reserve(tokens, self._monotonic())
        if isinstance(reserved, Reservation):
            return reserved
        raise self._out_of_tokens(tokens, reserved)

    def _is_stale(self) -> bool:
        return self._monotonic() - self._heard_at >= STALE_SECONDS

    async def _read_fields(
        self, question: _Question, reservation: Reservation, status: int, raw: bytes
    ) -> Fields:
        """The fields of an answer; settles or releases the reservation if its fate is known."""
        arrived = self._monotonic()
        try:
            document = await asyncio.to_thread(parse_object, raw)
        except PayloadError as error:
            raise self._without_envelope(status, error, reservation) from None
        envelope = read_envelope(document)
        self._heard_at = arrived
        self.bucket.settle(reservation, envelope, arrived)
        if status == schema.STATUS_OUT_OF_TOKENS:
            raise self._out_of_tokens(reservation.tokens, None)
        if status >= schema.STATUS_INTERNAL_ERROR:
            raise _PassingTroubleError(self._told(status, envelope))
        if status != httpx2.codes.OK or (
            # An answer of status 200 may carry an error beside its payload, or instead of it.
            envelope.error is not None and question.endpoint.payload not in document.names
        ):
            raise self._rejected(status, envelope)
        return document

    async def _read_image(
        self, question: _Question, reservation: Reservation, status: int, raw: bytes
    ) -> bytes:
        """The image; anything else explains itself as JSON, or is broken."""
        if status == httpx2.codes.OK and raw.startswith(PNG_MAGIC):
            return raw
        told = await self._read_fields(question, reservation, status, raw)
        raise self._rejected(status, read_envelope(told))

    async def _send(self, question: _Question, reservation: Reservation) -> tuple[int, bytes]:
        """Status and decompressed body of the answer."""
        try:
            response = await self._http.request(
                "GET" if question.body is None else "POST",
                f"{self._base_url}/{question.endpoint.path}",
                params={schema.Param.KEY.value: self._key, **question.params},
                content=question.body,
                headers=None if question.body is None else {"Content-Type": "application/json"},
                timeout=httpx2.Timeout(question.read_seconds, connect=self.timeouts.connect),
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            self.bucket.release(reservation)
            raise _PassingTroubleError(self._clean(f"no connection ({_name(error)})")) from None
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise _PassingTroubleError(self._clean(f"no answer ({_name(error)})")) from None
        return response.status_code, response.content

    def _without_envelope(
        self, status: int, error: PayloadError, reservation: Reservation
    ) -> Exception:
        """What an answer means that is no JSON; a good one that breaks off has been paid for."""
        if status == httpx2.codes.OK:
            return _PassingTroubleError(self._clean(error.message))
        self.bucket.release(reservation)
        if status == schema.STATUS_OUT_OF_TOKENS:
            return self._out_of_tokens(reservation.tokens, BLIND_WAIT_SECONDS)
        if status >= schema.STATUS_INTERNAL_ERROR:
            return _PassingTroubleError(f"HTTP {status} without an explanation")
        return self._rejected(status, Envelope())

    def _out_of_tokens(self, tokens: int, wait: float | None) -> OutOfTokensError:
        """The bucket cannot pay; without a known wait, count from its newest balance."""
        now, reading = self._monotonic(), self.bucket.reading
        balance = self.bucket.balance(now) or 0
        if wait is None:
            wait = BLIND_WAIT_SECONDS
            if reading is not None:
                target = min(max(tokens, 1), reading.capacity)
                wait = max(reading.seconds_until(target, now), reading.seconds_to_refill(now))
        return OutOfTokensError(
            f"Keepa's token bucket holds {balance}, of which {self.bucket.reserved} are reserved; "
            f"the request may cost {tokens}. Go on in {wait:.0f} s.",
            wait_seconds=wait,
            needed=tokens,
            balance=balance,
        )

    def _rejected(self, status: int, envelope: Envelope) -> KeepaRejectedError:
        error = envelope.error
        advice = _ADVICE.get(status, "Check the API key and the request.")
        return KeepaRejectedError(
            f"{self._told(status, envelope)}. {advice}",
            status=status,
            error_type=self._clean(error.type) if error and error.type else None,
            details=self._clean(error.details) if error and error.details else None,
            tokens_left=envelope.tokens_left,
        )

    def _told(self, status: int, envelope: Envelope) -> str:
        """Status and Keepa's own words."""
        return self._clean(f"Keepa says HTTP {status} ({envelope.error or 'no explanation'})")

    def _clean(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text


_ADVICE: Final = {
    schema.STATUS_REJECTED: "Check the API key, the marketplace and the ids.",
    schema.STATUS_PAYMENT_REQUIRED: "The subscription behind the API key is not paid for.",
    schema.STATUS_NOT_FOUND: "Check the address of the server.",
    schema.STATUS_NOT_ALLOWED: "A parameter is out of its range.",
}


def _name(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _missing(request: ProductRequest, answer: ProductAnswer) -> tuple[str, ...]:
    """The ids that were asked for and about which the answer says nothing."""
    if request.codes:
        meant = markets_by_code(request.codes, answer.markets)
        return tuple(code for code in request.codes if not meant[code])
    said = {market.product.asin for market in answer.markets}
    said |= {refused.asin for refused in answer.refused if refused.asin is not None}
    return tuple(asin for asin in request.asins if asin not in said)
