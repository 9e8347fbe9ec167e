from collections.abc import Iterator

import pytest

from arbitragevault.domain import errors
from arbitragevault.domain.errors import ArbitrageVaultError
from arbitragevault.entrypoints.cli import exits


def every_error(root: type[ArbitrageVaultError]) -> Iterator[type[ArbitrageVaultError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from every_error(child)


@pytest.mark.parametrize("error", list(every_error(ArbitrageVaultError)))
def test_every_error_leaves_with_a_documented_code(error: type[ArbitrageVaultError]) -> None:
    assert exits.exit_code(error.code) in {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("unreadable_lead_file", None, 1),
        ("not_found", None, 1),
        ("keepa_unavailable", 503, 1),
        ("invalid_policy", None, 2),
        ("configuration", None, 3),
        ("database_folder", None, 3),
        ("keepa_rejected", 401, 3),
        ("keepa_rejected", 405, 1),
        ("out_of_tokens", None, 4),
    ],
)
def test_codes_mean_what_the_documentation_says(
    code: str, status: int | None, expected: int
) -> None:
    assert exits.exit_code(code, status) == expected
