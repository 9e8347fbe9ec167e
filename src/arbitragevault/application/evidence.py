"""Backtests: decisions replayed on recordings, stored products or the sandbox, over processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from arbitragevault.adapters.files.parquet import new_shards, write_shard
from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.adapters.postgres.repositories.markets import load_markets, stored_keys
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.marketplace import US, Marketplace
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.errors import ArbitrageVaultError, InvalidInputError
from arbitragevault.domain.evidence.product_scores import Scores, score_product
from arbitragevault.domain.evidence.report import digest_of, report
from arbitragevault.domain.evidence.trial_scores import sales_rate_scores, sell_through_scores
from arbitragevault.domain.evidence.trials import Trial, TrialSigns, trial_signs
from arbitragevault.domain.evidence.windows import window_columns
from arbitragevault.domain.market.market import Market

Source = Callable[[], Sequence[Market]]
"""Gives some markets inside the process that replays them; it travels there by pickle."""

TrialSource = Callable[[], Sequence[Trial]]
"""Gives trials likewise."""

ProductScores = Mapping[str, Scores]

_From = TypeVar("_From")
_Done = TypeVar("_Done")

FIRST_DAY: Final = 15
"""First day of the window in which a unit sells; the default policy's."""

WAITING_PER_WORKER: Final = 3
"""Batches that are loaded ahead of each worker: enough to keep it busy, little to hold."""

STORED_BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class Recordings:
    """The products of a folder of recorded answers.

    Args:
        markets: One market per product; of several recordings the one with the longest history.
        bad: Files that hold no product, with the reason.
    """

    markets: tuple[Market, ...]
    bad: Mapping[str, str] = field(default_factory=dict)


def policy_for(horizon_days: int, base: Policy | None = None) -> Policy:
    """The default policy with another length of the window in which a unit sells.

    Args:
        horizon_days: Length of the window; it begins on day 15.
        base: Another policy than the default one.
    """
    return replace(base or Policy(), window_days=(FIRST_DAY, FIRST_DAY + horizon_days))


def read_recordings(folder: Path, marketplace: Marketplace = US) -> Recordings:
    """Read every recorded product below a folder.

    Args:
        folder: Holds Keepa answers or bare product objects as ``.json`` files, at any depth.
        marketplace: Of products that do not say theirs.

    Raises:
        InvalidInputError: If there is no such folder.
    """
    if not folder.is_dir():
        raise InvalidInputError(f"There is no folder {folder}; name one that holds recordings.")
    found: dict[tuple[str, str], Market] = {}
    bad: dict[str, str] = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            markets = decode_keepa(path.read_bytes(), marketplace=marketplace)
        except (ArbitrageVaultError, OSError) as error:
            bad[str(path.relative_to(folder))] = str(error)
            continue
        if not markets:
            bad[str(path.relative_to(folder))] = "It holds no product."
        for market in markets:
            known = found.get(market.product.key)
            if known is None or _points(market) > _points(known):
                found[market.product.key] = market
    return Recordings(tuple(found.values()), bad)


def _points(market: Market) -> int:
    """How much history a market has."""
    return sum(map(len, market.history.values()))


def given(markets: Sequence[Market]) -> Sequence[Market]:
    """A source whose markets travel to the worker."""
    return markets


def one_by_one(markets: Iterable[Market]) -> Iterator[Source]:
    """A source per market, the longest history first, so that no worker is left with it at last."""
    ordered = sorted(markets, key=_points, reverse=True)
    return (partial(given, (market,)) for market in ordered)


async def backtest(
    sources: AsyncIterable[Source],
    policy: Policy,
    *,
    source: str,
    workers: int | None = None,
    shards: Path | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Replay products over processes and report.

    Args:
        sources: Where the markets come from; each is asked in a worker.
        policy: The policy to replay.
        source: What they are: ``recordings``, ``stored`` or ``sandbox``.
        workers: Processes; None takes one per core, 1 stays in this process.
        shards: Folder to which every worker writes the windows of each source that has any, as a
            Parquet shard of its own.
        on_progress: Told how many products are done.

    Raises:
        ConfigurationError: If shards are wanted and polars is not installed.
        InvalidInputError: If the folder holds shards already or cannot be written to.
    """
    if shards is not None:
        new_shards(shards)
    started = time.perf_counter()
    scores: list[ProductScores] = []
    work = partial(_replay, policy, shards)
    async for done in _spread(_numbered(sources), work, workers or os.cpu_count() or 1):
        scores += done
        if on_progress is not None:
            on_progress(len(scores))
    # Workers finish in any order; the report must not depend on it.
    scores.sort(key=_name)
    told = report(scores, policy, source=source, data_digest=digest_of(scores))
    return told | {"seconds": round(time.perf_counter() - started, 3)}


async def trial_report(
    sources: Iterable[TrialSource],
    *,
    workers: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Score sales rate and sell-through against the truth of the sandbox.

    Args:
        sources: Where the trials come from; each is asked in a worker.
        workers: As for ``backtest``.
        on_progress: Told how many trials are done.
    """
    found: list[TrialSigns] = []
    async for done in _spread(in_turn(sources), _reduced, workers or os.cpu_count() or 1):
        found += done
        if on_progress is not None:
            on_progress(len(found))
    found.sort(key=lambda one: (one.asin, one.minute))
    return {"sales_rate": sales_rate_scores(found), "sell_through": sell_through_scores(found)}


async def in_turn(sources: Iterable[_From]) -> AsyncIterator[_From]:
    """Sources that are at hand already."""
    for source in sources:
        yield source


async def _numbered(sources: AsyncIterable[_From]) -> AsyncIterator[tuple[int, _From]]:
    """Sources with their numbers, from 0."""
    number = 0
    async for source in sources:
        yield number, source
        number += 1


async def stored_sources(services: Services) -> AsyncIterator[Source]:
    """Every stored product, loaded in batches."""
    is_sandbox = services.is_sandbox
    keys = await services.database.read(stored_keys, is_sandbox=is_sandbox)
    for start in range(0, len(keys), STORED_BATCH):
        loaded = await services.database.read(
            load_markets, keys[start : start + STORED_BATCH], is_sandbox=is_sandbox
        )
        yield partial(given, tuple(one.market for one in loaded.values()))


async def _spread(
    sources: AsyncIterable[_From], work: Callable[[_From], list[_Done]], workers: int
) -> AsyncIterator[list[_Done]]:
    """What the work makes of each source, in the order in which it is done."""
    if workers == 1:
        async for source in sources:
            # In a thread, because a source may run an event loop of its own.
            yield await asyncio.to_thread(work, source)
        return
    # A fresh interpreter, because this one may run threads and an event loop.
    context = multiprocessing.get_context("spawn")
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting: set[asyncio.Future[list[_Done]]] = set()
        async for source in sources:
            waiting.add(loop.run_in_executor(pool, work, source))
            if len(waiting) >= workers * WAITING_PER_WORKER:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    yield one.result()
        for one in asyncio.as_completed(waiting):
            yield await one


def _reduced(source: TrialSource) -> list[TrialSigns]:
    """What is scored of a source's trials."""
    return [trial_signs(trial) for trial in source()]


def _replay(
    policy: Policy, shards: Path | None, numbered: tuple[int, Source]
) -> list[ProductScores]:
    """The scores of a source's products; products without any replayed week count too."""
    number, source = numbered
    scores: list[ProductScores] = [score_product(market, policy) for market in source()]
    if shards is not None and (columns := window_columns(scores)) is not None:
        write_shard(shards, number, columns)
    return scores


def _name(scores: ProductScores) -> str:
    return min((str(one.product[0]) for one in scores.values()), default="")
