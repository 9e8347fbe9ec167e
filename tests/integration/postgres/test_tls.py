"""Encryption: who is trusted, and what is refused, by real TLS on an address of this machine.

The embedded server is built without TLS. Before it stands a door that speaks it, as Neon's does.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.urls import with_authority
from arbitragevault.domain.errors import ConfigurationError, DatabaseError

_SSL_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"


@dataclass(frozen=True)
class Door:
    """A door to the server that only opens by TLS.

    Args:
        url: Its address, which is not loopback's.
        authority: The certificate of the private authority that vouches for it.
    """

    url: str
    authority: str


def _address() -> str:
    """An address of this machine that is not loopback's; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback's")
        return str(probe.getsockname()[0])


@pytest.fixture
async def door(
    request: pytest.FixtureRequest, server_url: str, database: Database, tmp_path: Path
) -> AsyncIterator[Door]:
    """For the name or address that its test asks for, else for that of this machine."""
    url = Database(server_url).engine.url
    if "host" not in url.query:
        pytest.skip("the server has no socket to stand before")
    behind = f"{url.query['host']}/.s.PGSQL.{url.query['port']}"
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(getattr(request, "param", _address())).configure_cert(context)
    passing: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        passing.add(task)
        with suppress(OSError, asyncio.IncompleteReadError):
            if await reader.readexactly(8) == _SSL_REQUEST:
                writer.write(b"S")
                await writer.start_tls(context)
                there, back = await asyncio.open_unix_connection(behind)
                await asyncio.gather(_pump(reader, back), _pump(there, writer))
        writer.close()
        passing.discard(task)

    listener = await asyncio.start_server(serve, _address(), 0)
    port = listener.sockets[0].getsockname()[1]
    yield Door(
        f"postgresql://postgres@{_address()}:{port}/{database.engine.url.database}",
        str(tmp_path / "authority.pem"),
    )
    listener.close()
    for task in passing:
        task.cancel()
    await asyncio.gather(*passing, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
    writer.close()


async def _count(session: AsyncSession) -> int:
    return int(await session.scalar(text("SELECT count(*) FROM runs")) or 0)


MODES = ("", "?sslmode=prefer", "?sslmode=require&channel_binding=require", "?sslmode=verify-full")


@pytest.mark.parametrize("mode", MODES)
async def test_a_private_authority_is_refused_by_default_and_accepted_once_given(
    door: Door, mode: str
) -> None:
    async with Database(door.url + mode) as database:
        with pytest.raises(DatabaseError, match="its certificate is not trusted"):
            await database.read(_count)
    async with Database(with_authority(door.url + mode, door.authority)) as database:
        assert await database.read(_count) == 0


@pytest.mark.parametrize("door", ["db.example.com"], indirect=True)
async def test_a_certificate_for_another_name_is_refused(door: Door) -> None:
    async with Database(with_authority(door.url, door.authority)) as database:
        with pytest.raises(DatabaseError, match="its certificate is not trusted"):
            await database.read(_count)


async def test_a_server_without_tls_is_refused(database: Database) -> None:
    """On another address than loopback nothing travels readable, whatever the server offers."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(8) == _SSL_REQUEST
        writer.write(b"N")
        assert await reader.read() == b""  # no user name, no password
        writer.close()

    listener = await asyncio.start_server(serve, _address(), 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        url = f"postgresql://user:sesame@{_address()}:{port}/{database.engine.url.database}"
        async with Database(url) as plain:
            with pytest.raises(DatabaseError, match="rejected SSL upgrade"):
                await plain.read(_count)


def test_a_plain_connection_is_not_even_tried() -> None:
    with pytest.raises(ConfigurationError, match="asks for a plain connection"):
        Database(f"postgresql://user@{_address()}/shop?sslmode=disable")
