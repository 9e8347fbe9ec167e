"""Exit codes, and which error leaves with which."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NEEDS_CONFIGURATION: Final = 3
OUT_OF_TOKENS: Final = 4
INTERRUPTED: Final = 130
"""Ctrl-C, as shells count it: 128 + SIGINT."""

_BY_CODE: Final = {
    "configuration": NEEDS_CONFIGURATION,
    "database": NEEDS_CONFIGURATION,
    "database_version": NEEDS_CONFIGURATION,
    "database_folder": NEEDS_CONFIGURATION,
    "out_of_tokens": OUT_OF_TOKENS,
    "invalid_identifier": USAGE,
    "invalid_input": USAGE,
    "invalid_money": USAGE,
    "invalid_policy": USAGE,
    "unknown_marketplace": USAGE,
}

_KEY_REFUSED: Final = frozenset({400, 401, 402, 403})
"""Keepa's answers to a key that is wrong or not paid for."""


def exit_code(code: str, status: int | None = None) -> int:
    """The exit code for an error of the tree.

    Args:
        code: The error's stable code.
        status: Keepa's HTTP status, where Keepa refused.
    """
    if code == "keepa_rejected" and status in _KEY_REFUSED:
        return NEEDS_CONFIGURATION
    return _BY_CODE.get(code, FAILED)
