"""What a user does on the page: first start, scan, open a product; by keyboard; on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.web.conftest import App, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHONE = {"width": 390, "height": 844}


def a_buy(app: App) -> dict[str, Any]:
    """The most profitable buy of the first scan that the default policy's terms lead to as well."""
    rows: list[dict[str, Any]] = app.get("/decisions?verdict=buy&sort=-profit&limit=100")["items"]
    return next(row for row in rows if row["condition"] == "new" and row["quantity"] == 1)


def dollars(cents: int) -> str:
    return f"${cents / 100:,.2f}"


def lead_rows(page: Page) -> Any:  # noqa: ANN401
    return page.locator("tbody.group > tr:first-child")


def has_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def test_first_start_ends_on_a_page_with_decisions(visit: OpenPage, app: App) -> None:
    here = visit()
    here.open("/")
    expect(here.page).to_have_url(re.compile(r"/leads$"))
    expect(here.page.get_by_text("SANDBOX DATA")).to_be_visible()
    expect(lead_rows(here.page).first).to_be_visible()
    counts = app.get("/decisions?limit=1")["counts"]
    assert counts["buy"] > 0
    for verdict, count in counts.items():
        chip = here.page.get_by_role("button", name=f"{verdict.title()} {count}")
        expect(chip).to_be_visible()
    here.screenshot("leads")


def test_filters_and_sort_live_in_the_address(visit: OpenPage, app: App) -> None:
    here = visit()
    here.open("/leads")
    here.page.get_by_role("button", name=re.compile("^Buy ")).click()
    here.page.get_by_role("button", name="Max cost").click()
    expect(here.page).to_have_url(re.compile(r"verdict=buy&sort=-max_cost"))
    best = app.get("/decisions?verdict=buy&sort=-max_cost&limit=1")["items"][0]
    expect(lead_rows(here.page).first).to_contain_text(best["title"])
    here.page.get_by_role("searchbox").fill("no such title anywhere")
    expect(here.page.get_by_role("heading", name="No lead matches")).to_be_visible()
    here.page.get_by_role("button", name="Clear the filters").click()
    expect(lead_rows(here.page).first).to_be_visible()


def test_scan_pasted_leads_and_open_a_product(visit: OpenPage, app: App) -> None:
    lead = a_buy(app)
    here = visit()
    here.open("/scan")
    box = here.page.get_by_role("textbox", name=re.compile("^Paste identifiers"))
    box.fill(f"{lead['asin']}, {lead['unit_cost'] / 100:.2f}\nnot a code, 1.00")
    expect(here.page.get_by_text("1 bad row")).to_be_visible()
    here.screenshot("preview")
    here.page.get_by_role("button", name=re.compile("^Start")).click()

    expect(here.page.get_by_text("Done", exact=True)).to_be_visible()
    expect(lead_rows(here.page)).to_have_count(2)
    here.screenshot("run")
    here.page.get_by_role("link", name=lead["title"]).click()

    expect(here.page.get_by_role("heading", name=lead["title"])).to_be_visible()
    decision = here.page.get_by_role("region", name="Decision")
    expect(decision).to_contain_text("Buy")
    expect(decision).to_contain_text(dollars(lead["max_cost"]))
    expect(here.page.locator("figure canvas").first).to_be_visible()
    here.screenshot("product")

    decision.get_by_role("button", name="Max cost: where it comes from").click()
    expect(here.page.get_by_role("dialog", name=re.compile("^Max cost"))).to_contain_text("Source")
    here.page.keyboard.press("Escape")

    here.page.get_by_role("textbox", name="Unit cost").fill("9999")
    expect(decision).to_contain_text("Skip")
    expect(here.page).to_have_url(re.compile("cost=9999"))


def test_history_zooms_and_has_a_table(visit: OpenPage, app: App) -> None:
    lead = a_buy(app)
    here = visit()
    here.open(f"/product/US/{lead['asin']}?cost=5")
    here.page.get_by_role("button", name="1 y").click()
    expect(here.page).to_have_url(re.compile("range=365"))
    canvas = here.page.locator("figure .u-over").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    here.page.mouse.move(box["x"] + 100, box["y"] + 50)
    here.page.mouse.down()
    here.page.mouse.move(box["x"] + 250, box["y"] + 50, steps=4)
    here.page.mouse.up()
    expect(here.page.get_by_role("button", name="Zoom out")).to_be_visible()
    here.page.get_by_role("button", name="Zoom out").click()
    here.page.get_by_role("button", name="Table", exact=True).click()
    expect(here.page.get_by_role("columnheader", name="Rank")).to_be_visible()


def test_fees_answer_what_if(visit: OpenPage, app: App) -> None:
    here = visit()
    row = a_buy(app)
    here.open(f"/product/US/{row['asin']}?cost=3.00")
    fees = here.page.get_by_role("region", name="Fees", exact=True)
    fees.get_by_label("If it sells for").fill("24.99")
    fees.get_by_label("and ships on").fill("2026-03-02")
    expect(here.page).to_have_url(re.compile(r"(?=.*\bon=2026-03-02\b)(?=.*\bprice=24\.99\b)"))
    found = app.get(f"/products/US/{row['asin']}/fees?cost=3.00&price=24.99&on=2026-03-02")
    fba = next(sheet for sheet in found["sheets"] if sheet["channel"] == "fba")
    paid = fees.get_by_role("listitem").filter(has_text="Amazon pays out")
    expect(paid).to_contain_text(dollars(fba["net_proceeds"]))
    fees.get_by_role("button", name=re.compile("^Fulfilment ")).first.press("Enter")
    card = here.page.get_by_role("dialog", name=re.compile("^Fulfilment"))
    expect(card).to_contain_text("2026-01-15 to 2026-10-14")
    here.screenshot("opened")
    here.page.keyboard.press("Escape")
    fees.scroll_into_view_if_needed()
    here.screenshot("wide")
    here.page.set_viewport_size({"width": 390, "height": 844})
    fees.scroll_into_view_if_needed()
    assert not has_sideways_scroll(here.page)
    here.screenshot("phone")


def test_a_value_that_arrives_does_not_get_under_the_cursor(visit: OpenPage, app: App) -> None:
    here, held = visit(), list[Route]()
    here.page.route("**/fees?*", lambda route: held.append(route), times=1)  # noqa: PLW0108  # its parameters are counted
    here.open(f"/product/US/{a_buy(app)['asin']}?cost=3.00")
    fees = here.page.get_by_role("region", name="Fees", exact=True)
    field = fees.get_by_label("If it sells for")
    field.focus()
    while not held:
        here.page.wait_for_timeout(10)
    held[0].continue_()
    expect(fees.get_by_role("listitem").filter(has_text="Amazon pays out")).to_be_visible()
    here.page.keyboard.type("24.99")
    expect(field).to_have_value("24.99")
    expect(here.page).to_have_url(re.compile(r"price=24\.99"))
    fees.get_by_role("button", name="As decided").click()
    expect(field).not_to_have_value("24.99")
    expect(field).not_to_have_value("")


def test_a_file_is_mapped_and_scanned(visit: OpenPage, app: App) -> None:
    lead = a_buy(app)
    table = f"Barcode,Asked\n{lead['asin']},3.50\n{lead['asin']},4.50\n"
    here = visit()
    here.open("/scan")
    upload = FilePayload(name="estate.csv", mimeType="text/csv", buffer=table.encode())
    here.page.set_input_files("input[type=file]", upload)
    expect(here.page.get_by_label("Meaning of the column Barcode")).to_have_value("identifier")
    here.page.get_by_label("Meaning of the column Asked").select_option("cost")
    preview = here.page.get_by_role("region", name="How the rows are read")
    expect(preview).to_contain_text("$3.50")
    expect(here.page.get_by_text("1 duplicate")).to_be_visible()
    here.page.get_by_role("button", name=re.compile("^Start")).click()
    expect(here.page.get_by_text("Done", exact=True)).to_be_visible()
    expect(lead_rows(here.page).first).to_contain_text("$3.50")


def test_keyboard_alone_is_enough(visit: OpenPage, app: App) -> None:
    lead = a_buy(app)
    here = visit()
    here.open(f"/leads?verdict=buy&sort=-profit&q={lead['asin']}")
    keys = here.page.keyboard
    expect(lead_rows(here.page).first).to_be_visible()
    keys.press("j")
    keys.press("Space")
    expect(here.page.get_by_role("heading", name="Reasons")).to_be_visible()
    keys.press("Enter")
    expect(here.page.get_by_role("heading", name=lead["title"])).to_be_visible()
    keys.press("c")
    expect(here.page.get_by_role("textbox", name="Unit cost")).to_be_focused()
    keys.press("Escape")
    keys.press("g")
    keys.press("s")
    expect(here.page).to_have_url(re.compile("/scan$"))
    keys.press("?")
    expect(here.page.get_by_role("dialog", name="Keys")).to_be_visible()
    keys.press("Escape")
    keys.press("/")
    keys.type(lead["asin"])
    keys.press("Enter")
    expect(here.page).to_have_url(re.compile(f"/product/US/{lead['asin']}$"))


def test_search_says_what_it_cannot_read(visit: OpenPage) -> None:
    here = visit()
    here.open("/leads")
    here.page.get_by_role("textbox", name=re.compile("^Find a product")).fill("gibberish")
    here.page.keyboard.press("Enter")
    expect(here.page.get_by_role("alert")).to_contain_text("gibberish")


def test_a_followed_link_spends_nothing_by_itself(visit: OpenPage, app: App) -> None:
    before = len(app.get("/runs?limit=100")["items"])
    here = visit()
    here.open("/lookup?q=0306406152")
    expect(here.page.get_by_role("button", name="Look it up")).to_be_visible()
    assert len(app.get("/runs?limit=100")["items"]) == before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_fits_a_phone(visit: OpenPage, app: App, theme: str) -> None:
    lead = a_buy(app)
    here = visit(**PHONE, theme=theme)
    for name, path in {
        "leads": "/leads?sort=-profit",
        "scan": "/scan",
        "product": f"/product/US/{lead['asin']}?cost={lead['unit_cost'] / 100:.2f}",
    }.items():
        here.open(path)
        expect(here.page.get_by_role("navigation", name="Pages")).to_be_visible()
        expect(here.page.get_by_role("heading").first).to_be_visible()
        here.page.wait_for_load_state("networkidle")
        assert not has_sideways_scroll(here.page), name
        here.screenshot(name)


def test_says_so_when_the_program_is_gone_and_comes_back(visit: OpenPage) -> None:
    here = visit()
    here.page.route("**/api/v1/**", lambda route: route.abort())
    here.open("/leads")
    alert = here.page.get_by_role("alert").first
    expect(alert).to_contain_text("unreachable", timeout=15_000)
    here.page.unroute("**/api/v1/**")
    here.page.get_by_role("button", name="Retry").last.click()
    expect(lead_rows(here.page).first).to_be_visible()


def test_evidence_tells_what_to_run_where_nothing_was_replayed(visit: OpenPage, app: App) -> None:
    assert app.get("/evidence") == {"items": [], "kept": []}
    here = visit(**PHONE)
    here.open("/leads")
    here.page.get_by_role("link", name="Evidence").click()
    expect(here.page.get_by_role("heading", name="Nothing was replayed yet")).to_be_visible()
    expect(here.page.get_by_text("arbitragevault backtest --stored")).to_be_visible()
    assert not has_sideways_scroll(here.page)
    here.screenshot("evidence")


def test_evidence_shows_what_was_replayed_and_what_before(visit: OpenPage, app: App) -> None:
    app.run("backtest", "--sandbox", "--products", "1", "--workers", "1")
    (evidence,) = app.get("/evidence")["items"]
    report = evidence["report"]
    assert report["sales_rate"]["cases"] > 0
    here = visit(**PHONE)
    here.open("/evidence")
    for title in ("Max cost at 80%", "Sales rate", "Sell-through", "Price crash", "Kept replays"):
        expect(here.page.get_by_role("region", name=title, exact=True)).to_be_visible()
    table = here.page.get_by_role("table", name="Sales rate: true rates inside the intervals")
    expect(table.get_by_role("row", name="All")).to_contain_text(str(report["sales_rate"]["cases"]))
    assert not has_sideways_scroll(here.page)
    here.page.get_by_role("link", name=str(evidence["id"]), exact=True).click()
    expect(here.page).to_have_url(re.compile(rf"[?&]report={evidence['id']}$"))
    expect(here.page.get_by_text(report["data_digest"])).to_be_visible()
    here.screenshot("evidence")
    here.open("/evidence?report=999999")
    expect(here.page.get_by_text("There is no evidence 999999")).to_be_visible()
