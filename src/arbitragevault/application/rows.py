"""The rows of a scan, as every door shows and exports them."""

from __future__ import annotations

from typing import Any

from arbitragevault.adapters.postgres.repositories.run_items import Item
from arbitragevault.domain.catalog.marketplace import Marketplace
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.record import RECORD_FIELDS


def decided_row(item: Item, lead: Lead, record: dict[str, Any], *, sandbox: bool) -> dict[str, Any]:
    """The row of an item that was decided."""
    return _row(item, record, sandbox=sandbox, error=None) | {
        "supplier": lead.supplier,
        "url": lead.url,
        "notes": lead.notes,
        "extra": dict(lead.extra),
    }


def refused_row(
    item: Item, marketplace: Marketplace, code: str, message: str, *, sandbox: bool
) -> dict[str, Any]:
    """The row of an item that cannot be decided: everything unknown, and why."""
    lead = item.lead or {}
    cost = lead.get("unit_cost")
    record = dict.fromkeys(RECORD_FIELDS) | {
        "asin": item.asin,
        "marketplace": marketplace.code,
        "currency": marketplace.currency,
        "unit_cost": cost["minor"] if cost else None,
        "quantity": lead.get("quantity"),
        "condition": lead.get("condition"),
        "verdict": "unknown",
        "risks": [],
        "reasons": [],
        "counterfactual": [],
        "evidence": [],
        "data_quality": 0.0,
    }
    return _row(item, record, sandbox=sandbox, error={"code": code, "message": message}) | {
        "supplier": lead.get("supplier"),
        "url": lead.get("url"),
        "notes": lead.get("notes"),
        "extra": lead.get("extra", {}),
    }


def _row(
    item: Item, record: dict[str, Any], *, sandbox: bool, error: dict[str, str] | None
) -> dict[str, Any]:
    return {
        "row": item.ordinal,
        "identifier": item.identifier,
        **record,
        "sandbox": sandbox,
        "error": error,
    }
