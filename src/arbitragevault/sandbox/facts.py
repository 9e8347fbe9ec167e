"""Texts and measures of all products, made when a question first needs them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox import words
from arbitragevault.sandbox.catalogue import (
    FAMILY_BLOCK,
    listed_of,
    names_of,
    package_of,
    pages_of,
    pick,
    published_of,
)
from arbitragevault.sandbox.columns import Columns
from arbitragevault.sandbox.kinds import KINDS


class Names(NamedTuple):
    """What a product is called and who made it."""

    title: str
    author: str | None
    brand: str | None
    publisher: str
    binding: str
    variant: str | None


class Facts:
    """Facts that are costly for all products at once and equal those of each entry.

    Args:
        columns: The catalogue.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    @cached_property
    def names(self) -> list[Names]:
        """By product number."""
        draws = self._columns.draws
        rows = zip(
            self._columns.kind.tolist(),
            draws.picks.tolist(),
            draws.common.tolist(),
            self._columns.siblings.tolist(),
            strict=True,
        )
        return [self._names(index, *row) for index, row in enumerate(rows)]

    @staticmethod
    def _names(
        index: int, kind: int, picks: list[float], common: list[float], siblings: int
    ) -> Names:
        what = KINDS[kind]
        title, author, brand = names_of(what, picks, common)
        variant = words.VARIANTS[index % FAMILY_BLOCK % 8] if siblings else None
        return Names(
            title=title if variant is None else f"{title}, {variant}",
            author=author,
            brand=brand,
            publisher=brand or pick(words.PUBLISHERS, picks[6]),
            binding=pick(tuple(what.bindings), picks[5]),
            variant=variant,
        )

    @cached_property
    def pages(self) -> NDArray[np.int64]:
        """int64 [n] pages; -1 for what is no printed book."""
        spread = self._columns.draws.normals[:, 0].tolist()
        kinds = self._columns.kind.tolist()
        return np.array([pages_of(KINDS[k], s) or -1 for k, s in zip(kinds, spread, strict=True)])

    @cached_property
    def published(self) -> NDArray[np.int64]:
        """int64 [n] market minutes of publication; -1 for what is no printed book."""
        found = [_minute_of_date(published_of(row)) for row in self._columns.draws.picks[:, 7:10]]
        return np.where(self.pages > 0, np.array(found), -1)

    @cached_property
    def packages(self) -> NDArray[np.int64]:
        """int64 [n, 4] listed package: longest, middle, shortest side in mm, grams."""
        draws, pages = self._columns.draws, self.pages.tolist()
        found = np.empty((self._columns.size, 4), dtype=np.int64)
        for index, kind in enumerate(self._columns.kind.tolist()):
            picks, normals = draws.picks[index], draws.normals[index]
            binding = pick(tuple(KINDS[kind].bindings), picks[5])
            count = pages[index] if pages[index] > 0 else None
            true = package_of(KINDS[kind], binding, count, picks, normals)
            listed, _ = listed_of(true, picks[12], picks[13:16])
            found[index] = (*listed.sides_mm, listed.weight_grams)
        return found


def _minute_of_date(date: int) -> int:
    moment = datetime(date // 10_000, date // 100 % 100, date % 100, tzinfo=UTC)
    return schema.minute_of_unix_ms(int(moment.timestamp() * 1_000))
