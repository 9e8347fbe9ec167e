"""Processes that answer products side by side.

A product's market is simulated by Python that holds its interpreter, so several cores need several
processes. Each has the marketplace of its own, which is a function of seed and size, and keeps
nothing that matters: what is to be remembered comes back with the answers.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing.synchronize import Lock
from typing import Final

import orjson

from arbitragevault.sandbox.answering import Outcome, Task, answers, prepare
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.request import ProductRequest
from arbitragevault.sandbox.source import Answered

_MOST_WORKERS: Final = 16
_PORTION: Final = 25
"""Products that a process is handed at once: few enough that all finish at about the same time."""


_GARBAGE_AFTER: Final = 50_000
"""New containers after which garbage is looked for: some fifty products' (Python: 700)."""


class WorkerLostError(Exception):
    """A process of the crew ended by itself; the next question finds new ones."""

    def __init__(self) -> None:
        super().__init__(
            "A process that makes the sandbox's products ended unexpectedly (killed, or out of "
            "memory). Ask again; new ones are started."
        )


def cores() -> int:
    """How many processes are of use on this machine, at least one."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    usable = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(usable, _MOST_WORKERS))


class Crew:
    """Answers products of a marketplace in several processes, which start when first needed.

    Args:
        seed: The marketplace's seed.
        size: Its number of products.
        workers: How many processes.
    """

    def __init__(self, seed: int, size: int, workers: int) -> None:
        self._marketplace = (seed, size)
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start all processes now, so that the first question need not wait for them."""
        with self._lock:
            self._started()

    def answers(self, tasks: Sequence[Task], request: ProductRequest, now: int) -> list[Outcome]:
        """What ``answer`` gives for each task; bodies are JSON already.

        Args:
            tasks: Which products, each of them once.
            request: What is asked of them.
            now: Market minute.

        Raises:
            WorkerLostError: If a process ended before it had answered.
        """
        portions = [tasks[at : at + _PORTION] for at in range(0, len(tasks), _PORTION)]
        futures: list[Future[list[Outcome]]] = []
        pool = None
        try:
            with self._lock:
                pool = self._started()
                futures = [pool.submit(_answers, one, request, now) for one in portions]
            outcomes = [outcome for future in futures for outcome in future.result()]
        except (BrokenProcessPool, CancelledError):
            self._drop(pool)
            raise WorkerLostError from None
        finally:
            for future in futures:
                future.cancel()
        return [_as_fragment(one) for one in outcomes]

    def close(self) -> None:
        """End all processes; whoever still waits for an answer gets ``WorkerLostError``."""
        self._is_closed = True
        self._drop(self._pool)

    def _started(self) -> ProcessPoolExecutor:
        if self._is_closed:
            raise WorkerLostError
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self._workers,
                mp_context=context,
                initializer=_prepare,
                initargs=(*self._marketplace, context.Lock()),
            )
            for _ in range(self._workers):
                self._pool.submit(_be_there)
        return self._pool

    def _drop(self, pool: ProcessPoolExecutor | None) -> None:
        with self._lock:
            if pool is self._pool:
                self._pool = None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)


_marketplaces: list[Marketplace] = []
"""In a process of the crew: its marketplace."""


def _prepare(seed: int, size: int, compiling: Lock) -> None:
    """Begin a process: have the compiled code at hand, and end with whoever started it.

    On a new machine the first process compiles, and the others read what it has kept.
    """
    # Ctrl-C reaches every process of the terminal; the server decides when its crew ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with compiling:
        prepare(seed)
    _marketplaces.append(Marketplace(seed, size))
    # What is loaded stays, and answers hold no cycles: looking for garbage takes a twentieth.
    gc.freeze()
    gc.set_threshold(_GARBAGE_AFTER)


def _end_with_parent() -> None:
    """A killed server cannot send its crew home, and they would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _be_there() -> None:
    """Nothing: a first task makes the pool start a process."""


def _answers(tasks: Sequence[Task], request: ProductRequest, now: int) -> list[Outcome]:
    """Answer some products, their bodies written as JSON."""
    outcomes = answers(_marketplaces[0], tasks, request, now)
    return [_with_body(one, _written(one.answered.body)) for one in outcomes]


def _written(body: object) -> bytes | None:
    return None if body is None else orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def _as_fragment(outcome: Outcome) -> Outcome:
    body = outcome.answered.body
    return outcome if body is None else _with_body(outcome, orjson.Fragment(body))


def _with_body(outcome: Outcome, body: object) -> Outcome:
    return replace(outcome, answered=Answered(body, outcome.answered.tokens))
