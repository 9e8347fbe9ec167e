"""``arbitragevault scan``."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from arbitragevault.entrypoints.cli import output
from arbitragevault.entrypoints.cli.follow import drive
from arbitragevault.entrypoints.cli.options import (
    CsvOption,
    JsonOption,
    MarketplaceOption,
    MaxTokensOption,
    OffersForAllOption,
    OffersOption,
    PolicyOption,
    RefreshOption,
    WaitOption,
    form_of,
)

if TYPE_CHECKING:
    from arbitragevault.adapters.files.leadfile import LeadFile
    from arbitragevault.application.runs import RunView
    from arbitragevault.application.scan import ScanOptions, ScanPreview
    from arbitragevault.application.services import Services


def scan(
    file: Annotated[
        str, typer.Argument(help="Lead file, CSV or XLSX with a header; - reads standard input.")
    ],
    *,
    policy: PolicyOption = "default",
    marketplace: MarketplaceOption = "US",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show how the file is read and what it would cost.")
    ] = False,
    offers: OffersOption = False,
    offers_for_all: OffersForAllOption = False,
    refresh: RefreshOption = False,
    max_tokens: MaxTokensOption = None,
    wait: WaitOption = True,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Decide every lead of a file: verdict, the most to pay, and why.

    The same file given again after an interruption goes on where it stopped.
    """
    from arbitragevault.application.scan import ScanOptions

    form = form_of(json=json, csv=csv)
    options = ScanOptions(
        policy=policy,
        marketplace=marketplace,
        offers=offers or offers_for_all,
        screening=not offers_for_all,
        refresh=refresh,
        max_tokens=max_tokens,
    )
    with _source(file) as (name, stream):
        # The file is understood before anything is started: its trouble is told at once.
        leads = _leads(stream, name, options)
        if dry_run:
            _preview(leads, options, json=json)
            return
        stream.seek(0)
        digest = hashlib.file_digest(stream, "sha256")  # type: ignore[arg-type]  # it has readinto
        drive(
            lambda services: _start(services, leads, digest.hexdigest(), options), form, wait=wait
        )


@contextmanager
def _source(file: str) -> Iterator[tuple[str, BinaryIO]]:
    """The name and the bytes of the file; standard input is kept on disk, as it may be long."""
    if file == "-":
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
            kept.seek(0)
            yield "standard input", kept
        return
    from arbitragevault.domain.errors import LeadFileError

    try:
        stream = Path(file).open("rb")  # noqa: SIM115  # closed below; opening has its own message
    except OSError as error:
        raise LeadFileError(
            f"{file} cannot be read: {(error.strerror or str(error)).lower()}."
        ) from error
    with stream:
        yield Path(file).name, stream


def _leads(stream: BinaryIO, name: str, options: ScanOptions) -> LeadFile:
    from arbitragevault.adapters.files.leadfile import open_lead_file
    from arbitragevault.domain.catalog.marketplace import marketplace_by_code

    return open_lead_file(
        stream, name=name, currency=marketplace_by_code(options.marketplace).currency
    )


async def _start(services: Services, leads: LeadFile, digest: str, options: ScanOptions) -> RunView:
    from arbitragevault.application.scan import start_scan

    return await start_scan(services, leads, source=leads.name, options=options, digest=digest)


def _preview(leads: LeadFile, options: ScanOptions, *, json: bool) -> None:
    from arbitragevault.entrypoints.cli.previews import print_preview

    preview = asyncio.run(_read_preview(leads, options))
    if json:
        output.print_json({**asdict(preview), "columns": leads.columns})
    else:
        print_preview(output.console(), preview, leads.columns)


async def _read_preview(leads: LeadFile, options: ScanOptions) -> ScanPreview:
    from arbitragevault.application.scan import preview_scan
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        return await preview_scan(services, leads, options)
