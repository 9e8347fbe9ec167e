"""Offers that are built when they are first looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from arbitragevault.domain.market.market import Offer


class LateOffers(Sequence["Offer"]):
    """A sequence of offers whose objects are made on first use.

    A much-sold book comes with more than a thousand past offers, and many questions about it never
    look at one. It equals any sequence of the same offers and is pickled as a tuple.

    Args:
        count: How many there are.
        build: Makes all of them; it must not fail, so whoever gives it has checked the data.
        build_live: Makes those on the listing; None where it is not known which these are.
    """

    __slots__ = ("_build", "_build_live", "_count", "_live", "_offers")

    def __init__(
        self,
        count: int,
        build: Callable[[], tuple[Offer, ...]],
        build_live: Callable[[], tuple[Offer, ...]] | None,
    ) -> None:
        self._count = count
        self._build: Callable[[], tuple[Offer, ...]] | None = build
        self._build_live = build_live
        self._offers: tuple[Offer, ...] = ()
        self._live: tuple[Offer, ...] | None = None

    @property
    def live(self) -> tuple[Offer, ...] | None:
        """The offers on the listing, made without the others; None where that is not known."""
        build = self._build_live
        if build is not None:
            self._live = build()
            self._build_live = None
        return self._live

    def _all(self) -> tuple[Offer, ...]:
        # Two threads may both build; they make the same offers, so neither needs to wait.
        build = self._build
        if build is not None:
            self._offers = build()
            self._build = None
        return self._offers

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Offer]:
        return iter(self._all())

    @overload
    def __getitem__(self, index: int) -> Offer: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Offer, ...]: ...
    def __getitem__(self, index: int | slice) -> Offer | tuple[Offer, ...]:
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and self._all() == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # offers hold arrays, which have no stable hash

    def __repr__(self) -> str:
        return f"LateOffers({self._count})"

    def __reduce__(self) -> tuple[type[tuple[Offer, ...]], tuple[tuple[Offer, ...]]]:
        return tuple, (self._all(),)
