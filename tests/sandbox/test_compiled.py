"""Compiled functions: the same market as the plain ones, kept on disk or not."""

from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType

import pytest

MARKETS = """
import hashlib
import orjson
from arbitragevault.sandbox import exchange
from arbitragevault.sandbox.answering import Task, answers
from arbitragevault.sandbox.marketplace import Marketplace, Refresh
from arbitragevault.sandbox.request import read_product_request

now = 8_360_000
marketplace = Marketplace(7, 400)
asins = marketplace.asins[:2]
request = read_product_request({"domain": "1", "asin": ",".join(asins), "stats": "90"}, now)
digest = hashlib.sha256()
looked_at = (Refresh(now - 4_001, True), Refresh(now - 90, False))
for outcome in answers(marketplace, [Task(asin, looked_at) for asin in asins], request, now):
    digest.update(orjson.dumps(outcome.answered.body, option=orjson.OPT_SERIALIZE_NUMPY))
for asin in asins:
    product = marketplace.product(asin, now)
    if product is not None:
        digest.update(product.economy.expected.tobytes())
print(hasattr(exchange.run, "py_func"), digest.hexdigest())
"""

FILELESS = """
from arbitragevault.sandbox.compiled import compiled

@compiled
def twice(number):
    return 2 * number

@compiled
def thrice(number):
    return twice(number) + number
"""


def market(**environment: str) -> list[str]:
    """What a process of its own makes of the market: whether compiled, and a digest."""
    done = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", MARKETS],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return done.stdout.split()


def test_the_compiled_market_is_the_plain_one_bit_by_bit() -> None:
    compiled_market, plain_market = market(), market(NUMBA_DISABLE_JIT="1")
    assert (compiled_market[0], plain_market[0]) == ("True", "False")
    assert compiled_market[1] == plain_market[1]


def test_what_cannot_be_kept_on_disk_is_compiled_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("fileless")  # nothing can be kept beside it
    monkeypatch.setitem(sys.modules, "fileless", module)
    exec(FILELESS, vars(module))  # noqa: S102  # our own words
    assert module.thrice(14) == 42
    assert hasattr(module.twice, "py_func")
