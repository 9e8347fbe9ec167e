"""How many Keepa tokens each client may spend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from arbitragevault.domain.errors import TokenCapError


@dataclass(slots=True)
class Grant:
    """Tokens set aside for one piece of work.

    Args:
        most: What it may spend.
        spent: What it has spent; filled in by whoever works.
    """

    most: int
    spent: int = 0


class Budgets:
    """What clients may spend as long as this server runs, by the name that they gave.

    A client that connects again under its name goes on with what it has left.

    Args:
        each: Tokens of every client; 0 spends nothing at all.
    """

    def __init__(self, each: int) -> None:
        self.each = each
        self._spent: Counter[str] = Counter()
        self._set_aside: Counter[str] = Counter()

    def left(self, client: str) -> int:
        """Tokens that a client may still spend."""
        return max(0, self.each - self._spent[client] - self._set_aside[client])

    @contextmanager
    def grant(self, client: str, tokens: int) -> Iterator[Grant]:
        """Set tokens aside for as long as the block lasts, then book what was spent.

        Args:
            client: Who asks.
            tokens: What the work may cost at worst.

        Raises:
            TokenCapError: If the client has fewer left.
        """
        left = self.left(client)
        if tokens > left:
            raise TokenCapError(
                f"This would cost up to {tokens} Keepa tokens; {left} of this client's budget of "
                f"{self.each} are left. Ask for fewer products, or have the server started with a "
                "higher --budget."
            )
        self._set_aside[client] += tokens
        grant = Grant(tokens)
        try:
            yield grant
        finally:
            self._set_aside[client] -= tokens
            self._spent[client] += grant.spent
