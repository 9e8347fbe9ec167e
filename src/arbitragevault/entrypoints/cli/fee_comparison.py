"""The same sale on another day or by the other channel, and which fee rules differ."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from arbitragevault.domain.economics.fees.engine import FeeBreakdown


def read_alternative(text: str) -> date | str:
    """What to compare with: a day, or the channel ``fba`` or ``fbm``.

    Raises:
        typer.BadParameter: If it is neither.
    """
    wanted = text.strip().lower()
    if wanted in {"fba", "fbm"}:
        return wanted
    try:
        return date.fromisoformat(wanted)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is neither a day like 2026-03-01 nor fba or fbm.", param_hint="--compare"
        ) from error


def changes(before: FeeBreakdown, after: FeeBreakdown) -> list[dict[str, Any]]:
    """Every fee whose amount or rule differs, as plain JSON values; None where there is none."""
    was = {line.code: line for line in before.lines}
    now = {line.code: line for line in after.lines}
    found = []
    for code in sorted({*was, *now}):
        old, new = was.get(code), now.get(code)
        amounts = [line and line.amount_cents for line in (old, new)]
        rules = [line and line.rule for line in (old, new)]
        if amounts[0] != amounts[1] or rules[0] != rules[1]:
            found.append({"code": code.value, "amount": amounts, "rule": rules})
    return found
