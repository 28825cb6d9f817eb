"""Reading an uploaded file: which format it is in, and its text."""

import codecs
import re

from search.lists.csv_table import read_csv
from search.lists.limits import MAX_BYTES, MAX_ROWS
from search.lists.name_lines import read_names
from search.lists.table import ListError, Table
from search.lists.votable import read_votable

#: How files begin that are no tables of text.
_OTHER_FILES = {
    b"\x1f\x8b": "compressed (gzip)",
    b"PK\x03\x04": "a zip archive or a spreadsheet (.xlsx)",
    b"BZh": "compressed (bzip2)",
    b"\xfd7zXZ": "compressed (xz)",
    b"\x28\xb5\x2f\xfd": "compressed (zstd)",
    b"SIMPLE  =": "a FITS file",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "a spreadsheet (.xls)",
}
_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
#: Also the three ends of lines; form feeds and the like are part of a line.
_LINE_END = re.compile(r"\r\n|\n|\r")


def read_table(content: bytes) -> Table:
    """The table in a file: a VOTable, a CSV with a header, or one name or position a line.

    Raises
    ------
    ListError : the file as a whole cannot be used; single bad lines are named in the table instead.
    """
    if len(content) > MAX_BYTES:
        raise ListError(too_large(), "Upload fewer columns or rows at a time.")
    _refuse_other_files(content)
    if content.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:1] == b"<" or _is_wide_xml(content):
        return read_votable(content)
    text, notes = _decoded(content)
    lines = _LINE_END.split(text)
    if not any(line.strip() and not line.lstrip().startswith("#") for line in lines):
        raise ListError("The file is empty.", "Choose a file with a header line and rows, or with one name a line.")
    table = read_csv(lines) or read_names(lines)
    if len(table.lines) > MAX_ROWS:
        raise ListError(*too_many_rows(len(table.lines)))
    return Table(table.format, table.fields, table.lines, table.notes + notes)


def too_large() -> str:
    return f"The file is larger than {MAX_BYTES // 1_000_000} MB."


def too_many_rows(rows: int) -> tuple[str, str]:
    return f"The table has {rows:,} rows; a list takes {MAX_ROWS:,}.", "Divide the table and upload its parts."


def _refuse_other_files(content: bytes) -> None:
    for beginning, kind in _OTHER_FILES.items():
        if content.startswith(beginning):
            raise ListError(f"The file is {kind}.", "Upload the table itself, as plain CSV or VOTable.")


def _is_wide_xml(content: bytes) -> bool:
    return content[:2] in _BYTE_ORDER_MARKS and content[2:4].strip(b"\0") == b"<"


def _decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a file in UTF-8 or UTF-16; what is neither is taken for Western European, which is never wrong for
    digits."""
    encoding = _BYTE_ORDER_MARKS.get(content[:2], "utf-8-sig")
    notes: tuple[str, ...] = ()
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        notes = ("The file is not in UTF-8: it was read as Western European (Windows-1252).",)
    if "\0" in text:
        raise ListError("The file is not text: it holds NUL bytes.", "Save the table as CSV or VOTable.")
    return text, notes
