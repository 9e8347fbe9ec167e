"""``arbitragevault policy``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arbitragevault.entrypoints.cli import output

if TYPE_CHECKING:
    from collections.abc import Sequence


def policy(
    name: Annotated[
        str | None, typer.Argument(help="Name of the policy; without it all are listed.")
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD=VALUE]...",
            help="Values to set, such as min_roi=0.5, max_sales_rank=none or costs.prep_cents=30; "
            "amounts are in cents. A new name starts with the defaults.",
        ),
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per policy.")] = False,
) -> None:
    """Show policies, or store one: cost assumptions and the criteria of a buy."""
    changes = _changes(words or [])
    found = asyncio.run(_policies(name, changes))
    for body in found:
        if json:
            output.print_json(body)
        else:
            _print(body, whole=name is not None)


def _changes(words: Sequence[str]) -> dict[str, Any]:
    """The values that words set; a dot leads into the costs."""
    changes: dict[str, Any] = {}
    for word in words:
        field, equals, text = word.partition("=")
        if not equals or not field:
            raise typer.BadParameter(f"{word!r} is not FIELD=VALUE.")
        outer, dot, inner = field.partition(".")
        if dot:
            changes.setdefault(outer, {})[inner] = _value(text)
        else:
            changes[outer] = _value(text)
    return changes


def _value(text: str) -> Any:  # noqa: ANN401  # any JSON value
    """A JSON value, ``none`` or ``null`` for no limit, else the text itself."""
    import orjson

    if text.lower() in {"none", "null"}:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


async def _policies(name: str | None, changes: dict[str, Any]) -> list[dict[str, Any]]:
    from arbitragevault.application.policies import get_policy, list_policies, save_policy
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        if name is None:
            return await list_policies(services)
        if changes:
            return [await save_policy(services, name, changes)]
        return [await get_policy(services, name)]


def _print(body: dict[str, Any], *, whole: bool) -> None:
    console = output.console()
    if not whole:
        console.print(
            f"{output.plain(body['name'])}: profit of at least {body['min_profit_cents']} cents, "
            f"ROI {body['min_roi']:.0%}, confidence {body['confidence']:.0%}, sold within "
            f"{body['max_days_to_sell']} days, {body['channel']}"
        )
        return
    for field, value in body.items():
        if isinstance(value, dict):
            for inner, part in value.items():
                console.print(f"{field}.{inner} = {output.plain(part)}")
        else:
            console.print(f"{field} = {'none' if value is None else output.plain(value)}")
