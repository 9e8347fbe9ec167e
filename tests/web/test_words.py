"""Words on the page: forms that run nothing by themselves, and texts beside their facts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, expect

from tests.web.conftest import App, OpenPage
from tests.web.test_journey import a_buy, has_sideways_scroll, lead_rows

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_words_become_a_filter_that_is_applied_by_hand(visit: OpenPage, app: App) -> None:
    here = visit()
    here.open("/leads")
    here.page.get_by_role("button", name="In words").click()
    words = here.page.get_by_role("textbox", name="What to show, in words")
    words.fill("buys and reviews, best ROI first, for my aunt")
    words.press("Enter")
    form = here.page.get_by_role("form", name="Filter to apply")
    expect(form).to_contain_text("Not understood: for my aunt")
    expect(form).to_contain_text("No language model is set up")
    expect(form.get_by_label("Sort by")).to_have_value("-roi")
    expect(form.get_by_role("button", name="Buy")).to_have_attribute("aria-pressed", "true")
    expect(here.page).to_have_url(re.compile(r"/leads$"))  # nothing has run by itself

    form.get_by_role("button", name="Review").click()
    here.screenshot("form")
    here.page.set_viewport_size({"width": 390, "height": 844})
    assert not has_sideways_scroll(here.page)
    here.screenshot("form-phone")
    form.get_by_role("button", name="Apply").click()
    expect(here.page).to_have_url(re.compile(r"/leads\?verdict=buy&sort=-roi$"))
    best = app.get("/decisions?verdict=buy&sort=-roi&limit=1")["items"][0]
    expect(here.page.get_by_text(best["title"]).first).to_be_visible()


def test_a_run_is_told_in_words(visit: OpenPage, app: App) -> None:
    here = visit(width=1440, height=900)
    run = app.get("/runs?limit=100")["items"][-1]
    here.open(f"/scan/{run['id']}")
    here.page.get_by_role("button", name="10", exact=True).click()
    here.page.get_by_label("Preference between profit and speed").fill("100")
    here.page.get_by_role("button", name="Shortlist").click()
    words = here.page.get_by_role("region", name="In words")
    expect(words).to_contain_text("Ordered by how soon they sell alone.")
    expect(words).to_contain_text("Written by the template.")
    expect(words.get_by_role("list").first).to_be_visible()
    picks = words.get_by_role("heading").count() - 1
    assert 0 < picks <= 10
    here.screenshot("shortlist")
    here.page.set_viewport_size({"width": 390, "height": 844})
    assert not has_sideways_scroll(here.page)
    here.screenshot("shortlist-phone")
    here.page.get_by_role("button", name=re.compile("^Digest of ")).click()
    expect(words).to_contain_text("decided on")
    words.get_by_role("button", name="Close the text").click()
    expect(words).not_to_contain_text("Written by")


def test_two_products_are_compared(visit: OpenPage, app: App) -> None:
    lead = a_buy(app)
    here = visit(width=1440, height=900)
    here.open(f"/product/US/{lead['asin']}?cost={lead['unit_cost'] / 100:.2f}")
    section = here.page.get_by_role("region", name="Compare with another product")
    compare = section.get_by_role("button", name="Compare")
    expect(compare).to_be_disabled()
    section.get_by_label("With which lead").select_option(index=2)
    compare.click()
    expect(section).to_contain_text("What sets them apart")
    expect(section).to_contain_text("Written by the template.")
    section.scroll_into_view_if_needed()
    here.screenshot("comparison")
    here.page.set_viewport_size({"width": 390, "height": 844})
    section.scroll_into_view_if_needed()
    assert not has_sideways_scroll(here.page)
    here.screenshot("comparison-phone")


def test_odd_headings_are_proposed_and_used_by_hand(visit: OpenPage, app: App) -> None:
    asin = a_buy(app)["asin"]
    table = f"Artikel;Preis;Lieferant\n{asin};3.50;Ann\n{asin};4.50;Ann\n"
    here = visit()
    here.open("/scan")
    upload = FilePayload(name="odd.csv", mimeType="text/csv", buffer=table.encode())
    here.page.set_input_files("input[type=file]", upload)
    price = here.page.get_by_label("Meaning of the column Preis")
    expect(price).to_have_value("")
    expect(here.page.get_by_role("alert")).to_contain_text("no column that identifies products")
    preview = here.page.get_by_role("region", name="How the rows are read")
    here.page.get_by_role("button", name="Read odd headings").click()
    expect(price).to_have_value("cost")
    expect(here.page.get_by_text("nothing is changed yet")).to_be_visible()
    expect(preview).to_have_count(0)
    here.screenshot("proposed")
    here.page.get_by_role("button", name="Use these columns").click()
    expect(preview).to_contain_text("$3.50")
    assert lead_rows(here.page).count() == 0
