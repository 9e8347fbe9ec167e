"""``/graphimage``: price and rank curves as a PNG, drawn pixel by pixel."""

from __future__ import annotations

import struct
import threading
import zlib
from collections import OrderedDict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.endpoint import US, Ask, Reply
from arbitragevault.sandbox.request import BadParameterError
from arbitragevault.sandbox.simulated import SimulatedSource
from arbitragevault.sandbox.stats import Landed, landed_series

_CURVES: Final = (
    ("salesrank", 3, False, "cSales", "3A883A"),
    ("amazon", 0, True, "cAmazon", "FFA500"),
    ("new", 1, True, "cNew", "8888DD"),
    ("used", 2, False, "cUsed", "444444"),
    ("bb", 18, False, "cBB", "FF00B4"),
    ("bbu", 32, False, "cBBU", "DA66FF"),
    ("fba", 10, False, "cFBA", "FF5722"),
    ("fbm", 7, False, "cFBM", "039BE5"),
    ("ld", 8, False, "cLD", "FF0000"),
    ("wd", 9, False, "cWD", "9C27B0"),
    ("pe", 33, False, "cPE", "1EC8F3"),
)
"""Switch, csv slot, whether it is on without being asked for, colour parameter and colour."""
_RANK: Final = 3
_FREE_MINUTES: Final = 90
_REMEMBERED: Final = 10_000
_MARGIN: Final = 6
_MOST_WIDTH: Final = 1_800
_MOST_HEIGHT: Final = 1_800
_LEAST_WIDTH: Final = 300
_LEAST_HEIGHT: Final = 150
_USUAL: Final = {"width": 500, "height": 200, "range": 90}
_GRID: Final = (224, 224, 224)


class GraphImages:
    """Draws images; the same one again within 90 minutes costs nothing.

    Args:
        source: The marketplace.
    """

    def __init__(self, source: SimulatedSource) -> None:
        self._source = source
        self._asked: OrderedDict[tuple[str, ...], int] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, ask: Ask) -> Reply:
        """One request.

        Raises:
            BadParameterError: Naming the parameter.
        """
        domain = ask.domain
        asin = ask.query.get("asin", "")
        if len(asin) != 10:
            raise BadParameterError("asin")
        width, height, days = (ask.number(name, usual) for name, usual in _USUAL.items())
        if not _LEAST_WIDTH <= width <= _MOST_WIDTH:
            raise BadParameterError("width")
        if not _LEAST_HEIGHT <= height <= _MOST_HEIGHT:
            raise BadParameterError("height")
        if days < 1:
            raise BadParameterError("range")
        background = _colour(ask, "cBackground", "FFFFFF")
        canvas = np.full((height, width, 3), background, dtype=np.uint8)
        _frame(canvas)
        wanted = [
            (slot, _colour(ask, parameter, usual))
            for switch, slot, on, parameter, usual in _CURVES
            if (ask.flag(switch) if switch in ask.query else on)
        ]
        series = self._series(asin, ask.now) if domain == US else {}
        start = ask.now - days * MINUTES_PER_DAY
        _draw_prices(canvas, series, [one for one in wanted if one[0] != _RANK], start, ask.now)
        for slot, colour in wanted:
            if slot == _RANK and slot in series:
                _draw(canvas, [(series[slot], colour)], start, ask.now)
        return Reply(tokens=self._cost(ask), image=png_of(canvas))

    def _series(self, asin: str, now: int) -> dict[int, Landed]:
        product = self._source.marketplace.product(asin, now)
        return {} if product is None else landed_series(product.observed.csv)

    def _cost(self, ask: Ask) -> int:
        asked = (ask.key, *(f"{name}={value}" for name, value in sorted(ask.query.items())))
        with self._lock:
            before = self._asked.get(asked)
            if before is not None and ask.now - before < _FREE_MINUTES:
                return 0
            self._asked[asked] = ask.now
            while len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)
        return schema.GRAPH_IMAGE.tokens


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of [height, width, 3] pixels (PNG specification, colour type 2, no filter)."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 1:] = pixels.reshape(height, 3 * width)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (("IHDR", header), ("IDAT", zlib.compress(rows.tobytes(), 6)), ("IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name.encode(), data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _colour(ask: Ask, name: str, usual: str) -> tuple[int, int, int]:
    text = ask.query.get(name, usual)
    try:
        red, green, blue = bytes.fromhex(text)
    except ValueError:
        raise BadParameterError(name) from None
    return red, green, blue


def _frame(canvas: NDArray[np.uint8]) -> None:
    """A grid of thin lines."""
    height, width, _ = canvas.shape
    for part in range(5):
        y = _MARGIN + (height - 2 * _MARGIN - 1) * part // 4
        x = _MARGIN + (width - 2 * _MARGIN - 1) * part // 4
        canvas[y, _MARGIN : width - _MARGIN] = _GRID
        canvas[_MARGIN : height - _MARGIN, x] = _GRID


def _draw_prices(
    canvas: NDArray[np.uint8],
    series: dict[int, Landed],
    wanted: list[tuple[int, tuple[int, int, int]]],
    start: int,
    end: int,
) -> None:
    """All price curves on one scale."""
    _draw(canvas, [(series[slot], colour) for slot, colour in wanted if slot in series], start, end)


def _draw(
    canvas: NDArray[np.uint8],
    curves: list[tuple[Landed, tuple[int, int, int]]],
    start: int,
    end: int,
) -> None:
    """Step curves on a common scale from nothing to their greatest value."""
    height, width, _ = canvas.shape
    columns = np.arange(_MARGIN, width - _MARGIN)
    moments = start + (columns - _MARGIN) * (end - start) // max(1, columns.size - 1)
    tables = [_at(one, moments) for one, _ in curves]
    most = max((int(table.max()) for table in tables), default=0)
    if most <= 0:
        return
    for (_, colour), values in zip(curves, tables, strict=True):
        inside = height - 2 * _MARGIN - 2
        y = height - _MARGIN - 2 - (np.maximum(values, 0) * inside // most)
        before = np.concatenate((y[:1], y[:-1]))
        joined = values >= 0
        joined[1:] &= values[:-1] >= 0
        for x, level, last, connects in zip(
            columns.tolist(), y.tolist(), before.tolist(), joined.tolist(), strict=True
        ):
            if connects:
                canvas[min(level, last) : max(level, last) + 2, x] = colour


def _at(series: Landed, moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """The value in force at each moment; -1 where there is none."""
    index = np.searchsorted(series.minutes, moments, side="right") - 1
    values: NDArray[np.int64] = np.where(index >= 0, series.values[np.maximum(index, 0)], -1)
    return values
