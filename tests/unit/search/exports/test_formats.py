"""Every format is read back by a reader that we did not write: the same rows, types, units and nulls."""

import csv
import datetime as dt
import io
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.io.votable import parse, validate
from astropy.table import Table

from archive.columns import OBSERVATION_COLUMN, OBSERVATION_COLUMNS, Column, ColumnType
from archive.csv_cells import FORMULA_SIGNS
from search.exports.as_fits import BLOCK_BYTES
from search.exports.formats import FORMAT, FORMATS
from search.exports.interfaces import Export, Row, TextLength, is_float, is_text
from search.exports.names import plain_names

COLUMNS = tuple(
    OBSERVATION_COLUMN[name]
    for name in ("obs_id", "target_name", "obsid", "s_ra", "s_dec", "t_min", "t_exptime", "calib_level",
                 "sequence_number", "mtFlag", "s_region")
)  # fmt: skip
NAMES = [column.name for column in COLUMNS]

HOSTILE = (
    'quotes " and \'single\'', "comma, semicolon; pipe|", "two\nlines", "two\r\nlines", "a\rb",
    "a\u2028b\x85c\x0cd\x0be", "</td><script>alert(1)</script>",
    "]]> & &amp; <!-- -->", '=cmd|"/c calc"!A0', "+1", "-BKG", "@SUM(A1)", "\tTAB",
    "\rCR", "# no comment", "naïve Ångström", "α Cen 星 𝒳", "back\\slash", "bell\x07 escape\x1b[31m", "%s {0} ${x}",
    "nan", "None", "null", "True", "5", "", "--", "''", "  blanks  around  ", "\u202eright to left",
    "\ufffe no character", "e\u0301 combining", "'", '"',
)  # fmt: skip


class ListRows:
    """Rows from a list, in batches of three."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    def count(self) -> int:
        return len(self.rows)

    def batches(self) -> Iterator[Sequence[Row]]:
        for start in range(0, len(self.rows), 3):
            yield self.rows[start : start + 3]

    def text_lengths(self, places: Sequence[int]) -> list[TextLength]:
        lengths = [[len(str(row[place])) for row in self.rows] for place in places]
        return [TextLength(max(of_column, default=0), sum(of_column)) for of_column in lengths]


def export_of(rows: Sequence[Row], columns: tuple[Column, ...] = COLUMNS, title: str = "M57 r=1m") -> Export:
    moment = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
    return Export(title, "http://127.0.0.1:8000/search/?q=M57%20r=1m&f.x=a%26b", moment, columns, ListRows(rows))


def file_of(slug: str, export: Export) -> bytes:
    return b"".join(FORMAT[slug].write(export))


def plain_row(**values: Any) -> Row:
    row = {
        "obs_id": "jw01558-o001_t001", "target_name": "NGC-6720", "obsid": "9007199254740993", "s_ra": 283.39624,
        "s_dec": -5.1, "t_min": 59770.123456789, "t_exptime": 483.152, "calib_level": 3, "sequence_number": 1,
        "mtFlag": False, "s_region": "POLYGON 1 2 3 4 5 6", **values,
    }  # fmt: skip
    return [row[name] for name in NAMES]


UNKNOWN = plain_row(
    target_name="", s_ra=None, s_dec=None, t_min=None, t_exptime=None, sequence_number=None, mtFlag=None, s_region=""
)
ROWS: list[Row] = [
    plain_row(), UNKNOWN, plain_row(mtFlag=True, calib_level=-1, t_exptime=1e-12, s_ra=0.1 + 0.2, t_min=-1e300),
    *(plain_row(target_name=text, obs_id=f"row {number}") for number, text in enumerate(HOSTILE)),
]  # fmt: skip

Cells = list[list[Any]]
Reader = Callable[[bytes, Path], Cells]


def _unmasked(table: Table) -> Cells:
    """The cells as Python objects, None where they are masked or NaN."""
    return [[None if value is np.ma.masked or _is_nan(value) else value for value in row] for row in table.iterrows()]


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def read_csv(data: bytes, folder: Path) -> Cells:
    names, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
    assert names == NAMES
    readers: dict[ColumnType, Callable[[str], Any]] = {
        ColumnType.INTEGER: int,
        ColumnType.BOOLEAN: {"true": True, "false": False}.__getitem__,
    }
    return [
        [
            (_without_guard(cell) if is_text(column) else readers.get(column.type, float)(cell)) if cell else None
            for column, cell in zip(COLUMNS, row, strict=True)
        ]
        for row in rows
    ]


def _without_guard(cell: str) -> str:
    assert not cell.startswith(FORMULA_SIGNS)
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_SIGNS) else cell


def read_votable(data: bytes, folder: Path) -> Cells:
    return _unmasked(parse(io.BytesIO(data), verify="exception").get_first_table().to_table())


def read_ecsv(data: bytes, folder: Path) -> Cells:
    return _unmasked(Table.read(data.decode(), format="ascii.ecsv"))


def read_json(data: bytes, folder: Path) -> Cells:
    document = json.loads(data)
    assert document["count"] == len(document["rows"])
    return [[row[name] for name in NAMES] for row in document["rows"]]


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"html", "head", "meta", "title", "style", "body", "h1", "p", "a", "table", "thead", "tbody",
                       "tr", "th", "span", "td"}, f"<{tag}> came out of a value"  # fmt: skip
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
        self._in_cell = tag == "td"

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data


def read_html(data: bytes, folder: Path) -> Cells:
    page = _Cells()
    page.feed(data.decode())
    readers: dict[ColumnType, Callable[[str], Any]] = {
        ColumnType.INTEGER: int,
        ColumnType.BOOLEAN: {"true": True, "false": False}.__getitem__,
    }
    return [
        [(cell if is_text(column) else readers.get(column.type, float)(cell)) if cell else None
         for column, cell in zip(COLUMNS, row, strict=True)]
        for row in page.rows[1:]
    ]  # fmt: skip


def read_fits(data: bytes, folder: Path) -> Cells:
    with fits.open(io.BytesIO(data), lazy_load_hdus=False) as hdus:
        hdus.verify("exception")
    return _unmasked(Table.read(io.BytesIO(data), format="fits", hdu=1))


READERS: dict[str, Reader] = {
    "csv": read_csv, "votable": read_votable, "ecsv": read_ecsv, "json": read_json, "html": read_html,
    "fits": read_fits,
}  # fmt: skip


def _as_xml(text: str) -> str:
    """XML has no control characters; astropy drops blanks at the beginning of a cell."""
    return "".join(one if one in "\t\n\r" or (one >= " " and one != "\ufffe") else "\ufffd" for one in text)


def _as_fits(text: str) -> str:
    """ASCII, one character for each; FITS does not tell blanks at the end."""
    plain = {"ï": "i", "Å": "A", "ö": "o", "𝒳": "X"}
    changed = (plain.get(one, one if " " <= one <= "~" else " " if one.isascii() else "?") for one in text)
    return "".join(changed).rstrip()


def _as_ecsv(text: str) -> str:
    """astropy reads an ECSV file by lines, of whatever kind, and drops blanks around a cell."""
    return "\n".join(text.splitlines()).strip()


EXPECTED: dict[str, Callable[[str], str]] = {"votable": _as_xml, "fits": _as_fits, "ecsv": _as_ecsv}


def _same(found: Any, wanted: Any, as_read: Callable[[str], str], strip: bool) -> bool:
    if isinstance(wanted, str):
        expected, text = as_read(wanted), "" if found is None else str(found)
        return text.strip() == expected.strip() if strip else text == expected
    return bool(found == wanted)


@pytest.mark.parametrize("slug", READERS)
class TestEveryFormat:
    """The contract of a writer."""

    def test_it_is_offered(self, slug: str) -> None:
        assert list(FORMAT) == [one.slug for one in FORMATS] == list(READERS)

    def test_hostile_rows_come_back_as_they_were(self, slug: str, tmp_path: Path) -> None:
        found = READERS[slug](file_of(slug, export_of(ROWS)), tmp_path)
        assert len(found) == len(ROWS)
        as_read = EXPECTED.get(slug, str)
        differing = [
            (name, cell, wanted)
            for read, row in zip(found, ROWS, strict=True)
            for name, cell, wanted in zip(NAMES, read, row, strict=True)
            if not _same(cell, wanted, as_read, strip=slug in {"votable", "ecsv"})
        ]
        assert differing == []

    def test_no_row_is_a_valid_file(self, slug: str, tmp_path: Path) -> None:
        assert READERS[slug](file_of(slug, export_of([])), tmp_path) == []

    def test_it_is_written_in_pieces(self, slug: str) -> None:
        pieces = list(FORMAT[slug].write(export_of(ROWS)))
        assert len(pieces) > len(ROWS) / 3

    def test_all_published_columns_can_be_written(self, slug: str) -> None:
        row = ["" if is_text(column) else None for column in OBSERVATION_COLUMNS]
        assert file_of(slug, export_of([row], OBSERVATION_COLUMNS))

    def test_a_hostile_title_breaks_nothing(self, slug: str, tmp_path: Path) -> None:
        title = "M57 <b>\"&]]>'</b>\n# x: {y}\x07 星"
        assert len(READERS[slug](file_of(slug, export_of(ROWS[:4], title=title)), tmp_path)) == 4


@pytest.fixture(scope="module")
def tables() -> dict[str, Table]:
    export = export_of(ROWS)
    return {
        "votable": parse(io.BytesIO(file_of("votable", export))).get_first_table().to_table(),
        "ecsv": Table.read(file_of("ecsv", export).decode(), format="ascii.ecsv"),
        "fits": Table.read(io.BytesIO(file_of("fits", export)), format="fits", hdu=1),
    }


def test_a_long_address_stands_in_the_fits_header() -> None:
    address = "http://127.0.0.1:8000/search/?q=M57&" + "&".join(f"target_name=N%20'{n}" for n in range(300))
    with fits.open(io.BytesIO(file_of("fits", replace(export_of(ROWS), address=address)))) as hdus:
        hdus.verify("exception")
        assert hdus[0].header["SEARCH"] == address


class TestTypesAndUnits:
    @pytest.mark.parametrize("slug", ["votable", "ecsv", "fits"])
    def test_types_are_those_of_the_columns(self, slug: str, tables: dict[str, Table]) -> None:
        kinds = {name: tables[slug][name].dtype.kind for name in NAMES}
        for column in COLUMNS:
            flags = "i" if slug == "fits" else "b"
            wanted = "f" if is_float(column) else {ColumnType.INTEGER: "i", ColumnType.BOOLEAN: flags}.get(column.type)
            assert kinds[column.name] == wanted if wanted else kinds[column.name] in "USO"

    @pytest.mark.parametrize("slug", ["votable", "ecsv", "fits"])
    def test_units_are_understood(self, slug: str, tables: dict[str, Table]) -> None:
        units = {name: str(tables[slug][name].unit) for name in ("s_ra", "s_dec", "t_min", "t_exptime")}
        assert units == {"s_ra": "deg", "s_dec": "deg", "t_min": "d", "t_exptime": "s"}

    @pytest.mark.parametrize("slug", ["votable", "ecsv"])
    def test_descriptions_come_along(self, slug: str, tables: dict[str, Table]) -> None:
        for column in COLUMNS:
            assert tables[slug][column.name].description == column.description

    def test_ucds_and_utypes_come_along(self) -> None:
        fields = parse(io.BytesIO(file_of("votable", export_of(ROWS)))).get_first_table().fields
        assert [(one.name, one.ucd or "", one.utype or "") for one in fields] == [
            (column.name, column.ucd, column.utype) for column in COLUMNS
        ]


def test_the_votable_has_no_violation_of_its_standard(tmp_path: Path) -> None:
    place = tmp_path / "all.vot"
    row = ["" if is_text(column) else None for column in OBSERVATION_COLUMNS]
    place.write_bytes(file_of("votable", export_of([row], OBSERVATION_COLUMNS)))
    report = io.StringIO()
    assert validate(place, output=report, xmllint=False), report.getvalue()
    place.write_bytes(file_of("votable", export_of(ROWS)))
    assert validate(place, output=report, xmllint=False), report.getvalue()


def test_only_texts_are_guarded_against_formulas() -> None:
    rows = csv.reader(io.StringIO(file_of("csv", export_of([plain_row(target_name="-BKG", s_dec=-5.1)])).decode()))
    _, row = rows
    assert (row[NAMES.index("target_name")], row[NAMES.index("s_dec")]) == ("'-BKG", "-5.1")


@pytest.mark.parametrize("name", ["1st choice", 'my "own", <b>column</b> & #', "größe", "a,b", "%s", "class"])
def test_columns_of_peoples_own_tables_may_be_called_anything(name: str) -> None:
    column = Column(name, "", ColumnType.FLOAT, "Label", "Description")
    export = export_of([[1.5], [None]], (column,))
    assert parse(io.BytesIO(file_of("votable", export)), verify="exception").get_first_table().fields[0].name == name
    assert Table.read(file_of("ecsv", export).decode(), format="ascii.ecsv").colnames == [name]
    assert json.loads(file_of("json", export))["rows"] == [{name: 1.5}, {name: None}]
    assert next(csv.reader(io.StringIO(file_of("csv", export).decode()))) == [name]
    assert len(Table.read(io.BytesIO(file_of("fits", export)), format="fits", hdu=1).colnames) == 1


def test_plain_names_are_told_apart() -> None:
    names = ["a b", "a-b", "1", "ra", "ra"]
    columns = [Column(name, "", ColumnType.FLOAT, "", "") for name in names]
    assert plain_names(columns) == ["a_b", "a_b_1", "_1", "ra", "ra_4"]


def test_numbers_keep_every_digit() -> None:
    values = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 59770.123456789012]
    rows = [plain_row(t_exptime=value) for value in values]
    for slug, read in READERS.items():
        assert [row[NAMES.index("t_exptime")] for row in read(file_of(slug, export_of(rows)), Path())] == values, slug


def test_texts_that_would_blow_up_a_fits_table_lie_in_its_heap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.exports.as_fits.MOST_PADDING_BYTES", 10_000)
    regions = ["POLYGON " + " ".join(map(str, range(count))) for count in (3, 500, 0, 2000)]
    data = file_of("fits", export_of([plain_row(s_region=region) for region in regions]))
    assert len(data) % BLOCK_BYTES == 0
    with fits.open(io.BytesIO(data)) as hdus:
        hdus.verify("exception")
        table, header = hdus[1], hdus[1].header
        place = table.columns.names.index("s_region") + 1
        assert header[f"TFORM{place}"].startswith("QA(")
        heap_at = table.fileinfo()["datLoc"] + header["NAXIS1"] * header["NAXIS2"]
        heap = data[heap_at : heap_at + header["PCOUNT"]].decode()
        assert "s_region has texts of any length; astropy: ''.join(numpy.asarray(cell))" in header["COMMENT"]
        found = ["".join(np.asarray(cell)) for cell in table.data["s_region"]]
    assert heap == "".join(regions)
    assert found == regions


def test_texts_of_like_lengths_stay_in_their_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.exports.as_fits.MOST_PADDING_BYTES", 10)
    regions = ["CIRCLE 10 20 1", "CIRCLE 10.25 20.25 1"]
    data = file_of("fits", export_of([plain_row(s_region=region) for region in regions]))
    assert list(Table.read(io.BytesIO(data), format="fits", hdu=1)["s_region"]) == regions


def test_a_column_alone_keeps_its_empty_rows() -> None:
    for name in ("target_name", "s_ra"):
        column = OBSERVATION_COLUMN[name]
        export = export_of([[""] if is_text(column) else [None]] * 3, (column,))
        assert len(Table.read(file_of("ecsv", export).decode(), format="ascii.ecsv")) == 3
        assert len(list(csv.reader(io.StringIO(file_of("csv", export).decode())))) == 4


class _Shrinking(ListRows):
    """Rows of which one goes away after they were counted."""

    def count(self) -> int:
        return len(self.rows) + 1


def test_a_table_that_changed_is_not_passed_off_as_whole() -> None:
    with pytest.raises(ValueError, match="its header says"):
        file_of("fits", replace(export_of(ROWS), rows=_Shrinking(ROWS)))


def test_infinity_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        file_of("json", export_of([plain_row(s_ra=math.inf)]))
