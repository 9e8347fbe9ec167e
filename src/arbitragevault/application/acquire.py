"""Acquire market data: what is stored first, then what has to be paid for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.keepa.bucket import Account
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.requests import ProductRequest, markets_by_code
from arbitragevault.adapters.keepa.wire import ProductAnswer
from arbitragevault.adapters.postgres.repositories import markets as stored_markets
from arbitragevault.adapters.postgres.repositories import payloads, product_codes
from arbitragevault.adapters.postgres.repositories.markets import Depth
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.marketplace import Marketplace
from arbitragevault.domain.errors import (
    MarketDataError,
    OutOfTokensError,
    PayloadError,
    TokenCapError,
)
from arbitragevault.domain.market.market import Market

FRESH_FOR: Final = timedelta(hours=24)
"""Stored data younger than this are used instead of being paid for again: resellers look at their
lists once a day, and offers of books rarely change the decision within one."""

OFFERS: Final = 20
"""Live offers asked for where offers are wanted: the fewest that Keepa gives, two pages of ten."""

CODE_LIMIT: Final = 5
"""Most products that one EAN or UPC may return; each costs a token, and a code without a limit has
been seen to return hundreds (Keepa client issue 181)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One product to acquire, by ASIN or by product code.

    Exactly one of the two is set.
    """

    asin: str | None
    code: str | None


@dataclass(slots=True)
class Acquisition:
    """What could be acquired.

    Attributes:
        markets: By ASIN.
        code_asins: ASINs behind each product code; empty where Keepa knows none.
        refused: Why an ASIN or a code cannot be used although Keepa answered.
        trouble: Why something is missing, if anything is.
    """

    markets: dict[str, Market] = field(default_factory=dict)
    code_asins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[str, MarketDataError] = field(default_factory=dict)
    trouble: MarketDataError | None = None

    def take(self, request: ProductRequest, answer: ProductAnswer) -> None:
        """Take in an answer: afterwards everything that it was asked for is known or refused."""
        self.markets.update(answer.by_asin())
        self.code_asins.update(_asins_by_code(request.codes, answer))
        self.refused.update({one.asin: one.error for one in answer.refused if one.asin})
        for wanted in (*request.asins, *request.codes):
            if wanted not in self.markets and wanted not in self.code_asins:
                self.refused.setdefault(wanted, _unusable(wanted, answer))

    def deepen(self, asins: Iterable[str], deeper: Acquisition) -> None:
        """Put markets with offers in the place of those without.

        A market whose offers are still to come is missing afterwards. Where they never will,
        because the cap is reached or Keepa's answer cannot be read, it stays as it is.
        """
        self.markets.update(deeper.markets)
        self.trouble = self.trouble or deeper.trouble
        if isinstance(deeper.trouble, TokenCapError):
            return
        for asin in asins:
            if asin not in deeper.markets and asin not in deeper.refused:
                del self.markets[asin]

    def of(self, wanted: Wanted) -> list[Market] | None:
        """The markets that answer a wish, refused ones left out; None if it has no answer."""
        if wanted.asin is not None:
            found = self.markets.get(wanted.asin)
            return None if found is None else [found]
        asins = self.code_asins.get(wanted.code or "")
        if asins is None or any(
            asin not in self.markets and asin not in self.refused for asin in asins
        ):
            return None
        usable = [self.markets[asin] for asin in asins if asin in self.markets]
        return None if asins and not usable else usable

    def refusal(self, wanted: Wanted) -> MarketDataError | None:
        """Why a wish has no answer although Keepa gave one; None otherwise."""
        if self.of(wanted) is not None:
            return None
        code = wanted.code or ""
        ids = (wanted.asin or code, *self.code_asins.get(code, ()))
        return next((self.refused[one] for one in ids if one in self.refused), None)


@dataclass(frozen=True, slots=True)
class AcquisitionPlan:
    """What is stored and fresh, and what would have to be fetched.

    Args:
        code_asins: ASINs behind the product codes that are known.
        fresh: ASINs whose stored data can be used.
        asins / codes: What has to be paid for.
    """

    code_asins: Mapping[str, tuple[str, ...]]
    fresh: tuple[str, ...]
    asins: tuple[str, ...]
    codes: tuple[str, ...]


def fresh_since(services: Services, refreshed_since: datetime | None = None) -> datetime:
    """The moment since which stored data must have been fetched to be used.

    Args:
        services: The running program.
        refreshed_since: When a refresh was asked for; what was fetched since then is not paid for
            again.
    """
    usual = services.clock.now() - FRESH_FOR
    return usual if refreshed_since is None else max(usual, refreshed_since)


async def plan_acquisition(
    services: Services,
    marketplace: Marketplace,
    wanted: Iterable[Wanted],
    *,
    depth: Depth,
    refreshed_since: datetime | None = None,
) -> AcquisitionPlan:
    """Find out what is stored and fresh, without loading or spending anything.

    Args:
        services: The running program.
        marketplace: Where the products are listed.
        wanted: The products.
        depth: ``offers`` asks for data that include live offers.
        refreshed_since: Data fetched before this moment do not count as fresh.
    """
    wishes = list(wanted)
    codes = sorted({wish.code for wish in wishes if wish.code is not None})
    since = fresh_since(services, refreshed_since)

    async def unit(session: AsyncSession) -> AcquisitionPlan:
        known = await product_codes.codes_to_asins(
            session, marketplace.code, codes, since, is_sandbox=services.is_sandbox
        )
        asins = {wish.asin for wish in wishes if wish.asin is not None}
        asins.update(asin for found in known.values() for asin in found)
        keys = await stored_markets.fresh_keys(
            session,
            [(marketplace.code, asin) for asin in sorted(asins)],
            is_sandbox=services.is_sandbox,
            fetched_since=since,
            depth=depth,
        )
        fresh = {asin for _, asin in keys}
        return AcquisitionPlan(
            code_asins=known,
            fresh=tuple(sorted(fresh)),
            asins=tuple(sorted(asins - fresh)),
            codes=tuple(code for code in codes if code not in known),
        )

    return await services.database.read(unit)


async def acquire(
    services: Services,
    marketplace: Marketplace,
    wanted: Sequence[Wanted],
    *,
    depth: Depth,
    account: Account,
    refreshed_since: datetime | None = None,
) -> Acquisition:
    """Acquire markets: stored ones as they are, the rest from Keepa.

    Every answer is stored in a transaction of its own as soon as it is there, so that nothing that
    was paid for is lost when a later request fails. A dry bucket or an unavailable Keepa ends the
    fetching; what was acquired until then is returned with the trouble beside it.

    Args:
        services: The running program.
        marketplace: Where the products are listed.
        wanted: The products.
        depth: ``offers`` asks for live offers too (6 tokens and more a product instead of 1).
        account: On whose account tokens are spent.
        refreshed_since: Data fetched before this moment are paid for again.
    """
    plan = await plan_acquisition(
        services, marketplace, wanted, depth=depth, refreshed_since=refreshed_since
    )
    result = Acquisition(
        markets=await _load(services, marketplace, plan.fresh), code_asins=dict(plan.code_asins)
    )
    keepa = services.keepa.on_account(account)
    try:
        for request in _requests(plan, marketplace, depth):
            async for asked, answer in _answers(keepa, request):
                await _keep(services, marketplace, asked, answer, depth=depth)
                result.take(asked, answer)
    except MarketDataError as trouble:
        result.trouble = trouble
    return result


def _requests(
    plan: AcquisitionPlan, marketplace: Marketplace, depth: Depth
) -> list[ProductRequest]:
    """The requests that fetch what is missing."""
    offers = OFFERS if depth == "offers" else None
    return [
        *ProductRequest.for_asins(plan.asins, marketplace.keepa_domain, offers=offers),
        *ProductRequest.for_codes(
            plan.codes, marketplace.keepa_domain, offers=offers, code_limit=CODE_LIMIT
        ),
    ]


async def _answers(
    keepa: KeepaClient, request: ProductRequest
) -> AsyncIterator[tuple[ProductRequest, ProductAnswer]]:
    """The answers to a request, cut where the tokens at hand pay for a part of it only."""
    rest: ProductRequest | None = request
    while rest is not None:
        asked, answer = await _answer(keepa, rest)
        yield asked, answer
        rest = rest.after(asked)


async def _answer(
    keepa: KeepaClient, request: ProductRequest
) -> tuple[ProductRequest, ProductAnswer]:
    """As much of a request as can be paid for now, and its answer."""
    while True:
        try:
            return request, await keepa.products(request)
        except OutOfTokensError as dry:
            smaller = request.cut_to(dry.affordable)
            if smaller is None:
                raise
            request = smaller


async def _load(
    services: Services, marketplace: Marketplace, asins: Sequence[str]
) -> dict[str, Market]:
    """The stored markets of products, by ASIN."""
    stored = await services.database.read(
        stored_markets.load_markets,
        [(marketplace.code, asin) for asin in asins],
        is_sandbox=services.is_sandbox,
    )
    return {asin: entry.market for (_, asin), entry in stored.items()}


async def _keep(
    services: Services,
    marketplace: Marketplace,
    request: ProductRequest,
    answer: ProductAnswer,
    *,
    depth: Depth,
) -> None:
    """Store one paid answer: as it came, its markets, and what codes mean.

    The sandbox's answers cost nothing and can be had again, so they are not kept themselves.
    """
    now = services.clock.now()
    data = None if services.is_sandbox else await asyncio.to_thread(payloads.packed, answer.raw)

    async def unit(session: AsyncSession) -> None:
        if data is not None:
            payload = payloads.Payload(
                marketplace.code,
                request.params(),
                now,
                depth,
                answer.envelope.tokens_consumed or 0,
                answer.raw,
            )
            await payloads.add(session, payload, data)
        await stored_markets.save_markets(
            session,
            answer.markets,
            is_sandbox=services.is_sandbox,
            fetched_at=now,
            depth=depth,
        )
        if request.codes:
            await product_codes.save_codes(
                session,
                marketplace.code,
                _asins_by_code(request.codes, answer),
                now,
                is_sandbox=services.is_sandbox,
            )

    await services.database.write(unit)


def _asins_by_code(codes: Sequence[str], answer: ProductAnswer) -> Mapping[str, tuple[str, ...]]:
    """Which of the answered products each code means; none where Keepa knows no product.

    A code without a product is left out if a product of the answer cannot be decoded: it may be
    that one.
    """
    meant = markets_by_code(codes, answer.markets)
    return {
        code: tuple(market.product.asin for market in found)
        for code, found in meant.items()
        if found or not answer.refused
    }


def _unusable(wanted: str, answer: ProductAnswer) -> MarketDataError:
    """Why an answer leaves what was asked for without a market."""
    if answer.refused:
        return answer.refused[0].error
    return PayloadError(
        f"Keepa's answer says nothing about {wanted}; it is no ASIN that can exist."
    )


def is_dry(trouble: MarketDataError | None) -> bool:
    """True if the only trouble is that tokens have to be waited for."""
    return isinstance(trouble, OutOfTokensError)
