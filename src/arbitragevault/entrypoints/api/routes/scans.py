"""Scans: leads in, as a file or as JSON; a run out, or what it would cost."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final, TypeVar

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from arbitragevault.adapters.files.leadfile import Column, open_lead_file
from arbitragevault.adapters.files.rows import LeadRow, lead_from_fields
from arbitragevault.application.scan import ScanOptions, preview_scan, start_scan
from arbitragevault.domain.catalog.marketplace import marketplace_by_code
from arbitragevault.entrypoints.api.answers import json_bytes, json_model
from arbitragevault.entrypoints.api.lifetime import ServicesDep
from arbitragevault.entrypoints.api.openapi import SCAN_BODY
from arbitragevault.entrypoints.api.schemas.runs import (
    Run,
    ScanPreview,
    ScanRequest,
    ScanTerms,
)

_FORM_FIELD_BYTES: Final = 16_384
_MAX_FORM_FIELDS: Final = 10
_LOOKUP_LEADS: Final = 10
"""Most typed leads that a person is taken to wait for at the screen."""

Model = TypeVar("Model", bound=BaseModel)

router = APIRouter(prefix="/scans", tags=["scans"])


@dataclass(frozen=True, slots=True)
class _Leads:
    """What a request brought.

    Args:
        source: How the user calls it.
        rows: The leads.
        columns: What each column of a file was taken for; empty without a file.
        digest: Digest of the file; None without a file.
        options: How to scan.
    """

    source: str
    rows: Iterable[LeadRow]
    columns: Sequence[Column]
    digest: str | None
    options: ScanOptions


@router.post(
    "",
    name="start_scan",
    status_code=202,
    openapi_extra={"requestBody": SCAN_BODY},
    responses={
        200: {"model": ScanPreview, "description": "What the scan would do (dry run)"},
        202: {
            "model": Run,
            "description": "The run",
            "headers": {"Location": {"schema": {"type": "string"}}},
        },
    },
)
async def scan(
    request: Request,
    services: ServicesDep,
    dry_run: Annotated[bool, Query(description="Only say what the scan would do")] = False,  # noqa: FBT002
) -> Response:
    """Decide leads: a file (CSV or XLSX, at most 100 MB) or JSON (at most 1 MB).

    The answer is a run that goes on by itself; the same file sent again while its run is unfinished
    answers that run. With ``dry_run`` nothing is started and nothing is spent.
    """
    async with _leads(request) as leads:
        if dry_run:
            preview = await preview_scan(services, leads.rows, leads.options)
            return json_bytes({**asdict(preview), "columns": leads.columns})
        run = await start_scan(
            services, leads.rows, source=leads.source, options=leads.options, digest=leads.digest
        )
    return json_model(
        Run.model_validate(run), status=202, headers={"Location": f"/api/v1/runs/{run.id}"}
    )


@asynccontextmanager
async def _leads(request: Request) -> AsyncIterator[_Leads]:
    """The leads of a request, as file or as JSON; the upload is deleted at the end.

    Raises:
        RequestValidationError: If the body does not fit its declaration.
        HTTPException: If it is of another media type.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        async with request.form(
            max_files=1, max_fields=_MAX_FORM_FIELDS, max_part_size=_FORM_FIELD_BYTES
        ) as form:
            yield await _from_form(form)
    elif kind == "application/json":
        yield _from_json(_valid(ScanRequest, await request.body()))
    else:
        raise HTTPException(
            415, "Send leads as application/json, or a file as multipart/form-data."
        )


async def _from_form(form: FormData) -> _Leads:
    """The leads of an uploaded file."""
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise RequestValidationError([_finding(("body", "file"), "a lead file is needed")])
    fields = {name: value for name, value in form.items() if name not in {"file", "columns"}}
    terms = _valid(ScanTerms, orjson.dumps(fields, default=lambda _: None))
    columns = _columns(form.get("columns"))
    name = upload.filename or "upload"
    digest = await asyncio.to_thread(
        hashlib.file_digest,
        upload.file,  # type: ignore[arg-type]  # a spooled file has readinto
        "sha256",
    )
    await upload.seek(0)
    leads = await asyncio.to_thread(
        open_lead_file,
        upload.file,
        name=name,
        currency=marketplace_by_code(terms.marketplace).currency,
        columns=columns,
    )
    return _Leads(name, leads, leads.columns, digest.hexdigest(), _options(terms))


def _from_json(body: ScanRequest) -> _Leads:
    """The leads of a JSON body."""
    currency = marketplace_by_code(body.marketplace).currency
    rows = [
        lead_from_fields(number, dict(lead), currency=currency)
        for number, lead in enumerate(body.leads, start=1)
    ]
    options = _options(body, is_lookup=len(body.leads) <= _LOOKUP_LEADS)
    return _Leads("typed leads", rows, (), None, options)


def _options(terms: ScanTerms, *, is_lookup: bool = False) -> ScanOptions:
    return ScanOptions(
        policy=terms.policy,
        marketplace=terms.marketplace,
        offers=terms.offers,
        # Who asks for the offers of a few products wants to see them.
        screening=not is_lookup if terms.screening is None else terms.screening,
        refresh=terms.refresh,
        max_tokens=terms.max_tokens,
        is_lookup=is_lookup,
    )


def _columns(given: object) -> dict[str, str] | None:
    """Which header each field is read from, as far as the user said."""
    if given is None or given == "":
        return None
    try:
        columns = orjson.loads(given) if isinstance(given, str) else None
    except orjson.JSONDecodeError:
        columns = None
    if not isinstance(columns, dict) or not all(isinstance(v, str) for v in columns.values()):
        raise RequestValidationError(
            [_finding(("body", "columns"), "must be a JSON object from field to header")]
        )
    return columns


def _valid(model: type[Model], body: bytes) -> Model:
    """A body as its model.

    Raises:
        RequestValidationError: If it does not fit; names every place.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError(
            [{**item, "loc": ("body", *item["loc"])} for item in found]
        ) from None


def _finding(place: tuple[str, ...], message: str) -> dict[str, Any]:
    return {"type": "value_error", "loc": place, "msg": message}
