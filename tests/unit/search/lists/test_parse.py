"""Reading uploaded files: CSV with its declarations, VOTable, plain names, and files that mean harm."""

import base64
import gzip
import io
import itertools
import struct
import time
from contextlib import suppress

import numpy as np
import pytest
from astropy import units as u
from astropy.io.votable import from_table
from astropy.table import MaskedColumn, Table

from search.lists.limits import MAX_ROWS
from search.lists.parse import read_table
from search.lists.places import Place, places
from search.lists.roles import Guess, Roles, guess
from search.lists.table import FieldType, Format, ListError
from search.lists.table import Table as ReadTable


def placed(table: ReadTable) -> list[Place]:
    rows = [line.cells for line in table.lines if not line.problem]
    return places(rows, table.fields, guess(table.fields).roles, table.format)


def refused(content: bytes) -> ListError:
    with pytest.raises(ListError) as error:
        read_table(content)
    assert error.value.remedy
    return error.value


# CSV -----------------------------------------------------------------------------------------------------------------


def test_declared_types_decide_and_the_others_are_guessed() -> None:
    table = read_table(
        b"# a list of targets\n#@string,ra,dec,int,,float\n"
        b"id,alpha,delta,n,note,flux\n007,14 03 12.6,+54 20 56.7,5,x,1e-3\n8,210.8,54.3,,y,\n"
    )
    assert [field.type for field in table.fields] == ["string", "ra", "dec", "int", "string", "float"]
    assert table.lines[0].cells == ("007", "14 03 12.6", "+54 20 56.7", 5, "x", 0.001)
    assert table.lines[1].cells == ("8", 210.8, 54.3, None, "y", None)
    assert [line.number for line in table.lines] == [4, 5]
    first, second = placed(table)
    assert (first.ra_deg, first.dec_deg) == pytest.approx((210.8025, 54.349083), abs=1e-6)
    assert (second.ra_deg, second.dec_deg) == (210.8, 54.3)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (("1", "2", ""), FieldType.INT),
        (("1", "2.5", ""), FieldType.FLOAT),
        (("1e5", "nan"), FieldType.FLOAT),
        (("01073", "01074"), FieldType.STRING),
        (("6112340000123456789",), FieldType.STRING),
        (("1", "x"), FieldType.STRING),
        (("", ""), FieldType.STRING),
    ],
)
def test_types_are_guessed_from_all_cells(cells: tuple[str, ...], kind: FieldType) -> None:
    table = read_table("\n".join(["ra,dec,value", *(f"1,2,{cell}" for cell in cells)]).encode())
    assert table.fields[2].type is kind


def test_a_bad_line_is_named_and_the_good_ones_are_kept() -> None:
    table = read_table(
        b'#@string,float,float,int\nname,ra,dec,n\nA,1,2,3\nB,1,2\nC,1,2,x\n"D,1,2,3\n\n# note\nE,1,2,3,4\nF,5,6,7\n'
    )
    problems = {line.number: line.problem for line in table.lines}
    assert problems[3] == problems[10] == ""
    assert "3 values for 4 columns" in problems[4]
    assert "“x” in column “n” is not of the type int" in problems[5]
    assert "quotation mark is not closed" in problems[6]
    assert "5 values for 4 columns" in problems[9]
    assert list(problems) == [3, 4, 5, 6, 9, 10]


@pytest.mark.parametrize(
    "content",
    [
        "name,ra,dec\nÉta,1,2\n".encode(),
        "\ufeffname,ra,dec\r\nÉta,1,2\r\n".encode(),
        "name;ra;dec\nÉta;1;2".encode(),
        "name\tra\tdec\rÉta\t1\t2\r".encode(),
        "name,ra,dec\nÉta,1,2\n".encode("utf-16"),
        "name,ra,dec\nÉta,1,2\n".encode("cp1252"),
        'name , ra, "dec"\n"Éta" , 1, 2'.encode(),
    ],
)
def test_encodings_ends_of_lines_and_delimiters(content: bytes) -> None:
    table = read_table(content)
    assert [field.name for field in table.fields] == ["name", "ra", "dec"]
    assert table.lines[0].cells == ("Éta", 1, 2)


def test_another_encoding_is_told() -> None:
    assert "Western European" in read_table("name\nÉta\n".encode("cp1252")).notes[0]


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("name,RA,DEC", Roles(1, 2, 0)),
        ("RAJ2000,DECJ2000,mag", Roles(0, 1)),
        ("s_ra,s_dec,target_name", Roles(0, 1, 2)),
        ("id,s_region", Roles(None, None, 0, 1)),
        ("regionSTCS,RA,DEC", Roles(1, 2, None, 0)),
        ("target", Roles(name=0)),
    ],
)
def test_columns_are_known_by_their_names(header: str, roles: Roles) -> None:
    fields = read_table(f"{header}\n{','.join('1' for _ in header.split(','))}\n".encode()).fields
    assert guess(fields) == Guess(roles)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("RA,RAJ2000,DEC,DECJ2000", "Several columns may hold the position: “RA”, “RAJ2000”, “DEC”, “DECJ2000”."),
        ("alpha,delta", "No column is known to hold positions or names."),
        ("RA,delta", "No column is known to hold the declination."),
    ],
)
def test_a_doubt_about_the_position_is_told(header: str, why: str) -> None:
    fields = read_table(f"{header}\n{','.join('1' for _ in header.split(','))}\n".encode()).fields
    assert guess(fields).ambiguous == why


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("A,10,91,", "outside −90° to +90°"),
        ("A,10,,", "The right ascension has no declination"),
        ("A,,10,", "The declination has no right ascension"),
        ("A,abc,10,", "are no right ascension and declination"),
        ("A,12 60 00,10 00 00,", "60 or more minutes"),
        ("A,,,POLYGON 1 2 3", "asked"),
    ],
)
def test_what_is_wrong_with_a_position(line: str, words: str) -> None:
    (place,) = placed(read_table(f"name,ra,dec,s_region\n{line}\n".encode()))
    if words == "asked":
        assert place.asked == "A"
        assert "The footprint cannot be read" in place.note
    else:
        assert words in place.problem


def test_a_footprint_stands_in_for_a_position() -> None:
    (place,) = placed(read_table(b's_region,x\n"CIRCLE ICRS 10 20 0.1",1\n'))
    assert (place.ra_deg, place.dec_deg) == pytest.approx((10.0, 20.0))
    assert place.source == "footprint"


# Plain lists ---------------------------------------------------------------------------------------------------------


def test_one_name_or_position_a_line() -> None:
    table = read_table(b"M101\n# comment\nBD+19 706\n180.468,-18.866\n14 03 12.6 54 20 56.7\nm57 r=1m\nJup*\n")
    assert table.format is Format.NAMES
    found = placed(table)
    assert [place.asked for place in found[:2]] == ["M101", "BD+19 706"]
    assert (found[2].ra_deg, found[2].dec_deg) == (180.468, -18.866)
    assert found[3].dec_deg == pytest.approx(54.349083, abs=1e-6)
    assert "gives a radius" in found[4].problem
    assert "cannot be resolved to one position" in found[5].problem


# VOTable -------------------------------------------------------------------------------------------------------------


def votable(data: str, version: str = "1.4") -> bytes:
    table = Table(
        {
            "main_id": ["M 101", "NGC 45"],
            "RA": [210.8025, 3.516] * u.deg,
            "DEC": [54.349083, np.nan] * u.deg,
            "n": MaskedColumn(np.array([1, 2], dtype=np.int32), mask=[False, True], fill_value=-1),
            "pair": np.array([[1.5, 2.5], [3.5, 4.5]]),
        }
    )
    tree = from_table(table)
    tree.version = version
    next(iter(tree.iter_tables())).fields[3].values.null = -1
    text = io.BytesIO()
    tree.to_xml(text, tabledata_format=data)
    return text.getvalue()


@pytest.mark.parametrize(
    ("data", "version"),
    [
        *itertools.product(["tabledata", "binary"], ["1.1", "1.2", "1.3", "1.4"]),
        *itertools.product(["binary2"], ["1.3", "1.4"]),
    ],
)
def test_votables_of_every_version_and_encoding(data: str, version: str) -> None:
    table = read_table(votable(data, version))
    assert table.format is Format.VOTABLE
    assert [(field.name, field.unit) for field in table.fields][1] == ("RA", "deg")
    assert table.lines[0].cells[:4] == ("M 101", 210.8025, 54.349083, 1)
    assert table.lines[1].cells[2:4] == (None, None)
    assert table.lines[1].cells[4] == "3.5 4.5"
    assert guess(table.fields).roles == Roles(1, 2, 0)


def test_ucds_and_units_tell_the_position() -> None:
    content = b"""<?xml version="1.0"?><!DOCTYPE VOTABLE SYSTEM "http://us-vo.org/xml/VOTable.dtd">
    <VOTABLE version="1.1"><RESOURCE><TABLE>
    <FIELD name="a" datatype="double" unit="rad" ucd="pos.eq.ra;meta.main"/>
    <FIELD name="b" datatype="double" unit="rad" ucd="pos.eq.dec;meta.main"/>
    <DATA><TABLEDATA><TR><TD>1</TD><TD>0.5</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"""
    (place,) = placed(read_table(content))
    assert (place.ra_deg, place.dec_deg) == pytest.approx(tuple(np.degrees([1.0, 0.5])))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f'<?xml version="1.0"?><!DOCTYPE V [<!ENTITY l0 "ha">{LAUGHS}]><VOTABLE>&l9;</VOTABLE>', "entities"),
        ('<!DOCTYPE V [<!ENTITY x SYSTEM "file:///etc/passwd">]><VOTABLE>&x;</VOTABLE>', "entities"),
        ("<VOTABLE><TABLE><FIELD name='a' datatype='int'/><DATA><BINARY><STREAM href='file:///etc/passwd'/>",
         "another file"),
        ("<VOTABLE><RESOURCE><TABLE><DATA><FITS><STREAM>x</STREAM></FITS></DATA></TABLE></RESOURCE></VOTABLE>",
         "in another file"),
        ("<VOTABLE><RESOURCE><TABLE nrows='2000000000'><FIELD name='a' datatype='int'/></TABLE></RESOURCE></VOTABLE>",
         "more than 10,000 rows"),
        ("<VOTABLE><TABLE nrows='9999'><FIELD name='a' datatype='char' arraysize='2000000000'/>", "too long"),
        ("<VOTABLE>" + "<RESOURCE>" * 5000 + "</RESOURCE>" * 5000 + "</VOTABLE>", "too deep"),
        ("<VOTABLE></VOTABLE>", "no table"),
        ("<VOTABLE", "not well-formed"),
        ("<?xml version='1.0' encoding='nonsense'?><VOTABLE/>", "not well-formed"),
    ],
)  # fmt: skip
def test_a_votable_that_means_harm_is_refused_quickly(content: str, words: str) -> None:
    start = time.monotonic()
    assert words in refused(content.encode()).text
    assert time.monotonic() - start < 5


def test_a_compressed_stream_inside_a_votable_is_refused() -> None:
    packed = base64.b64encode(gzip.compress(struct.pack(">i", 1))).decode()
    content = (
        "<VOTABLE version='1.3'><RESOURCE><TABLE><FIELD name='a' datatype='int'/><DATA><BINARY>"
        f"<STREAM encoding='gzip'>{packed}</STREAM></BINARY></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    assert "encoding gzip" in refused(content.encode()).text


def test_too_many_rows_of_a_votable() -> None:
    rows = "<TR><TD>1</TD></TR>" * (MAX_ROWS + 1)
    content = (
        "<VOTABLE version='1.3'><RESOURCE><TABLE><FIELD name='a' datatype='int'/><DATA><TABLEDATA>"
        f"{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    assert "more than 10,000 rows" in refused(content.encode()).text


# Size ----------------------------------------------------------------------------------------------------------------


def test_a_line_without_end_is_one_bad_line() -> None:
    table = read_table(b"name,ra,dec\n" + b"x" * 15_000_000 + b"\nA,1,2\n")
    assert [bool(line.problem) for line in table.lines] == [True, False]
    assert "15,000,000 characters" in table.lines[0].problem


@pytest.mark.parametrize("content", [b"x" * 15_000_000, b"a," * 5_000_000, b'"' * 15_000_000, b"<" * 15_000_000])
def test_walls_of_one_character_are_refused_quickly(content: bytes) -> None:
    start = time.monotonic()
    with suppress(ListError):
        assert all(line.problem for line in read_table(content).lines)
    assert time.monotonic() - start < 10


def test_ten_thousand_rows_are_read_and_placed_in_seconds() -> None:
    lines = [f"T{n},{n % 24:02d} 00 {n % 60:02d}.5,{n % 89:+03d} 30 00,{n / 7:.3f}" for n in range(MAX_ROWS)]
    start = time.monotonic()
    found = placed(read_table("\n".join(["name,ra,dec,flux", *lines]).encode()))
    assert len(found) == MAX_ROWS
    assert not any(place.problem for place in found)
    assert time.monotonic() - start < 20
