from collections.abc import Iterator
from typing import Annotated

import httpx2
import pytest
from fastapi import FastAPI, Query

from arbitragevault.domain import errors
from arbitragevault.domain.errors import (
    ArbitrageVaultError,
    KeepaRejectedError,
    NotFoundError,
    OutOfTokensError,
)
from arbitragevault.entrypoints.api.context import RequestContext
from arbitragevault.entrypoints.api.problems import (
    KINDS,
    PROBLEM_JSON,
    Problem,
    install_problem_handlers,
    known_code,
    problem_item,
)


def every_error(root: type[ArbitrageVaultError]) -> Iterator[type[ArbitrageVaultError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from every_error(child)


@pytest.mark.parametrize("error", list(every_error(ArbitrageVaultError)))
def test_every_error_of_the_tree_has_a_status_and_a_title(
    error: type[ArbitrageVaultError],
) -> None:
    kind = KINDS[error.code]
    assert 400 <= kind.status <= 599
    assert kind.title


def test_an_error_of_another_house_is_answered_as_what_it_derives_from() -> None:
    class StrangeError(NotFoundError):
        code = "strange"

    assert known_code(StrangeError("x")) == "not_found"


def test_every_error_of_the_tree_has_a_code_of_its_own() -> None:
    codes = [error.code for error in every_error(ArbitrageVaultError)]
    assert len(codes) == len(set(codes))


def application() -> FastAPI:
    app = FastAPI()
    install_problem_handlers(app)
    app.add_middleware(RequestContext)

    @app.get("/numbers")
    def numbers(n: Annotated[int, Query(le=5)]) -> int:
        return n

    @app.get("/missing")
    def missing() -> None:
        raise NotFoundError("There is no run 7.")

    @app.get("/dry")
    def dry() -> None:
        raise OutOfTokensError("Dry.", wait_seconds=12.2, needed=5, balance=-1)

    @app.get("/refused")
    def refused() -> None:
        raise KeepaRejectedError("Keepa refused the key.", status=401)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("password=hunter2 in /srv/secret.py")

    return app


async def ask(method: str, path: str, **headers: str) -> tuple[httpx2.Response, Problem]:
    transport = httpx2.ASGITransport(app=application())
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        response = await client.request(method, path, headers=headers)
    assert response.headers["content-type"] == PROBLEM_JSON
    problem = Problem.model_validate_json(response.content)
    assert problem.status == response.status_code
    assert problem.type == f"urn:arbitragevault:error:{problem.code}"
    assert problem.request_id == response.headers["x-request-id"] != ""
    return response, problem


async def test_an_error_of_ours_is_a_problem_with_its_message() -> None:
    response, problem = await ask("GET", "/missing?cost=1")
    assert response.status_code == 404
    assert (problem.code, problem.detail) == ("not_found", "There is no run 7.")
    assert problem.instance == "/missing"


async def test_out_of_tokens_says_when_to_come_back() -> None:
    response, problem = await ask("GET", "/dry")
    assert (response.status_code, problem.code) == (503, "out_of_tokens")
    assert response.headers["retry-after"] == "13"


async def test_a_refusal_by_keepa_is_the_gateway_s() -> None:
    response, problem = await ask("GET", "/refused")
    assert (response.status_code, problem.code) == (502, "keepa_rejected")


async def test_an_invalid_request_names_every_place() -> None:
    response, problem = await ask("GET", "/numbers?n=6")
    assert (response.status_code, problem.code) == (422, "invalid_request")
    assert [(item.place, item.pointer) for item in problem.errors] == [("query", "/n")]
    assert "less than or equal to 5" in problem.detail


async def test_an_unknown_path_and_a_wrong_method_are_problems() -> None:
    response, problem = await ask("GET", "/nothing")
    assert (response.status_code, problem.code) == (404, "not_found")
    response, problem = await ask("POST", "/numbers")
    assert (response.status_code, problem.code) == (405, "method_not_allowed")
    assert response.headers["allow"] == "GET"


async def test_an_unforeseen_error_shows_no_internals(
    capsys: pytest.CaptureFixture[str],
) -> None:
    response, problem = await ask("GET", "/broken")
    assert (response.status_code, problem.code) == (500, "internal")
    assert "hunter2" not in response.text
    assert problem.request_id in capsys.readouterr().out


async def test_a_request_id_is_kept_when_it_is_a_plain_token() -> None:
    _, problem = await ask("GET", "/missing", **{"x-request-id": "abc-1"})
    assert problem.request_id == "abc-1"
    _, problem = await ask("GET", "/missing", **{"x-request-id": "a b\x1b[31m"})
    assert problem.request_id != "a b\x1b[31m"


def test_a_pointer_is_escaped() -> None:
    item = problem_item({"loc": ("body", "a/b", "c~d", 0), "msg": "Value error, no."})
    assert (item.place, item.pointer, item.message) == ("body", "/a~1b/c~0d/0", "no.")
    assert problem_item({"msg": "no."}).place == "body"
