"""Trouble on demand: refusals, crashes, cut-off and slow answers, at given rates."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from arbitragevault.domain.errors import ConfigurationError

TRUNCATE: Final = "truncate"
SLOW: Final = "slow"
_STATUSES: Final = ("429", "500", "503")
_NAMES: Final = (*_STATUSES, TRUNCATE, SLOW)
SLOW_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong with one request.

    Args:
        status: HTTP status to answer with instead; None answers as usual.
        truncates: Cut the compressed body off in the middle.
        delays: Wait before answering.
    """

    status: int | None = None
    truncates: bool = False
    delays: bool = False


class Faults:
    """Draws trouble, reproducibly.

    Args:
        spec: For example ``"500:0.05,503:0.02,429:0.05,truncate:0.02,slow:0.1"``: names with the
            share of requests that they strike.
        seed: Decides which requests.

    Raises:
        ConfigurationError: If the specification is not of that form.
    """

    def __init__(self, spec: str, seed: int = 0) -> None:
        self._rates = dict(_rate(part) for part in spec.split(",") if part.strip())
        self._random = random.Random(seed)  # noqa: S311  # reproducible faults, no secrets

    def draw(self) -> Trouble:
        """What goes wrong with the next request; mostly nothing."""
        struck = [name for name in _NAMES if self._random.random() < self._rates.get(name, 0.0)]
        status = next((int(name) for name in struck if name in _STATUSES), None)
        return Trouble(status, TRUNCATE in struck, SLOW in struck)


def _rate(part: str) -> tuple[str, float]:
    name, _, share = part.strip().partition(":")
    try:
        rate = float(share)
    except ValueError:
        rate = -1.0
    if name not in _NAMES or not 0 <= rate <= 1:
        raise ConfigurationError(
            f"{part.strip()!r} is no fault; write names of {', '.join(_NAMES)} with shares, "
            "like 500:0.05,slow:0.1."
        )
    return name, rate
