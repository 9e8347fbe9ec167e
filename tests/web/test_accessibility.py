"""axe-core finds nothing on any page: light on a desk, dark on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.conftest import ROOT, App, OpenPage

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core comes with `npm --prefix web ci`"),
]


@pytest.mark.parametrize(("theme", "width", "height"), [("light", 1280, 800), ("dark", 390, 844)])
def test_axe_finds_nothing(visit: OpenPage, app: App, theme: str, width: int, height: int) -> None:
    lead = app.get("/decisions?verdict=buy&sort=-profit&limit=1")["items"][0]
    run = app.get("/runs?limit=1")["items"][0]
    here = visit(width, height, theme)
    found = []
    for path in (
        "/leads",
        f"/product/US/{lead['asin']}?cost=15",
        "/scan",
        f"/scan/{run['id']}",
        "/lookup?q=0306406152",
        "/evidence",
        "/agents",
        "/no-such-page",
    ):
        here.open(path)
        expect(here.page.get_by_role("heading", level=1)).to_be_visible()
        here.page.wait_for_load_state("networkidle")
        here.page.evaluate(AXE.read_text())
        found += [
            f"{path}: {fault['id']}: {fault['nodes'][0]['html'][:120]}"
            for fault in here.page.evaluate("axe.run()")["violations"]
        ]
    assert found == []
