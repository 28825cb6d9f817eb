"""Files of real observations over HTTP, read back by astropy and the standard library, against plain SQL."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io.votable import parse
from astropy.table import Table
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from psycopg import sql

from archive.csv_cells import text_cell
from tests.shared_data import shared_file

pytestmark = pytest.mark.django_db

TEXTS = ("obs_id", "target_name", "instrument_name", "filters", "proposal_id", "proposal_pi", "s_region")
NUMBERS = {"s_ra": "deg", "s_dec": "deg", "t_min": "d", "t_max": "d", "t_exptime": "s", "t_obs_release": "d"}
COLUMNS = ("obsid", *TEXTS, *NUMBERS, "calib_level")
Rows = list[tuple[Any, ...]]


@pytest.fixture(params=["hst_observations_m31.csv", "jwst_caom_observations.csv"], ids=["hst", "jwst"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Rows:
    """The observations around M31, or every fortieth of JWST with regions of up to 200 polygons, by plain SQL."""
    whole = shared_file(request.param)
    lines = whole.read_text(encoding="utf-8").splitlines(keepends=True)
    part = tmp_path / whole.name
    part.write_text("".join([lines[0], *lines[1 :: 40 if len(lines) > 10_000 else 1]]), encoding="utf-8")
    call_command("ingest", "observations", str(part), verbosity=0)
    with connection.cursor() as cursor:
        names = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
        cursor.execute(sql.SQL("SELECT {} FROM archive_observation ORDER BY obsid").format(names))
        rows = cursor.fetchall()
    assert len(rows) > 450
    return [(str(row[0]), *row[1:]) for row in rows]


def file_of(client: Client, slug: str) -> bytes:
    query = {"obs_collection": "HST,HLA,JWST", "columns": ",".join(COLUMNS), "sort": "obsid", "format": slug}
    response = client.get(reverse("search:results"), query)
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def _of_table(table: Table) -> Rows:
    """Cells as Python has them; what is masked or not a number is not known."""
    columns = [[_cell(value) for value in table[name]] for name in COLUMNS]
    return list(zip(*columns, strict=True))


def _cell(value: Any) -> Any:
    if value is np.ma.masked:
        return None
    if isinstance(value, np.ndarray):
        return "".join(value)  # a text in the heap of a FITS table
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and np.isnan(plain) else plain


TABLES: dict[str, Callable[[bytes], Table]] = {
    "votable": lambda data: parse(io.BytesIO(data)).get_first_table().to_table(use_names_over_ids=True),
    "ecsv": lambda data: Table.read(data.decode(), format="ascii.ecsv"),
    "fits": lambda data: Table.read(io.BytesIO(data), format="fits", hdu=1),
}


def same(found: Sequence[Any], wanted: Sequence[Any]) -> bool:
    """Texts without blanks at their ends, which FITS pads; an unknown text is an empty one."""
    return [_plain(value) for value in found] == [_plain(value) for value in wanted]


def _plain(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else "" if value is None else value


@pytest.mark.parametrize("slug", TABLES)
def test_astropy_reads_the_rows_types_and_units_of_plain_sql(client: Client, stored: Rows, slug: str) -> None:
    table = TABLES[slug](file_of(client, slug))
    found = _of_table(table)
    assert len(found) == len(stored)
    assert [(one, other) for one, other in zip(found, stored, strict=True) if not same(one, other)][:3] == []
    assert {name: str(table[name].unit) for name in NUMBERS} == NUMBERS
    assert {table[name].dtype.kind for name in NUMBERS} == {"f"}
    assert table["calib_level"].dtype.kind == "i"


def test_json_has_the_rows_of_plain_sql(client: Client, stored: Rows) -> None:
    told = json.loads(file_of(client, "json"))
    found = [tuple(row[name] for name in COLUMNS) for row in told["rows"]]
    assert told["count"] == len(stored) == len(found)
    assert [(one, other) for one, other in zip(found, stored, strict=True) if not same(one, other)][:3] == []
    types = {column["name"]: column["type"] for column in told["columns"]}
    assert {types[name] for name in NUMBERS} == {"number"}
    assert {column["name"]: column.get("unit") for column in told["columns"] if column["name"] in {"s_ra", "t_exptime"}}


def test_csv_has_the_rows_of_plain_sql_and_no_cell_that_a_spreadsheet_runs(client: Client, stored: Rows) -> None:
    header, *lines = csv.reader(io.StringIO(file_of(client, "csv").decode(), newline=""))
    assert tuple(header) == COLUMNS
    texts = range(1 + len(TEXTS))
    for line, row in zip(lines, stored, strict=True):
        assert [line[place] for place in texts] == [text_cell(row[place]) for place in texts]
        assert not any(line[place].startswith(("=", "+", "-", "@", "\t", "\r")) for place in texts)
        numbers = [None if text == "" else float(text) for text in line[len(texts) :]]
        assert numbers == list(row[len(texts) :])


class _Balanced(HTMLParser):
    """Counts rows and cells, and holds every tag to its end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.rows: Rows = []
        self.cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append(())
        self.cell = [] if tag in {"td", "th"} else self.cell

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()
        if tag in {"td", "th"} and self.cell is not None:
            self.rows[-1] = (*self.rows[-1], "".join(self.cell))
            self.cell = None


def test_html_is_well_formed_with_the_rows_of_plain_sql(client: Client, stored: Rows) -> None:
    read = _Balanced()
    read.feed(file_of(client, "html").decode())
    read.close()
    assert read.open == []
    header, *lines = read.rows
    assert len(header) == len(COLUMNS)
    assert lines == [tuple("" if value is None else str(value) for value in row) for row in stored]
