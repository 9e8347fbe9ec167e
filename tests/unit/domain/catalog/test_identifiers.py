"""Identifiers: what people, spreadsheets and scanners give, and what it means."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arbitragevault.domain.catalog.identifiers import (
    MAX_IDENTIFIER_LENGTH,
    Identifier,
    IdentifierKind,
    parse_identifier,
)
from arbitragevault.domain.catalog.identifiers_codes import (
    gtin_check_digit,
    is_valid_asin,
    is_valid_gtin,
    is_valid_isbn10,
    is_valid_isbn13,
    isbn10_check_digit,
    isbn10_to_13,
    isbn13_to_10,
)
from arbitragevault.domain.errors import IdentifierError

ISBN10, ISBN13 = "0593655036", "9780593655030"
ASIN = "B00FLIJJSA"

digits = st.text("0123456789", min_size=9, max_size=9)
isbn10s = digits.map(lambda body: body + isbn10_check_digit(body))


def gtins(length: int) -> st.SearchStrategy[str]:
    bodies = st.text("0123456789", min_size=length - 1, max_size=length - 1)
    return bodies.map(lambda body: body + gtin_check_digit(body))


class TestKinds:
    @pytest.mark.parametrize(
        ("text", "kind", "asin", "code"),
        [
            (ASIN, IdentifierKind.ASIN, ASIN, None),
            ("b00flijjsa", IdentifierKind.ASIN, ASIN, None),
            ("BT00CTP8EY", IdentifierKind.ASIN, "BT00CTP8EY", None),
            (ISBN10, IdentifierKind.ISBN10, ISBN10, None),
            ("184297291X", IdentifierKind.ISBN10, "184297291X", None),
            ("184297291x", IdentifierKind.ISBN10, "184297291X", None),
            (ISBN13, IdentifierKind.ISBN13, ISBN10, None),
            ("9798886451740", IdentifierKind.ISBN13, None, "9798886451740"),
            ("9790060115615", IdentifierKind.EAN13, None, "9790060115615"),
            ("4006381333931", IdentifierKind.EAN13, None, "4006381333931"),
            ("036000291452", IdentifierKind.UPC12, None, "036000291452"),
            ("0036000291452", IdentifierKind.EAN13, None, "036000291452"),
            ("96385074", IdentifierKind.EAN8, None, "96385074"),
            ("10036000291459", IdentifierKind.GTIN14, None, "10036000291459"),
        ],
    )
    def test_each_kind_is_recognised(
        self, text: str, kind: IdentifierKind, asin: str | None, code: str | None
    ) -> None:
        assert parse_identifier(text) == Identifier(text, kind, asin, code)

    def test_a_gtin_14_of_a_single_book_is_that_book(self) -> None:
        found = parse_identifier("0" + ISBN13)
        assert (found.kind, found.asin) == (IdentifierKind.ISBN13, ISBN10)
        assert found.repairs == ("leading zero of the GTIN-14 removed",)

    def test_two_spellings_of_one_upc_name_one_product(self) -> None:
        assert parse_identifier("0036000291452").code == parse_identifier("036000291452").code


class TestRepairs:
    @pytest.mark.parametrize(
        ("text", "repair"),
        [
            ("978-0-593-65503-0", "hyphens removed"),
            ("978\u20110\u2013593\u201465503\u22120", "hyphens removed"),
            ("978 0 593 65503 0", "hyphens and spaces removed"),
            ("978\u00a00593\u202f655030", "hyphens and spaces removed"),
            ("9780593655030.0", "decimal zeros of a spreadsheet number removed"),
            ("9780593655030,00", "decimal zeros of a spreadsheet number removed"),
            ("9,780,593,655,030", "thousands separators removed"),
            ("9.780.593.655.030", "thousands separators removed"),
            ("9,780,593,655,030.00", "thousands separators removed"),
            ("9.780593655030E+12", "spreadsheet notation 9.780593655030E+12 written out"),
            ("9,780593655030e12", "spreadsheet notation 9,780593655030E12 written out"),
            ("9.78059365503000E+12", "spreadsheet notation 9.78059365503000E+12 written out"),
            ("'9780593655030", "spreadsheet quotes removed"),
            ('="9780593655030"', "spreadsheet quotes removed"),
            ('"9780593655030"', "spreadsheet quotes removed"),
            ("\u20189780593655030\u2019", "spreadsheet quotes removed"),
            ("９７８０５９３６５５０３０", "full-width characters converted"),  # noqa: RUF001
            ("ISBN: 9780593655030", "label ISBN removed"),
            ("ISBN-13: 9780593655030", "label ISBN-13 removed"),
            ("isbn13 9780593655030", "label ISBN13 removed"),
            ("ISBN9780593655030", "label ISBN removed"),
            ("urn:isbn:9780593655030", "label ISBN removed"),
            ("EAN 9780593655030", "label EAN removed"),
            ("Barcode: 9780593655030", "label BARCODE removed"),
            ("9780593655030 (pbk.)", "text after the identifier removed"),
            ("9780593655030,", "text after the identifier removed"),
            ("978059365503051999", "five-digit add-on removed"),
        ],
    )
    def test_a_mended_isbn_is_understood_and_says_so(self, text: str, repair: str) -> None:
        found = parse_identifier(text)
        assert found.asin == ISBN10
        assert found.repairs == (repair,)
        assert found.raw == text

    @pytest.mark.parametrize(
        "text",
        [
            "\ufeff9780593655030",
            "\u202a9780593655030\u202c",
            "9780593\u00ad655030",
            " \t9780593655030\n",
        ],
    )
    def test_what_cannot_be_seen_does_not_matter(self, text: str) -> None:
        assert parse_identifier(text).asin == ISBN10
        assert parse_identifier(text).repairs == ()

    @pytest.mark.parametrize(
        ("body", "repair"),
        [
            ("059365503", "leading zero restored"),
            ("006112008", "2 leading zeros restored"),
            ("000710987", "3 leading zeros restored"),
        ],
    )
    def test_zeros_that_a_spreadsheet_dropped_come_back(self, body: str, repair: str) -> None:
        isbn10 = body + isbn10_check_digit(body)
        found = parse_identifier(isbn10.lstrip("0"))
        assert (found.kind, found.asin) == (IdentifierKind.ISBN10, isbn10)
        assert found.repairs[0] == repair

    def test_zeros_that_a_number_cell_dropped_come_back(self) -> None:
        found = parse_identifier("593655036.0")
        assert found.asin == ISBN10
        assert found.repairs == (
            "decimal zeros of a spreadsheet number removed",
            "leading zero restored",
        )

    def test_a_upc_gets_its_zero_back(self) -> None:
        found = parse_identifier("36000291452")
        assert (found.kind, found.code) == (IdentifierKind.UPC12, "036000291452")
        assert found.repairs == ("leading zero restored",)

    def test_several_repairs_are_told_in_order(self) -> None:
        found = parse_identifier("'ISBN 0-593-65503-6")
        assert found.repairs == (
            "spreadsheet quotes removed",
            "label ISBN removed",
            "hyphens removed",
        )


class TestTwoReadings:
    """Eight digits that are right as an EAN-8 and as an ISBN-10 without two zeros."""

    def both(self) -> str:
        return next(
            code
            for number in range(1_000_000, 1_010_000)
            if is_valid_isbn10("00" + (code := f"{number}{gtin_check_digit(str(number))}"))
        )

    def test_a_book_comes_first(self) -> None:
        text = self.both()
        found = parse_identifier(text)
        assert (found.kind, found.asin) == (IdentifierKind.ISBN10, "00" + text)
        assert found.repairs == (
            "2 leading zeros restored",
            f"read as ISBN10 00{text}, could also be EAN8 {text}",
        )

    def test_unless_it_is_said_to_be_a_trade_code(self) -> None:
        text = self.both()
        assert parse_identifier(text, trade_code=True).kind is IdentifierKind.EAN8
        labelled = parse_identifier(f"EAN-8: {text}")
        assert labelled.code == text
        assert labelled.repairs == (
            "label EAN-8 removed",
            f"read as EAN8 {text}, could also be ISBN10 00{text}",
        )

    def test_a_upc_column_restores_more_zeros(self) -> None:
        with pytest.raises(IdentifierError, match="write 009800895007"):
            parse_identifier("9800895007")
        found = parse_identifier("9800895007", trade_code=True)
        assert (found.kind, found.code) == (IdentifierKind.UPC12, "009800895007")
        assert found.repairs == ("2 leading zeros restored",)
        assert parse_identifier(ISBN10, trade_code=True).asin == ISBN10


class TestLinks:
    @pytest.mark.parametrize(
        ("link", "marketplace"),
        [
            (f"https://www.amazon.com/dp/{ASIN}", "US"),
            (f"https://www.amazon.co.uk/Some-Slug/dp/{ASIN}/ref=sr_1_1?keywords=x&qid=1", "GB"),
            (f"https://www.amazon.de/-/en/Slug/dp/{ASIN}", "DE"),
            (f"http://amazon.fr/gp/product/{ASIN}/", "FR"),
            (f"www.amazon.co.jp/gp/aw/d/{ASIN}", "JP"),
            (f"amazon.ca/exec/obidos/ASIN/{ASIN}/tag-20", "CA"),
            (f"https://www.amazon.it/o/ASIN/{ASIN}", "IT"),
            (f"https://www.amazon.es/o/{ASIN}", "ES"),
            (f"https://www.amazon.in/product-reviews/{ASIN}", "IN"),
            (f"https://www.amazon.com.mx/gp/offer-listing/{ASIN}?condition=used", "MX"),
            (f"//www.amazon.com.br/dp/{ASIN}", "BR"),
            (f"https://smile.amazon.com/dp/{ASIN}", "US"),
            (f"https://m.amazon.com./dp/{ASIN}#reviews", "US"),
            (f"https://www.amazon.com:443/dp/{ASIN.lower()}", "US"),
            (f"https://www.amazon.com/dp/{ASIN}&tag=no-question-mark", "US"),
            (f"https://www.amazon.com/exec/obidos/tg/detail/-/{ASIN}", "US"),
            (f"https://www.amazon.com/gp/aw/ol/{ASIN}", "US"),
            (f"https://www.amazon.com/Bluetooth5/dp/product/{ASIN}", "US"),
            (f"https://www.amazon.com/gp/cart/add.html?ASIN.1={ASIN}&Quantity.1=1", "US"),
            (f"https://www.amazon.com/any?asin={ASIN}", "US"),
            (f"https://www.amazon.com/slug/{ASIN}", "US"),
            (f"https://sellercentral.amazon.de/abis/listing?asin={ASIN}", "DE"),
            (f"https://www.amazon.com/sspa/click?ie=UTF8&url=%2FSlug%2Fdp%2F{ASIN}%2Fref", "US"),
            (f"https://amzn.com/{ASIN}", "US"),
            (f"Buy: https://www.amazon.com/dp/{ASIN} today", "US"),
            (f"amazon.com/dp/{ASIN} today", "US"),
        ],
    )
    def test_links_of_every_marketplace(self, link: str, marketplace: str) -> None:
        found = parse_identifier(link)
        assert found.kind is IdentifierKind.LINK
        assert found.asin == ASIN
        assert found.marketplace is not None
        assert found.marketplace.code == marketplace

    @pytest.mark.parametrize(
        "link",
        [f"https://www.amazon.com/dp/{ISBN10}", f"amzn.com/{ISBN10}", f"amazon.com/o/{ISBN10}"],
    )
    def test_links_to_books(self, link: str) -> None:
        assert parse_identifier(link).asin == ISBN10

    @pytest.mark.parametrize(
        "link",
        [
            "https://amzn.to/3abcDEF",
            "a.co/d/abc1234",
            "https://amzn.eu/d/1a2b3c4",
            "amzn.com/w/xyz",
        ],
    )
    def test_short_links_cannot_be_resolved_offline(self, link: str) -> None:
        with pytest.raises(IdentifierError, match=r"short link.*open it in a browser"):
            parse_identifier(link)

    @pytest.mark.parametrize(
        "link",
        [
            "https://www.amazon.com/",
            "https://www.amazon.com/gp/bestsellers/books/4919323011",
            f"https://www.amazon.com/b?node=2&category={ISBN10}",
            "https://www.amazon.com/dp/B00FLIJJS",
            "https://www.amazon.com/dp/",
            f"https://www.amazon.com/dp/{ISBN10[:9]}0",
            "https://www.amazon.com/x?url=%2F&u=/y?url=/z?url=/dp/B00FLIJJSA",
        ],
    )
    def test_amazon_links_without_a_product(self, link: str) -> None:
        with pytest.raises(IdentifierError, match="Amazon link without a product"):
            parse_identifier(link)

    @pytest.mark.parametrize("host", ["amazon.nl", "www.amazon.com.au", "amazon.cn"])
    def test_sites_that_keepa_does_not_cover(self, host: str) -> None:
        with pytest.raises(IdentifierError, match=r"does not cover; use one of amazon\.com"):
            parse_identifier(f"https://{host}/dp/{ASIN}")

    @pytest.mark.parametrize(
        "link",
        [
            f"https://www.ebay.com/itm/{ASIN}",
            f"https://evil-amazon.com/dp/{ASIN}",
            f"https://amazon.com.evil.example/dp/{ASIN}",
            f"https:///dp/{ASIN}",
            "example.org",
        ],
    )
    def test_other_links(self, link: str) -> None:
        with pytest.raises(IdentifierError, match="not a link to an Amazon product"):
            parse_identifier(link)

    def test_a_broken_address(self) -> None:
        with pytest.raises(IdentifierError, match="not a valid web address"):
            parse_identifier("https://[amazon.com/dp/B00FLIJJSA")

    def test_a_broken_address_inside_a_link(self) -> None:
        with pytest.raises(IdentifierError, match="inside the link is not a valid"):
            parse_identifier("https://www.amazon.com/sspa/click?url=//[/dp/B00FLIJJSA")

    def test_a_spreadsheet_formula_around_a_link(self) -> None:
        text = f'=HYPERLINK("https://www.amazon.de/dp/{ASIN}","Look")'
        found = parse_identifier(text)
        assert found.raw == text
        assert found.kind is IdentifierKind.LINK
        assert found.repairs == ("taken out of a spreadsheet formula",)

    def test_a_formula_whose_label_is_the_identifier(self) -> None:
        found = parse_identifier(f'=HYPERLINK("https://keepa.com/x","{ISBN13}")')
        assert found.asin == ISBN10

    def test_a_formula_without_an_identifier(self) -> None:
        with pytest.raises(IdentifierError, match="spreadsheet formula; paste its value"):
            parse_identifier("=HYPERLINK(A1)")
        with pytest.raises(IdentifierError, match="not a link to an Amazon product"):
            parse_identifier('=HYPERLINK("https://example.org/")')


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "identifier is empty"),
            (" \u200b ", "identifier is empty"),
            ("''", "identifier is empty"),
            ("n/a", "is not an ASIN, ISBN, EAN, UPC or Amazon link"),
            ("BLUETOOTH5", "an ASIN has ten characters and starts with B0"),
            ("X000ABCDEF", "FNSKU"),
            ("0593655037", "looks like an ISBN-10, but its check digit should be 6"),
            ("9780593655031", "EAN or ISBN-13, but its check digit should be 0"),
            ("036000291453", "a UPC, but its check digit should be 2"),
            ("10036000291450", "a GTIN-14, but its check digit should be 9"),
            ("11111111", "an EAN-8, but its check digit should be 5"),
            ("1234567", "has 7 digits, and no zeros in front make it"),
            ("36000291453", "has 11 digits, and no zeros in front make it"),
            ("123456", "has 6 digits; an ISBN has 10 or 13"),
            ("97805936550301234", "has 17 digits"),
            (f"{ISBN13} {ISBN13}", "has 26 digits"),
            ("9.78059E+12", r"spreadsheet shortened, so digits are lost.*as text"),
            ("9.7805936550301E+12", "digits are lost"),
            ("9.78059365503E+12", "digits are lost"),
            ("9E+12", "digits are lost"),
            ("٩٧٨٠٥٩٣٦٥٥٠٣٠", "is not an ASIN"),
        ],
    )
    def test_the_message_says_what_was_found(self, text: str, message: str) -> None:
        with pytest.raises(IdentifierError, match=message):
            parse_identifier(text)

    def test_a_long_text_is_not_looked_at(self) -> None:
        with pytest.raises(IdentifierError, match="has 2,049 characters"):
            parse_identifier("x" * (MAX_IDENTIFIER_LENGTH + 1))

    def test_a_long_text_is_quoted_short(self) -> None:
        with pytest.raises(IdentifierError) as caught:
            parse_identifier("word " * 100)
        assert len(str(caught.value)) < 200

    @given(st.text(max_size=60))
    def test_any_text_is_understood_or_refused(self, text: str) -> None:
        try:
            found = parse_identifier(text)
        except IdentifierError as error:
            assert error.message.endswith(".")  # noqa: PT017 - either outcome is right
        else:
            assert (found.asin is None) != (found.code is None)
            assert found.asin is None or is_valid_asin(found.asin)
            assert found.code is None or is_valid_gtin(found.code)


class TestCheckDigits:
    @given(isbn10s)
    def test_isbn_10_to_13_and_back(self, isbn10: str) -> None:
        isbn13 = isbn10_to_13(isbn10)
        assert is_valid_isbn13(isbn13)
        assert isbn13_to_10(isbn13) == isbn10
        assert parse_identifier(isbn13).asin == parse_identifier(isbn10).asin == isbn10

    @given(isbn10s, st.integers(0, 9), st.sampled_from("0123456789X"))
    def test_a_wrong_character_in_an_isbn_10_is_found(
        self, isbn10: str, place: int, wrong: str
    ) -> None:
        assume(isbn10[place] != wrong)
        with pytest.raises(IdentifierError):
            parse_identifier(isbn10[:place] + wrong + isbn10[place + 1 :])

    @given(isbn10s, st.integers(0, 8))
    def test_swapped_neighbours_in_an_isbn_10_are_found(self, isbn10: str, place: int) -> None:
        assume(isbn10[place] != isbn10[place + 1])
        swapped = isbn10[:place] + isbn10[place + 1] + isbn10[place] + isbn10[place + 2 :]
        with pytest.raises(IdentifierError):
            parse_identifier(swapped)

    @given(st.sampled_from((12, 13, 14)).flatmap(gtins), st.data(), st.sampled_from("0123456789"))
    def test_a_wrong_digit_in_a_gtin_is_found(
        self, gtin: str, data: st.DataObject, wrong: str
    ) -> None:
        place = data.draw(st.integers(0, len(gtin) - 1))
        assume(gtin[place] != wrong)
        with pytest.raises(IdentifierError):
            parse_identifier(gtin[:place] + wrong + gtin[place + 1 :])

    @given(st.sampled_from((8, 12, 13, 14)).flatmap(gtins))
    def test_every_right_gtin_is_understood(self, gtin: str) -> None:
        assert parse_identifier(gtin, trade_code=True)

    @given(st.integers(1, 3), st.integers(1, 9), digits)
    def test_one_to_three_lost_zeros_come_back(self, zeros: int, first: int, rest: str) -> None:
        body = ("0" * zeros + str(first) + rest)[:9]
        isbn10 = body + isbn10_check_digit(body)
        assert parse_identifier(isbn10[zeros:]).asin == isbn10

    @given(st.integers(1, 9), digits)
    def test_a_upc_without_its_zero(self, first: int, rest: str) -> None:
        body = f"0{first}{rest}"
        upc = body + gtin_check_digit(body)
        assert parse_identifier(upc[1:]).code == upc

    def test_conversions_refuse_what_is_wrong(self) -> None:
        with pytest.raises(IdentifierError, match="no ISBN-10"):
            isbn10_to_13("0593655037")
        with pytest.raises(IdentifierError, match="no ISBN-13"):
            isbn13_to_10("4006381333931")
        with pytest.raises(IdentifierError, match="starts with 979"):
            isbn13_to_10("9798886451740")

    @pytest.mark.parametrize("code", ["", "1", "9780593655030 ", "97805936550３0", "12345670123"])  # noqa: RUF001
    def test_what_is_no_gtin(self, code: str) -> None:
        assert not is_valid_gtin(code)

    def test_sheet_music_is_no_isbn(self) -> None:
        assert not is_valid_isbn13("9790060115615")
        assert is_valid_gtin("9790060115615")
