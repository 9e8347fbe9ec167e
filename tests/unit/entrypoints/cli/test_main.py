import subprocess
import sys

import pytest

import arbitragevault
from arbitragevault.entrypoints.cli.main import main

COMMANDS = ("up", "scan", "lookup", "finder", "fees", "tokens", "runs", "sandbox", "doctor")
HEAVY = ("numpy", "fastapi", "sqlalchemy", "pydantic", "scipy", "uvicorn", "httpx2")


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(' '.join(sys.modules), file=sys.__stderr__)"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_the_package_stays_light() -> None:
    assert loaded_by("import arbitragevault").isdisjoint({*HEAVY, "typer", "rich", "orjson"})


def test_help_loads_nothing_heavy() -> None:
    code = "from arbitragevault.entrypoints.cli.main import main\nmain(['--help'])"
    assert loaded_by(code).isdisjoint(HEAVY)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    words = capsys.readouterr().out.split()
    assert [command for command in COMMANDS if command not in words] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"arbitragevault {command}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"arbitragevault {arbitragevault.__version__}\n"


@pytest.mark.parametrize("arguments", [["nonsense"], ["scan"], ["fees", "--price"]])
def test_wrong_usage_leaves_with_2(arguments: list[str]) -> None:
    assert main(arguments) == 2


def test_an_error_of_ours_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "there-is-no-such-file.csv"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "arbitragevault: there-is-no-such-file.csv cannot be read: no such file or directory.\n"
    )


def test_wrong_settings_leave_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARBITRAGEVAULT_PORT", "many")
    assert main(["tokens"]) == 3
    assert "ARBITRAGEVAULT_PORT" in capsys.readouterr().err
