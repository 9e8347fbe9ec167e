"""Which leads a buy list may choose from."""

from __future__ import annotations

from enum import StrEnum


class Admission(StrEnum):
    """Which leads a list may buy."""

    BUYS = "buys"
    """Leads with the verdict buy."""

    REVIEWS = "reviews"
    """Also leads with the verdict review."""

    WORTHWHILE = "worthwhile"
    """Every lead that is expected to make money and that nothing but its chance of reaching the
    target or its time to sell speaks against: a list spreads what each unit alone has to bear."""
