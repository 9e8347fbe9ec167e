"""Abstention: the answer "this cannot be told", with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Abstention:
    """An estimator that has too little to go on says so instead of guessing.

    Args:
        code: Stable name of the cause, for example ``"too_little_history"``.
        reason: What is missing, in one plain sentence.
    """

    code: str
    reason: str
