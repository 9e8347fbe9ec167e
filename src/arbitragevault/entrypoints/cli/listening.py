"""Where servers may listen as long as there are no accounts."""

from __future__ import annotations

import ipaddress

import typer


def must_be_loopback(host: str) -> None:
    """Make sure that an address is this machine's own.

    Raises:
        typer.BadParameter: If others could reach it.
    """
    if not _is_loopback(host):
        raise typer.BadParameter(
            f"{host} can be reached by other machines, and there are no accounts yet to keep "
            "them out. Use 127.0.0.1, and a tunnel or a proxy with a login for remote access.",
            param_hint="--host",
        )


def base_url(host: str, port: int) -> str:
    """The address of a server, as clients name it."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
