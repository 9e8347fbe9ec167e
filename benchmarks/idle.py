"""What an idle program asks its database, by the server's own log.

    uv run python benchmarks/idle.py [--minutes 10]

The program (`up` with its worker) is started on an embedded server that logs every statement, scans
its first leads and is then left alone, but for health checks every ten seconds as a hosting service
makes them. Printed: the statements of the time after that, which have to be none. It ends by
itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

import httpx2
from api_clients import scanned, served

from arbitragevault.adapters.postgres.embedded import EmbeddedServer

OUTPUT: Final = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "idle.json"
LOG: Final = "statements"
SETTINGS: Final = {
    "log_statement": "all",
    "log_line_prefix": "%m [%d] ",
    "logging_collector": "on",
    "log_filename": f"{LOG}.log",
    "log_rotation_age": "0",
}
SETTLE_SECONDS: Final = 10
CHECK_SECONDS: Final = 10


async def measure(minutes: float) -> dict[str, Any]:
    """Leave the program alone for some minutes and read the log of that time."""
    with tempfile.TemporaryDirectory(prefix="arbitragevault-idle-") as home:
        folder = Path(home) / "postgres"
        async with await EmbeddedServer.start(folder, settings=SETTINGS) as server:
            environment = os.environ | {"ARBITRAGEVAULT_HOME": home, "DATABASE_URL": server.url}
            for name in ("KEEPA_API_KEY", "KEEPA_BASE_URL", "DATABASE_URL_DIRECT"):
                environment.pop(name, None)
            with served(environment) as (address, process):
                await scanned(address)
                await asyncio.sleep(SETTLE_SECONDS)
                (log,) = folder.rglob(f"{LOG}.log")
                before, busy = log.stat().st_size, sum(process.cpu_times()[:2])
                print(f"idle from now on, for {minutes:g} minutes ...", flush=True)
                checks = await _checked(address, minutes * 60)
                busy = sum(process.cpu_times()[:2]) - busy
                with log.open("rb") as lines:
                    assert lines.read(before).count(b"execute"), "nothing was logged at all"
                    said = lines.read().decode("utf-8", "replace")
    found = Counter(
        line.partition("] ")[2]
        for line in said.splitlines()
        if "LOG:  statement:" in line or "LOG:  execute" in line
    )
    return {
        "minutes": minutes,
        "health_checks": checks,
        "statements": found.total(),
        "which": dict(found.most_common(10)),
        "processor_seconds": round(busy, 1),
    }


async def _checked(address: str, seconds: float) -> dict[str, int]:
    """Check the health for some time; the answers by status."""
    answers: Counter[str] = Counter()
    async with httpx2.AsyncClient(base_url=address, timeout=60, verify=False) as http:
        for _ in range(max(1, round(seconds / CHECK_SECONDS))):
            for path in ("live", "ready"):
                answers[str((await http.get(f"/api/v1/health/{path}")).status_code)] += 1
            await asyncio.sleep(min(CHECK_SECONDS, seconds))
    return dict(answers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    found = asyncio.run(measure(parser.parse_args().minutes))
    for name, value in found.items():
        print(f"{name:>18}  {value}")
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    sys.exit(1 if found["statements"] else 0)


if __name__ == "__main__":
    main()
