"""Market minutes: how time is counted inside series.

A market minute is an integer count of minutes since 2011-01-01T00:00:00Z, the epoch that Keepa uses
too (Keepa: Unix seconds = (minute + 21,564,000) x 60).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(2011, 1, 1, tzinfo=UTC)
MINUTES_PER_DAY: Final = 1_440


def to_minute(moment: datetime) -> int:
    """The market minute that has begun at an aware moment.

    Raises:
        ValueError: If the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"A moment needs a time zone, was {moment.isoformat()}.")
    return int((moment - EPOCH) // timedelta(minutes=1))


def to_datetime(minute: int) -> datetime:
    """The aware UTC moment at which a market minute begins."""
    return EPOCH + timedelta(minutes=int(minute))


def to_date(minute: int) -> date:
    """The day, in UTC, in which a market minute lies."""
    return date.fromordinal(_FIRST_DAY + minute // MINUTES_PER_DAY)


_FIRST_DAY: Final = EPOCH.toordinal()
