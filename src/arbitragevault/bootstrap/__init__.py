"""The only place where everything meets.

The names below are imported on first use, so that a door loads only what it opens: the sandbox
starts without the database, for instance.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from arbitragevault.bootstrap.clock import SystemClock
    from arbitragevault.bootstrap.databases import (
        BenchOptions,
        migrate_database,
        open_branches,
        open_database,
        run_database_bench,
        run_database_check,
    )
    from arbitragevault.bootstrap.keepa import SANDBOX_KEY, SANDBOX_URL
    from arbitragevault.bootstrap.marketplace import SandboxOptions, serve_sandbox
    from arbitragevault.bootstrap.narration import OPENAI_URL
    from arbitragevault.bootstrap.services import (
        example_leads,
        first_start,
        open_services,
        run_doctor,
    )
    from arbitragevault.bootstrap.simulated import (
        sandbox_markets,
        sandbox_sources,
        sandbox_trial_sources,
        sandbox_trials,
    )
    from arbitragevault.settings import Settings, load_settings

__all__ = [
    "OPENAI_URL",
    "SANDBOX_KEY",
    "SANDBOX_URL",
    "BenchOptions",
    "SandboxOptions",
    "Settings",
    "SystemClock",
    "example_leads",
    "first_start",
    "load_settings",
    "migrate_database",
    "open_branches",
    "open_database",
    "open_services",
    "run_database_bench",
    "run_database_check",
    "run_doctor",
    "sandbox_markets",
    "sandbox_sources",
    "sandbox_trial_sources",
    "sandbox_trials",
    "serve_sandbox",
]

_HOMES: Final = {
    "arbitragevault.bootstrap.clock": ("SystemClock",),
    "arbitragevault.bootstrap.databases": (
        "BenchOptions",
        "migrate_database",
        "open_branches",
        "open_database",
        "run_database_bench",
        "run_database_check",
    ),
    "arbitragevault.bootstrap.keepa": ("SANDBOX_KEY", "SANDBOX_URL"),
    "arbitragevault.bootstrap.marketplace": ("SandboxOptions", "serve_sandbox"),
    "arbitragevault.bootstrap.narration": ("OPENAI_URL",),
    "arbitragevault.bootstrap.services": (
        "example_leads",
        "first_start",
        "open_services",
        "run_doctor",
    ),
    "arbitragevault.bootstrap.simulated": (
        "sandbox_markets",
        "sandbox_sources",
        "sandbox_trial_sources",
        "sandbox_trials",
    ),
    "arbitragevault.settings": ("Settings", "load_settings"),
}
_HOME: Final = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
