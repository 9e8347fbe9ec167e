import pytest
import typer

from arbitragevault.entrypoints.cli.units import read_dims, read_weight


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("599g", ("599", "g")),
        (" 0.6 KG ", ("0.6", "kg")),
        ("21oz", ("21", "oz")),
        ("1,3lb", ("1.3", "lb")),
        ("2 lbs", ("2", "lb")),
        (".5kg", (".5", "kg")),
    ],
)
def test_weights_are_read_exactly(text: str, expected: tuple[str, str]) -> None:
    assert read_weight(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("236x160x32mm", (("236", "160", "32"), "mm")),
        ("23.6 X 16 X 3,2 cm", (("23.6", "16", "3.2"), "cm")),
        ("9.3*6.3*1.3in", (("9.3", "6.3", "1.3"), "in")),
        ("9\u00d76\u00d71in", (("9", "6", "1"), "in")),
    ],
)
def test_sizes_are_read_exactly(text: str, expected: tuple[tuple[str, str, str], str]) -> None:
    assert read_dims(text) == expected


@pytest.mark.parametrize("text", ["", "599", "599 stone", "g", "-5g", "1.2.3kg", "5 g 6"])
def test_what_is_no_weight_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="not a weight"):
        read_weight(text)


@pytest.mark.parametrize("text", ["", "236x160mm", "1x2x3", "1x2x3x4mm", "axbxcmm", "1x2x3ft"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="not a size"):
        read_dims(text)
