"""Policies by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories import policies as stored_policies
from arbitragevault.application.services import Services
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.errors import PolicyError


def policy_body(policy: Policy) -> dict[str, Any]:
    """A policy as plain JSON values; decimals as strings."""
    body: dict[str, Any] = msgspec.to_builtins(policy)
    return body


def policy_from_body(body: dict[str, Any]) -> Policy:
    """The policy behind stored JSON.

    Raises:
        PolicyError: If a value is of the wrong type or out of bounds, or if there is one that
            policies do not have: a rule that is not known must not be silently left out.
    """
    try:
        policy = msgspec.convert(body, Policy, strict=False)
    except msgspec.ValidationError as error:
        raise PolicyError(f"The policy cannot be used: {error}.") from error
    known = policy_body(policy)
    unknown = [*body.keys() - known.keys()]
    unknown += [f"costs.{key}" for key in body.get("costs", {}).keys() - known["costs"].keys()]
    if unknown:
        names = ", ".join(sorted(unknown))
        raise PolicyError(f"The policy has values that are not known here: {names}.")
    return policy


async def load_policy(session: AsyncSession, name: str) -> Policy:
    """The newest version of a named policy.

    Raises:
        PolicyError: If there is none; names those that exist.
    """
    stored = await stored_policies.newest(session)
    if name not in stored:
        names = ", ".join(sorted(stored))
        raise PolicyError(f"There is no policy {name!r}; choose one of {names}.")
    return policy_from_body(stored[name])


async def get_policy(services: Services, name: str) -> dict[str, Any]:
    """The newest version of a named policy as plain JSON values.

    Raises:
        PolicyError: If there is none.
    """
    return policy_body(await services.database.read(load_policy, name))


async def ensure_default_policy(services: Services) -> None:
    """Store the default policy at the first start."""
    if "default" not in await services.database.read(stored_policies.newest):
        await services.database.write(
            stored_policies.add, Policy().name, policy_body(Policy()), services.clock.now()
        )


async def save_policy(
    services: Services, name: str, changes: Mapping[str, Any], *, anew: bool = False
) -> dict[str, Any]:
    """Store a policy as the newest version of its name, and return it.

    Runs keep the version that they were started with.

    Args:
        services: The running program.
        name: Its name; a new one makes a new policy.
        changes: Values to set, by field; ``costs`` may hold some of the cost assumptions.
        anew: Take the defaults for everything else, not the policy's last version.

    Raises:
        PolicyError: If a value is out of bounds or no policy has it.
    """

    async def unit(session: AsyncSession) -> dict[str, Any]:
        stored = await stored_policies.newest(session)
        body = policy_body(Policy()) if anew or name not in stored else dict(stored[name])
        costs = changes.get("costs", {})
        if not isinstance(costs, Mapping):
            raise PolicyError("costs must be set one by one, such as costs.prep_cents=30.")
        costs = {**body["costs"], **costs}
        policy = policy_from_body({**body, **changes, "costs": costs, "name": name})
        body = policy_body(policy)
        if stored.get(name) != body:
            await stored_policies.add(session, name, body, services.clock.now())
        return body

    return await services.database.write(unit)


async def list_policies(services: Services) -> list[dict[str, Any]]:
    """The newest version of every policy, by name."""
    stored = await services.database.read(stored_policies.newest)
    return [stored[name] for name in sorted(stored)]
