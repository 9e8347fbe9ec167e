"""Which trouble may pass, and how long it is waited for."""

from __future__ import annotations

import socket
import ssl

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy.exc import DBAPIError

from arbitragevault.adapters.postgres.faults import (
    LONGEST_PAUSE,
    Fault,
    fault_of,
    is_too_slow,
    pause_before,
)


def told(kind: type[Exception], message: str = "x", *, invalidated: bool = False) -> DBAPIError:
    """An error of the driver as SQLAlchemy hands it on."""

    class OriginalError(Exception):
        sqlstate = getattr(kind, "sqlstate", None)

    return DBAPIError("SELECT 1", {}, OriginalError(message), connection_invalidated=invalidated)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ConnectionRefusedError(111, "Connection refused"), Fault.LOST),
        (ConnectionResetError(104, "reset"), Fault.LOST),
        (FileNotFoundError(2, "No such file"), Fault.LOST),
        (TimeoutError(), Fault.LOST),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), Fault.LOST),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), None),
        (ssl.SSLCertVerificationError("untrusted"), None),
        (PermissionError(13, "denied"), None),
        (ConnectionError('server at "x" rejected SSL upgrade'), None),
        (told(asyncpg.CannotConnectNowError), Fault.LOST),
        (told(asyncpg.AdminShutdownError), Fault.LOST),
        (told(asyncpg.CrashShutdownError), Fault.LOST),
        (told(asyncpg.ConnectionDoesNotExistError), Fault.LOST),
        (told(asyncpg.ProtocolViolationError, "server conn crashed?"), Fault.LOST),
        (told(asyncpg.ProtocolViolationError, "unsupported startup parameter: jit"), None),
        (told(asyncpg.ProtocolViolationError, "no such database: x"), None),
        (told(asyncpg.InterfaceError, invalidated=True), Fault.LOST),
        (told(asyncpg.SerializationError), Fault.CONFLICT),
        (told(asyncpg.DeadlockDetectedError), Fault.CONFLICT),
        (told(asyncpg.FeatureNotSupportedError, "cached plan must not change"), Fault.CONFLICT),
        (told(asyncpg.FeatureNotSupportedError), None),
        (told(asyncpg.TooManyConnectionsError), Fault.CROWDED),
        (told(asyncpg.UniqueViolationError), None),
        (told(asyncpg.InvalidPasswordError), None),
        (told(asyncpg.QueryCanceledError), None),
        (told(asyncpg.LockNotAvailableError), None),
        (told(asyncpg.IdleInTransactionSessionTimeoutError, invalidated=True), None),
    ],
)
def test_only_what_may_pass_is_tried_again(
    error: OSError | DBAPIError, fault: Fault | None
) -> None:
    assert fault_of(error) is fault


@pytest.mark.parametrize(
    ("error", "slow"),
    [
        (TimeoutError(), True),
        (told(asyncpg.QueryCanceledError), True),
        (told(asyncpg.LockNotAvailableError), True),
        (told(asyncpg.AdminShutdownError), False),
        (ConnectionResetError(), False),
    ],
)
def test_what_takes_too_long_is_told_apart(error: OSError | DBAPIError, slow: bool) -> None:  # noqa: FBT001
    assert is_too_slow(error) is slow


@pytest.mark.parametrize("fault", Fault)
def test_pauses_double_up_to_a_limit(fault: Fault) -> None:
    for attempt in range(2, 12):
        longest = min(fault.value * 2 ** (attempt - 2), LONGEST_PAUSE)
        for _ in range(20):
            assert longest / 2 <= pause_before(attempt, fault) <= longest
