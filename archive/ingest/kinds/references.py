"""Calibration reference files: tables of them, of their types, and of which files were calibrated with which."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from psycopg.sql import SQL

from archive.ingest.kind import Kind, columns_by_name, rows_of
from archive.ingest.report import IngestReport
from archive.ingest.staging import Staged, Staging, staged
from archive.ingest.table import Batch
from archive.ingest.values import InputColumn, Value, text
from archive.references import CATEGORY, SHELVES, parse_reference, shelf

_COLUMNS = (
    InputColumn("observatory", "mission", text(100), empty="jwst"),
    InputColumn("instrument", "instrument", text(100)),
    InputColumn("filekind", "type", text(100)),
    InputColumn("reftype", "type", text(100)),
    InputColumn("text_descr", "words", text()),
    InputColumn("reference", "filename", text(200)),
    InputColumn("science_file", "science_file", text(1000)),
)
#: What a table says where no reference applies.
_NOTHING = frozenset({"N/A", "OMIT"})


class References(Kind):
    NAME = "references"
    COLUMNS: ClassVar = columns_by_name(*_COLUMNS)
    REQUIRED = (("reference", "reftype"),)
    MARKS = (Staged("science", "bigint"),)

    def staged(self) -> Sequence[Staged]:
        return [Staged(name) for name in ("mission", "instrument", "type", "words", "filename", "science_file", "uri")]

    def convert(self, batch: Batch) -> Iterator[Sequence[Value]]:
        given = {column.name: self._texts(batch, column) for column in _COLUMNS}
        rows = [
            self._row(batch, index, {name: cells[index] for name, cells in given.items()})
            for index in range(len(batch))
        ]
        return rows_of(batch, list(zip(*rows, strict=True)) if rows else [])

    def _texts(self, batch: Batch, column: InputColumn) -> list[str]:
        return (
            [str(value) for value in batch.values(column)]
            if column.name in self.given
            else [str(column.empty)] * len(batch)
        )

    def _row(self, batch: Batch, index: int, row: dict[str, str]) -> list[Value]:
        mission, type_name = row["observatory"].upper(), row["filekind"] or row["reftype"]
        filename = "" if row["reference"] in _NOTHING else row["reference"]
        parsed = parse_reference(filename, type_name, mission)
        if mission not in SHELVES:
            batch.reject(index, f"observatory is neither {' nor '.join(SHELVES)}")
        elif filename and parsed is None:
            batch.reject(index, f"reference {filename[:80]!r} is no name of a file, or its type (filekind) is missing")
        elif not filename and not type_name:
            batch.reject(index, "neither a reference nor a type: give reference, filekind or reftype")
        if parsed is not None:
            mission, type_name = parsed.mission, parsed.type
        instrument = row["instrument"] or (parsed.instrument if parsed else "")
        uri = parsed.uri if parsed else ""
        return [
            mission,
            instrument.lower(),
            type_name.upper(),
            row["text_descr"],
            parsed.filename if parsed else "",
            row["science_file"],
            uri,
        ]

    def merge(self, staging: Staging, report: IngestReport) -> None:
        _refuse_unknown_files(staging)
        key = [staged(name) for name in ("mission", "instrument", "type", "uri", "science_file")]
        report.repeated = staging.drop_repeats(key, ["mission", "type", "filename"], "this reference")
        _drop_second_uri(staging, report)
        self._write_types(staging)
        self._write_products(staging)
        _write_uses(staging)

    def _write_types(self, staging: Staging) -> None:
        if "text_descr" in self.given:
            staging.cursor.execute(
                "WITH written AS (INSERT INTO archive_referencetype (mission, instrument, name, words)"
                " SELECT DISTINCT ON (mission, instrument, type) mission, instrument, type, words FROM ingest_row"
                " WHERE uri = '' ORDER BY mission, instrument, type, line"
                " ON CONFLICT (mission, instrument, name) DO UPDATE SET words = excluded.words"
                " WHERE archive_referencetype.words <> excluded.words"
                " RETURNING mission, instrument, name, (xmax = 0) AS is_new)"
                " UPDATE ingest_row s SET is_new = w.is_new, changed = NOT w.is_new FROM written w"
                " WHERE (w.mission, w.instrument, w.name) = (s.mission, s.instrument, s.type) AND s.uri = ''"
            )

    def _write_products(self, staging: Staging) -> None:
        for mission in SHELVES:
            shelf(mission)
        staging.cursor.execute(
            SQL(
                "WITH written AS (INSERT INTO archive_product (uri, observation_id, filename, description, data_type,"
                " dataproduct_type, product_type, product_group, end_product, extension, documentation_url, project,"
                " pipeline_version, filters, size_bytes, sha256, md5, listed_md5, storage_key, held, stand_in)"
                " SELECT DISTINCT ON (uri) uri, CASE mission {} END, filename, type || ' calibration reference file',"
                " 'S', '', %s, type, false, lower(substring(filename from '\\.[^.]*$')), '', 'CRDS',"
                " '', '', 0, '', '', '', '', 'not_yet', false FROM ingest_row WHERE uri <> '' ORDER BY uri, line"
                " ON CONFLICT (uri) DO NOTHING RETURNING uri)"
                " UPDATE ingest_row s SET is_new = true FROM written w WHERE w.uri = s.uri"
            ).format(SQL(" ").join(SQL(f"WHEN '{name}' THEN {number}") for name, number in SHELVES.items())),
            [CATEGORY],
        )


def _refuse_unknown_files(staging: Staging) -> None:
    """Uses are of files that are listed here; the first of several of one name is meant."""
    staging.cursor.execute(
        "UPDATE ingest_row s SET science = (SELECT min(p.id) FROM archive_product p WHERE p.filename = s.science_file)"
        " WHERE s.science_file <> ''"
    )
    staging.reject(
        SQL(
            "SELECT s.line, 'science_file ' || s.science_file || ' is not listed here: ingest its products first'"
            " FROM ingest_row s WHERE s.science_file <> '' AND s.science IS NULL"
        )
    )


def _drop_second_uri(staging: Staging, report: IngestReport) -> None:
    """Tables name a reference once for each of its matches: one is enough."""
    staging.cursor.execute(
        "DELETE FROM ingest_row s USING ingest_row f WHERE f.uri = s.uri AND f.science_file = s.science_file"
        " AND s.uri <> '' AND f.line < s.line"
    )
    report.repeated += int(staging.cursor.rowcount)


def _write_uses(staging: Staging) -> None:
    staging.cursor.execute(
        "WITH written AS (INSERT INTO archive_referenceuse (product_id, reference_id)"
        " SELECT DISTINCT s.science, p.id FROM ingest_row s JOIN archive_product p ON p.uri = s.uri"
        " WHERE s.science IS NOT NULL ON CONFLICT DO NOTHING RETURNING product_id, reference_id)"
        " UPDATE ingest_row s SET changed = true FROM written w, archive_product p"
        " WHERE p.uri = s.uri AND w.reference_id = p.id AND w.product_id = s.science"
    )
