"""``arbitragevault export``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import UUID

import typer

from arbitragevault.entrypoints.cli import output
from arbitragevault.entrypoints.cli.options import Exported, ExportFormat


def export(
    what: Annotated[Exported, typer.Argument(help="Which rows.")],
    file: Annotated[
        Path | None, typer.Argument(help="Where to write; standard output if not given.")
    ] = None,
    form: Annotated[
        ExportFormat, typer.Option("--format", help="Amounts are major units in csv and xlsx.")
    ] = ExportFormat.CSV,
    run: Annotated[UUID | None, typer.Option("--run", help="Only the rows of this run.")] = None,
) -> None:
    """Write stored decisions, leads or products to a file or to standard output."""
    if file is None and form in (ExportFormat.XLSX, ExportFormat.PARQUET) and sys.stdout.isatty():
        raise typer.BadParameter(f"{form.value} is not for the eyes; name a file.")
    if file is None:
        number = asyncio.run(_export(what, form, sys.stdout.buffer, run))
        sys.stdout.buffer.flush()
    else:
        number = _to_file(file, what, form, run)
    output.notes().print(f"{number:,} {what.value} written{f' to {file}' if file else ''}.")


def _to_file(file: Path, what: Exported, form: ExportFormat, run: UUID | None) -> int:
    """Write beside the file first: an export that breaks off leaves the old file as it was."""
    unfinished = file.with_name(file.name + ".part")
    try:
        with unfinished.open("wb") as out:
            number = asyncio.run(_export(what, form, out, run))
        unfinished.replace(file)
    except OSError as error:
        from arbitragevault.domain.errors import InvalidInputError

        raise InvalidInputError(f"{file} cannot be written: {error.strerror or error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return number


async def _export(what: Exported, form: ExportFormat, out: BinaryIO, run: UUID | None) -> int:
    from arbitragevault.adapters.files.tables_out import TableFormat
    from arbitragevault.application.export import What, export
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        return await export(services, What(what.value), TableFormat(form.value), out, run_id=run)
