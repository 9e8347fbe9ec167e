"""What a refund costs and what a removal costs, on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import typer

from arbitragevault.entrypoints.cli import output

if TYPE_CHECKING:
    from arbitragevault.domain.catalog.product import Product
    from arbitragevault.domain.economics.fees.afterwards import Refund
    from arbitragevault.domain.economics.fees.engine import (
        FeeAssumptions,
        FeeBreakdown,
        FeeLine,
    )
    from arbitragevault.domain.economics.fees.returns_card import ReturnHistory

ALL: Final = "full"
"""What asks for a refund of all that was paid."""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What was asked for of a sale that fails.

    Args:
        refund: ``full`` or an amount; None asks for none.
        removal: Whether the removal of the unit is asked for.
        history: How often the product comes back.
    """

    refund: str | None
    removal: bool
    history: ReturnHistory | None


def read_history(shipped: int | None, returned: int | None) -> ReturnHistory | None:
    """Units shipped and returned.

    Raises:
        typer.BadParameter: If only the returned ones are given.
    """
    from arbitragevault.domain.economics.fees.returns_card import ReturnHistory

    if shipped is None:
        if returned is not None:
            raise typer.BadParameter(
                "Say also how many units were shipped.", param_hint="--returned"
            )
        return None
    return ReturnHistory(shipped, returned or 0)


def show_afterwards(
    asked: Afterwards, product: Product, breakdown: FeeBreakdown, assumed: FeeAssumptions
) -> dict[str, Any]:
    """What was asked for, as plain JSON values; empty if nothing was."""
    from arbitragevault.domain.decision.record import line_record
    from arbitragevault.domain.economics.fees.afterwards import removal_fee

    found: dict[str, Any] = {}
    if asked.refund is not None:
        found["refund"] = _refund_record(_refund(asked, product, breakdown, assumed))
    if asked.removal:
        found["removal"] = line_record(removal_fee(product, breakdown.on, assumed))
    return found


def print_afterwards(
    asked: Afterwards, product: Product, breakdown: FeeBreakdown, assumed: FeeAssumptions
) -> None:
    """The same for people."""
    from arbitragevault.domain.economics.fees.afterwards import removal_fee

    currency = breakdown.currency
    lines = []
    if asked.refund is not None:
        refund = _refund(asked, product, breakdown, assumed)
        back = output.amount(refund.refunded_cents, currency)
        lines.append(
            f"a refund of {back} costs {output.amount(refund.cost_cents, currency)} in fees; "
            f"left of the sale: {output.amount(refund.net_proceeds_cents, currency)}"
        )
        lines += [_text(line, currency) for line in refund.lines]
    if asked.removal:
        lines += [
            "removal or disposal of a unit",
            _text(removal_fee(product, breakdown.on, assumed), currency),
        ]
    if lines:
        output.console().print("\n".join(lines), highlight=False, soft_wrap=True)


def _refund(
    asked: Afterwards, product: Product, breakdown: FeeBreakdown, assumed: FeeAssumptions
) -> Refund:
    from arbitragevault.domain.economics.fees.afterwards import refund
    from arbitragevault.domain.money import Money

    wanted = (asked.refund or ALL).strip().lower()
    back = None if wanted == ALL else Money.parse(wanted, breakdown.currency).minor
    return refund(product, breakdown, assumed, refunded_cents=back, history=asked.history)


def _refund_record(refund: Refund) -> dict[str, Any]:
    from arbitragevault.domain.decision.record import line_record

    return {
        "refunded": refund.refunded_cents,
        "lines": [line_record(line) for line in refund.lines],
        "cost": refund.cost_cents,
        "net_proceeds": refund.net_proceeds_cents,
    }


def _text(line: FeeLine, currency: str) -> str:
    """A line with its rule, or the reason why it is unknown."""
    why = line.rule if line.unknown_reason is None else f"unknown: {line.unknown_reason}"
    name = line.code.replace("_", " ")
    return f"  {name}: {output.amount(line.amount_cents, currency)} ({why})"
