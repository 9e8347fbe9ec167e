"""Functions that are compiled when they are first called.

The loop over a market's events and its like cannot be written as array operations, and cost most
of a product's time as plain Python. Numba makes machine code of the very same Python, without
reordering any arithmetic, and keeps it on disk: beside the module, or in the user's cache folder
where the package's own is not writable.

What is kept counts as current as long as the module that a function stands in is unchanged. So a
compiled function takes nothing from other modules of ours but what it is handed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """A function as machine code; the plain one stays at ``py_func``."""
    try:
        return cast("Function", njit(cache=True)(function))
    except RuntimeError:
        # Nothing can be kept where no folder may be written, so every process compiles anew.
        return cast("Function", njit(function))
