"""Backup, restore, and moving all data to another database, so that hosting can change."""

from __future__ import annotations

from pathlib import Path

from arbitragevault.adapters.postgres.archive import (
    Written,
    read_archive,
    read_manifest,
    write_archive,
)
from arbitragevault.adapters.postgres.driver import connected
from arbitragevault.adapters.postgres.migrate import downgrade, revision_of, steps_from, upgrade
from arbitragevault.adapters.postgres.transfer import (
    Layout,
    OnMoved,
    TableContent,
    contents,
    copy_all,
    must_be_empty,
)
from arbitragevault.application.ports import Clock

Contents = dict[str, TableContent]


async def back_up(url: str, path: Path, clock: Clock, *, on_moved: OnMoved) -> Written:
    """Write all data as of one moment into a file; the program may go on working meanwhile.

    Args:
        url: Direct address of the database.
        path: The file; one that exists is replaced once the new one is whole.
        clock: The time.
        on_moved: Told of every table once it is written.

    Raises:
        TransferError: If the file cannot be written.
        DatabaseError: If the database cannot be reached.
    """
    await upgrade(url)
    revision = await revision_of(url)
    return await write_archive(url, path, revision=revision, at=clock.now(), on_moved=on_moved)


async def restore(path: Path, url: str, *, replace: bool, on_moved: OnMoved) -> Contents:
    """Fill a database from a backup and bring it to the newest schema.

    Args:
        path: The file that ``back_up`` wrote, also with an older version of the program.
        url: Direct address of the database.
        replace: Throw away what it holds; otherwise it has to be empty.
        on_moved: Told of every table once it has arrived and was compared with the backup.

    Returns:
        What the database holds now, by table.

    Raises:
        TransferError: If the file is no backup, damaged, or of a newer version.
        ConflictError: If the database holds data and may not be replaced.
        DatabaseError: If it cannot be reached.
    """
    manifest = await read_manifest(path)
    steps_from(manifest.revision)  # one that is not known is told before anything is touched
    if not replace:
        async with connected(url, "restore") as connection:
            await must_be_empty(connection, Layout.present())
    if await revision_of(url) != manifest.revision:
        await downgrade(url, "base")
        await upgrade(url, manifest.revision)
    await read_archive(path, manifest, url, replace=replace, on_moved=on_moved)
    await upgrade(url)
    return await contents(url)


async def move(source_url: str, target_url: str, *, replace: bool, on_moved: OnMoved) -> Contents:
    """Copy all data to another database and prove that they are the same.

    The source stays as it is. A move that is cut off leaves the target without data and can be done
    again.

    Args:
        source_url: Direct address of the database that has the data.
        target_url: Direct address of the database that gets them.
        replace: Throw away what the target holds; otherwise it has to be empty.
        on_moved: Told of every table once it has arrived and was compared.

    Returns:
        What the target holds now, by table.

    Raises:
        ConflictError: If both are the same database, or the target holds data.
        TransferError: If the data arrive differently.
        DatabaseError: If one of them cannot be reached, or is newer than this program.
    """
    await upgrade(source_url)
    await upgrade(target_url)
    await copy_all(source_url, target_url, replace=replace, on_moved=on_moved)
    return await contents(target_url)
