"""``arbitragevault fees``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from arbitragevault.entrypoints.cli import output
from arbitragevault.entrypoints.cli.fee_afterwards import (
    Afterwards,
    print_afterwards,
    read_history,
    show_afterwards,
)
from arbitragevault.entrypoints.cli.fee_comparison import changes, read_alternative
from arbitragevault.entrypoints.cli.units import read_dims, read_weight

if TYPE_CHECKING:
    from arbitragevault.domain.catalog.marketplace import Marketplace
    from arbitragevault.domain.catalog.product import Product
    from arbitragevault.domain.economics.fees.engine import FeeAssumptions, FeeBreakdown, Measures

NO_ASIN = "0000000000"
"""Stands for a product that is described instead of named; no listing has it."""

FeeClassName = Literal["standard", "apparel", "dangerous_goods", "selected_categories"]
VatName = Literal["registered", "not_registered", "flat_rate"]
PlacementName = Literal["minimal", "partial", "amazon_optimized"]


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked, with every text already read."""

    marketplace: Marketplace
    asin: str | None
    category: str | None
    on: date
    channel: Literal["fba", "fbm"]
    measures: Measures | None

    @property
    def is_complete(self) -> bool:
        """Nothing is left to look up about the product."""
        if self.asin is None:
            return True
        measures = self.measures
        if measures is None or measures.weight_grams is None:
            return False
        return self.category is not None and (
            self.channel == "fbm" or measures.sides_mm is not None
        )


def fees(
    *,
    price: Annotated[str, typer.Option(help="Sale price, such as 24.99.")],
    marketplace: Annotated[str, typer.Option(help="Where it is sold, such as US.")] = "US",
    category: Annotated[
        str | None, typer.Option(help="Our category id, or Amazon's root category name or id.")
    ] = None,
    weight: Annotated[
        str | None, typer.Option(help="Packaged weight in g, kg, oz or lb, such as 599g.")
    ] = None,
    dims: Annotated[
        str | None,
        typer.Option(help="Packaged sides in mm, cm or in, any order, such as 236x160x32mm."),
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day on which the unit ships; today if not given."),
    ] = None,
    channel: Annotated[Literal["fba", "fbm"], typer.Option(help="Who ships.")] = "fba",
    fee_class: Annotated[
        FeeClassName | None,
        typer.Option("--class", help="Which fulfilment table; by default the category's."),
    ] = None,
    size_tier: Annotated[
        str | None, typer.Option("--size-tier", metavar="ID", help="Size tier instead of measures.")
    ] = None,
    own_packaging: Annotated[
        bool, typer.Option("--own-packaging", help="The unit ships in its own packaging (SIPP).")
    ] = False,
    asin: Annotated[
        str | None,
        typer.Option(help="The product: what is not given is taken from its stored data."),
    ] = None,
    plan: Annotated[
        Literal["professional", "individual"], typer.Option(help="The seller's plan.")
    ] = "professional",
    storage_days: Annotated[
        int, typer.Option(min=0, max=3_650, help="Days in Amazon's store before the sale.")
    ] = 0,
    placement: Annotated[
        PlacementName | None, typer.Option(help="How shipments to Amazon are split.")
    ] = None,
    shipping_credit: Annotated[
        str, typer.Option(help="What the buyer pays for delivery on top of the price.")
    ] = "0",
    fbm_shipping: Annotated[
        str | None, typer.Option(help="What the seller pays to ship the unit (FBM).")
    ] = None,
    lithium: Annotated[
        bool, typer.Option("--lithium", help="The unit holds a lithium battery.")
    ] = False,
    vat: Annotated[
        VatName, typer.Option(help="How the seller stands with VAT (outside the US).")
    ] = "not_registered",
    seller_country: Annotated[
        str | None,
        typer.Option(
            metavar="ISO",
            help="Where the seller is established, such as DE; by default "
            "the marketplace's country.",
        ),
    ] = None,
    vat_rate: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="VAT rate of the product, such as 7.")
    ] = None,
    fee_vat_rate: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="VAT rate on Amazon's fees, such as 13.")
    ] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DAY|fba|fbm",
            help="Also show the same sale on another day or by "
            "the other channel, with the rules that differ; may be repeated.",
        ),
    ] = None,
    refund: Annotated[
        str | None,
        typer.Option(metavar="full|AMOUNT", help="Also show what a refund would cost."),
    ] = None,
    shipped: Annotated[
        int | None,
        typer.Option(min=0, help="Units shipped in a month, for the fee on processing returns."),
    ] = None,
    returned: Annotated[
        int | None,
        typer.Option(min=0, help="Units that came back in that month and the next two."),
    ] = None,
    removal: Annotated[
        bool, typer.Option("--removal", help="Also show what removal or disposal costs.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show every Amazon fee of one sale, with its rule, and what is left of the price."""
    from arbitragevault.domain.catalog.marketplace import marketplace_by_code
    from arbitragevault.domain.catalog.product import Channel
    from arbitragevault.domain.economics.fees import engine
    from arbitragevault.domain.money import Money

    where = marketplace_by_code(marketplace)
    question = _Question(
        marketplace=where,
        asin=asin and asin.strip().upper(),
        category=category,
        on=on.date() if on else datetime.now(UTC).date(),
        channel=channel,
        measures=_measures(weight, dims),
    )
    product, fee_category = _product(question)
    given = engine.FeeAssumptions(
        plan=engine.SellingPlan(plan),
        storage_days=storage_days,
        fee_class=fee_class and engine.FeeClass(fee_class),
        fee_category=fee_category,
        size_tier=size_tier,
        measures=question.measures,
        own_packaging=own_packaging,
        inbound_placement=placement and engine.InboundPlacement(placement),
        shipping_credit_cents=Money.parse(shipping_credit, where.currency).minor,
        fbm_shipping_cents=None
        if fbm_shipping is None
        else Money.parse(fbm_shipping, where.currency).minor,
        lithium_battery=lithium,
        vat=engine.VatStatus(vat),
        seller_country=_country(seller_country),
        sale_vat_ppm=_percent(vat_rate, "--vat-rate"),
        fee_vat_ppm=_percent(fee_vat_rate, "--fee-vat-rate"),
    )
    assumed = _completed(given, product)
    sale_price = Money.parse(price, where.currency)
    breakdown = engine.fees(product, sale_price, question.on, Channel(channel), assumed)
    others = []
    for text in compare or ():
        what = read_alternative(text)
        day, by = (question.on, what) if isinstance(what, str) else (what, channel)
        others.append(engine.fees(product, sale_price, day, Channel(by), assumed))
    after = Afterwards(refund, removal, read_history(shipped, returned))
    if json:
        compared = [_compared(breakdown, other) for other in others]
        more = show_afterwards(after, product, breakdown, assumed)
        more |= {"compared": compared} if compared else {}
        output.print_json(fee_sheet(breakdown) | more)
    else:
        _print(breakdown)
        print_afterwards(after, product, breakdown, assumed)
        for other in others:
            _print_changes(breakdown, other)


def _country(text: str | None) -> str | None:
    """An ISO country code; ``UK`` is understood as ``GB``."""
    if text is None:
        return None
    code = text.strip().upper()
    if not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise typer.BadParameter(
            f"{text!r} is no country code; write two letters such as DE.",
            param_hint="--seller-country",
        )
    return "GB" if code == "UK" else code


def _percent(text: str | None, option: str) -> int | None:
    """A percentage in parts per million."""
    if text is None:
        return None
    try:
        percent = Decimal(text.strip().removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        percent = Decimal(-1)
    if not 0 <= percent <= 100:
        raise typer.BadParameter(
            f"{text!r} is no rate from 0 to 100 percent; write it like 20 or 5.5.",
            param_hint=option,
        )
    return int(percent * 10_000)


def _measures(weight: str | None, dims: str | None) -> Measures | None:
    """The measures that were given, exactly; None if none were."""
    from arbitragevault.domain.economics.fees.engine import Measures

    if weight is None and dims is None:
        return None
    heavy, weight_unit = read_weight(weight) if weight is not None else (None, "g")
    sides, length_unit = read_dims(dims) if dims is not None else (None, "mm")
    return Measures.of(sides, length_unit, heavy, weight_unit)


def _completed(given: FeeAssumptions, product: Product) -> FeeAssumptions:
    """Measures of which only one half was given, completed by the product's own."""
    from arbitragevault.domain.economics.fees.engine import Measures

    if given.measures is None:
        return given
    own = Measures.from_package(product.package)
    measures = replace(
        given.measures,
        sides_mm=given.measures.sides_mm or own.sides_mm,
        weight_grams=given.measures.weight_grams or own.weight_grams,
    )
    return replace(given, measures=measures)


def _product(question: _Question) -> tuple[Product, str | None]:
    """The product, and its fee category where that was given by our id."""
    from arbitragevault.domain.catalog.product import Product

    stored = None
    if question.asin is not None and not question.is_complete:
        stored = asyncio.run(_stored(question.marketplace, question.asin))
    product = stored or Product(question.marketplace, question.asin or NO_ASIN)
    if question.category is None:
        return product, None
    return _in_category(product, question.category, question.on)


def _in_category(product: Product, category: str, on: date) -> tuple[Product, str | None]:
    """The product in a category that is given by our id, or by Amazon's root name or id.

    Raises:
        typer.BadParameter: If there is no such category; names ours.
    """
    from arbitragevault.domain.catalog.product import Category
    from arbitragevault.domain.economics.fees.rate_card import Kind, rate_cards

    market, wanted = product.marketplace.code, category.strip().casefold()
    referral = rate_cards(market).find(market, Kind.REFERRAL, on)
    ours = sorted(referral.value.rules) if referral and referral.value else []
    if wanted in ours:
        return product, wanted
    roots = rate_cards(market).find(market, Kind.CATEGORIES, on)
    root = roots.value.find(category) if roots and roots.value else None
    if root is not None:
        node = Category(root.id, root.name)
        return replace(product, root_category=node, category_path=(node,)), None
    if not ours:
        # There is no rate card for the place and the day: the fee lines will say so.
        return product, wanted
    raise typer.BadParameter(
        f"{category!r} is no category; choose one of {', '.join(ours)}, or give the name or id of "
        "one of Amazon's root categories.",
        param_hint="--category",
    )


async def _stored(marketplace: Marketplace, asin: str) -> Product | None:
    """The stored product, or None."""
    from arbitragevault.application.products import find_product
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        return await find_product(services, marketplace.code, asin)


def fee_sheet(breakdown: FeeBreakdown) -> dict[str, Any]:
    """A breakdown as plain JSON values, with the currency of its amounts."""
    from arbitragevault.domain.decision.record import fees_record

    return {
        "currency": breakdown.currency,
        **fees_record(breakdown),
        "rate_card": breakdown.rate_card,
    }


def _compared(before: FeeBreakdown, after: FeeBreakdown) -> dict[str, Any]:
    """Another breakdown as plain JSON values, with what differs from the first one."""
    return fee_sheet(after) | {"changes": changes(before, after)}


def _print_changes(before: FeeBreakdown, after: FeeBreakdown) -> None:
    """What differs in another breakdown, for people."""
    currency = after.currency
    net = output.amount(after.net_proceeds_cents, currency)
    lines = [f"{after.on.isoformat()} by {after.channel.value}: net proceeds {net}"]
    for change in changes(before, after):
        old, new = (output.amount(cents, currency) for cents in change["amount"])
        rules = " -> ".join(rule or "none" for rule in change["rule"])
        lines.append(f"  {change['code'].replace('_', ' ')}: {old} -> {new} ({rules})")
    output.console().print("\n".join(lines), highlight=False)


def _print(breakdown: FeeBreakdown) -> None:
    """The fees for people: a line each, the total, what is left."""
    from rich import box
    from rich.table import Table

    from arbitragevault.domain.economics.fees.sizing import sizing_text

    currency = breakdown.currency
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Fee", no_wrap=True)
    table.add_column(currency, justify="right", no_wrap=True)
    table.add_column("Rule")
    table.add_row("sale price", output.amount(breakdown.price_cents, currency), "")
    for line in breakdown.lines:
        amount = None if line.amount_cents is None else -line.amount_cents
        why = line.rule if line.unknown_reason is None else f"unknown: {line.unknown_reason}"
        table.add_row(line.code.replace("_", " "), output.amount(amount, currency), why)
    table.add_section()
    tier = f"size tier {breakdown.size_tier}" if breakdown.size_tier else ""
    net = output.amount(breakdown.net_proceeds_cents, currency)
    table.add_row("net proceeds", net, tier, style="bold")
    output.console().print(table)
    sizing = sizing_text(breakdown)
    if sizing is not None:
        output.console().print(f"note: {sizing}", highlight=False, style="yellow", soft_wrap=True)
