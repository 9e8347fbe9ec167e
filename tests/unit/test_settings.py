"""What the environment may say, and what happens when it says nonsense."""

from __future__ import annotations

from pathlib import Path

import pytest

from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.settings import KEEPA_URL, load_settings

NAMES = (
    "ARBITRAGEVAULT_HOME",
    "ARBITRAGEVAULT_HOST",
    "ARBITRAGEVAULT_PORT",
    "ARBITRAGEVAULT_TOKENS_PER_DAY",
    "DATABASE_URL",
    "KEEPA_API_KEY",
    "KEEPA_BASE_URL",
)


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_nothing_configured_means_the_built_in_sandbox() -> None:
    settings = load_settings()
    assert settings.uses_builtin_sandbox
    assert settings.data_source == "sandbox"
    assert settings.database_url is None
    assert settings.data_folder.name == "arbitragevault"


@pytest.mark.parametrize(
    ("key", "base", "source", "builtin"),
    [
        ("k" * 64, None, "keepa", False),
        ("k" * 64, KEEPA_URL + "/", "keepa", False),
        (None, "http://127.0.0.1:9/", "sandbox", False),
        ("k" * 64, "https://keepa.example", "sandbox", False),
        ("", "", "sandbox", True),
    ],
)
def test_only_keepas_own_address_counts_as_keepa(
    monkeypatch: pytest.MonkeyPatch,
    key: str | None,
    base: str | None,
    source: str,
    *,
    builtin: bool,
) -> None:
    for name, value in (("KEEPA_API_KEY", key), ("KEEPA_BASE_URL", base)):
        if value is not None:
            monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.data_source == source
    assert settings.uses_builtin_sandbox is builtin


def test_a_file_beside_the_program_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ARBITRAGEVAULT_PORT=9001\nKEEPA_API_KEY=\nOTHER=1\n")
    settings = load_settings()
    assert settings.port == 9001
    assert settings.keepa_api_key is None


def test_nonsense_is_named_without_showing_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBITRAGEVAULT_PORT", "many")
    monkeypatch.setenv("KEEPA_BASE_URL", "ftp://user:hunter2@example")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert "ARBITRAGEVAULT_PORT" in caught.value.message
    assert "KEEPA_BASE_URL" in caught.value.message
    assert "http://" in caught.value.message
    assert "hunter2" not in caught.value.message


def test_secrets_do_not_show_in_the_settings_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPA_API_KEY", "hidden-key")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hidden-password@h/d")
    monkeypatch.setenv("ARBITRAGEVAULT_SECRET", "hidden-seal-of-thirty-two-letters")
    shown = repr(load_settings())
    assert "hidden" not in shown
    assert shown.count("**********") == 3


def test_a_day_may_have_a_cap_on_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().tokens_per_day is None
    monkeypatch.setenv("ARBITRAGEVAULT_TOKENS_PER_DAY", "500")
    assert load_settings().tokens_per_day == 500
    monkeypatch.setenv("ARBITRAGEVAULT_TOKENS_PER_DAY", "-1")
    with pytest.raises(ConfigurationError, match="ARBITRAGEVAULT_TOKENS_PER_DAY"):
        load_settings()
