"""The envelope around every answer of Keepa: tokens, times and errors."""

from __future__ import annotations

from dataclasses import dataclass

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.wire_fields import Fields, number, parse_object, whole


@dataclass(frozen=True, slots=True)
class KeepaError:
    """The ``error`` object of an answer; also an answer of status 200 may carry one."""

    type: str | None = None
    message: str | None = None
    details: str | None = None

    def __str__(self) -> str:
        told = " ".join(part for part in (self.message, self.details) if part)
        return f"{self.type}: {told}" if self.type and told else self.type or told or "no reason"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What Keepa tells beside the payload; None where it did not.

    Args:
        timestamp_ms: Keepa's clock, Unix milliseconds.
        tokens_left: Balance after this call; may be negative.
        refill_in_ms: Milliseconds until tokens are added next.
        refill_rate: Tokens added per minute; 0 in the answer to a bad key, which tells nothing.
        token_flow_reduction: Tokens per minute that trackings take away.
        tokens_consumed: What this call cost; 0 for a bare object.
        processing_ms: Time that Keepa worked on it.
        error: Keepa's own words if something is wrong.
    """

    timestamp_ms: int | None = None
    tokens_left: int | None = None
    refill_in_ms: int | None = None
    refill_rate: int | None = None
    token_flow_reduction: float | None = None
    tokens_consumed: int = 0
    processing_ms: int | None = None
    error: KeepaError | None = None

    @property
    def minute(self) -> int | None:
        """The market minute at which the answer was given."""
        return None if self.timestamp_ms is None else schema.minute_of_unix_ms(self.timestamp_ms)


def decode_envelope(raw: bytes) -> Envelope:
    """Read the envelope of an answer of any kind and leave its payload alone.

    Raises:
        PayloadError: If the bytes are no JSON object, or a truncated one.
    """
    return read_envelope(parse_object(raw))


def read_envelope(fields: Fields) -> Envelope:
    """The envelope among the fields of an answer; what is not of its type counts as absent."""
    return Envelope(
        timestamp_ms=whole(fields.get("timestamp")),
        tokens_left=whole(fields.get("tokensLeft")),
        refill_in_ms=whole(fields.get("refillIn")),
        refill_rate=whole(fields.get("refillRate")),
        token_flow_reduction=number(fields.get("tokenFlowReduction")),
        tokens_consumed=whole(fields.get("tokensConsumed")) or 0,
        processing_ms=whole(fields.get("processingTimeInMs")),
        error=_error(fields.get("error")),
    )


def _error(value: object) -> KeepaError | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        return KeepaError(message=str(value))
    told = {name: str(value[name]) for name in ("type", "message", "details") if value.get(name)}
    return KeepaError(**told)
