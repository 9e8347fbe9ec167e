"""``arbitragevault allocate``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from arbitragevault.domain.decision.admission import Admission
from arbitragevault.entrypoints.cli import output
from arbitragevault.entrypoints.cli.options import MarketplaceOption

if TYPE_CHECKING:
    from arbitragevault.application.allocate import Allocation, AllocationOptions

_AMOUNT = "in the marketplace's currency, such as 100 or 12.50."


def allocate(
    *,
    budget: Annotated[str, typer.Option(help=f"Most that suppliers are paid, {_AMOUNT}")],
    run: Annotated[
        UUID | None, typer.Option(help="Choose among this run's leads; otherwise among all.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(help="Name of the policy; otherwise the one that each lead was decided by."),
    ] = None,
    marketplace: MarketplaceOption = "US",
    admit: Annotated[
        Admission,
        typer.Option(
            help="Leads to choose from: buys; also reviews; or whatever is worthwhile, that is "
            "expected to make money and has nothing else against it than its chances."
        ),
    ] = Admission.BUYS,
    max_per_product: Annotated[
        str | None, typer.Option(help=f"Most for one product, {_AMOUNT}")
    ] = None,
    max_per_brand: Annotated[
        str | None, typer.Option(help=f"Most for one brand, {_AMOUNT}")
    ] = None,
    max_per_category: Annotated[
        str | None, typer.Option(help=f"Most for one category, {_AMOUNT}")
    ] = None,
    max_units: Annotated[int | None, typer.Option(min=0, help="Most units of one product.")] = None,
    max_loss: Annotated[
        str | None,
        typer.Option(help=f"Largest mean loss over the worst part of the futures, {_AMOUNT}"),
    ] = None,
    tail: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="Which part of the futures is the worst one.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the futures.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Choose what to buy, and how many of each, under a budget."""
    from arbitragevault.application.allocate import AllocationOptions

    amounts = {
        "budget_cents": budget,
        "product_cents": max_per_product,
        "brand_cents": max_per_brand,
        "category_cents": max_per_category,
        "loss_cents": max_loss,
    }
    options = AllocationOptions(
        run_id=run,
        policy=policy,
        marketplace=marketplace,
        admission=admit,
        seed=seed,
    )
    chosen = asyncio.run(_allocate(amounts, max_units, tail, options))
    if json:
        output.print_json(chosen)
    else:
        _print(chosen)


async def _allocate(
    amounts: dict[str, str | None], units: int | None, tail: float, options: AllocationOptions
) -> Allocation:
    from arbitragevault.application.allocate import allocate as choose
    from arbitragevault.application.allocate import limits_from
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        limits = await limits_from(services, amounts, options, product_units=units, tail=tail)
        return await choose(services, limits, options)


def _print(chosen: Allocation) -> None:
    """The list as a table, then what it is expected to make and what its limits cost."""
    from arbitragevault.entrypoints.cli.tables import fitted_table

    console, currency = output.console(), chosen.currency

    def money(cents: int) -> str:
        return output.amount(cents, currency)

    if chosen.lines:
        console.print(
            fitted_table(
                figures=["Units", f"Cost {currency}", f"Profit {currency}", "ASIN"],
                texts=["Product", "Supplier"],
                rows=[
                    (
                        [
                            str(line.quantity),
                            money(line.unit_cost),
                            money(line.expected_profit),
                            line.asin,
                        ],
                        [line.title or line.identifier, line.supplier or ""],
                    )
                    for line in chosen.lines
                ],
                width=console.width,
            )
        )
    console.print(
        f"Spends {money(chosen.spent)} of {money(chosen.budget)} {currency} on {len(chosen.lines)} "
        f"of {chosen.candidates} leads that can be bought ({chosen.leads} looked at); with costs "
        f"until sale {money(chosen.landed_cost)}."
    )
    console.print(
        f"Expected profit {money(chosen.expected_profit)}; mean over the worst {chosen.tail:.0%} "
        f"of futures {money(-chosen.loss_tail)}."
    )
    other = chosen.instead
    console.print(
        f"Ranked by ROI instead: spends {money(other.spent)}, expected profit "
        f"{money(other.expected_profit)}, worst {chosen.tail:.0%} {money(-other.loss_tail)}.",
        style="dim",
    )
    for cost in chosen.limits:
        if cost.gain:
            change = "without it" if cost.instead is None else f"with {money(cost.instead)}"
            console.print(
                f"The limit {cost.limit} costs {money(cost.gain)} of expected profit ({change}).",
                style="dim",
            )
