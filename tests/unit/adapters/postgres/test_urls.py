"""Database addresses: what is understood, what is refused, what never leaks."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from arbitragevault.adapters.postgres.urls import (
    parse_database_url,
    resolve_addresses,
    with_authority,
)
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


DIRECT = "postgresql://user:sesame@ep-cool-1.us-east-2.aws.neon.tech/shop"


@pytest.mark.parametrize("url", [NEON, DIRECT, NEON + "?sslmode=require&channel_binding=require"])
def test_either_form_of_a_neon_address_gives_both(url: str) -> None:
    pooled, direct = resolve_addresses(url)
    assert pooled.host == "ep-cool-1-pooler.us-east-2.aws.neon.tech"
    assert direct.host == "ep-cool-1.us-east-2.aws.neon.tech"
    assert (pooled.is_pooled, direct.is_pooled) == (True, False)
    assert pooled.tls is not False
    assert direct.tls is not False
    assert pooled.url.password == direct.url.password


def test_any_other_address_stands_for_itself() -> None:
    pooled, direct = resolve_addresses("postgresql://db.example.com/shop")
    assert pooled is direct
    assert not direct.is_pooled


def test_a_second_address_makes_the_first_one_a_pooler_s() -> None:
    pooled, direct = resolve_addresses(
        "postgresql://localhost:6432/shop", "postgresql://localhost:5432/shop"
    )
    assert (pooled.is_pooled, direct.is_pooled) == (True, False)
    assert (pooled.url.port, direct.url.port) == (6432, 5432)


def test_the_same_address_twice_is_no_pooler() -> None:
    pooled, direct = resolve_addresses(DIRECT, DIRECT)
    assert pooled is direct
    assert not pooled.is_pooled


def test_a_pooler_without_a_known_way_past_it_serves_for_both() -> None:
    pooled, direct = resolve_addresses("postgresql://localhost:6432/shop?pgbouncer=true")
    assert pooled is direct
    assert pooled.is_pooled
    assert pooled.url.query == {}


def test_pgbouncer_false_overrides_the_name() -> None:
    assert not parse_database_url(NEON + "?pgbouncer=false").is_pooled
    with pytest.raises(ConfigurationError, match="pgbouncer=maybe, must be true or false"):
        parse_database_url(NEON + "?pgbouncer=maybe")


def test_the_direct_address_must_not_be_a_pooler_s() -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL_DIRECT leads to the pooler"):
        resolve_addresses(NEON, NEON)
    with pytest.raises(ConfigurationError, match="DATABASE_URL_DIRECT begins with mysql://"):
        resolve_addresses(NEON, "mysql://localhost/shop")


def test_an_authority_of_one_s_own_is_added_where_none_is_named() -> None:
    assert with_authority(DIRECT, "/a b/ca.pem") == DIRECT + "?sslrootcert=/a%20b/ca.pem"
    assert with_authority(DIRECT + "?sslmode=require", "/ca").endswith("require&sslrootcert=/ca")
    named = DIRECT + "?sslrootcert=system"
    assert with_authority(named, "/ca.pem") == named
