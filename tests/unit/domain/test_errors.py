"""The error tree: one drawing, stable and unique codes."""

from __future__ import annotations

import re

import pytest

from arbitragevault.domain import errors
from arbitragevault.domain.errors import ArbitrageVaultError, KeepaRejectedError, OutOfTokensError


def subclasses(parent: type[ArbitrageVaultError]) -> list[type[ArbitrageVaultError]]:
    return [
        descendant
        for child in parent.__subclasses__()
        if child.__module__ == errors.__name__
        for descendant in (child, *subclasses(child))
    ]


ALL: list[type[ArbitrageVaultError]] = [ArbitrageVaultError, *subclasses(ArbitrageVaultError)]


def drawn_tree() -> dict[str, str | None]:
    """The parent of every class as the docstring draws it."""
    parents: dict[str, str | None] = {}
    open_branches: list[tuple[int, str]] = []
    for indent, name in re.findall(r"^( *)[*+-] (\w+)", errors.__doc__ or "", re.MULTILINE):
        depth = len(indent)
        while open_branches and open_branches[-1][0] >= depth:
            open_branches.pop()
        parents[name] = open_branches[-1][1] if open_branches else None
        open_branches.append((depth, name))
    return parents


def test_the_docstring_draws_every_class_under_its_parent() -> None:
    real = {one.__name__: one.__mro__[1].__name__ for one in ALL}
    assert drawn_tree() == {**real, "ArbitrageVaultError": None}


def test_codes_are_unique_and_stable_words() -> None:
    codes = [one.code for one in ALL]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)


def test_every_class_says_what_it_is() -> None:
    assert all(one.__doc__ for one in ALL)


def test_an_error_carries_its_message() -> None:
    error = errors.MoneyError("No amount.")
    assert error.message == str(error) == "No amount."


def test_keepas_refusal_keeps_what_keepa_said() -> None:
    error = KeepaRejectedError("No.", status=402, error_type="x", details="y", tokens_left=-3)
    assert (error.status, error.error_type, error.details, error.tokens_left) == (402, "x", "y", -3)


def test_a_dry_bucket_says_when_it_goes_on() -> None:
    error = OutOfTokensError("Wait.", wait_seconds=60.0, needed=100, balance=-2)
    assert (error.wait_seconds, error.needed, error.balance) == (60.0, 100, -2)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a'b", '"a\'b"'), ("\x1b[2J", "'\\x1b[2J'"), ("x" * 61, "'" + "x" * 57 + "...'")],
)
def test_a_quoted_text_is_short_and_harmless(text: str, shown: str) -> None:
    assert errors.quoted(text) == shown
