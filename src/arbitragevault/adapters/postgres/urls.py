"""Database addresses: what the user writes, and what the driver may get of it."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from arbitragevault.domain.errors import ConfigurationError

_SCHEMES: Final = ("postgres", "postgresql")
_PLAIN_MODES: Final = ("disable", "allow", "prefer")  # of sslmode: may end without TLS
_TLS_MODES: Final = ("require", "verify-ca", "verify-full")
_OURS: Final = ("host", "port")
_READ: Final = ("sslmode", "sslrootcert")
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


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A checked address.

    Args:
        url: For SQLAlchemy's asyncpg dialect.
        tls: The context to connect with; False for a plain connection (loopback only).
        is_local: On this machine: a Unix socket or a loopback address.
        is_pooled: Behind a transaction pooler, as Neon marks it in the host name.
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


def parse_database_url(text: str) -> DatabaseAddress:
    """Check an address and prepare it for the driver.

    ``sslmode`` and ``channel_binding`` are understood, never passed on: every host but loopback is
    reached by TLS with a verified certificate and host name (libpq's ``verify-full``).

    Args:
        text: For example ``postgresql://user:password@host/database?sslmode=require``.

    Raises:
        ConfigurationError: If it is no PostgreSQL address, asks for a plain connection to another
            machine, or has a parameter that we do not know.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError) as error:
        # The text holds a password: it is not repeated.
        raise ConfigurationError(
            "DATABASE_URL is no database address; write postgresql://user:password@host/database."
        ) from error
    scheme = url.drivername.partition("+")[0]
    if scheme not in _SCHEMES:
        raise ConfigurationError(
            f"DATABASE_URL begins with {scheme}://, must be postgresql://. ArbitrageVault stores "
            "its data in PostgreSQL only."
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
        is_pooled=host.partition(".")[0].endswith("-pooler"),
    )


def _single_values(url: URL) -> dict[str, str]:
    """The parameters of an address, each known and given once."""
    known = (*_OURS, *_READ, *_DROPPED)
    for name, value in url.query.items():
        if name not in known:
            raise ConfigurationError(
                f"DATABASE_URL has the parameter {name!r}, which is not understood; remove it. "
                f"Understood are {', '.join(sorted(known))}."
            )
        if not isinstance(value, str):
            raise ConfigurationError(f"DATABASE_URL has the parameter {name!r} twice; keep one.")
    return {name: str(value) for name, value in url.query.items()}


def _is_local(host: str) -> bool:
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _tls(query: dict[str, str], *, host: str, is_local: bool) -> ssl.SSLContext | Literal[False]:
    mode = query.get("sslmode", "prefer" if is_local else "verify-full")
    if mode not in (*_PLAIN_MODES, *_TLS_MODES):
        raise ConfigurationError(
            f"DATABASE_URL has sslmode={mode}, must be one of "
            f"{', '.join((*_PLAIN_MODES, *_TLS_MODES))}."
        )
    if mode in _PLAIN_MODES and is_local:
        return False
    if mode == "disable":
        raise ConfigurationError(
            f"DATABASE_URL asks for a plain connection to {host}; data and password would travel "
            "readable. Remove sslmode=disable: other machines are reached by TLS only."
        )
    authority = query.get("sslrootcert")
    try:
        return ssl.create_default_context(cafile=None if authority == "system" else authority)
    except OSError as error:
        raise ConfigurationError(
            f"The certificate authority {authority!r} of DATABASE_URL (sslrootcert) cannot be "
            f"read: {error.strerror or error}."
        ) from error
