"""Screening over HTTP: on for lists, off for the few products that a person waits for."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from arbitragevault.sandbox.marketplace import Marketplace


@pytest.mark.parametrize(
    ("leads", "terms", "each"),
    [
        (11, {}, 13),
        (11, {"screening": False}, 12),
        (2, {}, 12),
        (2, {"screening": True}, 13),
    ],
)
async def test_the_estimate_is_the_worst_case_of_both_stages(
    client: httpx2.AsyncClient, market: Marketplace, leads: int, terms: dict[str, Any], each: int
) -> None:
    body = {"leads": [{"identifier": a} for a in market.asins[:leads]], "offers": True, **terms}
    response = await client.post("/api/v1/scans?dry_run=true", json=body)
    assert response.json()["estimate"]["tokens"] == leads * each
