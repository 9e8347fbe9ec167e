"""Parquet by polars, which is large and not for everyone: an optional part of the installation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arbitragevault.domain.errors import ConfigurationError, InvalidInputError


def load_polars(instead: str) -> Any:  # noqa: ANN401 - a module
    """The module polars.

    Args:
        instead: What to do without it, as the end of a sentence.

    Raises:
        ConfigurationError: If it is not installed.
    """
    try:
        import polars as pl
    except ImportError as error:
        raise ConfigurationError(
            "Parquet needs polars, which is not installed; install arbitragevault[parquet], or "
            f"{instead}."
        ) from error
    return pl


def new_shards(folder: Path) -> None:
    """Make a folder ready for shards.

    Raises:
        ConfigurationError: If polars is not installed.
        InvalidInputError: If there are shards already, since readers take a folder as one table; or
            if the folder cannot be made.
    """
    load_polars("leave --parquet out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_taken = any(folder.glob("*.parquet"))
    except OSError as error:
        raise InvalidInputError(
            f"{folder} cannot be used: {error.strerror or error}; name another folder."
        ) from error
    if is_taken:
        raise InvalidInputError(
            f"{folder} holds Parquet files already; name a new folder, so that two backtests do "
            "not mix."
        )


def write_shard(folder: Path, number: int, columns: Mapping[str, Any]) -> None:
    """Write one shard of a table; readers see all of it or none.

    Args:
        folder: Where to.
        number: Which shard it is; names and order follow from it.
        columns: Arrays of one length by name. NaN in them is unknown, and is written as null.

    Raises:
        InvalidInputError: If it cannot be written.
    """
    polars = load_polars("leave --parquet out")
    path = folder / f"part-{number:06}.parquet"
    unfinished = path.with_suffix(".part")
    try:
        polars.DataFrame(dict(columns), nan_to_null=True).write_parquet(
            unfinished, compression="zstd"
        )
        unfinished.replace(path)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error}.") from error
