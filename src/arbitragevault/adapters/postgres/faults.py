"""What goes wrong between us and the server, and whether the same work may be tried again.

Measured by stopping, killing and suspending servers under load (docs/explanation/connections.md):

=====================================================  =========================================
what the driver says                                   what it means
=====================================================  =========================================
refused, reset, no such socket, no answer, 08xxx       stopped, suspended, or behind a fail-over
57P01, 57P02, 57P03, 57P05                             is being stopped, or is just starting
40001, 40P01, a plan that a migration made stale       somebody else was faster
53300                                                  all its connections are taken
everything else                                        trying again would not help
=====================================================  =========================================
"""

from __future__ import annotations

import os
import random
import socket
import ssl
from enum import Enum
from typing import Final

from sqlalchemy.exc import DBAPIError

_STOPPED: Final = frozenset({"57P01", "57P02", "57P03", "57P05"})
_CONFLICTS: Final = frozenset({"40001", "40P01"})
_TOO_MANY: Final = "53300"
_STALE_PLAN: Final = "0A000"  # "cached plan must not change result type"; SQLAlchemy forgets it
_TOO_SLOW: Final = frozenset({"57014", "55P03", "25P03", "25P04"})  # statement, lock, idle, whole
_HOPELESS: Final = ("unsupported startup parameter", "no such", "rejected SSL upgrade")
"""What poolers and servers without TLS say that would be the same the next time."""


class Fault(Enum):
    """Trouble after which the same work may be tried again.

    The value is the longest pause before the second attempt, in seconds; it doubles each time.
    """

    LOST = 0.2
    CONFLICT = 0.02
    CROWDED = 1.0


LONGEST_PAUSE: Final = 3.0
"""Seconds between two attempts, at most; a suspended Neon compute wakes within one."""


def fault_of(error: OSError | DBAPIError) -> Fault | None:
    """The kind of a trouble that may pass; None for everything that would only happen again.

    Args:
        error: What connection or statement raised.
    """
    if any(words in str(error) for words in _HOPELESS):
        return None
    if not isinstance(error, DBAPIError):
        return None if _is_lasting(error) else Fault.LOST
    state = sqlstate(error)
    if state in _CONFLICTS or (state == _STALE_PLAN and "cached plan" in str(error)):
        return Fault.CONFLICT
    if state == _TOO_MANY:
        return Fault.CROWDED
    if state in _TOO_SLOW:
        return None
    is_gone = state in _STOPPED or state.startswith("08") or error.connection_invalidated
    return Fault.LOST if is_gone else None


def is_too_slow(error: OSError | DBAPIError) -> bool:
    """True if a statement, a wait for a lock or an idle transaction took longer than it may."""
    if isinstance(error, DBAPIError):
        return sqlstate(error) in _TOO_SLOW
    return isinstance(error, TimeoutError)


def sqlstate(error: DBAPIError) -> str:
    """The five characters by which PostgreSQL names an error; empty where there are none."""
    return getattr(error.orig, "sqlstate", None) or ""


def pause_before(attempt: int, fault: Fault) -> float:
    """Seconds to wait before an attempt: at random, so that not everybody comes at once.

    Args:
        attempt: Its number; the first retry is the second attempt.
        fault: What ended the one before.
    """
    longest = min(fault.value * 2.0 ** (attempt - 2), LONGEST_PAUSE)
    return longest * (0.5 + random.random() / 2)  # noqa: S311  # not a secret


def reason_of(error: OSError | DBAPIError) -> str:
    """The reason in one line, without statements and parameters."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, DBAPIError):
        return str(error.orig).partition(">: ")[2] or str(error.orig)
    return error.strerror or os.strerror(error.errno or 0) if error.errno else str(error)


def _is_lasting(error: OSError) -> bool:
    """True for a wrong name or an untrusted certificate: settings, not the weather."""
    if isinstance(error, socket.gaierror):
        return error.errno != socket.EAI_AGAIN
    return isinstance(error, ssl.SSLCertVerificationError | PermissionError)
