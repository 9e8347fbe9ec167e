"""The page fits the API: its types are generated from what the API says today."""

from __future__ import annotations

import json
from pathlib import Path

from arbitragevault.entrypoints.api.app import openapi_document

WEB = Path(__file__).parents[2] / "web"


def test_the_page_is_generated_from_todays_openapi() -> None:
    committed = json.loads((WEB / "openapi.json").read_text())
    assert committed == openapi_document(), "run `make openapi`"


def test_the_lock_file_pins_everything_and_holds_no_addresses() -> None:
    text = (WEB / "package-lock.json").read_text()
    assert "http" not in text
    assert "resolved" not in text
    packages = json.loads(text)["packages"]
    del packages[""]
    assert all(entry.get("integrity") or entry.get("inBundle") for entry in packages.values())
