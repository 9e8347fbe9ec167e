"""Market minutes and moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.market.clock import EPOCH, to_date, to_datetime, to_minute


@given(st.integers(-5_000_000, 20_000_000))
def test_a_minute_and_its_moment(minute: int) -> None:
    moment = to_datetime(minute)
    assert moment.tzinfo is UTC
    assert to_minute(moment) == minute
    assert to_minute(moment + timedelta(seconds=59, microseconds=999_999)) == minute
    assert to_minute(moment - timedelta(microseconds=1)) == minute - 1


def test_keepas_epoch() -> None:
    assert to_datetime(0) == EPOCH
    assert (to_datetime(7_500_000) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() == (
        7_500_000 + 21_564_000
    ) * 60


def test_other_time_zones_are_the_same_moment() -> None:
    there = timezone(timedelta(hours=5, minutes=30))
    assert to_minute(datetime(2026, 1, 1, 5, 30, tzinfo=there)) == to_minute(
        datetime(2026, 1, 1, tzinfo=UTC)
    )


@given(st.integers(-10_000_000, 20_000_000))
def test_the_day_of_a_minute(minute: int) -> None:
    assert to_date(minute) == to_datetime(minute).date()


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone, was 2026-01-01"):
        to_minute(datetime(2026, 1, 1))  # noqa: DTZ001
