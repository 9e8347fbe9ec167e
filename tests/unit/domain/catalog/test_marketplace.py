"""Amazon's sites by code, by Keepa's id and by host."""

from __future__ import annotations

import pytest

from arbitragevault.domain.catalog.marketplace import (
    MARKETPLACES,
    US,
    marketplace_by_code,
    marketplace_by_host,
    marketplace_by_keepa_domain,
)
from arbitragevault.domain.catalog.product import Condition, Product
from arbitragevault.domain.errors import UnknownMarketplaceError
from arbitragevault.domain.money import MINOR_UNIT_DIGITS


def test_every_marketplace_is_found_by_each_of_its_names() -> None:
    for code, marketplace in MARKETPLACES.items():
        assert marketplace_by_code(code) is marketplace
        assert marketplace_by_code(f" {code.lower()} ") is marketplace
        assert marketplace_by_keepa_domain(marketplace.keepa_domain) is marketplace
        assert marketplace_by_host(marketplace.host) is marketplace
        assert marketplace_by_host(f"WWW.{marketplace.host}.") is marketplace
        assert marketplace.currency in MINOR_UNIT_DIGITS


def test_keepas_domain_ids() -> None:
    ids = {code: marketplace.keepa_domain for code, marketplace in MARKETPLACES.items()}
    assert ids == {
        "US": 1,
        "GB": 2,
        "DE": 3,
        "FR": 4,
        "JP": 5,
        "CA": 6,
        "IT": 8,
        "ES": 9,
        "IN": 10,
        "MX": 11,
        "BR": 12,
    }


def test_the_united_kingdom_has_two_codes() -> None:
    assert marketplace_by_code("uk").code == "GB"


def test_unknown_names() -> None:
    with pytest.raises(UnknownMarketplaceError, match="'CN' is no marketplace; choose one of US"):
        marketplace_by_code("CN")
    with pytest.raises(UnknownMarketplaceError, match="Keepa domain 7"):
        marketplace_by_keepa_domain(7)
    assert marketplace_by_host("amazon.nl") is None
    assert marketplace_by_host("notamazon.com") is None


def test_address_of_a_product() -> None:
    url = MARKETPLACES["GB"].product_url("0593655036")
    assert url == "https://www.amazon.co.uk/dp/0593655036"
    assert Product(US, "0593655036").key == ("US", "0593655036")


def test_all_conditions_but_new_are_used() -> None:
    assert [condition for condition in Condition if not condition.is_used] == [Condition.NEW]
