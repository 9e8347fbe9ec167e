"""Stored leads under another policy."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from arbitragevault.application.redecide import Tally, best_of, redecide
from arbitragevault.entrypoints.api.answers import json_bytes
from arbitragevault.entrypoints.api.lifetime import ServicesDep
from arbitragevault.entrypoints.api.schemas.redecisions import RedecisionRequest, Redecisions

router = APIRouter(prefix="/redecisions", tags=["decisions"])


@router.post("", name="redecide", responses={200: {"model": Redecisions}})
async def judge(services: ServicesDep, wanted: RedecisionRequest) -> Response:
    """Decide about stored leads under another policy; nothing is fetched, no decision is stored.

    Answers counts over all leads, and the best purchases among them.
    """
    tally = Tally()
    found = redecide(services, wanted.policy, tally, run_id=wanted.run_id)
    items = await best_of(found, wanted.limit, changed=wanted.changed)
    return json_bytes(
        {
            "policy": wanted.policy,
            "leads": tally.leads,
            "now": tally.now,
            "before": tally.before,
            "moves": [
                {"before": before, "now": now, "leads": count}
                for (before, now), count in tally.moves.most_common()
            ],
            "worked_out_anew": tally.anew,
            "failed": tally.failed,
            "items": items,
        }
    )
