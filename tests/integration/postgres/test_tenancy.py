"""Rows of another organisation do not appear, even where a query forgets to ask whose they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres import migrate
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.repositories import (
    assessments,
    decisions,
    evidence,
    explanations,
    policies,
    runs,
)
from arbitragevault.adapters.postgres.repositories.explanations import Call
from arbitragevault.adapters.postgres.tables import is_of_tenant, metadata, organizations
from arbitragevault.adapters.postgres.tenancy import DEFAULT_ORGANIZATION, MEMBER
from arbitragevault.domain.errors import DatabaseError

RunMaker = Callable[..., Awaitable[UUID]]
RowMaker = Callable[..., dict[str, Any]]

A_REPORT = {
    "source": "sandbox",
    "model_version": "1",
    "data_digest": "digest",
    "policy": "default",
    "products": 1,
    "windows": 2,
    "seconds": 0.5,
}
TENANT_TABLES = [table for table in metadata.sorted_tables if is_of_tenant(table)]
SHARED = {
    "organizations",
    "products",
    "product_codes",
    "product_features",
    "history_segments",
    "offers_snapshots",
    "payloads",
    "token_buckets",
    "token_claims",
    "token_ledger",
    "unit_marks",
}
"""Market data and tokens belong to nobody. Whoever adds a table decides where it belongs."""


async def another_organization(database: Database) -> Database:
    async with database.of(None).begin() as session:
        added = await session.execute(
            organizations.insert().values(name="Another").returning(organizations.c.id)
        )
        return database.of(added.scalar_one())


async def fill(
    session: AsyncSession, a_run: RunMaker, a_row: RowMaker, now: datetime
) -> tuple[UUID, int]:
    """A row in every table of tenants."""
    run_id = await a_run(session, 3)
    ids = await decisions.insert(session, run_id, [a_row(1)], now)
    await assessments.save(session, {ids[1]: b"assessment"}, now)
    await policies.add(session, "default", {"name": "default"}, now)
    call = Call("digest", "verdict", "a model", "1", 10)
    await explanations.reserve(session, call, now=now, since=now, most=10**9)
    await evidence.add(session, A_REPORT, is_sandbox=True, created_at=now)
    return run_id, ids[1]


def test_every_table_is_shared_on_purpose_or_belongs_to_organizations() -> None:
    assert {table.name for table in metadata.sorted_tables} - SHARED == {
        table.name for table in TENANT_TABLES
    }


async def test_a_forgotten_filter_shows_nothing_of_another_organization(
    database: Database, a_run: RunMaker, a_row: RowMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id, decision_id = await fill(session, a_run, a_row, now)
    other = await another_organization(database)
    async with other.begin() as session:
        for table in TENANT_TABLES:
            # No filter at all, in any kind of statement.
            assert await session.scalar(select(func.count()).select_from(table)) == 0, table.name
            if "run_id" in table.columns:
                changed = await session.execute(table.update().values(run_id=run_id))
                assert changed.rowcount == 0, table.name  # type: ignore[attr-defined]
            gone = await session.execute(table.delete())
            assert gone.rowcount == 0, table.name  # type: ignore[attr-defined]
        assert await runs.get(session, run_id) is None
        assert await decisions.get(session, decision_id) is None
        assert await session.scalar(select(organizations.c.name)) == "Another"
        theirs, _ = await fill(session, a_run, a_row, now)
    async with database.begin() as session:
        for table in TENANT_TABLES:
            owners = await session.scalars(select(table.c.organization_id).distinct())
            assert owners.all() == [DEFAULT_ORGANIZATION], table.name
        assert await runs.get(session, theirs) is None
    async with database.of(None).begin() as session:
        for table in TENANT_TABLES:
            query = select(func.count(table.c.organization_id.distinct()))
            assert await session.scalar(query) == 2, table.name


async def test_rows_cannot_be_given_to_or_taken_from_another_organization(
    database: Database, a_run: RunMaker, a_row: RowMaker, now: datetime
) -> None:
    other = await another_organization(database)
    async with database.begin() as session:
        await fill(session, a_run, a_row, now)
    for table in TENANT_TABLES:
        with pytest.raises(DBAPIError, match="row-level security"):
            async with database.begin() as session:
                await session.execute(table.update().values(organization_id=other.organization_id))


@pytest.mark.parametrize("statement", ["DELETE FROM organizations", "TRUNCATE runs CASCADE"])
async def test_organizations_are_not_the_programs_to_change(
    database: Database, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.begin() as session:
            await session.execute(text(statement))


async def test_the_rights_of_a_transaction_end_with_it(database: Database) -> None:
    query = text("SELECT current_user, current_organization()")
    async with database.begin() as session:
        assert (await session.execute(query)).one() == (MEMBER, DEFAULT_ORGANIZATION)
    async with database.of(None).begin() as session:
        login, nobody = (await session.execute(query)).one()
    assert login != MEMBER
    assert nobody == 0


async def test_nobody_sees_nothing(
    database: Database, a_run: RunMaker, a_row: RowMaker, now: datetime
) -> None:
    async with database.begin() as session:
        await fill(session, a_run, a_row, now)
    async with database.of(None).begin() as session:
        await session.execute(text(f"SET LOCAL ROLE {MEMBER}"))
        for table in TENANT_TABLES:
            assert await session.scalar(select(func.count()).select_from(table)) == 0, table.name


@pytest.mark.parametrize("may_make_roles", [True, False])
async def test_a_login_without_special_rights_can_own_the_database(
    database: Database,
    empty_database_url: str,
    may_make_roles: bool,  # noqa: FBT001
) -> None:
    """As on a hosted server, where nobody is superuser."""
    url = make_url(empty_database_url)
    login = f"tests_{url.database}"
    async with database.of(None).begin() as session:
        for order in (
            f"CREATE ROLE {login} LOGIN PASSWORD 'x'",
            f"ALTER ROLE {login} CREATEROLE" if may_make_roles else f"GRANT {MEMBER} TO {login}",
            f'ALTER DATABASE "{url.database}" OWNER TO {login}',
        ):
            await session.execute(text(order))
        if may_make_roles:
            # The role is there already: an administrator of it lets others act as it.
            await session.execute(text(f"GRANT {MEMBER} TO {login} WITH ADMIN OPTION"))
    own = url.set(username=login, password="x").render_as_string(hide_password=False)  # noqa: S106
    try:
        await migrate.upgrade(own)
        async with Database(own) as theirs, theirs.begin() as session:
            assert await policies.add(session, "default", {}, datetime.now().astimezone()) == 1
            assert await session.scalar(text("SELECT current_user")) == MEMBER
    finally:
        async with database.of(None).begin() as session:
            await session.execute(text(f'ALTER DATABASE "{url.database}" OWNER TO CURRENT_USER'))
        async with Database(empty_database_url) as emptied, emptied.of(None).begin() as session:
            await session.execute(text(f"REASSIGN OWNED BY {login} TO CURRENT_USER"))
            await session.execute(text(f"DROP OWNED BY {login}"))
            await session.execute(text(f"DROP ROLE {login}"))


async def test_a_login_that_may_not_act_as_member_is_told_what_to_do(
    database: Database, empty_database_url: str, server_url: str
) -> None:
    # Past the pooler of the tests, where everybody becomes the same login.
    url = make_url(server_url).set(database=make_url(empty_database_url).database)
    login = f"tests_{url.database}"
    async with database.of(None).begin() as session:
        await session.execute(text(f"CREATE ROLE {login} LOGIN PASSWORD 'x'"))
        await session.execute(text(f'ALTER DATABASE "{url.database}" OWNER TO {login}'))
    own = url.set(username=login, password="x").render_as_string(hide_password=False)  # noqa: S106
    try:
        with pytest.raises(DatabaseError, match=f"GRANT {MEMBER} TO {login}"):
            await migrate.upgrade(own)
    finally:
        async with database.of(None).begin() as session:
            await session.execute(text(f'ALTER DATABASE "{url.database}" OWNER TO CURRENT_USER'))
            await session.execute(text(f"DROP ROLE {login}"))
