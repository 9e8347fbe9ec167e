"""The only reader of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from arbitragevault.domain.errors import ConfigurationError

KEEPA_URL: Final = "https://api.keepa.com"
"""Keepa's live service (keepa.com/api-docs). Any other base URL counts as sandbox data."""


OPENAI_MODEL: Final = "gpt-5.4-mini"
"""A small model that knows structured outputs (named by the SDK 3.57); texts are short and checked,
so a larger one adds cost and little else."""

TOKENS_PER_DAY: Final = 200_000
"""Tokens of the language model in a day unless set: some forty explanations at worst."""


class Settings(BaseSettings):
    """What the environment and ``.env`` say; every field has a working default.

    Attributes:
        data_folder: Where the embedded database and the logs live.
        database_url: PostgreSQL to use; unset means the embedded server in the data folder.
        database_url_direct: The way past its pooler; unset derives it where Neon's names allow.
        database_prepared_statements: Whether statements are prepared; ``auto`` finds it out.
        database_sslrootcert: Certificate authority to trust, where it is not a public one.
        keepa_api_key: Keepa's access key.
        keepa_base_url: Keepa-compatible server; with the key also unset, the built-in sandbox.
        host: Address that ``up`` listens on.
        port: Port that ``up`` listens on; None takes 8765 or the next free one.
        secret: What cursors are sealed with; unset means one that is kept in the data folder.
            Processes on several machines need the same one.
        tokens_per_day: Most Keepa tokens to spend in a day (UTC); unset for no cap.
        neon_api_key: Key of Neon's control plane; with the project, branches are Neon's.
        neon_project_id: The Neon project that the database is in.
        neon_base_url: Where the control plane is; unset means Neon's own.
        openai_api_key: Key of the language model's server.
        openai_base_url: OpenAI-compatible server; unset with a key means OpenAI itself.
        openai_model: Name of the model.
        openai_protocol: ``responses`` or ``chat`` completions; unset takes ``responses`` for OpenAI
            itself and ``chat`` for every other server.
        openai_timeout: Seconds to wait for an answer to begin or go on.
        openai_tokens_per_day: Most tokens of the model in a day (UTC).
        openai_prices: Dollars per million tokens read and written, such as ``0.25,2.00``.
        openai_fields: Fields to add to those that the model may see, or with ``-`` to take away.
        sandbox_seed: Seed of the built-in sandbox marketplace.
        sandbox_products: Number of products in it.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
    )

    data_folder: Path = Field(
        default_factory=lambda: user_data_path("arbitragevault", appauthor=False),
        validation_alias="ARBITRAGEVAULT_HOME",
    )
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    database_url_direct: SecretStr | None = Field(
        default=None, validation_alias="DATABASE_URL_DIRECT"
    )
    database_prepared_statements: Literal["auto", "on", "off"] = Field(
        default="auto", validation_alias="DATABASE_PREPARED_STATEMENTS"
    )
    database_sslrootcert: str | None = Field(default=None, validation_alias="DATABASE_SSLROOTCERT")
    keepa_api_key: SecretStr | None = Field(default=None, validation_alias="KEEPA_API_KEY")
    keepa_base_url: str | None = Field(default=None, validation_alias="KEEPA_BASE_URL")
    host: str = Field(default="127.0.0.1", validation_alias="ARBITRAGEVAULT_HOST")
    port: int | None = Field(default=None, ge=0, le=65_535, validation_alias="ARBITRAGEVAULT_PORT")
    secret: SecretStr | None = Field(
        default=None, min_length=16, validation_alias="ARBITRAGEVAULT_SECRET"
    )
    tokens_per_day: int | None = Field(
        default=None, ge=0, validation_alias="ARBITRAGEVAULT_TOKENS_PER_DAY"
    )
    neon_api_key: SecretStr | None = Field(default=None, validation_alias="NEON_API_KEY")
    neon_project_id: str | None = Field(default=None, validation_alias="NEON_PROJECT_ID")
    neon_base_url: str | None = Field(default=None, validation_alias="NEON_BASE_URL")
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    openai_model: str = Field(default=OPENAI_MODEL, validation_alias="OPENAI_MODEL")
    openai_protocol: Literal["responses", "chat"] | None = Field(
        default=None, validation_alias="OPENAI_PROTOCOL"
    )
    openai_timeout: float = Field(default=60.0, gt=0, le=3_600, validation_alias="OPENAI_TIMEOUT")
    openai_tokens_per_day: int = Field(
        default=TOKENS_PER_DAY, ge=0, validation_alias="OPENAI_TOKENS_PER_DAY"
    )
    openai_prices: str | None = Field(
        default=None,
        pattern=r"^\s*\d+(\.\d+)?\s*,\s*\d+(\.\d+)?\s*$",
        validation_alias="OPENAI_PRICES",
    )
    openai_fields: str | None = Field(default=None, validation_alias="OPENAI_FIELDS")
    sandbox_seed: int = Field(default=1, ge=0, validation_alias="ARBITRAGEVAULT_SANDBOX_SEED")
    sandbox_products: int = Field(
        default=5_000, ge=1, le=1_000_000, validation_alias="ARBITRAGEVAULT_SANDBOX_PRODUCTS"
    )

    @field_validator("keepa_base_url", "neon_base_url", "openai_base_url")
    @classmethod
    def _is_web_address(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            name = (info.field_name or "").upper()
            raise ValueError(f"{name} must start with http:// or https://")
        return value.rstrip("/") if value else value

    @property
    def data_source(self) -> Literal["keepa", "sandbox"]:
        """``keepa`` only when requests go to Keepa itself."""
        if self.uses_builtin_sandbox or (self.keepa_base_url or KEEPA_URL) != KEEPA_URL:
            return "sandbox"
        return "keepa"

    @property
    def uses_builtin_sandbox(self) -> bool:
        """True when neither key nor base URL is set."""
        return self.keepa_api_key is None and self.keepa_base_url is None


def load_settings() -> Settings:
    """Read the environment and ``.env``.

    Raises:
        ConfigurationError: If a value cannot be used; names it and what is expected.
    """
    try:
        return Settings()
    except ValidationError as error:
        # Only the message and the name: the value may be a secret.
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise ConfigurationError(f"The settings cannot be used: {wrong}.") from None
