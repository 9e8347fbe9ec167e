"""On which terms a language model is asked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from arbitragevault.application.ports import Narrator
from arbitragevault.domain.explanation.answers import Usage
from arbitragevault.domain.explanation.fields import SENT


@dataclass(frozen=True, slots=True)
class Prices:
    """What a model's tokens cost.

    Args:
        input_per_million: Dollars for a million tokens read.
        output_per_million: Dollars for a million tokens written.
    """

    input_per_million: Decimal
    output_per_million: Decimal

    def micro_dollars(self, usage: Usage) -> int:
        """What a call cost, in millionths of a dollar (a dollar per million is one per token)."""
        return round(
            usage.input_tokens * self.input_per_million
            + usage.output_tokens * self.output_per_million
        )


@dataclass(frozen=True, slots=True)
class NarrationTerms:
    """Who may write besides the template, and on which terms.

    Args:
        narrator: The model; None means that the template writes everything.
        sent: Names of the fields that the model may see.
        tokens_per_day: Most tokens in a day (UTC).
        prices: What the model costs; None if not known.
    """

    narrator: Narrator | None = None
    sent: frozenset[str] = SENT
    tokens_per_day: int = 0
    prices: Prices | None = None
