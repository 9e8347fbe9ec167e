"""A table of fees by weight: rows with inclusive upper bounds, then a fee per started step."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, lcm

from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.economics.fees.measures import Exact
from arbitragevault.domain.errors import RateCardError

Cells = tuple[int | None, ...]
"""Minor units per price band; None where the cell is not known."""


@dataclass(frozen=True, slots=True)
class NotKnown:
    """A part of a card that was looked for and not found.

    Args:
        reason: Why, as a clause: ``Amazon's peak card for dangerous goods was not found``.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Beyond:
    """What is charged above the last row: ``cents`` plus a fee per started step above a weight."""

    above: Fraction
    step: Fraction
    step_cents: int
    cells: Cells
    up_to: Fraction | None


@dataclass(frozen=True, slots=True)
class Row:
    """The part of a table that a weight falls in.

    Args:
        text: Such as ``up to 14 oz`` or ``3 lb + 6 x 4 oz``.
        cells: Minor units per price band.
    """

    text: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class WeightTable:
    """Fees by weight.

    Args:
        unit: Name of the weight unit.
        unit_grams: Grams per unit.
        limits: Inclusive upper bounds of the rows in units, ascending.
        rows: Cells of each row.
        beyond: What follows the last row; None if the table ends there.

    Besides, so that a weight is found without fractions:
        parts: Parts of a gram in which every limit is a whole number.
        limits_parts: The limits in these parts.
        found: What is answered for each row.
    """

    unit: str
    unit_grams: Fraction
    limits: tuple[Fraction, ...]
    rows: tuple[Cells, ...]
    beyond: Beyond | None
    parts: int = field(init=False, repr=False, compare=False)
    limits_parts: tuple[int, ...] = field(init=False, repr=False, compare=False)
    found: tuple[Row, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        in_grams = [limit * self.unit_grams for limit in self.limits]
        parts = lcm(*(limit.denominator for limit in in_grams))
        texts = (f"up to {_number(limit)} {self.unit}" for limit in self.limits)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "limits_parts", tuple(int(limit * parts) for limit in in_grams))
        object.__setattr__(self, "found", tuple(map(Row, texts, self.rows)))

    def edges(self, most_grams: Fraction) -> Iterator[Fraction]:
        """Every weight in grams, up to one, after which the row changes."""
        for limit in self.limits:
            yield limit * self.unit_grams
        if self.beyond is not None:
            end = most_grams / self.unit_grams
            if self.beyond.up_to is not None:
                end = min(end, self.beyond.up_to)
                yield self.beyond.up_to * self.unit_grams
            for step in range(1, floor((end - self.beyond.above) / self.beyond.step) + 1):
                yield (self.beyond.above + step * self.beyond.step) * self.unit_grams

    def find(self, weight: Exact, per_gram: int = 1) -> Row | None:
        """The row for a weight; None if the table ends below it.

        Args:
            weight: The weight, in grams or in parts of a gram.
            per_gram: How many of these parts are a gram.
        """
        # Rounded up: limits are whole numbers of parts.
        index = bisect_left(self.limits_parts, -(-weight * self.parts // per_gram))
        if index < len(self.found):
            return self.found[index]
        return self._beyond(Fraction(weight) / per_gram / self.unit_grams)

    def _beyond(self, weight: Fraction) -> Row | None:
        """The row for a weight in units above the last row."""
        beyond = self.beyond
        if beyond is None or (beyond.up_to is not None and weight > beyond.up_to):
            return None
        steps = ceil((weight - beyond.above) / beyond.step)
        more = steps * beyond.step_cents
        return Row(
            f"{_number(beyond.above)} {self.unit} + {steps} x {_number(beyond.step)} {self.unit}",
            tuple(None if cell is None else cell + more for cell in beyond.cells),
        )


def parse_weight_table(body: Json, bands: int) -> WeightTable:
    """Read a table and check that its rows rise and fill every price band.

    Args:
        body: ``weight_unit``, ``rows`` of ``up_to`` and ``cents``, and optionally ``beyond``.
        bands: Number of price bands.

    Raises:
        RateCardError: If the table has a hole or a wrong figure.
    """
    unit_grams = fields.weight_unit(body)
    rows = fields.objects(body, "rows")
    limits = [fields.exact(row.get("up_to")) for row in rows]
    fields.ascending(limits, "weights")
    beyond = None
    if "beyond" in body:
        beyond = _parse_beyond(fields.field(body, "beyond", dict), bands)
        if beyond.above != limits[-1]:
            raise RateCardError(
                f"The table has a hole: rows end at {limits[-1]}, not at {beyond.above}."
            )
    return WeightTable(
        body["weight_unit"],
        unit_grams,
        tuple(limits),
        tuple(_cells(row, bands) for row in rows),
        beyond,
    )


def _parse_beyond(body: Json, bands: int) -> Beyond:
    up_to = body.get("up_to")
    return Beyond(
        fields.exact(body.get("above")),
        fields.exact(body.get("step")),
        fields.cents(body.get("step_cents")),
        _cells(body, bands),
        None if up_to is None else fields.exact(up_to),
    )


def _cells(body: Json, bands: int) -> Cells:
    if isinstance(body.get("cents"), int):
        return (fields.cents(body["cents"]),) * bands
    values = fields.field(body, "cents", list)
    if len(values) != bands:
        raise RateCardError(f"A row has {len(values)} amounts for {bands} price bands.")
    return tuple(None if value is None else fields.cents(value) for value in values)


def _number(value: Fraction) -> str:
    return f"{float(value):g}"
