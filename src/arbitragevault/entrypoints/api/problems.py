"""Errors as RFC 9457 problems: one shape for everything that the API refuses.

The domain's errors know a code and no HTTP status; which status a code has is decided here and
nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.datastructures import State
from starlette.exceptions import HTTPException

from arbitragevault.domain.errors import (
    ArbitrageVaultError,
    DatabaseBusyError,
    LeadFileError,
    OutOfTokensError,
)

PROBLEM_JSON: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:arbitragevault:error:"
"""Every code has its entry in ``docs/reference/errors.md``; a URN holds on every installation."""


class ProblemItem(BaseModel):
    """One place in a request that cannot be used."""

    place: str = Field(description="body, query, path or header")
    pointer: str = Field(description="JSON pointer to the value, for example /leads/0/cost")
    message: str


class Problem(BaseModel):
    """What was found and what to do about it (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[ProblemItem]
    request_id: str


@dataclass(frozen=True, slots=True)
class Kind:
    """How an error code is answered."""

    status: HTTPStatus
    title: str


KINDS: Final[Mapping[str, Kind]] = {
    "internal": Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side"),
    "invalid_input": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "The request cannot be used"),
    "invalid_identifier": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "Not a product identifier"),
    "invalid_money": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "Not an amount of money"),
    "unknown_marketplace": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "No such marketplace"),
    "unreadable_lead_file": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "The lead file cannot be read"),
    "invalid_lead_row": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "The lead cannot be used"),
    "invalid_policy": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "The policy cannot be used"),
    "invalid_series": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "The series cannot be used"),
    "not_found": Kind(HTTPStatus.NOT_FOUND, "Not found"),
    "product_not_stored": Kind(HTTPStatus.NOT_FOUND, "The product is not stored"),
    "conflict": Kind(HTTPStatus.CONFLICT, "Contradicts the present state"),
    "no_portfolio": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "No buy list was found in time"),
    "no_rate_card": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "No fee table covers the question"),
    "market_data": Kind(HTTPStatus.BAD_GATEWAY, "The market data cannot be used"),
    "undecodable_payload": Kind(HTTPStatus.BAD_GATEWAY, "Keepa's answer cannot be decoded"),
    "keepa_rejected": Kind(HTTPStatus.BAD_GATEWAY, "Keepa refused the request"),
    "keepa_unavailable": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "Keepa cannot be reached"),
    "out_of_tokens": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "Out of Keepa tokens"),
    "token_cap": Kind(HTTPStatus.CONFLICT, "The cap on tokens is reached"),
    "narrator": Kind(HTTPStatus.BAD_GATEWAY, "The language model cannot be used"),
    "narrator_rejected": Kind(HTTPStatus.BAD_GATEWAY, "The language model's server refused"),
    "narrator_unavailable": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "The language model is away"),
    "narrator_answer": Kind(HTTPStatus.BAD_GATEWAY, "The language model's answer is unusable"),
    "narrator_budget": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "The model's tokens are spent"),
    "database": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "The database cannot be used"),
    "database_busy": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "The database is busy"),
    "database_version": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "The database has another version"),
    "database_folder": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "The data folder cannot be written"),
    "commit_unknown": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "It is not known whether it was saved"),
    "history_codec": Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "Stored history cannot be decoded"),
    "transfer": Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "The data cannot be moved"),
    "control_plane": Kind(HTTPStatus.BAD_GATEWAY, "The keeper of branches fails"),
    "configuration": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "The settings cannot be used"),
    # Codes of the door itself.
    "invalid_request": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not well formed"),
    "bad_request": Kind(HTTPStatus.BAD_REQUEST, "The request cannot be read"),
    "method_not_allowed": Kind(HTTPStatus.METHOD_NOT_ALLOWED, "Not a method of this resource"),
    "body_too_large": Kind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large"),
    "unsupported_media_type": Kind(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Not a media type of this resource"
    ),
    "host_not_allowed": Kind(HTTPStatus.MISDIRECTED_REQUEST, "Not a name of this server"),
    "cross_origin": Kind(HTTPStatus.FORBIDDEN, "Refused: the request comes from another site"),
    "shutting_down": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "The server is stopping"),
}
"""By code. A test holds that every class of the error tree is here."""

_BY_STATUS: Final = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    503: "shutting_down",
}


def problem_response(
    code: str,
    detail: str,
    *,
    instance: str,
    request_id: str,
    errors: Sequence[ProblemItem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as a response.

    Args:
        code: A key of ``KINDS``.
        detail: What was found and what to do.
        instance: The path of the request, without its query.
        request_id: Names the request in the log.
        errors: The places of the request that cannot be used.
        headers: Further headers, such as ``Allow``.
    """
    kind = KINDS[code]
    problem = Problem(
        type=TYPE_PREFIX + code,
        title=kind.title,
        status=int(kind.status),
        detail=detail,
        instance=instance,
        code=code,
        errors=list(errors),
        request_id=request_id,
    )
    return Response(
        problem.model_dump_json(),
        status_code=int(kind.status),
        headers=dict(headers or {}),
        media_type=PROBLEM_JSON,
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every error of the application as a problem.

    Unhandled errors are answered by ``RequestContext``, which stands outside the handlers.
    """
    app.exception_handler(ArbitrageVaultError)(_on_our_error)
    app.exception_handler(RequestValidationError)(_on_invalid_request)
    app.exception_handler(HTTPException)(_on_http_error)


def _answer(
    request: Request,
    code: str,
    detail: str,
    errors: Sequence[ProblemItem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    state: State = request.state
    return problem_response(
        code,
        detail,
        instance=request.url.path,
        request_id=getattr(state, "request_id", ""),
        errors=errors,
        headers=headers,
    )


async def _on_our_error(request: Request, error: ArbitrageVaultError) -> Response:
    """An error of the tree: its code and its message, which is written for people."""
    headers = {}
    if isinstance(error, OutOfTokensError | DatabaseBusyError):
        headers["Retry-After"] = str(math.ceil(error.wait_seconds))
    items = _columns(error) if isinstance(error, LeadFileError) else []
    return _answer(request, known_code(error), error.message, items, headers=headers)


def _columns(error: LeadFileError) -> list[ProblemItem]:
    """The columns of a file that nobody can tell the meaning of, with their first values."""
    return [
        problem_item({"loc": ("body", "columns", heading), "msg": " · ".join(sample)})
        for heading, sample in error.columns
    ]


def known_code(error: ArbitrageVaultError) -> str:
    """The error's code, or that of the nearest class above it that has a status."""
    codes = (getattr(kind, "code", "") for kind in type(error).__mro__)
    return next((code for code in codes if code in KINDS), "internal")


async def _on_invalid_request(request: Request, error: RequestValidationError) -> Response:
    """A request that does not fit its declaration: every place with its own message."""
    items = [problem_item(found) for found in error.errors()]
    places = "; ".join(f"{item.place} {item.pointer}: {item.message}" for item in items[:3])
    return _answer(request, "invalid_request", f"{places}.", items)


async def _on_http_error(request: Request, error: HTTPException) -> Response:
    """An error of the router: unknown path, wrong method, unreadable form."""
    code = _BY_STATUS.get(error.status_code, "bad_request")
    detail = str(error.detail)
    if code == "not_found":
        detail = f"There is nothing at {request.url.path}."
    elif code == "method_not_allowed":
        detail = f"{request.method} is not a method of {request.url.path}."
    return _answer(request, code, detail, headers=error.headers)


def problem_item(found: Mapping[str, object]) -> ProblemItem:
    """One of Pydantic's findings as an item with a JSON pointer.

    Args:
        found: With ``loc`` (the first part names the place) and ``msg``.
    """
    location = found.get("loc")
    parts = [str(part) for part in location] if isinstance(location, Sequence) else []
    place, rest = (parts[0], parts[1:]) if parts else ("body", [])
    pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in rest)
    message = str(found.get("msg", "cannot be used")).removeprefix("Value error, ")
    return ProblemItem(place=place, pointer=pointer, message=message)
