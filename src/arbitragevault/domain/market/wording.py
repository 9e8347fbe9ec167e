"""Figures in the words of a sentence."""

from __future__ import annotations

from math import floor


def days_in_words(days: int) -> str:
    """Whole days: "less than a day", "1 day", "12 days"."""
    if days < 1:
        return "less than a day"
    return "1 day" if days == 1 else f"{days:,} days"


def percent(share: float) -> str:
    """A share as it was set, without superfluous digits: 0.8 is "80%", 0.125 is "12.5%"."""
    return f"{100 * share:g}%"


def chance_in_words(probability: float) -> str:
    """A probability in whole percent, rounded down: what falls short of a limit never reads as it.

    The slack is for probabilities that are a limit but for the rounding of floats.
    """
    return f"{floor(100 * probability + 1e-6)}%"
