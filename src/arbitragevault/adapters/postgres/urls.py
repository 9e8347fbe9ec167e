"""Database addresses: what the user writes, and what the driver may get of it."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import quote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from arbitragevault.domain.errors import ConfigurationError

_SCHEMES: Final = ("postgres", "postgresql")
_PLAIN_MODES: Final = ("disable", "allow", "prefer")  # of sslmode: may end without TLS
_TLS_MODES: Final = ("require", "verify-ca", "verify-full")
_OURS: Final = ("host", "port")
_READ: Final = ("pgbouncer", "sslmode", "sslrootcert")
_DROPPED: Final = (
    "application_name",  # we set our own
    "channel_binding",  # the driver has none; verify-full TLS protects instead
    "connect_timeout",
    "gssencmode",
    "keepalives",
    "keepalives_idle",
    "sslnegotiation",
    "target_session_attrs",
)
"""Parameters of libpq that change nothing for us; the driver would refuse them."""

_POOLER_SUFFIX: Final = "-pooler"
"""Neon marks its pooler in the first label of the host; see neon.com/docs/connect."""
_NEON: Final = ".neon.tech"


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A checked address.

    Args:
        url: For SQLAlchemy's asyncpg dialect.
        tls: The context to connect with; False for a plain connection (loopback only).
        is_local: On this machine: a Unix socket or a loopback address.
        is_pooled: Behind a transaction pooler: marked in the host name as Neon does, or by
            ``pgbouncer=true``.
    """

    url: URL
    tls: ssl.SSLContext | Literal[False]
    is_local: bool
    is_pooled: bool

    @property
    def place(self) -> str:
        """Where it is, for messages: no user, no password."""
        host = self.url.host or self.url.query.get("host") or "localhost"
        return f"{host}/{self.url.database or ''}"

    @property
    def host(self) -> str:
        """The host name; empty for a Unix socket."""
        return self.url.host or ""


def resolve_addresses(
    url: str, direct_url: str | None = None
) -> tuple[DatabaseAddress, DatabaseAddress]:
    """Where requests go, and the address that leads past the pooler.

    Either form of a Neon address is enough: the other one is derived. Any other address stands for
    itself, unless a second one is given; then the first one is a pooler's.

    Args:
        url: ``DATABASE_URL``.
        direct_url: ``DATABASE_URL_DIRECT``.

    Raises:
        ConfigurationError: As ``parse_database_url``; or if the direct address is a pooler's.
    """
    given = parse_database_url(url)
    if direct_url is not None:
        direct = parse_database_url(direct_url, setting="DATABASE_URL_DIRECT")
        if direct.is_pooled:
            raise ConfigurationError(
                f"DATABASE_URL_DIRECT leads to the pooler {direct.place}; give the address without "
                f"{_POOLER_SUFFIX} or pgbouncer=true."
            )
        is_pooled = given.is_pooled or given.url != direct.url
        return (replace(given, is_pooled=True), direct) if is_pooled else (given, given)
    label, _, domain = given.host.partition(".")
    if given.is_pooled:
        return given, _at_host(given, f"{label.removesuffix(_POOLER_SUFFIX)}.{domain}")
    if given.host.endswith(_NEON):
        return _at_host(given, f"{label}{_POOLER_SUFFIX}.{domain}"), given
    return given, given


def with_authority(url: str, path: str) -> str:
    """An address that trusts a certificate authority of one's own, unless it names one itself.

    Args:
        url: Any PostgreSQL address.
        path: PEM file of the authority's certificate.
    """
    if "sslrootcert=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}sslrootcert={quote(path, safe='/')}"


def parse_database_url(text: str, *, setting: str = "DATABASE_URL") -> DatabaseAddress:
    """Check an address and prepare it for the driver.

    ``sslmode`` and ``channel_binding`` are understood, never passed on: every host but loopback is
    reached by TLS with a verified certificate and host name (libpq's ``verify-full``).

    Args:
        text: For example ``postgresql://user:password@host/database?sslmode=require``.
        setting: What messages call it.

    Raises:
        ConfigurationError: If it is no PostgreSQL address, asks for a plain connection to another
            machine, or has a parameter that we do not know.
    """
    try:
        return _parse(text)
    except _UnusableError as error:
        raise ConfigurationError(f"{setting} {error}") from error.__cause__


class _UnusableError(Exception):
    """Why an address cannot be used: a sentence that begins with the name of its setting."""


def _parse(text: str) -> DatabaseAddress:
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError) as error:
        # The text holds a password: it is not repeated.
        raise _UnusableError(
            "is no database address; write postgresql://user:password@host/database."
        ) from error
    scheme = url.drivername.partition("+")[0]
    if scheme not in _SCHEMES:
        raise _UnusableError(
            f"begins with {scheme}://, must be postgresql://. ArbitrageVault stores its data in "
            "PostgreSQL only."
        )
    query = _single_values(url)
    host = url.host or query.get("host") or "localhost"
    is_local = _is_local(host)
    return DatabaseAddress(
        url=url.set(
            drivername="postgresql+asyncpg",
            host=None if "host" in query else host,
            query={key: value for key, value in query.items() if key in _OURS},
        ),
        tls=_tls(query, host=host, is_local=is_local),
        is_local=is_local,
        is_pooled=_is_pooled(query, host),
    )


def _single_values(url: URL) -> dict[str, str]:
    """The parameters of an address, each known and given once."""
    known = (*_OURS, *_READ, *_DROPPED)
    for name, value in url.query.items():
        if name not in known:
            raise _UnusableError(
                f"has the parameter {name!r}, which is not understood; remove it. "
                f"Understood are {', '.join(sorted(known))}."
            )
        if not isinstance(value, str):
            raise _UnusableError(f"has the parameter {name!r} twice; keep one.")
    return {name: str(value) for name, value in url.query.items()}


def _is_local(host: str) -> bool:
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_pooled(query: dict[str, str], host: str) -> bool:
    said = query.get("pgbouncer", "")
    if said not in ("", "true", "false"):
        raise _UnusableError(f"has pgbouncer={said}, must be true or false.")
    return said == "true" or (not said and host.partition(".")[0].endswith(_POOLER_SUFFIX))


def _at_host(address: DatabaseAddress, host: str) -> DatabaseAddress:
    """The same database by way of another host; itself where the host stays the same."""
    if host.strip(".") in ("", address.host):
        return address
    return replace(address, url=address.url.set(host=host), is_pooled=_is_pooled({}, host))


def _tls(query: dict[str, str], *, host: str, is_local: bool) -> ssl.SSLContext | Literal[False]:
    mode = query.get("sslmode", "prefer" if is_local else "verify-full")
    if mode not in (*_PLAIN_MODES, *_TLS_MODES):
        raise _UnusableError(
            f"has sslmode={mode}, must be one of {', '.join((*_PLAIN_MODES, *_TLS_MODES))}."
        )
    if mode in _PLAIN_MODES and is_local:
        return False
    if mode == "disable":
        raise _UnusableError(
            f"asks for a plain connection to {host}; data and password would travel readable. "
            "Remove sslmode=disable: other machines are reached by TLS only."
        )
    authority = query.get("sslrootcert")
    try:
        return ssl.create_default_context(cafile=None if authority == "system" else authority)
    except OSError as error:
        raise _UnusableError(
            f"names the certificate authority {authority!r} (sslrootcert), which cannot be read: "
            f"{error.strerror or error}."
        ) from error
