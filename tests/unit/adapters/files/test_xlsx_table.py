"""Workbooks: real ones, odd ones and hostile ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from arbitragevault.adapters.files import xlsx_table
from arbitragevault.adapters.files.records import MAX_COLUMNS, Record
from arbitragevault.adapters.files.source import open_source
from arbitragevault.adapters.files.xlsx_table import XlsxTable, open_sheets
from arbitragevault.adapters.files.xlsx_xml import unescaped
from arbitragevault.domain.errors import LeadFileError

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def workbook(sheet: str, **parts: str | bytes) -> bytes:
    """A workbook of one sheet, written by hand; parts replace or add others."""
    default: dict[str, str | bytes] = {
        "xl/workbook.xml": (
            f"<workbook {MAIN} {LINKS}><sheets>"
            '<sheet name="Leads" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            "<Relationships>"
            '<Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
            '<Relationship Id="rId2" Type="x/styles" Target="/xl/styles.xml"/>'
            '<Relationship Id="rId3" Type="x/sharedStrings" Target="sharedStrings.xml"/>'
            "</Relationships>"
        ),
        "xl/worksheets/sheet1.xml": sheet,
    }
    return archive({**default, **parts})


def archive(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as made:
        for name, part in parts.items():
            made.writestr(name, part)
    return content.getvalue()


def sheet(rows: str) -> str:
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


def saved(book: openpyxl.Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def tables(content: bytes) -> list[XlsxTable]:
    return open_sheets(open_source(content, "leads.xlsx"))


def records(content: bytes) -> list[Record]:
    return list(tables(content)[0].records())


def cells(content: bytes) -> list[tuple[object, ...]]:
    return [record.cells for record in records(content)]


class TestValues:
    def test_what_a_spreadsheet_program_writes(self) -> None:
        book = openpyxl.Workbook()
        leads = book.active
        assert leads is not None
        leads.append(["ISBN", "cost", "day", "moment", "time", "flag", "formula", None, "ä & <b>"])
        leads.append(
            [
                9780593655030,
                12.5,
                date(2026, 3, 1),
                datetime(2026, 3, 1, 12, 30),  # noqa: DTZ001 - a spreadsheet's dates have no zone
                time(8, 15),
                True,
                "=1+1",
                None,
                "#N/A",
            ]
        )
        found = records(saved(book))
        assert found[0].cells[-1] == "ä & <b>"
        assert found[1].texts() == (
            "9780593655030",
            "12.5",
            "2026-03-01",
            "2026-03-01 12:30:00",
            "08:15:00",
            "TRUE",
            "",
            "",
            "#N/A",
        )

    def test_every_kind_of_cell(self) -> None:
        content = workbook(
            sheet(
                '<row r="2"><c r="A2" t="s"><v>1</v></c><c t="inlineStr"><is><r><t>in</t></r>'
                "<r><t>line</t></r><rPh><t>ruby</t></rPh></is></c>"
                '<c r="D2" t="b"><v>0</v></c><c t="str"><f>A1</f><v>text_x0041_</v></c>'
                '<c t="e"><v>#REF!</v></c><c t="d"><v>2026-03-01</v></c><c><v>1E3</v></c><c/></row>'
                '<row><c t="s"><v>0</v></c></row><row r="9"><c r="B9"><v></v></c></row>'
            ),
            **{
                "xl/sharedStrings.xml": (
                    "<sst><si><t>first</t><rPh><t>ruby</t></rPh></si>"
                    '<si><r><t xml:space="preserve">two </t></r><r><t>runs</t></r></si></sst>'
                )
            },
        )
        assert [(record.place, record.cells) for record in records(content)] == [
            (1, ("two runs", "inline", "", "FALSE", "textA", "#REF!", "2026-03-01", 1000.0)),
            (2, ("first",)),
        ]

    def test_prefixes_of_namespaces_do_not_matter(self) -> None:
        content = workbook(
            f'<x:worksheet {MAIN.replace("xmlns", "xmlns:x")}><x:sheetData><x:row r="1">'
            '<x:c r="A1"><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>'
        )
        assert cells(content) == [(5.0,)]

    def test_dates_by_style(self) -> None:
        formats = (
            ("170", "yyyy\\-mm\\-dd;@"),
            ("171", '0.00 "days"'),
            ("172", "[$-409][Red]0.0"),
            ("173", "[h]:mm"),
        )
        styles = (
            "<styleSheet><numFmts>"
            + "".join(
                f'<numFmt numFmtId="{key}" formatCode="{code.replace(chr(34), "&quot;")}"/>'
                for key, code in formats
            )
            + '</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf/>'
            + "".join(f'<xf numFmtId="{key}"/>' for key, _ in formats)
            + "</cellXfs></styleSheet>"
        )
        row = "".join(f'<c s="{style}"><v>46082.5</v></c>' for style in (0, 1, 2, 3, 4, 99))
        far = '<c s="1"><v>1e12</v></c>'
        content = workbook(sheet(f"<row>{row}{far}</row>"), **{"xl/styles.xml": styles})
        moment = "2026-03-01 12:00:00"
        assert cells(content) == [(46082.5, moment, 46082.5, 46082.5, moment, 46082.5, 1e12)]

    def test_workbooks_that_count_from_1904(self) -> None:
        index = (
            f'<workbook {MAIN} {LINKS}><workbookPr date1904="1"/><sheets>'
            '<sheet name="Leads" sheetId="1" state="visible" r:id="rId1"/></sheets></workbook>'
        )
        styles = '<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>'
        content = workbook(
            sheet('<row><c s="0"><v>1</v></c></row>'),
            **{"xl/workbook.xml": index, "xl/styles.xml": styles},
        )
        assert cells(content) == [("1904-01-02",)]

    def test_characters_that_xml_cannot_hold(self) -> None:
        assert unescaped("a_x000D_b") == "a\rb"
        assert unescaped("plain_x") == "plain_x"


class TestSheets:
    def test_hidden_sheets_and_charts_do_not_count(self) -> None:
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active["A1"] = "secret"
        book.active.sheet_state = "hidden"
        book.create_chartsheet("chart")
        book.create_sheet("leads")["B3"] = "seen"
        found = tables(saved(book))
        assert [record.cells for table in found for record in table.records()] == [("", "seen")]

    def test_rows_can_be_read_again_and_left_early(self) -> None:
        content = workbook(sheet("<row><c><v>1</v></c></row>" * 50_000))
        table = tables(content)[0]
        reading = table.records()
        assert next(reading).cells == (1.0,)
        reading.close()
        assert sum(1 for _ in table.records()) == 50_000


class TestRefusals:
    @pytest.mark.parametrize(
        ("parts", "message"),
        [
            ({"xl/workbook.bin": b""}, "XLSB workbook; save it as XLSX or CSV"),
            ({"content.xml": "", "mimetype": ""}, "OpenDocument file; save it as XLSX or CSV"),
            ({"leads.csv": "isbn"}, "ZIP archive without a workbook; unpack it"),
        ],
    )
    def test_other_archives(self, parts: dict[str, str | bytes], message: str) -> None:
        with pytest.raises(LeadFileError, match=message):
            tables(archive(parts))

    @pytest.mark.parametrize(
        "content",
        [
            workbook(sheet(""))[:-30],
            b"PK\x03\x04" + bytes(100),
            archive({"xl/workbook.xml": "<workbook/>"}, zipfile.ZIP_BZIP2),
            workbook("", **{"xl/workbook.xml": "<workbook>"}),
            workbook("", **{"xl/_rels/workbook.xml.rels": "<a><Relationship/></a>"}),
            workbook(
                "",
                **{"xl/workbook.xml": '<!DOCTYPE w [<!ENTITY a "aaaa">]><workbook>&a;</workbook>'},
            ),
        ],
    )
    def test_damaged_workbooks(self, content: bytes) -> None:
        with pytest.raises(LeadFileError, match=r"leads\.xlsx is damaged or protected"):
            tables(content)

    @pytest.mark.parametrize(
        "rows",
        [
            '<row><c t="s"><v>7</v></c></row>',
            "<row><c><v>seven</v></c></row>",
            '<row r="x"/>',
            '<row><c s="x"/></row>',
            "<row><c></row>",
            f"<row><c t='str'><v>{'x' * 100_001}</v></c></row>",
        ],
    )
    def test_damaged_sheets(self, rows: str) -> None:
        with pytest.raises(LeadFileError, match=r"leads\.xlsx is damaged"):
            records(workbook(sheet(rows)))

    def test_a_sheet_that_ends_early(self) -> None:
        with pytest.raises(LeadFileError, match="is damaged"):
            records(workbook(sheet("")[:-5]))

    def test_a_password_on_the_parts(self) -> None:
        content = bytearray(workbook(sheet("")))
        for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = -1
            while (place := content.find(signature, place + 1)) >= 0:
                content[place + flags] |= 1
        with pytest.raises(LeadFileError, match="protected by a password"):
            tables(bytes(content))

    def test_a_value_in_the_last_corner_takes_no_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "corner.xlsx"
        path.write_bytes(
            workbook(
                sheet(
                    '<row r="1"><c r="A1"><v>1</v></c></row>'
                    '<row r="1048576"><c r="CV1048576"><v>2</v></c></row>'
                )
            )
        )
        found = list(open_sheets(open_source(path, "corner.xlsx"))[0].records())
        assert [record.place for record in found] == [0, 1_048_575]
        assert len(found[1].cells) == 100

    def test_too_many_columns(self) -> None:
        with pytest.raises(LeadFileError, match=f"beyond column {MAX_COLUMNS}"):
            records(workbook(sheet('<row><c r="XFD1"><v>2</v></c></row>')))

    def test_a_zip_bomb_is_not_unpacked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(xlsx_table, "MAX_PART_BYTES", 1_000_000)
        bomb = workbook(sheet("<row><c><v>1</v></c></row>" + " " * 3_000_000))
        assert len(bomb) < 10_000
        with pytest.raises(LeadFileError, match="unpacks to more than 1 MB; save the sheet as CSV"):
            records(bomb)

    def test_a_bomb_of_texts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(xlsx_table, "MAX_TEXT_BYTES", 1_000_000)
        texts = f"<sst><si><t>{'x' * 3_000_000}</t></si></sst>"
        with pytest.raises(LeadFileError, match="unpacks to more than 1 MB"):
            tables(workbook(sheet(""), **{"xl/sharedStrings.xml": texts}))

    def test_an_endless_list_of_parts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(xlsx_table, "_MAX_DIRECTORY_BYTES", 500)
        with pytest.raises(LeadFileError, match="is damaged"):
            tables(workbook(sheet(""), **{f"xl/media/{number}": "" for number in range(20)}))
