"""How the server logs: one JSON object a line on the error stream."""

from __future__ import annotations

import logging
import sys
from typing import Final, Literal

import structlog

LogLevel = Literal["debug", "info", "warning", "error"]
_LEVELS: Final[dict[LogLevel, int]] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure_logs(level: LogLevel) -> None:
    """Send log lines of this level and above to the error stream as JSON.

    Nothing logs a URL with its query: Keepa's key travels there.

    Args:
        level: The least important level that is shown.
    """
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
