"""How requests are sent: what is asked, how long to wait, how often to try, what never to log."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import SystemRandom
from typing import Final

from arbitragevault.adapters.keepa import schema

_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of Keepa.

    Args:
        endpoint: The path.
        params: The query parameters, without the key.
        body: JSON to post; None gets.
        worst_case: Tokens that it costs at worst.
        least: Tokens that a smaller request would cost that would do instead.
        read_seconds: How long to wait for the answer to begin.
    """

    endpoint: schema.Endpoint
    params: Mapping[str, str]
    body: bytes | None
    worst_case: int
    least: int
    read_seconds: float


class PassingTroubleError(Exception):
    """An attempt failed in a way that may be gone in a second."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    Args:
        connect: For a connection.
        read: For an answer; Keepa takes about 0.6 s.
        read_offers: For an answer with live offers; Keepa takes 2-20 s per product.
        body: For the rest of an answer that has begun.
    """

    connect: float = 5.0
    read: float = 30.0
    read_offers: float = 150.0
    body: float = 60.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and after how long, a request is sent again that failed through no fault of ours.

    Args:
        attempts: How often it is sent at most.
        first_seconds: Longest pause before the second attempt; doubles with each one.
        most_seconds: Longest pause at all.
    """

    attempts: int = 4
    first_seconds: float = 0.5
    most_seconds: float = 8.0

    def pause(self, attempt: int) -> float:
        """A pause after an attempt (1, 2, ...), at random so that clients do not march in step."""
        longest = min(self.first_seconds * 2 ** (attempt - 1), self.most_seconds)
        return _random.uniform(longest / 2, longest)


class HideKeys(logging.Filter):
    """httpx logs the address of every request; this takes the key out of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, with the key blotted out."""
        told = record.getMessage()
        hidden = re.sub(r"([?&]key=)[^&\s\"']+", r"\1***", told)
        if hidden != told:
            record.msg, record.args = hidden, ()
        return True


HIDE_KEYS: Final = HideKeys()
