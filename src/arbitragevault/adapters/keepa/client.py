"""The asynchronous client of Keepa, and of anything that speaks its language.

Every answer is read for its envelope before its status is looked at, because the balance is in
there. Before a request is sent, what it may cost at worst is reserved. The client waits for seconds
at most: a dry bucket is an error that says how long, and whoever runs the work decides to wait.

Answers are parsed and decoded in threads, so that a large one keeps nobody waiting.

The key travels in the query string, so no address is ever logged or put into an error.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from dataclasses import replace
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx2

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.bucket import Account, Demand, Refusal, Reservation
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.ledger import Hold, LocalLedger, TokenLedger
from arbitragevault.adapters.keepa.requests import ProductRequest, markets_by_code
from arbitragevault.adapters.keepa.sending import (
    HIDE_KEYS,
    PassingTroubleError,
    Question,
    RetryPolicy,
    Timeouts,
)
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

BLIND_WAIT_SECONDS: Final = 60.0
"""How long to wait if a 429 does not tell the balance: tokens come once a minute."""
PNG_MAGIC: Final = b"\x89PNG\r\n\x1a\n"
"""How every PNG file starts (PNG specification, 5.2)."""
_JSON_BODY: Final = {"Content-Type": "application/json"}
_CONNECTIONS: Final = 8
_GRACE_SECONDS: Final = 15.0
"""How long after the longest wait for an answer Keepa might still charge for the request."""


class KeepaClient:
    """Speaks to Keepa over one pool of connections. Use it as an async context manager.

    Args:
        base_url: Keepa's address, or another server's that speaks its language.
        api_key: The key.
        transport: Where to send requests instead of the network, for a sandbox in the process.
        ledger: The token ledger of the key; None for one in the memory of this process.
        timeouts: How long to wait.
        retries: How often to try again.

    Attributes:
        account: On whose account it asks; ``on_account`` makes a client for another.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        ledger: TokenLedger | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
    ) -> None:
        self.ledger: TokenLedger = ledger or LocalLedger()
        self.account = Account()
        self._base_url = base_url.rstrip("/")
        self._key = api_key
        self.timeouts = timeouts or Timeouts()
        self._retries = retries or RetryPolicy()
        self._asking = asyncio.Lock()
        logging.getLogger("httpx2").addFilter(HIDE_KEYS)
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

    def on_account(self, account: Account) -> KeepaClient:
        """The same client, which asks on another account; it must not be closed by itself."""
        other = copy(self)
        other.account = account
        return other

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
        question = Question(
            schema.PRODUCT,
            request.params(),
            None,
            request.worst_case_tokens,
            request.least_tokens,
            self.timeouts.read if request.offers is None else self.timeouts.read_offers,
        )
        document, raw = await self._until_answered(question, self._read_whole)
        answer = await asyncio.to_thread(read_answer, document, marketplace=marketplace)
        if answer.envelope.tokens_left is None and not answer.markets:
            raise PayloadError(
                "The answer has neither products nor a token balance, so it does not come from "
                "Keepa; check the address of the server."
            )
        return replace(answer, missing=_missing(request, answer), raw=raw)

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
        least: int | None = None,
        read_seconds: float | None = None,
        body: bytes | None = None,
    ) -> Fields:
        """Ask anything of Keepa that it answers with a JSON object.

        Args:
            endpoint: The path, and the field that carries its payload.
            params: The query parameters, without the key.
            worst_case: Tokens that the answer may cost at worst; they are reserved before.
            least: What a smaller request would cost that would do instead, so that an empty bucket
                tells when that can be paid; None if there is none.
            read_seconds: How long to wait for the answer; None for the usual time.
            body: JSON to post; None gets.

        Returns:
            The fields of the answer, its envelope (``read_envelope``) among them. An error that
            Keepa reports beside a payload is for the caller to read.

        Raises:
            OutOfTokensError: If the bucket cannot pay for the worst case now.
            TokenCapError: If a cap of the account forbids it.
            KeepaRejectedError: If Keepa refuses the key or a parameter.
            KeepaUnavailableError: If Keepa cannot be reached or answers brokenly again and again.
            InvalidInputError: If the bucket can never hold the worst case.
        """
        question = Question(
            endpoint,
            params,
            body,
            worst_case,
            worst_case if least is None else least,
            read_seconds or self.timeouts.read,
        )
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
        question = Question(
            endpoint, params, None, worst_case, worst_case, read_seconds or self.timeouts.read
        )
        return await self._until_answered(question, self._read_image)

    async def _until_answered(
        self,
        question: Question,
        read: Callable[[Hold, Question, int, bytes], Awaitable[_Parsed]],
    ) -> _Parsed:
        """Send a request until it is answered, and give what is read from the answer."""
        trouble = ""
        for attempt in range(1, self._retries.attempts + 1):
            if attempt > 1:
                await asyncio.sleep(self._retries.pause(attempt - 1))
            async with Hold(self.ledger, await self._reserve(question)) as hold:
                try:
                    status, raw = await self._send(hold, question)
                    return await read(hold, question, status, raw)
                except PassingTroubleError as error:
                    trouble = str(error)
        raise KeepaUnavailableError(
            f"Keepa failed {self._retries.attempts} times, at last: {trouble}. Try again later."
        )

    async def _reserve(self, question: Question) -> Reservation:
        """Speak for the worst case, after having found out the balance if that is needed."""
        demand = Demand(
            question.worst_case,
            question.least,
            self.account,
            lasts=self.timeouts.connect
            + question.read_seconds
            + self.timeouts.body
            + _GRACE_SECONDS,
        )
        reserved = await self.ledger.reserve(demand)
        if isinstance(reserved, Refusal) and reserved.should_ask:
            async with self._asking:
                # Somebody else may have asked meanwhile.
                reserved = await self.ledger.reserve(demand)
                if isinstance(reserved, Refusal) and reserved.should_ask:
                    await self.token_status()
                    reserved = await self.ledger.reserve(demand, has_asked=True)
        if isinstance(reserved, Reservation):
            return reserved
        raise await self._out_of_tokens(question.worst_case, reserved)

    async def _send(self, hold: Hold, question: Question) -> tuple[int, bytes]:
        """Status and decompressed body of the answer."""
        try:
            # httpx counts silence only; a body that trickles must not outlast its reservation.
            async with asyncio.timeout(question.read_seconds + self.timeouts.body):
                response = await self._http.request(
                    "GET" if question.body is None else "POST",
                    f"{self._base_url}/{question.endpoint.path}",
                    params={schema.Param.KEY.value: self._key, **question.params},
                    content=question.body,
                    headers=None if question.body is None else _JSON_BODY,
                    timeout=httpx2.Timeout(question.read_seconds, connect=self.timeouts.connect),
                )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            await hold.release()
            raise PassingTroubleError(self._clean(f"no connection ({_name(error)})")) from None
        except httpx2.DecodingError as error:
            hold.is_charged = True
            raise PassingTroubleError(self._clean(f"no answer ({_name(error)})")) from None
        except (httpx2.TransportError, TimeoutError) as error:
            raise PassingTroubleError(self._clean(f"no answer ({_name(error)})")) from None
        hold.is_charged = True
        return response.status_code, response.content

    async def _read_fields(self, hold: Hold, question: Question, status: int, raw: bytes) -> Fields:
        """The fields of an answer; settles or releases the reservation if its fate is known."""
        try:
            document = await asyncio.to_thread(parse_object, raw)
        except PayloadError as error:
            raise await self._without_envelope(hold, status, error) from None
        envelope = read_envelope(document)
        await hold.settle(envelope)
        if status == schema.STATUS_OUT_OF_TOKENS:
            raise await self._out_of_tokens(question.worst_case)
        if status >= schema.STATUS_INTERNAL_ERROR:
            raise PassingTroubleError(self._told(status, envelope))
        if status != httpx2.codes.OK or (
            # An answer of status 200 may carry an error beside its payload, or instead of it.
            envelope.error is not None and question.endpoint.payload not in document.names
        ):
            raise self._rejected(status, envelope)
        return document

    async def _read_whole(
        self, hold: Hold, question: Question, status: int, raw: bytes
    ) -> tuple[Fields, bytes]:
        """The fields of an answer, and the answer itself."""
        return await self._read_fields(hold, question, status, raw), raw

    async def _read_image(self, hold: Hold, question: Question, status: int, raw: bytes) -> bytes:
        """The image; anything else explains itself as JSON, or is broken."""
        if status == httpx2.codes.OK and raw.startswith(PNG_MAGIC):
            return raw
        told = await self._read_fields(hold, question, status, raw)
        raise self._rejected(status, read_envelope(told))

    async def _without_envelope(self, hold: Hold, status: int, error: PayloadError) -> Exception:
        """What an answer means that is no JSON; a good one that breaks off has been paid for."""
        if status == httpx2.codes.OK:
            return PassingTroubleError(self._clean(error.message))
        await hold.release()
        if status == schema.STATUS_OUT_OF_TOKENS:
            return await self._out_of_tokens(hold.tokens, Refusal(BLIND_WAIT_SECONDS))
        if status >= schema.STATUS_INTERNAL_ERROR:
            return PassingTroubleError(f"HTTP {status} without an explanation")
        return self._rejected(status, Envelope())

    async def _out_of_tokens(self, tokens: int, refusal: Refusal | None = None) -> OutOfTokensError:
        """The bucket cannot pay; without a refusal, Keepa itself has said so."""
        standing = await self.ledger.standing()
        balance = standing.balance or 0
        if refusal is None:
            wait = standing.seconds_until(tokens)
            refusal = Refusal(BLIND_WAIT_SECONDS if wait is None else wait)
        return OutOfTokensError(
            f"Keepa's token bucket holds {balance}, of which {standing.reserved} are reserved; "
            f"the request may cost {tokens}. Go on in {refusal.wait:.0f} s.",
            wait_seconds=refusal.wait,
            needed=tokens,
            balance=balance,
            affordable=refusal.affordable,
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
