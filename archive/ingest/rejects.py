"""The reject file: the rows that were not taken, with line and reason, ready to be mended and ingested again."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

from archive.ingest.reading import CsvSource
from archive.ingest.report import UnusableInputError

LINE, REASON = "rejected_line", "rejected_reason"
#: Ingest passes over these, so that a mended reject file can be given to it as it is.
REJECT_COLUMNS = frozenset({LINE, REASON})


def write_rejects(path: Path, source: Path, rejects: Iterator[tuple[int, str]]) -> None:
    """Write the rejected rows beside their reasons, reading the source again.

    Parameters
    ----------
    rejects : (line, reason) in the order of lines, each line once.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    with (
        CsvSource(source) as original,
        partial.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        kept = [index for index, name in enumerate(original.header) if name not in REJECT_COLUMNS]
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([LINE, REASON, *(original.header[index] for index in kept)])
        records = original.records()
        for line, reason in rejects:
            cells = next((record.cells for record in records if record.line == line), None)
            if cells is None:
                raise UnusableInputError(f"{source} changed while it was read: ingest it again (nothing was changed)")
            whole = len(cells) == len(original.header)
            writer.writerow([line, reason, *([cells[index] for index in kept] if whole else cells)])
    os.replace(partial, path)
