"""A whole database in one file, and back.

The file is a ZIP: ``manifest.json`` (format, schema revision, and for every table its columns,
rows and digest) and ``tables/NAME.copy``, each in PostgreSQL's binary COPY format. So it can also
be read without this program: ``COPY name (columns) FROM 'name.copy' WITH (FORMAT binary)``.
"""

from __future__ import annotations

import asyncio
import os
import zipfile
import zlib
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from arbitragevault.adapters.postgres.driver import connected
from arbitragevault.adapters.postgres.transfer import (
    Layout,
    Moved,
    OnMoved,
    TableContent,
    content_of,
    counters_of,
    must_hold,
    prepare_source,
    prepare_target,
    put,
    rows_of,
    set_counters,
)
from arbitragevault.domain.errors import TransferError

FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"
_PIECE: Final = 1 << 20
_FAST: Final = 1  # of zlib's levels: histories are compressed already


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True)

    columns: tuple[str, ...]
    rows: int
    digest: str


class Manifest(BaseModel):
    """What an archive says of itself.

    Attributes:
        format: Version of this file format.
        revision: The schema that the tables had.
        written_at: When, aware.
        tables: In the order in which they have to be filled.
        counters: Columns that count by themselves, as in ``counters_of``.
    """

    model_config = ConfigDict(frozen=True)

    format: int
    revision: str
    written_at: datetime
    tables: dict[str, _Table]
    counters: dict[str, tuple[str, int, bool]]


@dataclass(frozen=True, slots=True)
class Written:
    """A finished archive.

    Args:
        rows: Rows of all tables.
        size: Bytes of the file.
    """

    rows: int
    size: int


async def write_archive(
    url: str, path: Path, *, revision: str, at: datetime, on_moved: OnMoved
) -> Written:
    """Write a database as of one moment into a file. It appears under its name when it is whole.

    Args:
        url: Direct address of the database; it may be in use.
        path: The file; one that exists is replaced.
        revision: The schema that the database has.
        at: Now.
        on_moved: Told of every table once it is written.

    Raises:
        TransferError: If the file cannot be written.
        DatabaseError: If the database cannot be reached.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        manifest = await _write(url, unfinished, revision, at, on_moved)
        await asyncio.to_thread(os.replace, unfinished, path)
    except OSError as error:
        raise TransferError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        await asyncio.to_thread(unfinished.unlink, missing_ok=True)
    size = (await asyncio.to_thread(path.stat)).st_size
    return Written(sum(table.rows for table in manifest.tables.values()), size)


async def _write(url: str, path: Path, revision: str, at: datetime, on_moved: OnMoved) -> Manifest:
    layout, tables = Layout.present(), {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as file:
        async with (
            connected(url, "backup") as source,
            source.transaction(isolation="repeatable_read", readonly=True),
        ):
            await prepare_source(source)
            for number, (table, columns) in enumerate(layout.columns.items(), 1):
                content = await content_of(source, table, columns)
                await _keep(file, _entry(table), rows_of(source, table, columns))
                tables[table] = _Table(columns=columns, **asdict(content))
                on_moved(Moved(table, content, number, len(layout.columns)))
            manifest = Manifest(
                format=FORMAT,
                revision=revision,
                written_at=at,
                tables=tables,
                counters=await counters_of(source, layout),
            )
        file.writestr(_MANIFEST, orjson.dumps(manifest.model_dump(mode="json")))
    return manifest


async def _keep(file: zipfile.ZipFile, name: str, pieces: AsyncIterator[bytes]) -> None:
    """Write an entry, a megabyte at a time and off the event loop."""
    with file.open(name, "w", force_zip64=True) as entry:
        held = bytearray()
        async for piece in pieces:
            held += piece
            if len(held) >= _PIECE:
                await asyncio.to_thread(entry.write, bytes(held))
                held.clear()
        await asyncio.to_thread(entry.write, bytes(held))


async def read_manifest(path: Path) -> Manifest:
    """What an archive holds, after every byte of it was checked.

    Raises:
        TransferError: If it is no archive of ours, of a newer format, unfinished or damaged.
    """
    return await asyncio.to_thread(_read_manifest, path)


def _read_manifest(path: Path) -> Manifest:
    try:
        with zipfile.ZipFile(path) as file:
            manifest = Manifest.model_validate_json(file.read(_MANIFEST))
            damaged = file.testzip()
            missing = {_entry(table) for table in manifest.tables} - set(file.namelist())
    except FileNotFoundError:
        raise TransferError(f"There is no file {path}.") from None
    except OSError as error:
        raise TransferError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, zlib.error, KeyError, ValidationError, EOFError) as error:
        raise TransferError(
            f"{path} is no backup of ArbitrageVault, or an incomplete one. Take another file."
        ) from error
    if damaged or missing:
        name = damaged or min(missing)
        raise TransferError(f"{path} is damaged: {name} cannot be read. Take another file.")
    if manifest.format > FORMAT:
        raise TransferError(
            f"{path} has format {manifest.format}; this version reads up to {FORMAT}. Update "
            "ArbitrageVault first."
        )
    return manifest


async def read_archive(
    path: Path, manifest: Manifest, url: str, *, replace: bool, on_moved: OnMoved
) -> None:
    """Fill a database that has the archive's schema, all or nothing.

    Args:
        path: The file.
        manifest: What ``read_manifest`` said of it.
        url: Direct address of the database.
        replace: Throw away what it holds; otherwise it has to be empty.
        on_moved: Told of every table once it has arrived and was compared.

    Raises:
        ConflictError: If the database holds data and may not be replaced.
        TransferError: If a table arrives differently from how it was written.
        DatabaseError: If the database cannot be reached.
    """
    layout = Layout({name: table.columns for name, table in manifest.tables.items()})
    with zipfile.ZipFile(path) as file:
        async with connected(url, "restore") as target, target.transaction():
            await prepare_target(target, layout, replace=replace)
            for number, (name, table) in enumerate(manifest.tables.items(), 1):
                await put(target, name, table.columns, _pieces(file, _entry(name)))
                content = TableContent(table.rows, table.digest)
                await must_hold(target, name, table.columns, content)
                on_moved(Moved(name, content, number, len(manifest.tables)))
            await set_counters(target, manifest.counters)


async def _pieces(file: zipfile.ZipFile, name: str) -> AsyncIterator[bytes]:
    with file.open(name) as entry:
        while piece := await asyncio.to_thread(entry.read, _PIECE):
            yield piece


def _entry(table: str) -> str:
    return f"tables/{table}.copy"
