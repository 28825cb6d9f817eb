"""Column maps: `archive.ingest.mapping`."""

from pathlib import Path

import pytest

from archive.ingest import UnusableInputError, read_map

HEADER = ["campaign", "channel", "start", "exp_min", "kind"]


def _cell(tmp_path: Path, rule: str, *cells: str) -> str:
    path = tmp_path / "map.toml"
    path.write_text(f"[columns]\nx = {rule}\n", encoding="utf-8")
    return read_map(path).rules["x"].bind(HEADER)(cells)


ROW = ("3", "7", "2014-05-27", "2.5", "HST Simple")


@pytest.mark.parametrize(
    ("rule", "cell"),
    [
        ('"channel"', "7"),
        ('{ constant = "K2" }', "K2"),
        ('{ template = "ktwo-c{campaign:02}-ch{channel:02}" }', "ktwo-c03-ch07"),
        ('{ template = "campaign {campaign}" }', "campaign 3"),
        ('{ column = "start", time = "iso" }', "56804.0"),
        ('{ column = "exp_min", factor = 60 }', "150.0"),
        ('{ column = "kind", values = { "HST Simple" = "2" } }', "2"),
        ('{ column = "kind", values = { "other" = "2" } }', "HST Simple"),
    ],
)
def test_rules_make_cells(tmp_path: Path, rule: str, cell: str) -> None:
    assert _cell(tmp_path, rule, *ROW) == cell


def test_empty_cells_stay_empty_or_take_the_default(tmp_path: Path) -> None:
    empty = ("", "", "", "", "")
    assert _cell(tmp_path, '{ column = "kind", default = "science" }', *empty) == "science"
    assert _cell(tmp_path, '{ template = "c{campaign:02};{channel:02}" }', *empty) == ""
    assert _cell(tmp_path, '{ column = "start", time = "iso" }', *empty) == ""


def test_a_julian_date_becomes_an_mjd(tmp_path: Path) -> None:
    assert _cell(tmp_path, '{ column = "exp_min", time = "jd" }', "", "", "", "2458324.5", "") == "58324.0"


def test_a_cell_that_the_rule_cannot_take_says_why(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not an ISO time"):
        _cell(tmp_path, '{ column = "start", time = "iso" }', "", "", "soon", "", "")
    with pytest.raises(ValueError, match="campaign 'x' is not a whole number"):
        _cell(tmp_path, '{ template = "{campaign:02}" }', "x", "", "", "", "")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("[columns", "not TOML"),
        ("", "one table"),
        ("[columns]\n[units]\n", "units"),
        ("[columns]\nx = 3\n", "column's name"),
        ("[columns]\nx = { col = 'a' }\n", "col is unknown"),
        ("[columns]\nx = { column = 'a', constant = 'b' }\n", "exactly one"),
        ("[columns]\nx = { values = {} }\n", "exactly one"),
        ("[columns]\nx = { column = 'a', factor = 'b' }\n", "factor must be a number"),
        ("[columns]\nx = { column = 'a', time = 'unix' }\n", "time must be one of"),
        ("[columns]\nx = { column = 'a', time = 'iso', factor = 2 }\n", "no factor"),
        ("[columns]\nx = { template = '{a.__class__}{' }\n", "places such as"),
        ("[columns]\nx = { column = 'a', values = 'b' }\n", "values must be a table"),
    ],
)
def test_what_maps_do_not_know_is_told(tmp_path: Path, content: str, word: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnusableInputError, match=word):
        read_map(path)


def test_a_missing_map_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="does not exist"):
        read_map(tmp_path / "none.toml")
