"""Scan a lead file: what it would cost, and the run that does it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

import msgspec
import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.files.rows import LeadRow
from arbitragevault.adapters.keepa.tokens import product_cost
from arbitragevault.adapters.postgres.repositories import run_items
from arbitragevault.adapters.postgres.repositories import runs as run_rows
from arbitragevault.adapters.postgres.repositories.markets import Depth
from arbitragevault.application.acquire import (
    OFFERS,
    Wanted,
    fresh_since,
    plan_acquisition,
)
from arbitragevault.application.policies import load_policy, policy_body
from arbitragevault.application.runs import RunView, require_run, run_view
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.identifiers import Identifier
from arbitragevault.domain.catalog.marketplace import Marketplace, marketplace_by_code
from arbitragevault.domain.errors import ArbitrageVaultError, IdentifierError, LeadFileError

LOOKUP: Final = "lookup"
"""What tokens are spent for when a person waits for a few products."""
PREVIEW_ROWS: Final = 20
INTAKE_CHUNK: Final = 500
"""Rows read from a file at a time, off the event loop; keeps memory flat."""

PLAN_CHUNK: Final = 10_000
"""Products of a preview that are looked up in the database at a time."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How a file is scanned.

    Args:
        policy: Name of the policy.
        marketplace: Code of the marketplace on which the goods will be sold.
        offers: Fetch live offers too: better decisions, for 6 tokens and more a product, not 1.
        screening: Fetch offers only for products whose verdict they can change by their histories;
            without ``offers`` it means nothing.
        refresh: Pay again even where fresh data are stored.
        max_tokens: Most tokens to spend; rows that it does not reach are answered as unknown. None
            for no cap.
        is_lookup: A person waits for these few products, so they go before other runs.
    """

    policy: str = "default"
    marketplace: str = "US"
    offers: bool = False
    screening: bool = True
    refresh: bool = False
    max_tokens: int | None = None
    is_lookup: bool = False

    @property
    def depth(self) -> Depth:
        """How much market data a product may need."""
        return "offers" if self.offers else "history"

    @property
    def is_screened(self) -> bool:
        """Histories come first, and offers only where they can change the verdict."""
        return self.offers and self.screening


@dataclass(frozen=True, slots=True)
class RowTrouble:
    """Why a row cannot be used."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """How one row of a lead file is understood."""

    row: int
    identifier: str
    kind: str | None
    asin: str | None
    unit_cost: int | None
    quantity: int | None
    condition: str | None
    repairs: list[str]
    error: RowTrouble | None


@dataclass(frozen=True, slots=True)
class ScanEstimate:
    """What a scan would cost.

    Attributes:
        products: Different products or codes.
        stored: Of them, those with fresh stored data.
        to_fetch: Of them, those that have to be paid for.
        tokens: Tokens at worst, if each code means one product; screening spends less.
        balance: Tokens at hand; None if not known yet.
        minutes: Time that the tokens will take; 0 if they are at hand; None if not known.
    """

    products: int
    stored: int
    to_fetch: int
    tokens: int
    balance: int | None
    minutes: float | None


@dataclass(frozen=True, slots=True)
class ScanPreview:
    """How a lead file is understood and what scanning it would cost."""

    rows: int
    bad_rows: int
    duplicates: int
    currency: str
    preview: list[PreviewRow]
    estimate: ScanEstimate


@dataclass(slots=True)
class _Tally:
    """What is counted while rows stream by."""

    rows: int = 0
    bad: int = 0
    duplicates: int = 0
    preview: list[PreviewRow] = field(default_factory=list)
    # Hashes of what was seen: of a million different products the names would take five times
    # the memory, and the chance that two share a hash is one in ten million.
    _seen: set[int] = field(default_factory=set)

    def count(self, row: LeadRow, trouble: ArbitrageVaultError | None) -> Wanted | None:
        """Count a row; what it wants if no row before it wanted the same."""
        self.rows += 1
        self.bad += trouble is not None
        if len(self.preview) < PREVIEW_ROWS:
            self.preview.append(_preview(row, trouble))
        if row.identifier is None or trouble is not None:
            return None
        wanted = Wanted(row.identifier.asin, _code(row.identifier))
        if hash(wanted) in self._seen:
            self.duplicates += 1
            return None
        self._seen.add(hash(wanted))
        return wanted

    @property
    def products(self) -> int:
        """Different products or codes."""
        return len(self._seen)


async def preview_scan(
    services: Services, rows: Iterable[LeadRow], options: ScanOptions
) -> ScanPreview:
    """Read a lead file and say what scanning it would cost; spends nothing.

    Raises:
        PolicyError: If the policy does not exist.
        UnknownMarketplaceError: If the marketplace does not exist.
        LeadFileError: If the file holds no row.
    """
    marketplace = marketplace_by_code(options.marketplace)
    await services.database.read(load_policy, options.policy)
    tally, to_fetch, to_screen = _Tally(), 0, 0
    refreshed_since = services.clock.now() if options.refresh else None

    async def missing(wanted: list[Wanted], depth: Depth) -> int:
        plan = await plan_acquisition(
            services, marketplace, wanted, depth=depth, refreshed_since=refreshed_since
        )
        return len(plan.asins) + len(plan.codes)

    wanted: list[Wanted] = []
    async for chunk in _chunks(rows):
        counted = (tally.count(row, row_trouble(row, marketplace)) for row in chunk)
        wanted += [wish for wish in counted if wish is not None]
        if len(wanted) >= PLAN_CHUNK:
            to_fetch += await missing(wanted, options.depth)
            to_screen += await missing(wanted, "history") if options.is_screened else 0
            wanted.clear()
    _require_rows(tally.rows)
    to_fetch += await missing(wanted, options.depth)
    to_screen += await missing(wanted, "history") if options.is_screened else 0
    return ScanPreview(
        rows=tally.rows,
        bad_rows=tally.bad,
        duplicates=tally.duplicates,
        currency=marketplace.currency,
        preview=tally.preview,
        estimate=await _estimate(
            services, tally.products, to_fetch, _price(to_fetch, to_screen, options)
        ),
    )


async def start_scan(
    services: Services,
    rows: Iterable[LeadRow],
    *,
    source: str,
    options: ScanOptions,
    digest: str | None = None,
) -> RunView:
    """Create a run for the rows of a lead file; all rows are stored before this returns.

    With a digest, an unfinished run of the same file under the same options is continued instead of
    a second one being started.

    Args:
        services: The running program.
        rows: The rows, read lazily, and again if the transaction has to be repeated; a bare
            iterator, which can be read only once, is kept in memory for that.
        source: What the user calls the file.
        options: How to scan.
        digest: Digest of the file's bytes; None always starts a new run.

    Raises:
        PolicyError: If the policy does not exist.
        UnknownMarketplaceError: If the marketplace does not exist.
        LeadFileError: If the file holds no row; no run is created then.
    """
    marketplace = marketplace_by_code(options.marketplace)
    policy = await services.database.read(load_policy, options.policy)
    body = policy_body(policy)
    params = _params(options, body)
    again = list(rows) if isinstance(rows, Iterator) else rows
    now = services.clock.now()

    async def unit(session: AsyncSession) -> RunView:
        params_digest = digest and _digest(digest, services.data_source, marketplace.code, params)
        if params_digest:
            unfinished = await run_rows.find_unfinished(session, params_digest)
            if unfinished is not None:
                return run_view(unfinished)
        run_id = await run_rows.create(
            session,
            kind="scan",
            is_sandbox=services.is_sandbox,
            source=source,
            policy_name=policy.name,
            policy_body=body,
            marketplace=marketplace.code,
            params=params,
            params_digest=params_digest,
            at=now,
        )
        count = await run_items.add_items(session, run_id, _items(again, marketplace))
        _require_rows(count)
        since = fresh_since(services, now if options.refresh else None)
        tokens = await _run_price(session, run_id, options, since)
        await run_rows.queue(session, run_id, rows=count, tokens_estimated=tokens, at=now)
        return run_view(await require_run(session, services, run_id))

    # Rows stream in by COPY for as long as the file takes: no work for a pooler.
    view = await services.database.direct.write(unit)
    services.wake.set()
    return view


def _params(options: ScanOptions, policy: dict[str, Any]) -> dict[str, Any]:
    """How a scan was asked for, as it is stored with the run."""
    params: dict[str, Any] = {
        "offers": options.offers,
        "refresh": options.refresh,
        "policy": policy,
    }
    if options.is_screened:
        params["screening"] = True
    if options.max_tokens is not None:
        params["max_tokens"] = options.max_tokens
    if options.is_lookup:
        params["purpose"] = LOOKUP
    return params


def row_trouble(row: LeadRow, marketplace: Marketplace) -> ArbitrageVaultError | None:
    """Why a row cannot be scanned for a marketplace; None if it can."""
    if row.error is not None:
        return row.error
    found = row.identifier.marketplace if row.identifier else None
    if found is not None and found != marketplace:
        return IdentifierError(
            f"The link leads to {found.host}, but this scan is for {marketplace.host}. "
            f"Scan it with --marketplace {found.code}."
        )
    return None


async def _items(
    rows: Iterable[LeadRow], marketplace: Marketplace
) -> AsyncIterator[run_items.NewItem]:
    """The rows as run items."""
    async for chunk in _chunks(rows):
        for row in chunk:
            trouble = row_trouble(row, marketplace)
            identifier = row.identifier
            yield run_items.NewItem(
                ordinal=row.number,
                identifier=row.identifier_text,
                kind=identifier.kind.value if identifier else None,
                asin=identifier.asin if identifier else None,
                code=_code(identifier),
                lead=msgspec.to_builtins(row.lead) if row.lead else None,
                error_code=trouble.code if trouble else None,
                error_message=trouble.message if trouble else None,
            )


async def _chunks(rows: Iterable[LeadRow]) -> AsyncIterator[list[LeadRow]]:
    """The rows in chunks, each read in a thread: parsing a file must not block the loop."""
    iterator: Iterator[LeadRow] = iter(rows)
    while chunk := await asyncio.to_thread(lambda: list(islice(iterator, INTAKE_CHUNK))):
        yield chunk


def _code(identifier: Identifier | None) -> str | None:
    """The product code to look up, where no ASIN follows from the identifier."""
    return identifier.code if identifier and identifier.asin is None else None


def _preview(row: LeadRow, trouble: ArbitrageVaultError | None) -> PreviewRow:
    lead, identifier = row.lead, row.identifier
    return PreviewRow(
        row=row.number,
        identifier=row.identifier_text,
        kind=identifier.kind.value if identifier else None,
        asin=identifier.asin if identifier else None,
        unit_cost=lead.unit_cost.minor if lead and lead.unit_cost else None,
        quantity=lead.quantity if lead else None,
        condition=lead.condition.value if lead and lead.condition else None,
        repairs=list(row.repairs),
        error=RowTrouble(trouble.code, trouble.message) if trouble else None,
    )


async def _estimate(services: Services, products: int, to_fetch: int, tokens: int) -> ScanEstimate:
    """The price of what has to be fetched, beside what is at hand."""
    standing = await services.economy.standing()
    balance = standing.balance
    missing = None if balance is None else max(0, tokens - balance)
    rate = standing.reading and standing.reading.growth
    minutes = 0.0 if missing == 0 else missing / rate if missing and rate else None
    return ScanEstimate(products, products - to_fetch, to_fetch, tokens, balance, minutes)


async def _run_price(
    session: AsyncSession, run_id: UUID, options: ScanOptions, since: datetime
) -> int:
    """Tokens that a run costs at worst, given since when stored data count as fresh."""

    async def missing(depth: Depth) -> int:
        return await run_items.count_to_fetch(session, run_id, fetched_since=since, depth=depth)

    screened = await missing("history") if options.is_screened else 0
    return _price(await missing(options.depth), screened, options)


def _price(products: int, screened: int, options: ScanOptions) -> int:
    """Tokens that a scan costs at worst; a code counts as one product.

    Args:
        products: Products that have to be fetched as deep as the scan may go.
        screened: Products whose histories have to be fetched before that.
        options: How to scan.
    """
    return product_cost(products, offers=OFFERS if options.offers else None) + product_cost(
        screened
    )


def _require_rows(count: int) -> None:
    if count == 0:
        raise LeadFileError("The file has a header but no row below it; add at least one lead.")


def _digest(*what_counts: str | dict[str, Any]) -> str:
    """What makes two scans the same: file, source of the data, marketplace, policy, options."""
    what = orjson.dumps(what_counts, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(what).hexdigest()
