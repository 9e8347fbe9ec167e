"""``arbitragevault lookup``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arbitragevault.entrypoints.cli.follow import drive
from arbitragevault.entrypoints.cli.options import (
    CsvOption,
    JsonOption,
    LookupOffersOption,
    MarketplaceOption,
    PolicyOption,
    RefreshOption,
    WaitOption,
    form_of,
)

if TYPE_CHECKING:
    from arbitragevault.adapters.files.rows import LeadRow
    from arbitragevault.application.runs import RunView
    from arbitragevault.application.scan import ScanOptions
    from arbitragevault.application.services import Services


def lookup(
    identifiers: Annotated[
        list[str], typer.Argument(metavar="ID...", help="ASINs, ISBNs, EANs, UPCs or Amazon links.")
    ],
    *,
    cost: Annotated[str | None, typer.Option(help="Unit cost, such as 12.50.")] = None,
    condition: Annotated[
        str | None, typer.Option(help="Condition of the units, such as new or used_good.")
    ] = None,
    quantity: Annotated[int | None, typer.Option(min=1, help="Units on offer.")] = None,
    policy: PolicyOption = "default",
    marketplace: MarketplaceOption = "US",
    offers: LookupOffersOption = False,
    refresh: RefreshOption = False,
    wait: WaitOption = True,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Decide one or a few products: verdict, the most to pay, and why."""
    from arbitragevault.application.scan import ScanOptions

    form = form_of(json=json, csv=csv)
    options = ScanOptions(
        policy=policy,
        marketplace=marketplace,
        offers=offers,
        screening=False,  # who asks for a few products' offers wants to see them
        refresh=refresh,
        is_lookup=True,
    )
    rows = _rows(identifiers, options, cost=cost, condition=condition, quantity=quantity)
    drive(lambda services: _start(services, rows, options), form, wait=wait)


def _rows(
    identifiers: list[str],
    options: ScanOptions,
    *,
    cost: str | None,
    condition: str | None,
    quantity: int | None,
) -> list[LeadRow]:
    """The identifiers as lead rows, all on the same terms."""
    from arbitragevault.adapters.files.rows import lead_from_fields
    from arbitragevault.domain.catalog.marketplace import marketplace_by_code

    currency = marketplace_by_code(options.marketplace).currency
    terms = {
        "cost": cost,
        "condition": condition,
        "quantity": None if quantity is None else str(quantity),
    }
    given = {name: value for name, value in terms.items() if value is not None}
    return [
        lead_from_fields(number, {"identifier": identifier, **given}, currency=currency)
        for number, identifier in enumerate(identifiers, start=1)
    ]


async def _start(services: Services, rows: list[LeadRow], options: ScanOptions) -> RunView:
    from arbitragevault.application.scan import start_scan

    return await start_scan(services, rows, source="lookup", options=options)
