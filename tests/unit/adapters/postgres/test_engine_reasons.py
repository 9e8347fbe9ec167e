"""Why a database cannot be reached, in words; and what a pooled address changes."""

from __future__ import annotations

import ssl

import pytest

from arbitragevault.adapters.postgres.faults import reason_of
from arbitragevault.adapters.postgres.pool import create_engine


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (untrusted(), "its certificate is not trusted (self-signed certificate)"),
        (TimeoutError(), "no answer in time"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (OSError("Multiple exceptions: refused"), "Multiple exceptions: refused"),
    ],
)
def test_the_reason_is_one_line(error: OSError, reason: str) -> None:
    assert reason_of(error) == reason


def test_a_pooler_gets_no_settings_but_the_name() -> None:
    url = "postgresql://user:pw@ep-x-pooler.aws.neon.tech/shop"
    engine = create_engine(url, application_name="av-api")
    _, arguments = engine.dialect.create_connect_args(engine.url)
    assert arguments["host"] == "ep-x-pooler.aws.neon.tech"
    assert engine.pool.size() == 5  # type: ignore[attr-defined]
