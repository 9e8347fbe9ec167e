"""Writes the references that follow from the program: ``python docs/reference/generate.py``.

A test compares the files with what this would write, so they cannot drift.
"""

# ruff: noqa: INP001  # a script, not a package

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, get_args

import typer

from arbitragevault.domain.errors import ArbitrageVaultError
from arbitragevault.entrypoints.api.problems import KINDS
from arbitragevault.entrypoints.cli import exits
from arbitragevault.entrypoints.cli.main import app

FOLDER: Final = Path(__file__).parent
_NOTE: Final = "<!-- Written by docs/reference/generate.py; change the program, not this file. -->"

_CLI_INTRO: Final = """\
# Command line

Every command prints for people by default; `--json` and `--csv` print for programs. Results go to
the output stream, everything else (progress, notes, errors) to the error stream. Amounts in JSON
are integer minor units with their currency beside them; CSV has major units for spreadsheets.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed; one line on the error stream says why |
| 2 | wrong usage |
| 3 | needs configuration: settings, database or Keepa key |
| 4 | out of tokens; the line says when enough of them come |
| 130 | interrupted with Ctrl-C; a run can be resumed |
"""

_ERRORS_INTRO: Final = """\
# Errors

Every error has a stable code. The API answers it as a problem (RFC 9457) whose `type` is
`urn:arbitragevault:error:<code>`; the command line prints its message and leaves with the exit
code.

| code | HTTP | exit | meaning |
|---|---|---|---|
"""


def cli_page() -> str:
    """The reference of the command line."""
    sections = (_command(name, command) for name, command in _commands(typer.main.get_command(app)))
    return f"{_NOTE}\n\n{_CLI_INTRO}\n" + "\n".join(sections)


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Every command with its full name, those of groups included."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def errors_page() -> str:
    """The reference of error codes."""
    known = {error.code: error for error in _tree(ArbitrageVaultError)}
    rows = []
    for code, kind in KINDS.items():
        error = known.get(code)
        described = error is not None and error is not ArbitrageVaultError
        meaning = (error.__doc__ or "").partition("\n")[0] if described else kind.title
        leaves = exits.exit_code(code) if error is not None else "-"
        rows.append(f"| `{code}` | {int(kind.status)} | {leaves} | {meaning.rstrip('.')} |")
    return f"{_NOTE}\n\n{_ERRORS_INTRO}" + "\n".join(rows) + "\n"


PAGES: Final = {"cli.md": cli_page, "errors.md": errors_page}


def _command(name: str, command: Any) -> str:  # noqa: ANN401  # Typer's classes are private
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join(["arbitragevault", name, *(_placeholder(p) for p in arguments), "[options]"])
    lines = [f"## {name}", "", " ".join(command.help.split()), "", "```", usage, "```", ""]
    lines += ["| argument or option | meaning |", "|---|---|"]
    lines += [f"| `{_placeholder(p)}` | {_meaning(p)} |" for p in arguments]
    lines += [f"| `{_spelling(p)}` | {_meaning(p)} |" for p in options]
    return "\n".join(lines) + "\n"


def _placeholder(argument: Any) -> str:  # noqa: ANN401
    return str(argument.metavar or argument.name.upper()).replace(" | ", " or ")


def _spelling(option: Any) -> str:  # noqa: ANN401
    words = " / ".join([*option.opts, *option.secondary_opts])
    choices = "\\|".join(str(choice) for choice in get_args(_annotation(option)))
    return words if option.is_flag else f"{words} {choices or option.metavar or 'VALUE'}"


def _annotation(option: Any) -> object:  # noqa: ANN401
    annotation = option.type_descriptor.annotation
    return annotation if not isinstance(annotation, type) else None


def _meaning(parameter: Any) -> str:  # noqa: ANN401
    text = str(parameter.help)
    if parameter.required and parameter.param_type_name == "option":
        return f"{text} Required."
    default = parameter.default
    is_plain = default is None or default is False or getattr(parameter, "is_flag", False)
    return text if is_plain else f"{text} Default: `{default}`."


def _tree(root: type[ArbitrageVaultError]) -> Iterator[type[ArbitrageVaultError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ == root.__module__:
            yield from _tree(child)


def write(pages: Iterable[str] = PAGES) -> None:
    """Write the pages beside this file."""
    for name in pages:
        (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")


if __name__ == "__main__":
    write()
