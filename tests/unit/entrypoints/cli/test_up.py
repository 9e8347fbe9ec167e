import socket
from collections.abc import Iterator

import pytest
import typer

from arbitragevault.entrypoints.cli import listening, up
from arbitragevault.entrypoints.cli.main import main


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "example.org", "::"])  # noqa: S104
def test_other_machines_cannot_be_let_in(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--host", host, "--no-browser"]) == 2
    assert "no accounts yet" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "localhost", "::1"])
def test_names_of_this_machine_are_welcome(host: str) -> None:
    assert listening._is_loopback(host)


def test_a_port_that_was_asked_for_is_not_exchanged(
    taken: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as leaving:
        up._listen("127.0.0.1", taken)
    assert leaving.value.exit_code == 1
    message = capsys.readouterr().err
    assert f"Port {taken} is taken" in message
    assert "--port" in message


def test_the_next_free_port_is_taken_when_none_was_asked_for(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(up, "DEFAULT_PORT", taken)
    with up._listen("127.0.0.1", None) as listener:
        assert taken < listener.getsockname()[1] < taken + up.PORTS_TO_TRY
    assert f"Port {taken} is taken" in capsys.readouterr().err


def test_when_nothing_is_free_it_says_so(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(up, "DEFAULT_PORT", taken)
    monkeypatch.setattr(up, "PORTS_TO_TRY", 1)
    with pytest.raises(typer.Exit):
        up._listen("127.0.0.1", None)
    assert "are all taken" in capsys.readouterr().err


def test_addresses_can_be_followed() -> None:
    assert listening.base_url("127.0.0.1", 8765) == "http://127.0.0.1:8765"
    assert listening.base_url("::1", 80) == "http://[::1]:80"


def test_a_browser_needs_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not up._has_screen()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert up._has_screen()
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.delenv("WAYLAND_DISPLAY")
    assert up._has_screen()


def test_opening_a_browser_never_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading
    import webbrowser

    asked = threading.Event()

    def broken(_url: str) -> bool:
        asked.set()
        raise OSError("no browser here")

    monkeypatch.setattr(webbrowser, "open", broken)
    up._open_browser("http://127.0.0.1:1")
    assert asked.wait(5)
