"""Whole lead files: every row answered, every file that cannot be used refused in one message."""

from __future__ import annotations

import io
import re
import tracemalloc
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import openpyxl
import pytest

from arbitragevault.adapters.files import leadfile
from arbitragevault.adapters.files.leadfile import Column, LeadFile, LeadRow, open_lead_file
from arbitragevault.adapters.files.records import MAX_COLUMNS
from arbitragevault.domain.catalog.identifiers import IdentifierKind
from arbitragevault.domain.catalog.identifiers_codes import isbn10_check_digit, isbn10_to_13
from arbitragevault.domain.catalog.product import Condition
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.errors import IdentifierError, LeadFileError, LeadRowError, MoneyError
from arbitragevault.domain.money import Money

ISBN = "9780593655030"


def opened(content: str | bytes, columns: dict[str, str] | None = None) -> LeadFile:
    raw = content.encode() if isinstance(content, str) else content
    return open_lead_file(raw, name="leads.csv", currency="USD", columns=columns)


def rows(content: str | bytes, columns: dict[str, str] | None = None) -> list[LeadRow]:
    with opened(content, columns) as leads:
        return list(leads.rows())


def asins(content: str | bytes) -> list[str | None]:
    return [row.identifier.asin if row.identifier else None for row in rows(content)]


def spreadsheet(*lines: Sequence[object], merged: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in lines:
        sheet.append(line)
    for area in merged:
        sheet.merge_cells(area)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


class TestRows:
    def test_a_row_becomes_a_lead(self) -> None:
        found = rows(
            "Supplier,ISBN,Unit Cost,Qty,Cond,URL,Comment,Colour\n"
            f"Shop,{ISBN},12.50,2,VG,https://example.com,hello,red\n"
        )
        assert found == [
            LeadRow(
                number=1,
                lead=Lead(
                    ISBN,
                    Money(1250, "USD"),
                    2,
                    Condition.VERY_GOOD,
                    "Shop",
                    "https://example.com",
                    "hello",
                    extra={"Colour": "red"},
                ),
                identifier=found[0].identifier,
                identifier_text=ISBN,
                error=None,
                cells={
                    "Supplier": "Shop",
                    "ISBN": ISBN,
                    "Unit Cost": "12.50",
                    "Qty": "2",
                    "Cond": "VG",
                    "URL": "https://example.com",
                    "Comment": "hello",
                    "Colour": "red",
                },
            )
        ]
        assert found[0].identifier is not None
        assert found[0].identifier.kind is IdentifierKind.ISBN13

    def test_a_bad_row_never_stops_a_file(self) -> None:
        found = rows(
            "isbn,cost,qty,condition\n"
            f"{ISBN},5,1,new\n"
            "9780593655031,5,1,new\n"
            f"{ISBN},five,1,new\n"
            "\n"
            f"{ISBN},5,0,new\n"
            ",,,\n"
            f"{ISBN},5,1,shabby\n"
            ",5,1,new\n"
            f"{ISBN},12,50,1,new\n"
            f'"{ISBN},5,1,new\n'
            f"{ISBN}\n"
        )
        assert [(row.number, type(row.error)) for row in found] == [
            (1, type(None)),
            (2, IdentifierError),
            (3, MoneyError),
            (5, LeadRowError),
            (7, LeadRowError),
            (8, IdentifierError),
            (9, LeadRowError),
            (10, LeadRowError),
            (11, type(None)),
        ]
        assert all((row.lead is None) != (row.error is None) for row in found)
        assert found[6].error is not None
        assert found[6].error.message.startswith("The row has 5 values for 4 columns; put values")
        assert found[6].identifier_text == ISBN
        assert found[6].cells["Column 5"] == "new"
        assert found[8].lead == Lead(ISBN)

    def test_stray_quotation_marks_swallow_no_rows(self) -> None:
        found = rows(
            "isbn,notes\n"
            f'{ISBN},"one\n0593655036,two\nB00FLIJJSA,three"\n'
            f'{ISBN},"a note\n,over\nfour, lines\nnonsense,x"\n'
        )
        assert [(row.identifier_text, row.error is None) for row in found] == [
            (ISBN, False),
            ("0593655036", True),
            ("B00FLIJJSA", True),
            (ISBN, True),
        ]
        assert found[3].lead is not None
        assert found[3].lead.notes == "a note\n,over\nfour, lines\nnonsense,x"

    def test_a_broken_row_without_an_identifier(self) -> None:
        found = rows(f"isbn,notes\n{ISBN},x\n,a,b,c\n")
        assert found[1].identifier_text == ""
        assert isinstance(found[1].error, LeadRowError)

    def test_the_best_identifier_that_is_not_empty_counts(self) -> None:
        found = rows(
            "ean,isbn,asin,link\n"
            "4006381333931,0593655036,B00FLIJJSA,x\n"
            "4006381333931,0593655036,n/a,x\n"
            "4006381333931,,-,https://www.amazon.com/dp/B00FLIJJSA\n"
            ",,,https://www.amazon.com/dp/B00FLIJJSA\n"
            ",,,https://shop.example/item\n"
        )
        assert [row.identifier_text for row in found] == [
            "B00FLIJJSA",
            "0593655036",
            "4006381333931",
            "https://www.amazon.com/dp/B00FLIJJSA",
            "",
        ]
        assert found[0].lead is not None
        assert found[0].lead.extra == {"ean": "4006381333931", "isbn": "0593655036", "url": "x"}
        assert found[3].lead is not None
        assert found[3].lead.url == "https://www.amazon.com/dp/B00FLIJJSA"
        assert found[4].error is not None
        assert found[4].error.message.startswith("The row has no identifier")

    def test_a_file_of_links_only(self) -> None:
        found = rows("link,cost\nhttps://www.amazon.com/dp/B00FLIJJSA,5\nhttps://shop.example,6\n")
        assert found[0].identifier is not None
        assert found[0].identifier.asin == "B00FLIJJSA"
        assert found[1].error is not None
        assert "not a link to an Amazon product" in found[1].error.message

    def test_short_digits_under_a_trade_heading(self) -> None:
        upc, isbn = rows("upc\n9800895007\n"), rows("isbn\n9800895007\n")
        assert upc[0].identifier is not None
        assert upc[0].identifier.code == "009800895007"
        assert isbn[0].identifier is None

    def test_costs_are_in_the_marketplaces_currency(self) -> None:
        leads = open_lead_file(
            f"isbn;preis;cost\n{ISBN};x;1.250,50 €\n".encode(), name="leads", currency="EUR"
        )
        row = next(leads.rows())
        assert row.lead is not None
        assert row.lead.unit_cost == Money(125050, "EUR")
        assert row.lead.extra == {"preis": "x"}

    def test_rows_can_be_read_again(self) -> None:
        with opened(f"isbn\n{ISBN}\n0593655036\n") as leads:
            assert list(leads.rows()) == list(leads.rows())


class TestColumns:
    def test_detected_columns_with_samples(self) -> None:
        leads = opened(f"Colour,ISBN,Cost\nred,{ISBN},5\n,0593655036,\n")
        assert leads.columns == (
            Column("Colour", None, ("red",)),
            Column("ISBN", "identifier", (ISBN, "0593655036")),
            Column("Cost", "cost", ("5",)),
        )

    def test_chosen_columns(self) -> None:
        content = f"What,ISBN,Net\n{ISBN},junk,5\n"
        found = rows(content, {"identifier": "What", "cost": "net", "notes": "ISBN"})
        assert found[0].lead == Lead(ISBN, Money(500, "USD"), notes="junk")

    def test_a_chosen_identifier_under_another_delimiter(self) -> None:
        assert rows(f"What;Net\n{ISBN};5\n", {"identifier": "What"})[0].lead == Lead(
            ISBN, extra={"Net": "5"}
        )

    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            ({"identifier": "Code"}, "has no column 'Code' for identifier; it has 'ISBN', 'Net'"),
            ({"cost": "Gross"}, "has no column 'Gross' for cost"),
            ({"price": "Net"}, "'price' is no field of a lead"),
        ],
    )
    def test_chosen_columns_that_do_not_exist(self, columns: dict[str, str], message: str) -> None:
        with pytest.raises(LeadFileError, match=re.escape(message)):
            opened(f"ISBN,Net\n{ISBN},5\n", columns)

    def test_titles_above_the_header(self) -> None:
        content = f"Leads of March,,\n\nfrom Shop,,\nTitle,ISBN,Cost\nA,{ISBN},5\n"
        found = rows(content)
        assert [(row.number, row.error) for row in found] == [(1, None)]

    def test_excels_directive(self) -> None:
        assert asins(f"sep=;\nisbn;cost\n{ISBN};5\n") == ["0593655036"]


class TestTextFiles:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
    def test_delimiters_and_encodings(self, delimiter: str, codec: str) -> None:
        lines = [["Größe", "ISBN", "Cost"], ["groß", ISBN, '"12,50"']]
        content = "\r\n".join(delimiter.join(line) for line in lines).encode(codec)
        found = rows(content)
        assert found[0].lead == Lead(ISBN, Money(1250, "USD"), extra={"Größe": "groß"})
        assert found[0].repairs == ()

    def test_a_row_with_broken_bytes_is_still_answered(self) -> None:
        content = f"isbn,notes\n{ISBN},Café\n0593655036,Größe\n".encode() + (
            b"0593655036,bad \xff byte\n05936\xfe55036,x\n"
        )
        found = rows(content)
        assert found[1].repairs == ()
        assert found[2].lead is not None
        assert found[2].lead.notes == "bad \ufffd byte"
        assert found[2].repairs == ("characters that are not UTF-8 were replaced",)
        assert isinstance(found[3].error, IdentifierError)

    @pytest.mark.parametrize(
        "content",
        [
            f"{ISBN}\n0593655036\n\nB00FLIJJSA\n",
            f"\ufeff{ISBN}\r\n0593655036\r\n\r\nB00FLIJJSA",
            f"{ISBN},,\n0593655036,,\n\nB00FLIJJSA,,\n",
        ],
    )
    def test_a_bare_list_of_identifiers(self, content: str) -> None:
        found = rows(content)
        assert [(row.number, row.identifier_text) for row in found] == [
            (1, ISBN),
            (2, "0593655036"),
            (4, "B00FLIJJSA"),
        ]

    def test_a_bare_list_of_links_with_commas(self) -> None:
        content = (
            "https://www.amazon.com/dp/B00FLIJJSA?a=1,2\nhttps://www.amazon.com/dp/0593655036\n"
        )
        assert asins(content) == ["B00FLIJJSA", "0593655036"]

    def test_a_bare_list_may_hold_bad_rows(self) -> None:
        found = rows(f"{ISBN}\nnonsense\n")
        assert isinstance(found[1].error, IdentifierError)


class TestWorkbooks:
    def test_numbers_and_texts(self) -> None:
        content = spreadsheet(
            ["ISBN", "Cost", "Qty"], [9780593655030, 11.997, 2], ["0593655036", "$5", None]
        )
        found = rows(content)
        assert found[0].lead == Lead(ISBN, Money(1200, "USD"), 2)
        assert found[0].repairs == ("cost 11.997 rounded to 12.00 USD",)
        assert found[1].lead == Lead("0593655036", Money(500, "USD"))

    def test_a_number_cell_that_lost_its_zero(self) -> None:
        found = rows(spreadsheet(["ISBN"], [593655036]))
        assert found[0].identifier is not None
        assert found[0].identifier.asin == "0593655036"
        assert found[0].repairs == ("leading zero restored",)

    def test_merged_titles_above_the_header(self) -> None:
        content = spreadsheet(
            ["Leads of March"], [], ["Title", "ISBN", "Cost"], ["A", ISBN, 5], merged=("A1:C2",)
        )
        found = rows(content)
        assert [(row.number, row.identifier_text) for row in found] == [(1, ISBN)]

    def test_a_header_over_two_rows(self) -> None:
        content = spreadsheet(
            ["ISBN", "Offer", None, "Notes"],
            [None, "Cost", "Qty", None],
            [ISBN, 5, 2, "x"],
            merged=("A1:A2", "B1:C1", "D1:D2"),
        )
        assert rows(content)[0].lead == Lead(ISBN, Money(500, "USD"), 2, notes="x")

    def test_values_without_a_heading_pass_through(self) -> None:
        content = spreadsheet(["ISBN"], [ISBN, "red"], *[[ISBN]] * 60, [ISBN, "a", "b"])
        found = rows(content)
        assert found[0].lead == Lead(ISBN, extra={"Column 2": "red"})
        assert found[-1].lead == Lead(ISBN, extra={"Column 2": "a", "Column 3": "b"})

    def test_the_first_sheet_with_an_identifier_column_counts(self) -> None:
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active["A1"] = "How to use this file"
        for name in ("First", "Second"):
            sheet = book.create_sheet(name)
            sheet.append(["ISBN", "Supplier"])
            sheet.append([ISBN, name])
        content = io.BytesIO()
        book.save(content)
        found = rows(content.getvalue())
        assert found[0].lead == Lead(ISBN, supplier="First")

    def test_a_bare_list_in_a_workbook(self) -> None:
        assert asins(spreadsheet([9780593655030], ["B00FLIJJSA"])) == ["0593655036", "B00FLIJJSA"]

    def test_a_damaged_sheet_is_told_midway(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from arbitragevault.adapters.files import xlsx_table

        content = spreadsheet(["ISBN"], *[[ISBN]] * 2_000)
        leads = opened(content)
        monkeypatch.setattr(xlsx_table, "MAX_PART_BYTES", 70_000)
        reading = leads.rows()
        assert next(reading).lead == Lead(ISBN)
        with pytest.raises(LeadFileError, match="unpacks to more than"):
            list(reading)


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "leads.csv is empty"),
            (b"\n\n,,\n", "leads.csv has no rows"),
            (b"isbn,cost\n", "has a header but no rows below it"),
            (b"isbn,cost\n,\n\n", "has a header but no rows below it"),
            (b"title,price\nA,5\n", "no column that identifies products; it has 'title', 'price'"),
            (b"isbn^cost\n0593655036^5\n", "single column 'isbn^cost'; separate columns by comma"),
            (b"isbn cost\n", "single column 'isbn cost'"),
            (b"0593655036,5,new\n", "has no header row; its first rows are data such as '0593655"),
            (b"nonsense\n0593655036\n", "no column that identifies products; it has 'nonsense'"),
            (bytes(range(256)) * 4, "is neither text nor an XLSX workbook"),
            (b"%PDF-1.7", "is a PDF"),
            (b"PK\x03\x04" + bytes(50), "is damaged or protected by a password"),
            (spreadsheet(), "leads.csv has no rows"),
            (spreadsheet(["Title"], ["A"]), "no column that identifies products; it has 'Title'"),
            (("isbn" + "," * MAX_COLUMNS + "\n" + ISBN).encode(), "has 501 columns; keep at most"),
        ],
    )
    def test_one_clear_message_each(self, content: bytes, message: str) -> None:
        with pytest.raises(LeadFileError, match=re.escape(message)):
            opened(content)

    def test_a_file_that_is_too_large_is_refused_unread(self, tmp_path: Path) -> None:
        path = tmp_path / "huge.csv"
        with path.open("wb") as file:
            file.truncate(200_000_000)
        with pytest.raises(LeadFileError, match="huge is larger than 100 MB; split it"):
            open_lead_file(path, name="huge", currency="USD")

    def test_too_many_rows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(leadfile, "MAX_ROWS", 50)
        line = f"{ISBN},x\n"
        with pytest.raises(LeadFileError, match="has more than 50 rows; split it"):
            opened("isbn,notes\n" + line * 51)
        assert len(rows("isbn,notes\n" + line * 50)) == 50
        quoted = f'{ISBN},"many\nlines"\n'
        assert len(rows("isbn,notes\n" + quoted * 40)) == 40
        assert len(rows("isbn,notes\n" + line * 50 + "\n" * 20)) == 50

    def test_too_many_rows_of_a_workbook_are_told_midway(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(leadfile, "MAX_ROWS", 5)
        reading = opened(spreadsheet(["ISBN"], *[[ISBN]] * 6)).rows()
        assert len(list(islice(reading, 5))) == 5
        with pytest.raises(LeadFileError, match="more than 5 rows"):
            next(reading)

    def test_a_refused_pipe_is_cleaned_up(self) -> None:
        class Pipe(io.BytesIO):
            def seekable(self) -> bool:
                return False

        with pytest.raises(LeadFileError, match="no column that identifies"):
            open_lead_file(Pipe(b"title\nA\n"), name="pipe", currency="USD")
        with open_lead_file(Pipe(f"isbn\n{ISBN}\n".encode()), name="pipe", currency="USD") as leads:
            assert len(list(leads.rows())) == 1


class TestLongFiles:
    """Ten thousand rows and more, three in a hundred bad."""

    def lines(self, count: int) -> Iterator[str]:
        for number in range(count):
            body = f"{number * 83_333:09d}"
            isbn = isbn10_to_13(body + isbn10_check_digit(body))
            if number % 100 < 3:
                isbn = isbn[:12] + str((int(isbn[12]) + 1) % 10)
            yield f"{isbn},{5 + number / 100},{number % 7 + 1},used good,row {number}\n"

    def written(self, path: Path, count: int) -> Path:
        with path.open("w") as file:
            file.write("isbn,cost,qty,condition,notes\n")
            file.writelines(self.lines(count))
        return path

    def peak(self, path: Path) -> tuple[int, int, int]:
        tracemalloc.start()
        try:
            good = bad = 0
            with open_lead_file(path, name="long", currency="USD") as leads:
                for row in leads.rows():
                    good += row.lead is not None
                    bad += row.error is not None
            return good, bad, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def test_every_row_is_answered_and_memory_stays_flat(self, tmp_path: Path) -> None:
        *_, short = self.peak(self.written(tmp_path / "short.csv", 1_000))
        good, bad, long = self.peak(self.written(tmp_path / "long.csv", 12_000))
        assert (good, bad) == (11_640, 360)
        assert long < 1.2 * short + 500_000

    def test_so_it_does_for_a_workbook(self, tmp_path: Path) -> None:
        def workbook(count: int) -> Path:
            book = openpyxl.Workbook(write_only=True)
            sheet = book.create_sheet()
            sheet.append(["ISBN", "Cost", "Notes"])
            for number in range(count):
                sheet.append([9780593655030, 5 + number / 100, f"row {number}"])
            path = tmp_path / f"{count}.xlsx"
            book.save(path)
            return path

        *_, short = self.peak(workbook(500))
        good, _, long = self.peak(workbook(6_000))
        assert good == 6_000
        assert long < 1.2 * short + 500_000
