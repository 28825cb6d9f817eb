"""Texts in CSV files that people open with a spreadsheet.

Spreadsheets take a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula. A text that does gets an
apostrophe before it. Numbers never do: a declination of -5.1 stays a number.
"""

import csv
import io
from collections.abc import Iterable

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def text_cell(text: str) -> str:
    """``text`` as a cell that no spreadsheet calculates."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def csv_lines(rows: Iterable[Iterable[object]]) -> bytes:
    """Rows as RFC 4180 describes them, in UTF-8. Cells of text should have passed `text_cell`."""
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()
