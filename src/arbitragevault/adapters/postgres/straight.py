"""Reads by the driver itself, for what is read most: SQLAlchemy's way takes longer than they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

_ERRORS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What the driver raises; the last one where its connection ends between two of its steps."""


class StraightRead:
    """A statement that is made once and read by the driver.

    Args:
        statement: Made of expressions; its parameters are named.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        compiled = statement.compile(dialect=dialect.dialect())  # type: ignore[no-untyped-call]
        self._text = str(compiled)
        self._given = compiled.params
        self._names = compiled.positiontup or []

    async def rows(self, session: AsyncSession, parameters: Mapping[str, Any]) -> list[Any]:
        """The rows as the driver gives them: values by place or name.

        Args:
            session: The transaction.
            parameters: By name.

        Raises:
            DBAPIError: As a session would raise it.
        """
        driver = await session.run_sync(_driver_of)
        given = self._given | dict(parameters)
        try:
            found: list[Any] = await driver.fetch(
                self._text, *[given[name] for name in self._names]
            )
        except _ERRORS as error:
            is_gone = driver.is_closed() or isinstance(error, asyncpg.InternalClientError)
            if is_gone:
                await (await session.connection()).invalidate(error)
            raise DBAPIError(self._text, None, error, connection_invalidated=is_gone) from error
        return found


def _driver_of(session: Session) -> Any:  # noqa: ANN401  # the driver has no types
    """The driver's connection of a session, in one step instead of one for each layer."""
    return session.connection().connection.driver_connection
