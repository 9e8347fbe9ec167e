"""The HTTP application: routes, middleware, problems and the page, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

import arbitragevault
from arbitragevault.entrypoints.api.compression import Compression
from arbitragevault.entrypoints.api.context import RequestContext
from arbitragevault.entrypoints.api.frontend import Frontend
from arbitragevault.entrypoints.api.lifetime import lifespan
from arbitragevault.entrypoints.api.logs import LogLevel, configure_logs
from arbitragevault.entrypoints.api.openapi import complete_openapi
from arbitragevault.entrypoints.api.problems import install_problem_handlers
from arbitragevault.entrypoints.api.routes import (
    decisions,
    evidence,
    explanations,
    overview,
    portfolios,
    products,
    redecisions,
    runs,
    scans,
)
from arbitragevault.entrypoints.api.security import BodyLimit, Guard, body_limit_of

API_PREFIX: Final = "/api/v1"


def create_app(*, web_folder: Path | None = None, log_level: LogLevel | None = None) -> FastAPI:
    """The application that ``up`` serves.

    Its lifespan opens the program. To serve from a program that is already open, enter
    ``lifetime.serving`` instead of the lifespan.

    Args:
        web_folder: The built page; by default the one that ships in the package.
        log_level: Configures logging; None leaves the process's configuration alone.
    """
    if log_level is not None:
        configure_logs(log_level)
    app = FastAPI(
        title="ArbitrageVault",
        summary="What to buy, and the most to pay for it.",
        version=arbitragevault.__version__,
        lifespan=lifespan,
        # The interactive pages load their scripts from a CDN, which the page's policy forbids.
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
    )
    modules = (
        overview,
        scans,
        runs,
        decisions,
        products,
        portfolios,
        redecisions,
        explanations,
        evidence,
    )
    for module in modules:
        app.include_router(module.router, prefix=API_PREFIX)
    install_problem_handlers(app)
    complete_openapi(app)
    folder = web_folder or Path(arbitragevault.__file__).parent / "web"
    # The last one added stands outermost.
    app.add_middleware(Frontend, folder=folder)
    app.add_middleware(Compression)
    app.add_middleware(BodyLimit, limit_of=body_limit_of)
    app.add_middleware(Guard)
    app.add_middleware(RequestContext)
    return app


def _operation_id(route: APIRoute) -> str:
    """The endpoint's function name: stable, and the name that generated clients get."""
    return route.name


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document without starting anything, for client generation and checks."""
    return create_app().openapi()
