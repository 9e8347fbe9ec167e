"""What every use case works with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.application.cursors import Cursors
from arbitragevault.application.narration_terms import NarrationTerms
from arbitragevault.application.ports import Clock
from arbitragevault.application.token_economy import TokenEconomy

DataSource = Literal["keepa", "sandbox"]


@dataclass(frozen=True, slots=True)
class Services:
    """The running program: its database, its market data and its clock.

    Args:
        database: PostgreSQL.
        keepa: The Keepa client; in sandbox mode it speaks to the sandbox.
        economy: The client's token ledger.
        clock: The time.
        data_source: Whether market data are Keepa's or the sandbox's.
        is_embedded: The database is the program's own.
        narration: Who writes explanations besides the template, and on which terms.
        wake: Set when there may be work for the worker.
        cursors: Makes the cursors of lists.
    """

    database: Database
    keepa: KeepaClient
    economy: TokenEconomy
    clock: Clock
    data_source: DataSource
    is_embedded: bool
    narration: NarrationTerms = NarrationTerms()
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    cursors: Cursors = field(default_factory=Cursors)

    @property
    def is_sandbox(self) -> bool:
        """Market data are the sandbox's."""
        return self.data_source == "sandbox"
