"""Reading the query of ``/product`` as Keepa reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.catalog.marketplace import marketplace_by_keepa_domain
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.sandbox.stats import Window
from arbitragevault.sandbox.wire import Wanted

NEVER_UPDATE: Final = -1


class BadParameterError(InvalidInputError):
    """A query parameter that Keepa would refuse.

    Args:
        name: The parameter.
    """

    code = "sandbox_bad_parameter"

    def __init__(self, name: str) -> None:
        super().__init__(f"Parameter {name!r} is missing or not understood.")
        self.name = name


@dataclass(frozen=True, slots=True)
class ProductRequest:
    """One request to ``/product``.

    Args:
        domain: Keepa's domain id.
        asins / codes: What is asked for; one of the two is empty.
        code_limit: Most products per code; None for all.
        update_hours: Refresh what is older; ``NEVER_UPDATE`` refreshes nothing.
        wanted: What each product object holds.
        historical_variations: Whether they were asked for (it costs).
    """

    domain: int
    asins: tuple[str, ...]
    codes: tuple[str, ...]
    code_limit: int | None
    update_hours: int
    wanted: Wanted
    historical_variations: bool


def read_product_request(query: Mapping[str, str], now: int) -> ProductRequest:
    """Read a query string; unknown parameters are ignored, as Keepa does.

    Args:
        query: Parameters by name.
        now: Market minute of the request.

    Raises:
        BadParameterError: Naming the parameter.
    """
    asins, codes = _ids(query, schema.Param.ASIN), _ids(query, schema.Param.CODE)
    if bool(asins) == bool(codes):
        raise BadParameterError(schema.Param.ASIN)
    return ProductRequest(
        domain=_domain(query),
        asins=asins,
        codes=codes,
        code_limit=_whole(query, schema.Param.CODE_LIMIT, least=1),
        update_hours=_whole_or(query, schema.Param.UPDATE, schema.UPDATE_DEFAULT_HOURS),
        wanted=Wanted(
            interval=_interval(query, now),
            history=_flag(query, schema.Param.HISTORY, default=True),
            days=_whole(query, schema.Param.DAYS, least=1),
            offers=_whole(
                query, schema.Param.OFFERS, least=schema.OFFERS_MIN, most=schema.OFFERS_MAX
            ),
            only_live=_flag(query, schema.Param.ONLY_LIVE_OFFERS),
            rating=_flag(query, schema.Param.RATING),
            buybox=_flag(query, schema.Param.BUYBOX),
            stock=_flag(query, schema.Param.STOCK),
        ),
        historical_variations=_flag(query, schema.Param.HISTORICAL_VARIATIONS),
    )


def _ids(query: Mapping[str, str], name: schema.Param) -> tuple[str, ...]:
    found = tuple(part.strip() for part in query.get(name, "").split(",") if part.strip())
    if len(found) > (schema.PRODUCT.items or 0):
        raise BadParameterError(name)
    return found


def _domain(query: Mapping[str, str]) -> int:
    domain = _whole(query, schema.Param.DOMAIN, least=1)
    if domain is None:
        raise BadParameterError(schema.Param.DOMAIN)
    try:
        return marketplace_by_keepa_domain(domain).keepa_domain
    except InvalidInputError:
        raise BadParameterError(schema.Param.DOMAIN) from None


def _whole(
    query: Mapping[str, str], name: schema.Param, *, least: int, most: int | None = None
) -> int | None:
    text = query.get(name)
    if text is None or not text.strip():
        return None
    try:
        number = int(text)
    except ValueError:
        raise BadParameterError(name) from None
    if number < least or (most is not None and number > most):
        raise BadParameterError(name)
    return number


def _whole_or(query: Mapping[str, str], name: schema.Param, default: int) -> int:
    number = _whole(query, name, least=NEVER_UPDATE)
    return default if number is None else number


def _flag(query: Mapping[str, str], name: schema.Param, *, default: bool = False) -> bool:
    text = query.get(name, "").strip().lower()
    if not text:
        return default
    if text not in ("0", "1", "true", "false"):
        raise BadParameterError(name)
    return text in ("1", "true")


def _interval(query: Mapping[str, str], now: int) -> Window | None:
    """The ``stats`` parameter: days, or start and end as ISO dates or Unix milliseconds."""
    text = query.get(schema.Param.STATS, "").strip()
    if not text:
        return None
    try:
        if "," not in text:
            return Window(now - int(text) * MINUTES_PER_DAY, now)
        start, end = (_minute(part) for part in text.split(","))
    except ValueError:
        raise BadParameterError(schema.Param.STATS) from None
    return Window(start, end)


def _minute(text: str) -> int:
    if text.strip().isdecimal():
        return schema.minute_of_unix_ms(int(text))
    moment = datetime.fromisoformat(text.strip())
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return schema.minute_of_unix_ms(int(moment.timestamp() * 1_000))
