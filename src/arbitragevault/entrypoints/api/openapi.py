"""What FastAPI's own OpenAPI document leaves out: problems, and the scan's two kinds of body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from arbitragevault.entrypoints.api.problems import PROBLEM_JSON, Problem
from arbitragevault.entrypoints.api.schemas.runs import ScanRequest, ScanUpload

_REF: Final = "#/components/schemas/{model}"
_PROBLEM_REF: Final = {"$ref": _REF.format(model="Problem")}
_BODY_MODELS: Final[tuple[type[BaseModel], ...]] = (Problem, ScanRequest, ScanUpload)

SCAN_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "multipart/form-data": {"schema": {"$ref": _REF.format(model="ScanUpload")}},
        "application/json": {"schema": {"$ref": _REF.format(model="ScanRequest")}},
    },
}
"""Leads come as a file or as JSON; FastAPI can declare only one of the two."""


def complete_openapi(app: FastAPI) -> None:
    """Make the application's document show every problem as what it is.

    FastAPI documents its own 422 shape, which this API never sends.
    """
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for model in _BODY_MODELS:
                schemas.update(_schemas_of(model))
            for operation in _operations(document):
                responses = operation["responses"]
                responses.pop("422", None)
                responses["default"] = {
                    "description": "A problem (RFC 9457)",
                    "content": {PROBLEM_JSON: {"schema": _PROBLEM_REF}},
                }
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _schemas_of(model: type[BaseModel]) -> dict[str, Any]:
    """A model and the models inside it, by name."""
    schema = model.model_json_schema(ref_template=_REF)
    inner: dict[str, Any] = schema.pop("$defs", {})
    return {**inner, model.__name__: schema}


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    paths: Iterable[dict[str, Any]] = document.get("paths", {}).values()
    for path in paths:
        yield from path.values()
