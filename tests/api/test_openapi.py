"""The OpenAPI document is the contract: names that stay, and a server that keeps its word."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from arbitragevault.entrypoints.api.app import openapi_document

OPERATIONS = {
    "explain": "POST /api/v1/explanations",
    "fill_columns_form": "POST /api/v1/forms/columns",
    "fill_filter_form": "POST /api/v1/forms/filter",
    "fill_finder_form": "POST /api/v1/forms/finder",
    "follow_explanation": "POST /api/v1/explanations/events",
    "get_narrator_usage": "GET /api/v1/explanations/usage",
    "cancel_run": "POST /api/v1/runs/{run_id}/cancellation",
    "choose_portfolio": "POST /api/v1/portfolios",
    "follow_run": "GET /api/v1/runs/{run_id}/events",
    "get_evidence": "GET /api/v1/evidence/{evidence_id}",
    "get_decision": "GET /api/v1/decisions/{decision_id}",
    "get_run": "GET /api/v1/runs/{run_id}",
    "get_status": "GET /api/v1/status",
    "get_tokens": "GET /api/v1/tokens",
    "health_live": "GET /api/v1/health/live",
    "health_ready": "GET /api/v1/health/ready",
    "list_evidence": "GET /api/v1/evidence",
    "list_decisions": "GET /api/v1/decisions",
    "list_policies": "GET /api/v1/policies",
    "list_runs": "GET /api/v1/runs",
    "redecide": "POST /api/v1/redecisions",
    "resume_run": "POST /api/v1/runs/{run_id}/resumption",
    "save_policy": "PUT /api/v1/policies/{name}",
    "start_scan": "POST /api/v1/scans",
    "view_product": "GET /api/v1/products/{marketplace}/{asin}",
    "view_fees": "GET /api/v1/products/{marketplace}/{asin}/fees",
    "view_series": "GET /api/v1/products/{marketplace}/{asin}/series",
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


def test_operations_keep_their_names(document: dict[str, Any]) -> None:
    found = {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert found == OPERATIONS


def test_every_operation_answers_trouble_as_a_problem(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            assert "422" not in operation["responses"]
            (media_type,) = operation["responses"]["default"]["content"]
            assert media_type == "application/problem+json"
            assert operation["summary"] or operation["description"]


def test_every_name_that_is_referred_to_exists(document: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/([A-Za-z0-9_-]+)", str(document)))
    assert names <= set(document["components"]["schemas"])
    assert {"Run", "ScanRequest", "DecisionRow", "ProductPage", "Problem"} <= names


def test_clients_need_not_ask_whether_a_field_is_there(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in answered(document):
        if schemas[name].get("type") == "object":
            required = set(schemas[name].get("required", ()))
            assert required == set(schemas[name].get("properties", ())), name


def answered(document: dict[str, Any]) -> set[str]:
    """The schemas that answers are made of, at any depth."""
    found: set[str] = set()
    waiting = [
        name
        for path in document["paths"].values()
        for operation in path.values()
        for name in referred(operation["responses"])
    ]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += referred(document["components"]["schemas"][name])
    assert len(found) > 20
    return found


def referred(part: Any) -> list[str]:  # noqa: ANN401  # any JSON value
    """The schemas that a part of the document names."""
    if isinstance(part, list):
        return [name for one in part for name in referred(one)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"].rsplit("/", 1)[1]] if isinstance(part.get("$ref"), str) else []
    return own + [name for one in part.values() for name in referred(one)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The whole program, with the decisions of its first start."""
    home = Path(tempfile.mkdtemp(prefix="arbitragevault-openapi-"))
    inherited = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environment = inherited | {
        "ARBITRAGEVAULT_HOME": str(home),
        "ARBITRAGEVAULT_SANDBOX_PRODUCTS": "60",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "arbitragevault", "up", "--port", "0", "--no-browser"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=home,
    )
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def contract(address: str) -> OpenApiSchema:
    """The contract as the server itself tells it."""
    return schemathesis.openapi.from_url(f"{address}/openapi.json")


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("operation_id", sorted({*OPERATIONS} - {"follow_run"}))
def test_the_server_keeps_its_word(
    contract: OpenApiSchema, operation_id: str, mode: GenerationMode
) -> None:
    """Whatever is asked, valid or not: no server error, and answers of the declared shape."""
    operation = contract.find_operation_by_id(operation_id)

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case[Any]) -> None:
        case.validate_response(case.call(), checks=CHECKS)

    try:
        holds()
    except Unsatisfiable:
        pytest.skip("there is nothing that this operation could be asked in this way")
