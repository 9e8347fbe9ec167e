"""What a text states, in figures."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.explanation.figures import figures_in
from arbitragevault.domain.explanation.plain_text import plain_text
from arbitragevault.domain.explanation.quantity import Unit

MONEY, SHARE, DAYS, COUNT, RANK = Unit.MONEY, Unit.SHARE, Unit.DAYS, Unit.COUNT, Unit.RANK


def read(text: str) -> list[tuple[Decimal, set[Unit]]]:
    return [
        (one.readings[0].value, set(one.readings[0].units))
        if one.readings
        else (Decimal(-1), set())
        for one in figures_in(text)
    ]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("$12.50", "12.50", MONEY),
        ("12.50 USD", "12.50", MONEY),
        ("US$ 1,250.00", "1250.00", MONEY),
        ("1.250,00 € im Monatsplan", "1250.00", MONEY),
        ("12 dollars", "12", MONEY),
        ("1140 cents", "11.40", MONEY),
        ("50¢", "0.50", MONEY),
        ("$1.2k", "1200", MONEY),
        ("82%", "0.82", SHARE),
        ("82 per cent", "0.82", SHARE),
        ("82,5 Prozent", "0.825", SHARE),
        ("820‰", "0.820", SHARE),
        ("twenty-five percent", "0.25", SHARE),
        ("\uff14\uff10\uff05", "0.40", SHARE),
        ("4 in 5", "0.8", SHARE),
        ("four out of five", "0.8", SHARE),
        ("82 out of 100", "0.82", SHARE),
        ("half", "0.5", SHARE),
        ("three quarters", "0.75", SHARE),
        ("½", "0.5", SHARE),
        ("0.82", "0.82", SHARE),
        ("12 days", "12", DAYS),
        ("a 12-day wait", "12", DAYS),
        ("12 Tage", "12", DAYS),
        ("doce días", "12", DAYS),
        ("fünfundzwanzig Tage", "25", DAYS),
        ("2 weeks", "14", DAYS),
        ("48 hours", "2", DAYS),
        ("١٢ days", "12", DAYS),
        ("one hundred and five offers", "105", COUNT),
        ("a dozen units", "12", COUNT),
        ("rank 361k", "361000", RANK),
        ("#44,660", "44660", RANK),
        ("3.2 sales a month", "3.2", Unit.PER_MONTH),
        ("6 a day", "180", Unit.PER_MONTH),
        ("twice", "2", Unit.RATIO),
        ("1.21 times", "1.21", Unit.RATIO),
        ("5 percentage points", "0.05", Unit.POINTS),
        ("90th percentile", "0.9", SHARE),
        ("p90", "0.9", SHARE),
    ],
)
def test_a_figure_is_read_with_its_unit(text: str, value: str, unit: Unit) -> None:
    found = read(text)
    assert len(found) == 1
    assert abs(found[0][0] - Decimal(value)) < Decimal("1e-9")
    assert unit in found[0][1]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,250 offers", ["1250"]),
        ("1.250 Angebote und 3,5 Prozent", ["1250", "0.035"]),
        ("12 345 offers", ["12345"]),
        ("12\u202f345 offers", ["12345"]),
        ("12\u2019345 offers", ["12345"]),
        ("1,23,456 offers", ["123456"]),
        ("1,234,567.5", ["1234567.5"]),
        ("0,125 or 0.125", ["0.125", "0.125"]),
    ],
)
def test_separators_are_read_as_the_text_around_writes_them(text: str, values: list[str]) -> None:
    assert [value for value, _ in read(text)] == [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("text", "unit", "values"),
    [
        ("between $3 and $5", MONEY, ["3", "5"]),
        ("$3-5", MONEY, ["3", "5"]),
        ("3\u20135 days", DAYS, ["3", "5"]),
        ("3 to 5 weeks", DAYS, ["21", "35"]),
        ("10 bis 12 Prozent", SHARE, ["0.10", "0.12"]),
    ],
)
def test_a_range_has_one_unit(text: str, unit: Unit, values: list[str]) -> None:
    found = read(text)
    assert [value for value, _ in found] == [Decimal(value) for value in values]
    assert all(unit in units for _, units in found)


@pytest.mark.parametrize(
    "text", ["a loss of $2.10", "-$2.10", "\u2212$2.10", "minus $2.10", "it loses 2.10 USD"]
)
def test_a_loss_is_negative(text: str) -> None:
    assert read(text)[0][0] == Decimal("-2.10")


@pytest.mark.parametrize("text", ["hundreds of sellers", "dozens", "1.2.3", "31.02.2026"])
def test_what_nobody_can_read_has_no_reading(text: str) -> None:
    assert [one.readings for one in figures_in(text)] == [()]


def test_names_with_digits_are_names() -> None:
    assert [(one.text, one.is_code) for one in figures_in("B0SBM0IQRL by MP3")] == [
        ("B0SBM0IQRL", True),
        ("MP3", True),
    ]


@pytest.mark.parametrize(
    "text", ["2026-11-27", "Nov 27, 2026", "27 November 2026", "27.11.2026", "11/27/2026"]
)
def test_dates(text: str) -> None:
    (found,) = figures_in(text)
    assert Decimal(739947) in {reading.value for reading in found.readings}
    assert all(reading.units == {Unit.DATE} for reading in found.readings)


def test_money_a_month_is_no_figure_of_a_record() -> None:
    assert read("$3 a month") == [(Decimal(3), {Unit.TEXT})]


@given(st.text(max_size=80))
def test_no_digit_is_overlooked(text: str) -> None:
    """Every digit of a text belongs to a figure, whatever stands around it."""
    plain = plain_text(text)
    covered = {at for one in figures_in(text) for at in range(one.start, one.end)}
    assert {at for at, char in enumerate(plain) if char.isdigit()} <= covered


@given(st.integers(0, 10**7), st.sampled_from(["{:,}", "{}", "about {:,}", "rank {:,}"]))
def test_whole_numbers_come_back(number: int, form: str) -> None:
    assert read(form.format(number) + " of them")[0][0] == number
