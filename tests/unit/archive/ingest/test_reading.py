"""CSV as operators have it: `archive.ingest.reading`."""

import gzip
import os
from pathlib import Path

import pytest

from archive.ingest import UnusableInputError
from archive.ingest.reading import MAX_LINE_BYTES, NOT_UTF8, NUL_BYTE, TOO_LONG, CsvSource, Record


def _read(path: Path, content: bytes) -> tuple[list[str], list[Record]]:
    path.write_bytes(content)
    with CsvSource(path) as source:
        return source.header, list(source.records())


def test_a_byte_order_mark_and_windows_line_ends_do_not_count(tmp_path: Path) -> None:
    header, records = _read(tmp_path / "a.csv", b"\xef\xbb\xbfname,ra\r\nM 31,10.68\r\n")
    assert header == ["name", "ra"]
    assert records == [Record(2, ["M 31", "10.68"])]


def test_a_quoted_cell_may_hold_line_ends_and_lines_are_counted_as_in_the_file(tmp_path: Path) -> None:
    _, records = _read(tmp_path / "a.csv", b'name,title\na,"one\ntwo\r\nthree"\n\nb,"with ""quotes"""\n')
    assert records == [Record(2, ["a", "one\ntwo\r\nthree"]), Record(6, ["b", 'with "quotes"'])]


def test_a_missing_last_line_end_is_no_matter(tmp_path: Path) -> None:
    assert _read(tmp_path / "a.csv", b"name,ra\na,1")[1] == [Record(2, ["a", "1"])]


def test_gzip_is_known_by_its_first_bytes_whatever_the_name(tmp_path: Path) -> None:
    assert _read(tmp_path / "a.csv", gzip.compress(b"name\na\n"))[1] == [Record(2, ["a"])]


def test_rows_of_another_width_are_told(tmp_path: Path) -> None:
    _, records = _read(tmp_path / "a.csv", b"name,ra\na\nb,1\nc,1,2\n")
    assert [(record.line, bool(record.problem)) for record in records] == [(2, True), (3, False), (4, True)]
    assert "1 cells where the header names 2" in records[0].problem


@pytest.mark.parametrize(
    "broken",
    [b'bad,"never closed', b'bad,"closed"early', b'"bad,1', b"bad,one\rcarriage return"],
)
def test_a_broken_line_costs_itself_only(tmp_path: Path, broken: bytes) -> None:
    _, records = _read(tmp_path / "a.csv", b"name,ra\na,1\n" + broken + b"\nb,2\nc,3\n")
    assert [record.line for record in records if record.problem] == [3]
    assert [record.cells for record in records if not record.problem] == [["a", "1"], ["b", "2"], ["c", "3"]]


def test_a_quote_never_closed_in_a_long_file_costs_one_line(tmp_path: Path) -> None:
    rows = b"".join(b"name%d,1\n" % number for number in range(2000))
    _, records = _read(tmp_path / "a.csv", b'name,ra\nbad,"open\n' + rows)
    assert [record.line for record in records if record.problem] == [2]
    assert len(records) == 2001


def test_a_quote_closed_by_the_next_broken_line_swallows_nothing_sound(tmp_path: Path) -> None:
    _, records = _read(tmp_path / "a.csv", b'name,ra\nbad,"open\na,1\nbad,"open\nb,2\n')
    assert [record.cells for record in records if not record.problem] == [["a", "1"], ["b", "2"]]
    assert [record.line for record in records if record.problem] == [2, 4]


def test_bytes_that_are_no_text_are_told_by_line(tmp_path: Path) -> None:
    _, records = _read(tmp_path / "a.csv", b"name\ncaf\xe9\nok\nnul\0byte\n")
    assert [(record.line, record.problem) for record in records] == [(2, NOT_UTF8), (3, ""), (4, NUL_BYTE)]


def test_a_line_without_end_is_passed_over_without_taking_memory_for_it(tmp_path: Path) -> None:
    _, records = _read(tmp_path / "a.csv", b"name\n" + b"x" * (MAX_LINE_BYTES + 5) + b"\nok\n")
    assert [(record.line, record.problem) for record in records] == [(2, TOO_LONG), (3, "")]
    assert len(records[0].cells[0]) < 2000


def test_cells_far_longer_than_the_csv_module_s_own_limit_are_read(tmp_path: Path) -> None:
    _, records = _read(tmp_path / "a.csv", b"s_region\n" + b"POLYGON " * 50_000 + b"\n")
    assert len(records[0].cells[0]) == 400_000


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b",,\n", "empty"),
        ("name\na\n".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not a CSV file"),
        (b'"name\n', "not a CSV file"),
        (gzip.compress(b"name\n" + b"a\n" * 100_000, mtime=0)[:100], "fetch it again"),
        (gzip.compress(b"name\n" + b"a\n" * 10, mtime=0)[:-6], "fetch it again"),
    ],
    ids=[
        "nothing",
        "an empty line",
        "empty names",
        "UTF-16",
        "a picture",
        "an open quote",
        "gzip cut early",
        "gzip cut late",
    ],
)
def test_unusable_inputs_end_with_one_clear_line(tmp_path: Path, content: bytes, word: str) -> None:
    with pytest.raises(UnusableInputError, match=word):
        _read(tmp_path / "a.csv", content)


def test_a_missing_file_a_folder_and_a_pipe_are_unusable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnusableInputError, match="is a pipe"):
        CsvSource(tmp_path / "pipe")
    with pytest.raises(UnusableInputError, match="does not exist"):
        CsvSource(tmp_path / "none.csv")
    with pytest.raises(UnusableInputError, match="is a folder"):
        CsvSource(tmp_path)
