"""The client against a real socket: answers, refusals, faults, tokens, secrecy of the key."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
import traceback
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import pytest

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.bucket import Account, Demand, Priority, Reservation, TokenBucket
from arbitragevault.adapters.keepa.client import (
    BLIND_WAIT_SECONDS,
    PNG_MAGIC,
    KeepaClient,
    ProductRequest,
    RetryPolicy,
    Timeouts,
)
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.ledger import LocalLedger, key_digest
from arbitragevault.adapters.keepa.tokens import Reading
from arbitragevault.domain.errors import (
    ArbitrageVaultError,
    KeepaRejectedError,
    KeepaUnavailableError,
    MarketDataError,
    OutOfTokensError,
    PayloadError,
    UnknownMarketplaceError,
)

KEY = "k3y" * 21 + "x"
ONE = ProductRequest(1, asins=("0593655036",))
QUICK = RetryPolicy(attempts=3, first_seconds=0.002, most_seconds=0.003)
BAD_KEY = {
    "error": {
        "details": "",
        "message": "You used an invalid parameter for this API call.",
        "type": "invalidParameter",
    },
    "processingTimeInMs": 0,
    "refillIn": 0,
    "refillRate": 0,
    "timestamp": 1_790_277_678_673,
    "tokenFlowReduction": 0.0,
    "tokensConsumed": 0,
    "tokensLeft": 0,
}
Maker = Callable[..., Any]


class Server(Protocol):
    """The part of the scripted server that the tests use."""

    replies: list[Any]
    seen: list[tuple[str, dict[str, str]]]
    posted: list[bytes]
    was_asked: asyncio.Event
    token_reply: Any
    address: str

    @property
    def asked(self) -> list[dict[str, str]]: ...


class Passed:
    """A clock that goes as usual, and can be moved on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def clock(self) -> float:
        return time.monotonic() + self.seconds


@pytest.fixture
def passed() -> Passed:
    return Passed()


@pytest.fixture
async def client(server: Server, passed: Passed) -> AsyncIterator[KeepaClient]:
    timeouts = Timeouts(connect=0.5, read=0.3, read_offers=0.6, body=0.5)
    ledger = LocalLedger(passed.clock)
    async with KeepaClient(
        server.address, KEY, retries=QUICK, timeouts=timeouts, ledger=ledger
    ) as made:
        yield made


@pytest.fixture
def good(make_reply: Maker, make_envelope: Maker, make_product: Maker) -> Maker:
    """A reply with products of the given ASINs."""

    def reply(*asins: str, **told: Any) -> Any:  # noqa: ANN401 - JSON
        products = [make_product(asin=asin) for asin in asins or ("0593655036",)]
        return make_reply(body=make_envelope(**told) | {"products": products})

    return reply


def books(client: KeepaClient) -> LocalLedger:
    """The ledger that the client made for itself."""
    assert isinstance(client.ledger, LocalLedger)
    return client.ledger


def bucket_of(client: KeepaClient) -> TokenBucket:
    return books(client).bucket


def reading_of(client: KeepaClient) -> Reading:
    reading = bucket_of(client).reading
    assert reading is not None
    return reading


def balance(client: KeepaClient) -> int:
    """What is left for sure: the newest balance without what lost requests may have cost."""
    return reading_of(client).balance - bucket_of(client).lost


async def failing(client: KeepaClient, request: ProductRequest = ONE) -> ArbitrageVaultError:
    """The error of a request, after a look at every text that it could show."""
    with pytest.raises(ArbitrageVaultError) as caught:
        await client.products(request)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    return caught.value


class TestAnswers:
    async def test_products(
        self,
        client: KeepaClient,
        server: Server,
        good: Maker,
        make_reply: Maker,
        make_envelope: Maker,
    ) -> None:
        server.token_reply = make_reply(body=make_envelope(tokensLeft=251, tokensConsumed=0))
        server.replies = [good(tokensLeft=250, tokensConsumed=1)]
        answer = await client.products(ONE)
        assert answer.by_asin()["0593655036"].now("new") == 2300
        assert answer.missing == ()
        assert answer.envelope.tokens_consumed == 1
        assert server.asked == [{"key": KEY, "domain": "1", "asin": "0593655036", "stats": "90"}]
        assert balance(client) == 250
        assert bucket_of(client).reserved == 0
        assert books(client).spent == 1

    async def test_the_balance_is_found_out_once(
        self, client: KeepaClient, server: Server, good: Maker
    ) -> None:
        server.replies = [good()]
        await asyncio.gather(*(client.products(ONE) for _ in range(5)))
        assert [path for path, _ in server.seen].count("/token") == 1
        assert len(server.asked) == 5

    async def test_ids_about_which_nothing_is_said(
        self, client: KeepaClient, server: Server, good: Maker
    ) -> None:
        server.replies = [good("B000000002")]
        answer = await client.products(ProductRequest(1, asins=("B000000001", "B000000002")))
        assert answer.missing == ("B000000001",)

    async def test_codes_without_a_product(
        self, client: KeepaClient, server: Server, good: Maker
    ) -> None:
        server.replies = [good("0593655036")]
        codes = ("9780593655030", "4901234567894")
        answer = await client.products(ProductRequest(1, codes=codes, code_limit=5))
        assert answer.missing == ("4901234567894",)
        assert server.asked[0]["code-limit"] == "5"

    async def test_a_broken_product_is_not_missing(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        broken = {"asin": "B000000001", "csv": [5], "domainId": 1}
        server.replies = [make_reply(body=make_envelope() | {"products": [broken]})]
        answer = await client.products(ProductRequest(1, asins=("B000000001",)))
        assert answer.missing == ()
        assert answer.refused[0].asin == "B000000001"

    async def test_ids_that_cannot_exist_give_no_products(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        server.replies = [make_reply(body=make_envelope(tokensConsumed=0))]
        answer = await client.products(ONE)
        assert answer.markets == ()
        assert answer.missing == ("0593655036",)

    async def test_uncompressed_answers_are_read_too(
        self, client: KeepaClient, server: Server, good: Maker
    ) -> None:
        reply = good()
        reply.compress = False
        server.replies = [reply]
        assert (await client.products(ONE)).markets

    async def test_offers_may_take_longer(
        self, client: KeepaClient, server: Server, good: Maker
    ) -> None:
        slow = good()
        slow.delay = 0.4
        server.replies = [slow]
        assert (await client.products(ProductRequest(1, asins=("0593655036",), offers=20))).markets
        assert len(server.asked) == 1

    async def test_token_status(self, client: KeepaClient, server: Server) -> None:
        status = await client.token_status()
        assert status.tokens_left == 299
        assert reading_of(client).capacity == 300
        assert server.seen == [("/token", {"key": KEY})]

    async def test_an_error_beside_a_payload_is_told_and_not_raised(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        body = make_envelope() | {"error": {"type": "some", "message": "m"}, "products": []}
        server.replies = [make_reply(body=body)]
        answer = await client.products(ONE)
        assert answer.envelope.error is not None
        assert answer.envelope.error.type == "some"

    async def test_an_answer_of_somebody_else(
        self, client: KeepaClient, server: Server, make_reply: Maker
    ) -> None:
        server.replies = [make_reply(body={"hello": "world"})]
        assert isinstance(await failing(client), PayloadError)

    async def test_products_of_another_form(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        server.replies = [make_reply(body=make_envelope() | {"products": 5})]
        assert isinstance(await failing(client), PayloadError)
        assert len(server.asked) == 1

    async def test_an_unknown_domain_is_never_asked_for(
        self, client: KeepaClient, server: Server
    ) -> None:
        error = await failing(client, ProductRequest(7, asins=("0593655036",)))
        assert isinstance(error, UnknownMarketplaceError)
        assert server.seen == []

    def test_the_digest_of_the_key_is_not_the_key(self) -> None:
        assert len(key_digest(KEY)) == 64
        assert KEY not in key_digest(KEY)
        assert KEY not in repr(KeepaClient("http://localhost/", KEY))


class TestRefusals:
    @pytest.mark.parametrize("status", [400, 402, 404, 405])
    async def test_are_final(
        self, client: KeepaClient, server: Server, make_reply: Maker, status: int
    ) -> None:
        server.replies = [make_reply(status=status, body=BAD_KEY)]
        error = await failing(client)
        assert isinstance(error, KeepaRejectedError)
        assert error.status == status
        assert error.error_type == "invalidParameter"
        assert error.details is None
        assert error.tokens_left == 0
        assert "You used an invalid parameter" in error.message
        assert len(server.asked) == 1

    async def test_do_not_touch_the_balance(
        self, client: KeepaClient, server: Server, make_reply: Maker
    ) -> None:
        server.replies = [make_reply(status=400, body=BAD_KEY)]
        await failing(client)
        assert balance(client) == 299
        assert bucket_of(client).reserved == 0

    async def test_a_bad_key_shows_at_the_first_question(
        self, client: KeepaClient, server: Server, make_reply: Maker
    ) -> None:
        server.token_reply = make_reply(status=400, body=BAD_KEY)
        assert isinstance(await failing(client), KeepaRejectedError)
        assert server.asked == []

    async def test_with_details(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        error = {"type": "invalidParameter", "message": f"Bad {KEY}", "details": "priceTypes"}
        server.replies = [make_reply(status=400, body=make_envelope() | {"error": error})]
        raised = await failing(client)
        assert isinstance(raised, KeepaRejectedError)
        assert raised.details == "priceTypes"
        assert "***" in raised.message

    async def test_with_status_200_and_no_payload(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        server.replies = [make_reply(body=make_envelope() | {"error": {"message": "No."}})]
        assert isinstance(await failing(client), KeepaRejectedError)

    async def test_without_json(
        self, client: KeepaClient, server: Server, make_reply: Maker
    ) -> None:
        server.replies = [make_reply(status=403, body=b"<html>Forbidden</html>")]
        error = await failing(client)
        assert isinstance(error, KeepaRejectedError)
        assert error.status == 403
        assert bucket_of(client).reserved == 0
        assert balance(client) == 299


class TestFaults:
    @pytest.mark.parametrize(
        "fault",
        [
            {"status": 500, "body": {"tokensLeft": 5}},
            {"status": 503, "body": b"<html>down</html>"},
            {"status": 503, "body": b"", "compress": False},
            {"hang_up": True},
            {"keep": 0.6},
            {"delay": 0.7},
            {"body": b"not gzip at all"},
            {"body": b'{"timestamp": 1, "tokensL'},
        ],
        ids=["500", "503", "empty", "hang up", "truncated", "silence", "no json", "half json"],
    )
    async def test_are_tried_again(
        self,
        client: KeepaClient,
        server: Server,
        make_reply: Maker,
        good: Maker,
        fault: dict[str, Any],
    ) -> None:
        server.replies = [make_reply(**({"body": good().body} | fault)), good()]
        assert (await client.products(ONE)).markets
        assert len(server.asked) == 2
        assert bucket_of(client).reserved == 0

    async def test_broken_compression(
        self, client: KeepaClient, server: Server, make_reply: Maker, good: Maker
    ) -> None:
        class Garbled(type(make_reply())):  # type: ignore[misc]
            def sent(self) -> bytes:
                head, _, content = super().sent().partition(b"\r\n\r\n")
                return bytes(head + b"\r\n\r\n" + b"\x00" * len(content))

        server.replies = [Garbled(body={}), good()]
        assert (await client.products(ONE)).markets

    async def test_end_in_an_error_that_says_so(
        self, client: KeepaClient, server: Server, make_reply: Maker
    ) -> None:
        server.replies = [make_reply(status=500, body={"error": {"message": "Oops."}})]
        error = await failing(client)
        assert isinstance(error, KeepaUnavailableError)
        assert "failed 3 times" in error.message
        assert "Oops." in error.message
        assert len(server.asked) == 3

    async def test_what_may_have_been_paid_is_taken_off_until_keepa_says_otherwise(
        self,
        client: KeepaClient,
        server: Server,
        make_reply: Maker,
        good: Maker,
        passed: Passed,
    ) -> None:
        server.replies = [make_reply(hang_up=True)]
        await failing(client, ProductRequest(1, asins=("B000000001", "B000000002")))
        assert balance(client) == 299 - 3 * 2
        server.replies = [good(timestamp=2**41, tokensLeft=298)]
        await client.products(ONE)
        assert balance(client) == 298 - 3 * 2  # Keepa may still be working on them
        passed.seconds += 120.0
        await client.products(ONE)
        assert balance(client) == 298

    async def test_a_server_that_is_down_costs_nothing(
        self, client: KeepaClient, server: Server, make_reply: Maker
    ) -> None:
        server.replies = [make_reply(status=503, body=b"")]
        await failing(client)
        assert balance(client) == 299

    async def test_nobody_there(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{taken.getsockname()[1]}"
            async with KeepaClient(address, KEY, retries=QUICK) as client:
                told = Envelope(timestamp_ms=1, tokens_left=10, refill_rate=5, refill_in_ms=0)
                free = await client.ledger.reserve(Demand(0, 0))
                assert isinstance(free, Reservation)
                await client.ledger.settle(free, told)
                error = await failing(client)
        assert isinstance(error, KeepaUnavailableError)
        assert "no connection" in error.message
        assert bucket_of(client).reserved == 0

    async def test_a_cancelled_request_keeps_no_reservation(
        self, client: KeepaClient, server: Server, make_reply: Maker
    ) -> None:
        server.replies = [make_reply(delay=30.0)]
        task = asyncio.create_task(client.products(ONE))
        await server.was_asked.wait()
        assert bucket_of(client).reserved == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert bucket_of(client).reserved == 0
        assert balance(client) == 298

    def test_pauses_grow_and_differ(self) -> None:
        policy = RetryPolicy(first_seconds=1.0, most_seconds=4.0)
        for attempt, longest in ((1, 1.0), (2, 2.0), (3, 4.0), (9, 4.0)):
            pauses = {policy.pause(attempt) for _ in range(50)}
            assert len(pauses) > 1
            assert all(longest / 2 <= pause <= longest for pause in pauses)


class TestAnythingElse:
    async def test_a_posted_question(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        server.replies = [
            make_reply(body=make_envelope(tokensLeft=288, tokensConsumed=11, asinList=["A"]))
        ]
        answer = await client.ask(
            schema.FINDER, {"domain": "1"}, worst_case=20, body=b'{"page":0}', read_seconds=0.2
        )
        assert answer.get("asinList") == ["A"]
        assert read_envelope(answer).tokens_consumed == 11
        assert server.seen[-1] == ("/query", {"key": KEY, "domain": "1"})
        assert server.posted == [b'{"page":0}']
        assert books(client).spent == 11

    async def test_an_image_may_have_cost_all_that_it_can(
        self, client: KeepaClient, server: Server, make_reply: Maker
    ) -> None:
        image = PNG_MAGIC + b"..."
        server.replies = [make_reply(body=image)]
        asked = {"domain": "1", "asin": "0593655036"}
        assert await client.ask_image(schema.GRAPH_IMAGE, asked, worst_case=1) == image
        assert balance(client) == 298
        assert bucket_of(client).reserved == 0

    async def test_an_image_that_is_none(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        server.replies = [make_reply(status=400, body=BAD_KEY)]
        with pytest.raises(KeepaRejectedError, match="invalid parameter"):
            await client.ask_image(schema.GRAPH_IMAGE, {}, worst_case=1)
        server.replies = [make_reply(body=make_envelope())]
        with pytest.raises(KeepaRejectedError):
            await client.ask_image(schema.GRAPH_IMAGE, {}, worst_case=1)
        server.replies = [make_reply(body=PNG_MAGIC[:4])]
        with pytest.raises(KeepaUnavailableError):
            await client.ask_image(schema.GRAPH_IMAGE, {}, worst_case=1)


class TestTokens:
    async def test_a_dry_bucket_is_an_error_with_a_time_and_never_a_wait(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        dry = make_envelope(tokensLeft=-1, tokensConsumed=0, refillIn=38_205)
        server.replies = [make_reply(status=429, body=dry)]
        error = await failing(client)
        assert isinstance(error, OutOfTokensError)
        assert error.wait_seconds == pytest.approx(38.2, abs=1)
        assert error.balance == -1
        assert error.needed == 1
        assert len(server.asked) == 1
        assert bucket_of(client).reserved == 0

    async def test_a_deep_hole_takes_several_refills(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        dry = make_envelope(tokensLeft=-12, tokensConsumed=0, refillIn=10_000)
        server.replies = [make_reply(status=429, body=dry)]
        error = await failing(client)
        assert isinstance(error, OutOfTokensError)
        assert error.wait_seconds == pytest.approx(10 + 2 * 60, abs=1)

    async def test_a_429_that_tells_nothing(
        self, client: KeepaClient, server: Server, make_reply: Maker
    ) -> None:
        server.replies = [make_reply(status=429, body=b"slow down")]
        error = await failing(client)
        assert isinstance(error, OutOfTokensError)
        assert error.wait_seconds == BLIND_WAIT_SECONDS
        server.replies = [make_reply(status=429, body={"tokensConsumed": 0})]
        error = await failing(client)
        assert isinstance(error, OutOfTokensError)
        assert 0 < error.wait_seconds <= 60

    async def test_a_429_before_anything_is_known(
        self, client: KeepaClient, server: Server, make_reply: Maker
    ) -> None:
        server.token_reply = make_reply(status=429, body={"tokensConsumed": 0})
        error = await failing(client)
        assert isinstance(error, OutOfTokensError)
        assert error.wait_seconds == BLIND_WAIT_SECONDS
        assert error.balance == 0

    async def test_what_cannot_be_paid_is_not_sent(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        server.token_reply = make_reply(body=make_envelope(tokensLeft=11, tokensConsumed=0))
        error = await failing(client, ProductRequest(1, asins=("0593655036",), offers=20))
        assert isinstance(error, OutOfTokensError)
        assert error.needed == 12
        assert error.balance == 11
        assert 0 < error.wait_seconds <= 30
        assert server.asked == []

    async def test_side_by_side_requests_never_overdraw(
        self,
        client: KeepaClient,
        server: Server,
        make_reply: Maker,
        make_envelope: Maker,
        good: Maker,
    ) -> None:
        server.token_reply = make_reply(body=make_envelope(tokensLeft=30, tokensConsumed=0))
        server.replies = [good(tokensLeft=24, tokensConsumed=6)]
        request = ProductRequest(1, asins=("0593655036",), offers=20)
        results = await asyncio.gather(
            *(client.products(request) for _ in range(5)), return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, OutOfTokensError)]
        assert len(refused) == 3
        assert len(server.asked) == 2

    async def test_a_stale_balance_is_asked_for_again_before_refusing(
        self, server: Server, make_reply: Maker, make_envelope: Maker, good: Maker
    ) -> None:
        now = 0.0
        ledger = LocalLedger(lambda: now)
        async with KeepaClient(server.address, KEY, ledger=ledger) as client:
            server.token_reply = make_reply(body=make_envelope(tokensLeft=1, tokensConsumed=0))
            await client.token_status()
            now = 59.0
            two = ProductRequest(1, asins=tuple(f"B{number:09}" for number in range(20)))
            assert isinstance(await failing(client, two), OutOfTokensError)
            assert len(server.seen) == 1
            now = 60.0
            later = make_envelope(timestamp=2**41, tokensLeft=200, tokensConsumed=0)
            server.token_reply = make_reply(body=later)
            server.replies = [good(*two.asins, timestamp=2**41 + 1)]
            assert len((await client.products(two)).markets) == 20

    async def test_tokens_that_left_the_key_elsewhere_are_seen(
        self, client: KeepaClient, server: Server, good: Maker
    ) -> None:
        server.replies = [good(tokensLeft=280, tokensConsumed=1)]
        await client.products(ONE)
        assert books(client).spent == 299 - 280

    async def test_who_may_spend_less_is_told_what_there_is(
        self, client: KeepaClient, server: Server, make_reply: Maker, make_envelope: Maker
    ) -> None:
        server.token_reply = make_reply(body=make_envelope(tokensLeft=7, tokensConsumed=0))
        twenty = ProductRequest(1, asins=tuple(f"B{number:09}" for number in range(20)))
        error = await failing(client, twenty)
        assert isinstance(error, OutOfTokensError)
        assert error.affordable == 7
        part = twenty.cut_to(error.affordable)
        assert part is not None
        assert part.asins == twenty.asins[:7]
        rest = twenty.after(part)
        assert rest is not None
        assert rest.asins == twenty.asins[7:]
        assert rest.after(rest) is None
        assert twenty.cut_to(0) is None

    async def test_accounts_share_one_client(
        self, client: KeepaClient, server: Server, make_reply: Maker, good: Maker
    ) -> None:
        account = Account("scan", Priority.RUN)
        server.replies = [make_reply(delay=30.0), good()]
        task = asyncio.create_task(client.on_account(account).products(ONE))
        await server.was_asked.wait()
        (claim,) = bucket_of(client).claims.values()
        assert claim.account == account
        assert client.account == Account()
        await task


class TestSecrecy:
    async def test_no_log_line_holds_the_key(
        self, client: KeepaClient, server: Server, good: Maker, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.replies = [good()]
        with caplog.at_level(logging.DEBUG):
            await client.products(ONE)
        assert any("key=***" in line for line in caplog.messages)
        assert KEY not in caplog.text
        logging.getLogger("httpx2").warning("nothing secret, %d times", 2)
        assert caplog.messages[-1] == "nothing secret, 2 times"

    async def test_no_error_holds_the_key(
        self, client: KeepaClient, server: Server, make_reply: Maker
    ) -> None:
        for reply in (
            make_reply(status=500, body={"error": {"message": f"?key={KEY}"}}),
            make_reply(body=KEY.encode()),
            make_reply(status=404, body={"error": KEY}),
        ):
            server.replies = [reply]
            error = await failing(client)
            assert isinstance(error, MarketDataError)
            assert KEY not in str(vars(error))
