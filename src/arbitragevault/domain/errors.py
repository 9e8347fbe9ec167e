"""Every error that ArbitrageVault raises on purpose, as one tree.

* ArbitrageVaultError
  + InvalidInputError             what the user gave cannot be used
    - IdentifierError             not an ASIN, ISBN, EAN, UPC, GTIN or Amazon link
    - MoneyError                  not an amount of money, or two currencies mixed
    - UnknownMarketplaceError     no such Amazon marketplace
    - LeadFileError               a lead file as a whole cannot be read
    - LeadRowError                one row of a lead file cannot be used
    - PolicyError                 a policy that contradicts itself or does not exist
    - SeriesError                 arrays that do not form a step series
  + NotFoundError                 a run, product or decision that does not exist
    - ProductNotStoredError       a product of which no market data are stored yet
  + ConflictError                 the request contradicts the present state
  + RateCardError                 no dated fee table covers the question
  + PortfolioError                no buy list was found in the time that it may take
  + MarketDataError               Keepa, or what it sent
    - PayloadError                an answer that cannot be decoded
    - KeepaRejectedError          Keepa refused the request: bad key, parameter or subscription
    - KeepaUnavailableError       network trouble, 5xx or broken answers after all retries
    - OutOfTokensError            the bucket is dry; says when it goes on
    - TokenCapError               a run has spent as many tokens as it may
  + NarratorError                 the language model cannot be used; the template writes instead
    - NarratorRejectedError       its server refused the key, the model or the request
    - NarratorUnavailableError    network trouble, 5xx or too many requests after all retries
    - NarratorAnswerError         an answer that cannot be used: cut off, malformed, a refusal
    - NarratorBudgetError         the day's tokens for the model are spent
  + DatabaseError                 PostgreSQL cannot be used as configured
    - DatabaseBusyError           everybody waits for a connection; says when to try again
    - DatabaseVersionError        the data folder belongs to another PostgreSQL version
    - DatabaseFolderError         the data folder cannot be written
    - CommitUnknownError          the connection broke while something was being saved
    - HistoryCodecError           stored history bytes that cannot be decoded
    - TransferError               data that cannot be copied, backed up or restored
  + ControlPlaneError             the keeper of database branches refuses or cannot be reached
  + ConfigurationError            settings that contradict each other or are missing

Each class has a stable ``code``: the API maps it to an RFC 9457 problem, the CLI to one line and an
exit code. A message says what was found and what to do about it.
"""

from __future__ import annotations

from typing import ClassVar


class ArbitrageVaultError(Exception):
    """The root of the tree.

    Args:
        message: What was found and what to do, in one or two plain sentences.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInputError(ArbitrageVaultError):
    """What the user gave cannot be used."""

    code = "invalid_input"


class IdentifierError(InvalidInputError):
    """A text that is no ASIN, ISBN, EAN, UPC, GTIN or Amazon link."""

    code = "invalid_identifier"


class MoneyError(InvalidInputError):
    """A text that is no amount of money, or an operation across two currencies."""

    code = "invalid_money"


class UnknownMarketplaceError(InvalidInputError):
    """A code or host that names no Amazon marketplace that Keepa covers."""

    code = "unknown_marketplace"


class LeadFileError(InvalidInputError):
    """A lead file that cannot be read as a whole: empty, too large, no identifier column.

    Args:
        message: What was found and what to do.
        columns: Heading and first values of each column, where nobody can tell which of them
            identifies the products: somebody may point at it.
    """

    code = "unreadable_lead_file"

    def __init__(self, message: str, columns: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> None:
        super().__init__(message)
        self.columns = columns


class LeadRowError(InvalidInputError):
    """One row of a lead file that cannot be used; the other rows are not affected."""

    code = "invalid_lead_row"


class PolicyError(InvalidInputError):
    """A policy that contradicts itself or does not exist."""

    code = "invalid_policy"


class SeriesError(InvalidInputError):
    """Arrays that do not form a step series."""

    code = "invalid_series"


class NotFoundError(ArbitrageVaultError):
    """A run, product or decision that does not exist."""

    code = "not_found"


class ProductNotStoredError(NotFoundError):
    """A product of which no market data are stored yet; scanning it fetches them."""

    code = "product_not_stored"


class ConflictError(ArbitrageVaultError):
    """A request that contradicts the present state."""

    code = "conflict"


class RateCardError(ArbitrageVaultError):
    """No dated fee table covers the question."""

    code = "no_rate_card"


class PortfolioError(ArbitrageVaultError):
    """No buy list was found in the time that it may take."""

    code = "no_portfolio"


class MarketDataError(ArbitrageVaultError):
    """Keepa, or what it sent, cannot be used."""

    code = "market_data"


class PayloadError(MarketDataError):
    """An answer that cannot be decoded into a market."""

    code = "undecodable_payload"


class KeepaRejectedError(MarketDataError):
    """Keepa refused the request; sending it again would not help.

    Args:
        message: What was found and what to do.
        status: HTTP status.
        error_type: Keepa's ``error.type``, where it sent one.
        details: Keepa's ``error.details``.
        tokens_left: Balance after the refusal, where the envelope told it.
    """

    code = "keepa_rejected"

    def __init__(
        self,
        message: str,
        *,
        status: int,
        error_type: str | None = None,
        details: str | None = None,
        tokens_left: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.details = details
        self.tokens_left = tokens_left


class KeepaUnavailableError(MarketDataError):
    """Network trouble, a 5xx or a broken answer that did not go away with retries."""

    code = "keepa_unavailable"


class OutOfTokensError(MarketDataError):
    """The token bucket is dry.

    Args:
        message: What was found and what to do.
        wait_seconds: Time until the request can be paid for.
        needed: Tokens that the request may cost at worst.
        balance: Tokens at hand.
        affordable: Tokens that a smaller request may cost now.
    """

    code = "out_of_tokens"

    def __init__(
        self,
        message: str,
        *,
        wait_seconds: float,
        needed: int,
        balance: int,
        affordable: int = 0,
    ) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds
        self.needed = needed
        self.balance = balance
        self.affordable = affordable


class TokenCapError(MarketDataError):
    """A run has spent as many tokens as it may."""

    code = "token_cap"


class NarratorError(ArbitrageVaultError):
    """The language model cannot be used; the template writes instead."""

    code = "narrator"


class NarratorRejectedError(NarratorError):
    """The model's server refused the key, the model or the request."""

    code = "narrator_rejected"


class NarratorUnavailableError(NarratorError):
    """The model's server cannot be reached, fails or has too many requests."""

    code = "narrator_unavailable"


class NarratorAnswerError(NarratorError):
    """An answer of the model that cannot be used: cut off, malformed or a refusal."""

    code = "narrator_answer"


class NarratorBudgetError(NarratorError):
    """The tokens that the model may use in a day are spent."""

    code = "narrator_budget"


class DatabaseError(ArbitrageVaultError):
    """PostgreSQL cannot be used as configured."""

    code = "database"


class DatabaseBusyError(DatabaseError):
    """So many units of work are waiting for a connection that one has waited too long."""

    code = "database_busy"
    wait_seconds: ClassVar[float] = 5.0
    """After how long it is worth trying again."""


class DatabaseVersionError(DatabaseError):
    """The data folder was made by another major version of PostgreSQL."""

    code = "database_version"


class DatabaseFolderError(DatabaseError):
    """The data folder cannot be created or written."""

    code = "database_folder"


class CommitUnknownError(DatabaseError):
    """The connection broke while a change was being saved, and stayed broken: it may be saved."""

    code = "commit_unknown"


class HistoryCodecError(DatabaseError):
    """Stored history bytes that are truncated, altered or of an unknown version."""

    code = "history_codec"


class TransferError(DatabaseError):
    """Data that cannot be copied to another database, backed up or restored as asked."""

    code = "transfer"


class ControlPlaneError(ArbitrageVaultError):
    """The keeper of database branches refused, failed, or cannot be reached.

    Args:
        message: What was found and what to do.
        status: HTTP status; None where there was no answer.
        is_unsure: What was asked for may have been done all the same.
    """

    code = "control_plane"

    def __init__(self, message: str, *, status: int | None = None, is_unsure: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.is_unsure = is_unsure


class ConfigurationError(ArbitrageVaultError):
    """Settings that contradict each other or are missing."""

    code = "configuration"


def quoted(text: str) -> str:
    """A user's text as messages quote it: control characters shown, long ones cut at 60."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
