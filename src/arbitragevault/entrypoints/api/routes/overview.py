"""Health, status, tokens and policies: what the page's frame shows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

import arbitragevault
from arbitragevault.application import overview
from arbitragevault.application.overview import token_status
from arbitragevault.application.policies import list_policies, save_policy
from arbitragevault.entrypoints.api.lifetime import ServicesDep
from arbitragevault.entrypoints.api.schemas.overview import (
    Health,
    PolicyBody,
    PolicyInput,
    PolicyList,
    Readiness,
    Status,
    TokenStatus,
)

router = APIRouter(tags=["overview"])


@router.get("/health/live", name="health_live")
async def live() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get("/health/ready", name="health_ready")
async def ready(services: ServicesDep) -> Readiness:
    """The program is open, and the database was reached the last time that it was needed.

    A database that answered is asked nothing, so that a health check does not keep it awake; one
    that did not is tried again every half a minute, and the answer is a problem until then.
    """
    return Readiness(
        status="ok",
        database_reached_at=await overview.readiness(services),
        database="embedded" if services.is_embedded else "external",
        data_source=services.data_source,
    )


@router.get("/status", name="get_status", response_model=Status)
async def status(services: ServicesDep) -> overview.Status:
    """What the frame of the page shows on every screen."""
    return await overview.status(services, arbitragevault.__version__)


@router.get("/tokens", name="get_tokens", response_model=TokenStatus)
async def tokens(services: ServicesDep) -> overview.TokenStatus:
    """The Keepa key's token bucket; asks Keepa, free of charge, if nothing is known yet."""
    return await token_status(services, ask=True)


@router.get("/policies", name="list_policies")
async def policies(services: ServicesDep) -> PolicyList:
    """The newest version of every policy."""
    bodies = await list_policies(services)
    return PolicyList(items=[PolicyBody.model_validate(body) for body in bodies])


@router.put("/policies/{name}", name="save_policy")
async def put_policy(
    services: ServicesDep,
    name: Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")],
    wanted: PolicyInput,
) -> PolicyBody:
    """Store a policy; fields that are left out take their defaults. Older versions are kept."""
    given = wanted.model_dump(mode="json", exclude_unset=True)
    return PolicyBody.model_validate(await save_policy(services, name, given, anew=True))
