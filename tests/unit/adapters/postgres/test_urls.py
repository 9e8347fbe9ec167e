"""Database addresses: what is understood, what is refused, what never leaks."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from arbitragevault.adapters.postgres.urls import parse_database_url
from arbitragevault.domain.errors import ConfigurationError

NEON = "postgresql://user:sesame@ep-cool-1-pooler.us-east-2.aws.neon.tech/shop"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_usual_spelling_reaches_the_driver(scheme: str) -> None:
    address = parse_database_url(f" {scheme}://user:sesame@localhost:5433/shop ")
    rendered = address.url.render_as_string(hide_password=False)
    assert rendered == "postgresql+asyncpg://user:sesame@localhost:5433/shop"


@pytest.mark.parametrize(
    "query", ["?sslmode=require&channel_binding=require", "?sslmode=prefer", ""]
)
def test_other_machines_are_reached_with_a_verified_certificate(query: str) -> None:
    address = parse_database_url(NEON + query)
    assert isinstance(address.tls, ssl.SSLContext)
    assert address.tls.verify_mode is ssl.CERT_REQUIRED
    assert address.tls.check_hostname
    assert address.url.query == {}
    assert (address.is_local, address.is_pooled) == (False, True)
    assert address.place == "ep-cool-1-pooler.us-east-2.aws.neon.tech/shop"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user@localhost/shop",
        "postgresql://user@127.0.0.1/shop?sslmode=disable",
        "postgresql://user@[::1]/shop?sslmode=prefer",
        "postgresql:///shop",
        "postgresql://user@/shop?host=/run/postgresql&port=5432",
    ],
)
def test_this_machine_is_reached_plainly(url: str) -> None:
    address = parse_database_url(url)
    assert address.tls is False
    assert (address.is_local, address.is_pooled) == (True, False)


def test_this_machine_is_reached_by_tls_if_asked() -> None:
    assert parse_database_url("postgresql://localhost/shop?sslmode=verify-full").tls is not False


def test_a_socket_folder_stays_a_parameter() -> None:
    address = parse_database_url("postgresql://user@/shop?host=/run/postgresql&port=5433")
    assert address.url.query == {"host": "/run/postgresql", "port": "5433"}
    assert address.url.host is None
    assert address.place == "/run/postgresql/shop"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sesame", "is no database address"),
        ("postgresql://user:sesame@host:port/shop", "is no database address"),
        ("mysql://user:sesame@localhost/shop", "must be postgresql://"),
        (NEON + "?sslmode=disable", "plain connection to ep-cool"),
        (NEON + "?sslmode=sometimes", "sslmode=sometimes, must be one of"),
        (NEON + "?options=-c%20x", "parameter 'options', which is not understood"),
        (NEON + "?sslmode=require&sslmode=disable", "parameter 'sslmode' twice"),
        (NEON + "?sslrootcert=/nowhere/ca.pem", "certificate authority '/nowhere/ca.pem'"),
    ],
)
def test_what_cannot_be_used_is_refused_without_repeating_the_password(
    url: str, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        parse_database_url(url)
    assert "sesame" not in caught.value.message


def test_the_system_s_authorities_can_be_named(tmp_path: Path) -> None:
    assert parse_database_url(NEON + "?sslrootcert=system").tls is not False
    nonsense = tmp_path / "ca.pem"
    nonsense.write_text("nonsense")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        parse_database_url(f"{NEON}?sslrootcert={nonsense}")
