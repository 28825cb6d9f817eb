"""Reading CSV and gzipped CSV as operators have them: any line ends, a BOM, quoted newlines, and broken lines between.

A broken line costs itself only. A quote that is never closed would swallow what follows; then the first line alone is
given up, and reading starts again with the next.
"""

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from archive.ingest.report import UnusableInputError

MAX_LINE_BYTES = 16 * 2**20
#: A quoted cell may run over several lines, but not over this many.
MAX_RECORD_LINES = 500
_GZIP_MAGIC = b"\x1f\x8b"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

NOT_UTF8 = "not UTF-8 text: save the file as UTF-8"
NUL_BYTE = "a NUL byte, which no text may hold: remove it"
TOO_LONG = f"a line of more than {MAX_LINE_BYTES // 2**20} MB: is a line end missing?"


class Record(NamedTuple):
    """One row of the input. ``problem`` says why it cannot be a row of the table; then ``cells`` are as found."""

    line: int  # of the file, from 1, where the row begins
    cells: list[str]
    problem: str = ""


class CsvSource:
    """A CSV file: its ``header``, then its `records`, once.

    Raises
    ------
    UnusableInputError : the file is missing, unreadable, empty, no text, or ends in the middle of its compression.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._raw, stream = _opened(path)
        self._lines = _Lines(stream, path)
        self.bytes_total = path.stat().st_size
        try:
            self.header = self._read_header()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._lines.close()
        self._raw.close()

    @property
    def bytes_read(self) -> int:
        """Of the file as it lies on disk, compressed or not."""
        return self._raw.tell()

    def _read_header(self) -> list[str]:
        self._lines.begin()
        try:
            cells = next(csv.reader(self._lines, strict=True), [])
        except csv.Error as error:
            raise UnusableInputError(f"{self.path} is not a CSV file: {error} in its first line") from None
        if self._lines.problem:
            raise UnusableInputError(f"{self.path} is not a CSV file: its first line holds {self._lines.problem}")
        if not any(cell.strip() for cell in cells):
            raise UnusableInputError(f"{self.path} is empty: its first line must name the columns")
        return [cell.strip() for cell in cells]

    def records(self) -> Iterator[Record]:
        """The rows in order; lines without any cell are passed over."""
        reader = csv.reader(self._lines, strict=True)
        while True:
            self._lines.begin()
            start = self._lines.number + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Record(start, [self._lines.give_up_first()], _in_words(error))
                reader = csv.reader(self._lines, strict=True)
                continue
            if not cells:
                continue
            if self._lines.taken_count > 1 and len(cells) != len(self.header):
                yield Record(start, [self._lines.give_up_first()], _in_words(csv.Error("unclosed")))
                reader = csv.reader(self._lines, strict=True)
                continue
            yield Record(start, cells, self._lines.problem or self._width_problem(cells))

    def _width_problem(self, cells: list[str]) -> str:
        if len(cells) == len(self.header):
            return ""
        return f"{len(cells)} cells where the header names {len(self.header)}: is a comma or a quote missing?"


def _in_words(error: csv.Error) -> str:
    text = str(error)
    if "expected after" in text:
        return "text after a closing quote: double the quotes inside a quoted cell"
    if "new-line character" in text:
        return "a carriage return inside a cell: quote the cell, or end lines with LF or CRLF"
    if "field larger" in text:
        return TOO_LONG
    return "a quote that is not closed: close it, or double the quotes inside a cell"


def _opened(path: Path) -> tuple[BinaryIO, BinaryIO]:
    """The file on disk and the stream of its text."""
    if path.is_fifo():
        raise UnusableInputError(f"{path} is a pipe: save what comes out of it as a file, which can be read twice")
    try:
        raw = path.open("rb")
    except FileNotFoundError:
        raise UnusableInputError(f"{path} does not exist: check the path") from None
    except IsADirectoryError:
        raise UnusableInputError(f"{path} is a folder: name the files in it") from None
    except OSError as error:
        raise UnusableInputError(f"{path} cannot be read ({error.strerror})") from None
    start = raw.read(2)
    raw.seek(0)
    if start in _UTF16_MARKS:
        raw.close()
        raise UnusableInputError(f"{path} is UTF-16 text: save it as UTF-8")
    if start == _GZIP_MAGIC:
        return raw, io.BufferedReader(gzip.GzipFile(fileobj=raw))
    return raw, raw


class _Lines:
    """Decoded lines with a memory of those taken for the present record, so that they can be read again."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        csv.field_size_limit(MAX_LINE_BYTES)
        self._stream = stream
        self._path = path
        self._again: deque[tuple[str, str]] = deque()
        self._taken: list[tuple[str, str]] = []
        self.number = 0

    def close(self) -> None:
        self._stream.close()

    @property
    def taken_count(self) -> int:
        return len(self._taken)

    @property
    def problem(self) -> str:
        """What is wrong with the bytes of the present record."""
        return next((problem for _, problem in self._taken if problem), "")

    def begin(self) -> None:
        self._taken.clear()

    def give_up_first(self) -> str:
        """The first line of the present record; its other lines will be read again."""
        first, *others = self._taken
        self._again.extendleft(reversed(others))
        self.number -= len(others)
        return first[0].rstrip("\r\n")

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if len(self._taken) >= MAX_RECORD_LINES:
            raise csv.Error("unclosed")
        line = self._again.popleft() if self._again else self._read()
        self.number += 1
        self._taken.append(line)
        return line[0]

    def _read(self) -> tuple[str, str]:
        """The next line of the file and what is wrong with it."""
        raw, problem = self._next_bytes()
        if not raw:
            raise StopIteration
        if self.number == 0:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return raw.decode(errors="surrogateescape"), problem or NOT_UTF8
        return text, problem or (NUL_BYTE if "\0" in text else "")

    def _next_bytes(self) -> tuple[bytes, str]:
        try:
            raw = self._stream.readline(MAX_LINE_BYTES)
            if len(raw) < MAX_LINE_BYTES or raw.endswith(b"\n"):
                return raw, ""
            while (rest := self._stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            return raw[:1000], TOO_LONG
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UnusableInputError(
                f"{self._path} is damaged: its compressed data end or break after line {self.number:,}; "
                "fetch it again (nothing was changed)"
            ) from error
        except OSError as error:
            raise UnusableInputError(f"{self._path} cannot be read ({error.strerror})") from None
