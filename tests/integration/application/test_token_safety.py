"""The simulation of the token benchmark, once: faults, deaths and overtaking on one shared key."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "token_safety.py"


@pytest.fixture(scope="module")
def benchmark_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location(BENCHMARK.stem, BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


async def test_ten_minutes_of_trouble_leave_the_books_exact(
    benchmark_module: ModuleType, database_url: str
) -> None:
    figures = await benchmark_module.simulate(
        benchmark_module.Plan(seed=4), [database_url, database_url]
    )
    assert figures.booked == figures.charged
    assert figures.ledger_balance == figures.balance
    assert figures.overdrawing == 0
    assert figures.lowest >= 0
    assert figures.longest_idle <= benchmark_module.MOST_IDLE_SECONDS
    assert figures.killed > 0
    assert figures.refused > 0
    assert {"200", "429", "500", "503", "no answer"} <= figures.answers.keys()
