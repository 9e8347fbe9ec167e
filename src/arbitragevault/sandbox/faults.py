"""Trouble on demand: refusals, crashes, cut-off and slow answers, wrong clocks, at given rates."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from arbitragevault.domain.errors import ConfigurationError

TRUNCATE: Final = "truncate"
SLOW: Final = "slow"
DRIP: Final = "drip"
STALE: Final = "stale"
SKEW: Final = "skew"
_STATUSES: Final = ("429", "500", "503")
_NAMES: Final = (*_STATUSES, TRUNCATE, SLOW, DRIP, STALE, SKEW)
SLOW_SECONDS: Final = 2.0
"""How long a slow answer waits, and how long a dripping body takes."""
DRIP_PIECES: Final = 8
STALE_REFILL_MS: Final = 59_000
"""``refillIn`` of a stale answer: that of a reading taken just after the tick."""
SKEW_MS: Final = -3 * 3_600_000
"""By how much a skewed server clock is wrong."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong with one request.

    Args:
        status: HTTP status to answer with instead; None answers as usual.
        truncates: Cut the compressed body off in the middle.
        delays: Wait before answering.
        drips: Send the body slowly, in pieces.
        is_stale: Tell a ``refillIn`` that no longer holds.
        is_skewed: Tell a ``timestamp`` that is hours off.
    """

    status: int | None = None
    truncates: bool = False
    delays: bool = False
    drips: bool = False
    is_stale: bool = False
    is_skewed: bool = False


@dataclass(frozen=True, slots=True)
class _Rate:
    """How often a fault strikes, and how many requests in a row it then lasts."""

    share: float
    length: int


class Faults:
    """Draws trouble, reproducibly.

    Args:
        spec: For example ``"500:0.05,429:0.02x5,truncate:0.02,slow:0.1"``: names with the share of
            requests that they strike; ``x5`` makes a burst of five requests in a row of it. Names
            are 429, 500 and 503 (plain text, no JSON), truncate (half of the compressed body),
            slow (late answer), drip (body in pieces), stale (``refillIn`` of an older reading) and
            skew (``timestamp`` hours off).
        seed: Decides which requests.

    Raises:
        ConfigurationError: If the specification is not of that form.
    """

    def __init__(self, spec: str, seed: int = 0) -> None:
        self._rates = dict(_rate(part) for part in spec.split(",") if part.strip())
        self._random = random.Random(seed)  # noqa: S311  # reproducible faults, no secrets
        self._left: dict[str, int] = {}

    def draw(self) -> Trouble:
        """What goes wrong with the next request; mostly nothing."""
        struck = [name for name in _NAMES if self._strikes(name)]
        status = next((int(name) for name in struck if name in _STATUSES), None)
        return Trouble(
            status,
            truncates=TRUNCATE in struck,
            delays=SLOW in struck,
            drips=DRIP in struck,
            is_stale=STALE in struck,
            is_skewed=SKEW in struck,
        )

    def _strikes(self, name: str) -> bool:
        rate = self._rates.get(name)
        point = self._random.random()
        if rate is None:
            return False
        if self._left.get(name, 0) > 0:
            self._left[name] -= 1
            return True
        if point >= rate.share:
            return False
        self._left[name] = rate.length - 1
        return True


def _rate(part: str) -> tuple[str, _Rate]:
    name, _, value = part.strip().partition(":")
    share, _, length = value.partition("x")
    try:
        rate, lasting = float(share), int(length or 1)
    except ValueError:
        rate, lasting = -1.0, 1
    if name not in _NAMES or not 0 <= rate <= 1 or lasting < 1:
        raise ConfigurationError(
            f"{part.strip()!r} is no fault; write names of {', '.join(_NAMES)} with shares, "
            "like 500:0.05,slow:0.1, and bursts like 429:0.02x5."
        )
    return name, _Rate(rate, lasting)
