"""Functions that are compiled when they are first called.

The loop over a market's events and its like cannot be written as array operations, and cost most
of a product's time as plain Python. Numba makes machine code of the very same Python, without
reordering any arithmetic, and keeps it on disk: beside the module, or in the user's cache folder
where the package's own is not writable.

What is kept counts as current as long as the module that a function stands in is unchanged. So a
compiled function takes nothing from other modules of ours but what it is handed.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

_LOCK: Final = threading.Lock()


def compiled(function: Function) -> Function:
    """A function of a module that is machine code from its module's first call on."""
    return cast("Function", _Waiting(function))


class _Waiting:
    """Stands for a function until something in its module is called, and passes calls on then.

    Only then is numba loaded, which takes longer than all the rest of the sandbox. The module's
    functions are exchanged together, because compiled ones can call nothing but compiled ones.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.machine_code: Callable[..., Any] | None = None

    def __call__(self, *arguments: object) -> object:
        if self.machine_code is None:
            _exchange(vars(sys.modules[self.function.__module__]))
        return self.machine_code(*arguments)  # type: ignore[misc]  # it has just been exchanged


def _exchange(module: dict[str, Any]) -> None:
    """Put machine code in the place of every function of a module that waits for it."""
    with _LOCK:
        for name, one in list(module.items()):
            if isinstance(one, _Waiting) and one.function.__module__ == module["__name__"]:
                one.machine_code = module[name] = _machine_code(one.function)


def _machine_code(function: Callable[..., Any]) -> Callable[..., Any]:
    from numba import njit
    from numba.core.types import unliteral

    made: Any
    plain: Callable[[object], object] = unliteral
    try:
        made = njit(cache=True)(function)
    except RuntimeError:
        # Nothing can be kept where no folder may be written, so every process compiles anew.
        made = njit(function)
    template_of = getattr(made, "get_call_template", None)
    if template_of is not None:
        # Left to itself, numba compiles a function once more for each constant it is called with.
        made.get_call_template = lambda types, named: template_of(
            [plain(one) for one in types], named
        )
    return cast("Callable[..., Any]", made)
