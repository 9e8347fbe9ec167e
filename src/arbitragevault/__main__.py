"""``python -m arbitragevault`` is the ``arbitragevault`` command."""

from __future__ import annotations

from arbitragevault.entrypoints.cli.main import run

if __name__ == "__main__":
    run()
