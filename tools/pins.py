"""Resolve again: exact pins into pyproject.toml, hashes without addresses into requirements.lock.

Run by ``make pins``. See docs/decisions/0004-pins-and-hashes.md.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = ROOT / "pyproject.toml"
LOCK = ROOT / "requirements.lock"
BUILD_REQUIREMENTS = "hatchling>=1.27\nnodejs-wheel>=24,<25\n"
HEADER = """\
# Every package that ArbitrageVault runs on, pinned and with hashes; made by `make pins`.
# Install with: pip install --require-hashes -r requirements.lock
"""


def resolve(*arguments: str, stdin: str | None = None) -> str:
    """What ``uv pip compile`` answers for every platform, without addresses."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    done = subprocess.run(  # noqa: S603  # our own arguments
        [*command, *arguments], cwd=ROOT, input=stdin, capture_output=True, text=True, check=True
    )
    return done.stdout


def as_array(name: str, requirements: str) -> str:
    """Requirements as a TOML array, one a line."""
    lines = "".join(f'  "{line}",\n' for line in requirements.replace('"', "'").splitlines())
    return f"{name} = [\n{lines}]\n"


def main() -> None:
    """Write both files."""
    text = PYPROJECT.read_text(encoding="utf-8")
    for name in ("constraint-dependencies", "build-constraint-dependencies"):
        text = re.sub(rf"(?ms)^{name} = \[\n.*?^\]\n", "", text)
    # Without the old pins, so that this is also how everything is brought up to date.
    pins = resolve("--no-config", "pyproject.toml", "--group", "dev")
    build = resolve("--no-config", "-", stdin=BUILD_REQUIREMENTS)
    arrays = as_array("constraint-dependencies", pins) + as_array(
        "build-constraint-dependencies", build
    )
    text = text.replace("[tool.uv]\n", "[tool.uv]\n" + arrays, 1)
    PYPROJECT.write_text(text, encoding="utf-8")
    hashed = resolve("pyproject.toml", "--extra", "parquet", "--generate-hashes")
    LOCK.write_text(HEADER + hashed, encoding="utf-8")


if __name__ == "__main__":
    main()
