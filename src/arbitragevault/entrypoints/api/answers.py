"""Answers whose bytes are built here instead of by FastAPI."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from fastapi.responses import Response
from pydantic import BaseModel

JSON = "application/json"


def json_bytes(value: object) -> Response:
    """Plain values as JSON, without a model in between.

    For lists and records that are stored as JSON already: validating each row again took several
    times as long as reading it. A test validates these bytes against the declared models instead.

    Args:
        value: Dicts, lists, dataclasses, numbers, texts, UUIDs and aware times.
    """
    return Response(orjson.dumps(value, option=orjson.OPT_UTC_Z), media_type=JSON)


def as_stored(json: str) -> orjson.Fragment:
    """JSON that becomes part of ``json_bytes`` as it is.

    Args:
        json: Text that is known to be JSON, such as PostgreSQL gives.
    """
    return orjson.Fragment(json)


def json_model(
    model: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A model as JSON with a status of its own.

    Args:
        model: What is answered.
        status: HTTP status.
        headers: Further headers.
    """
    return Response(
        model.model_dump_json(by_alias=True),
        status_code=status,
        headers=dict(headers or {}),
        media_type=JSON,
    )
