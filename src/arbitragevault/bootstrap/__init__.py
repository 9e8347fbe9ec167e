"""The only place where everything meets."""

from __future__ import annotations

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
from arbitragevault.bootstrap.narration import OPENAI_URL
from arbitragevault.bootstrap.services import example_leads, first_start, open_services, run_doctor
from arbitragevault.bootstrap.simulated import (
    SandboxOptions,
    sandbox_markets,
    sandbox_sources,
    sandbox_trial_sources,
    sandbox_trials,
    serve_sandbox,
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
