"""The histories of a product: ``csv``, monthly sales, coupons and ranks per category."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.wire_fields import Fields
from arbitragevault.adapters.keepa.wire_listing import ONE_TIME, SUBSCRIBE, coupon_values
from arbitragevault.adapters.keepa.wire_series import (
    FAR_FUTURE,
    PAIR,
    TRIPLET,
    Columns,
    FlatArrays,
    known,
    landed,
)
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.market import SeriesKind
from arbitragevault.domain.market.series import StepSeries

_NAMES: Final = [f"csv slot {slot.index} ({slot.name})" for slot in schema.SLOTS]
_COUPONS: Final = "coupons"
_LIGHTNING: Final = schema.SLOT_BY_KIND[SeriesKind.LIGHTNING_DEAL]


@dataclass(frozen=True, slots=True)
class History:
    """What a product's histories hold; series without a single usable point are left out.

    Args:
        series: By kind; prices are landed.
        shipping: Of the kinds that Keepa sends with shipping.
        category_ranks: Sales rank per category id.
        newest: The newest minute at which something was observed.
    """

    series: dict[SeriesKind, StepSeries]
    shipping: dict[SeriesKind, StepSeries]
    category_ranks: dict[int, StepSeries]
    newest: int | None


def decode_history(product: Fields, limit: int) -> History:
    """The histories of a product.

    Args:
        product: The fields as they were sent.
        limit: Last minute that can have been observed; only the end of a lightning deal may lie
            after it.

    Raises:
        PayloadError: If one of them is no list of whole numbers.
    """
    pairs: FlatArrays[SeriesKind | int] = FlatArrays(PAIR)
    triplets: FlatArrays[SeriesKind | str] = FlatArrays(TRIPLET)
    lightning: FlatArrays[SeriesKind] = FlatArrays(PAIR)
    for slot, element in _filled_slots(product):
        name = _NAMES[slot.index]
        if slot is _LIGHTNING:
            lightning.add(slot.kind, element, name)
        elif slot.is_triplet:
            triplets.add(slot.kind, element, name)
        else:
            pairs.add(slot.kind, element, name)
    triplets.add(_COUPONS, product.array("couponHistory"), "couponHistory")
    pairs.add(SeriesKind.MONTHLY_SOLD, product.array("monthlySoldHistory"), "monthlySoldHistory")
    for category, element in _category_ranks(product):
        pairs.add(category, element, f"salesRanks of category {category}")
    return _history(pairs.columns(limit), triplets.columns(limit), lightning.columns(FAR_FUTURE))


def _history(
    pairs: Columns[SeriesKind | int],
    triplets: Columns[SeriesKind | str],
    lightning: Columns[SeriesKind],
) -> History:
    values = known(pairs.numbers[:, 0])
    log = pairs.span(SeriesKind.OFFER_UPDATES)
    values[log] = pairs.numbers[log, 0]  # in the log a negative number is no sentinel
    found = pairs.by_key(values)
    series = {kind: one for kind, one in found.items() if isinstance(kind, SeriesKind)}
    series |= _of_kinds(triplets.by_key(landed(triplets.numbers)))
    series |= _coupons(triplets)
    newest = max((int(one.minutes[-1]) for one in series.values()), default=None)
    return History(
        series=series | lightning.by_key(known(lightning.numbers[:, 0])),
        shipping=_of_kinds(triplets.by_key(known(triplets.numbers[:, 1]))),
        category_ranks={key: one for key, one in found.items() if isinstance(key, int)},
        newest=newest,
    )


def _of_kinds(found: Mapping[SeriesKind | str, StepSeries]) -> dict[SeriesKind, StepSeries]:
    """Those that are a kind's own: not the coupons, which travel with the triplets."""
    return {kind: one for kind, one in found.items() if isinstance(kind, SeriesKind)}


def _coupons(triplets: Columns[SeriesKind | str]) -> dict[SeriesKind, StepSeries]:
    """The coupons of ``couponHistory``: [minute, one-time, with a subscription, ...]."""
    span = triplets.span(_COUPONS)
    if span.start == span.stop:
        return {}
    minutes = triplets.minutes[span]
    return {
        kind: StepSeries(minutes, values)
        for column, kinds in enumerate((ONE_TIME, SUBSCRIBE))
        for kind, values in zip(kinds, coupon_values(triplets.numbers[span, column]), strict=True)
    }


def _filled_slots(product: Fields) -> Iterator[tuple[schema.Slot, object]]:
    """The slots of ``csv`` that hold something; those beyond the known ones are left out."""
    for slot, element in zip(schema.SLOTS, product.array("csv") or (), strict=False):
        if element is not None:
            yield slot, element


def _category_ranks(product: Fields) -> Iterator[tuple[int, object]]:
    """The entries of ``salesRanks``, whose category ids are sent as texts."""
    ranks = product.fields("salesRanks")
    if ranks is None:
        return
    for category in ranks.names:
        if not (category.isascii() and category.isdigit()):
            raise PayloadError(f"salesRanks has {category[:40]!r} instead of a category id.")
        yield int(category), ranks.raw(category)
