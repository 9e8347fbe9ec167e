"""The encodings that spreadsheets write, told apart."""

from __future__ import annotations

import io

import pytest

from arbitragevault.adapters.files.encoding import Encoding, detect_encoding
from arbitragevault.domain.errors import LeadFileError

GERMAN = "isbn;notes\n9780593655030;Schöne Größe, sehr gut für Ärzte \u2013 12 €\n"


def detect(content: bytes) -> Encoding:
    return detect_encoding(io.BytesIO(content), "leads.csv")


@pytest.mark.parametrize(
    ("text", "codec", "detected"),
    [
        ("isbn\n9780593655030\n", "ascii", "utf-8"),
        (GERMAN, "utf-8", "utf-8"),
        (GERMAN, "utf-8-sig", "utf-8-sig"),
        (GERMAN, "utf-16", "utf-16"),
        (GERMAN, "utf-32", "utf-32"),
        (GERMAN, "utf-16-le", "utf-16-le"),
        (GERMAN, "utf-16-be", "utf-16-be"),
        (GERMAN, "cp1252", "cp1252"),
        ("isbn,notes\n9780593655030,Café\n", "cp1252", "cp1252"),
        ("isbn,notes\n9780593655030,新品の本です。状態は良いです\n" * 5, "cp932", "cp932"),
        ("isbn,notes\n9780593655030,Książka używana, żółta okładka\n" * 5, "cp1250", "cp1250"),
        ("isbn,notes\n9780593655030,Новая книга, хорошее состояние\n", "cp1251", "cp1251"),
    ],
)
def test_encodings(text: str, codec: str, detected: str) -> None:
    assert detect(text.encode(codec)) == Encoding(detected)


def test_an_accent_far_down_is_found() -> None:
    content = b"isbn,notes\n" + b"9780593655030,plain\n" * 200_000 + "0593655036,Café\n".encode()
    assert detect(content) == Encoding("utf-8")
    assert detect(content[:-3] + b"\xe9\n") == Encoding("cp1252")


def test_a_character_on_the_border_of_two_pieces() -> None:
    content = b"x" * 65_535 + "é".encode() + b"\n"
    assert detect(content) == Encoding("utf-8")


def test_utf_8_with_damage_stays_utf_8() -> None:
    content = "isbn,notes\n0593655036,Café\n0593655036,Größe\n".encode() + b"0593655036,\xff\n"
    assert detect(content) == Encoding("utf-8", broken=1)


def test_a_legacy_line_without_an_end() -> None:
    assert detect("Größe".encode("cp1252")).codec == "cp1252"


def test_bytes_that_fit_nothing_are_read_as_the_commonest() -> None:
    assert detect(b"isbn\n0593655036 " + bytes(range(128, 256)) + b"\n").codec == "cp1252"


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 10,
        b"\x00\x01\x02\x03" * 100,
        b"\x01\x02\x03\x04isbn",
        b"isbn\x00\x00\x00\x00,cost",
    ],
)
def test_what_is_no_text(content: bytes) -> None:
    with pytest.raises(LeadFileError, match=r"leads\.csv is neither text nor an XLSX workbook"):
        detect(content)
