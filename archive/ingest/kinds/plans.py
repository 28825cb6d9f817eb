"""Planned JWST visits with their plan windows, as on the public visit status pages.

A visit that has been executed is not planned any more: there are data of it here, or its window was a fixed day that
has passed.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import ClassVar

from psycopg.sql import SQL, Identifier

from archive.clock import to_mjd
from archive.ingest.identity import KEY_FIELDS, settle_identity
from archive.ingest.kind import Kind, columns_by_name
from archive.ingest.kinds.observations import write_observations
from archive.ingest.kinds.programs import fill_from_programs
from archive.ingest.position import SKY_COLUMNS
from archive.ingest.report import IngestReport
from archive.ingest.staging import Staged, Staging, commas
from archive.ingest.table import Batch
from archive.ingest.values import InputColumn, Value, text, unpadded, whole
from archive.ingest.visits import drop_executed, forget_other_plans
from archive.models import PLANNED_LEVEL
from archive.names import name_key
from archive.sky import SkyCover, sky_covers

#: Configuration of a visit → instrument_name and dataproduct_type; others by the instrument in their name.
CONFIGURATIONS = {
    "NIRCam Imaging": ("NIRCAM/IMAGE", "image"),
    "NIRCam Engineering Imaging": ("NIRCAM/IMAGE", "image"),
    "NIRCam Time Series": ("NIRCAM/IMAGE", "timeseries"),
    "NIRCam Coronagraphic Imaging": ("NIRCAM/CORON", "image"),
    "NIRCam Wide Field Slitless Spectroscopy": ("NIRCAM/WFSS", "spectrum"),
    "NIRCam Grism Time Series": ("NIRCAM/GRISM", "timeseries"),
    "WFSC NIRCam Fine Phasing": ("NIRCAM/IMAGE", "image"),
    "NIRISS Imaging": ("NIRISS/IMAGE", "image"),
    "NIRISS Wide Field Slitless Spectroscopy": ("NIRISS/WFSS", "spectrum"),
    "NIRISS Single-Object Slitless Spectroscopy": ("NIRISS/SOSS", "spectrum"),
    "NIRISS Aperture Masking Interferometry": ("NIRISS/AMI", "image"),
    "NIRSpec IFU Spectroscopy": ("NIRSPEC/IFU", "cube"),
    "NIRSpec Fixed Slit Spectroscopy": ("NIRSPEC/SLIT", "spectrum"),
    "NIRSpec MultiObject Spectroscopy": ("NIRSPEC/MSA", "spectrum"),
    "NIRSpec Bright Object Time Series": ("NIRSPEC/BOTS", "timeseries"),
    "MIRI Imaging": ("MIRI/IMAGE", "image"),
    "MIRI External Flat": ("MIRI/IMAGE", "image"),
    "MIRI Medium Resolution Spectroscopy": ("MIRI/IFU", "cube"),
    "MIRI Low Resolution Spectroscopy": ("MIRI/SLIT", "spectrum"),
    "MIRI Coronagraphic Imaging": ("MIRI/CORON", "image"),
    "MIRI Coronagraphic Photometric Calibration": ("MIRI/CORON", "image"),
}
_INSTRUMENTS = ("NIRCAM", "NIRISS", "NIRSPEC", "MIRI", "FGS")
#: Takes no data.
_NO_INSTRUMENT = "Pointing Only"


def _day(cell: str) -> float:
    """MJD of a day's begin."""
    try:
        day = dt.date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"{cell[:40]!r} is not a day such as 2024-02-05") from None
    return to_mjd(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC))


_COLUMNS = columns_by_name(
    InputColumn("type", "proposal_type", text()),
    InputColumn("program", "proposal_id", whole(1, 99999), "text", None),
    InputColumn("cycle", "", text()),
    InputColumn("observation", "sequence_number", whole(1, 999), "int4", None),
    InputColumn("visit", "", whole(1, 999), "int4", None),
    InputColumn("target", "target_name", text()),
    InputColumn("configuration", "instrument_name", text()),
    InputColumn("hours", "", text()),
    InputColumn("window_start", "plan_window_start", _day, "float8", None),
    InputColumn("window_end", "plan_window_end", _day, "float8", None),
)
_FIELDS = (
    *(Staged(name) for name in KEY_FIELDS),
    Staged("calib_level", "int2"),
    Staged("intent_type"),
    Staged("provenance_name"),
    Staged("project"),
    Staged("wavelength_region"),
    Staged("dataproduct_type"),
    Staged("proposal_id"),
    Staged("proposal_type"),
    Staged("target_name"),
    Staged("sequence_number", "int4"),
    Staged("plan_window_start", "float8"),
    Staged("plan_window_end", "float8"),
)
_COVER = tuple(field.name for field in fields(SkyCover))


class Plans(Kind):
    NAME = "plans"
    COLUMNS: ClassVar = _COLUMNS
    REQUIRED = (("program",), ("observation",), ("visit",), ("configuration",))
    MARKS = (Staged("target", "bigint"), *SKY_COLUMNS)

    def staged(self) -> Sequence[Staged]:
        judged = (Staged("obsid", "int8"), Staged("target_key"), Staged("executed", "bool"))
        return [*_FIELDS, *judged]

    def convert(self, batch: Batch) -> Iterator[Sequence[Value]]:
        given = {name: self._values(batch, name) for name in self.COLUMNS}
        rows = [self._row(batch, index, {name: given[name][index] for name in given}) for index in range(len(batch))]
        for index in batch.sound():
            yield [batch.lines[index], *rows[index]]

    def _values(self, batch: Batch, name: str) -> list[Value]:
        column = self.COLUMNS[name]
        return batch.values(column) if name in self.given else [column.empty] * len(batch)

    def _row(self, batch: Batch, index: int, row: dict[str, Value]) -> list[Value]:
        for name in ("program", "observation", "visit"):
            if row[name] is None and index not in batch.problems:
                batch.reject(index, f"{name} is empty: give its number")
        instrument, kind_of_data = instrument_of(str(row["configuration"]))
        if not instrument and row["configuration"] != _NO_INSTRUMENT:
            batch.reject(index, f"configuration {str(row['configuration'])[:60]!r} names no instrument of JWST")
        program, observation, visit = (row[name] or 0 for name in ("program", "observation", "visit"))
        first, last = self._window(batch, index, row)
        program_type = str(row["type"]).partition("/")[0]
        return [
            "JWST",
            f"jw{program:05}{observation:03}{visit:03}_xx101_00001_{instrument.partition('/')[0].lower()}",
            instrument,
            "",
            PLANNED_LEVEL,
            "calibration" if program_type == "CAL" else "science",
            "APT",
            "JWST",
            "INFRARED",
            kind_of_data,
            unpadded(str(program)),
            program_type,
            row["target"],
            observation,
            first,
            last,
            None,
            name_key(str(row["target"]).partition(";")[0]),
            self._is_executed(first, last) or not instrument,
        ]

    def _window(self, batch: Batch, index: int, row: dict[str, Value]) -> tuple[float | None, float | None]:
        """Begin of the first day and end of the last, MJD."""
        first, last = row["window_start"], row["window_end"]
        if isinstance(first, float) and isinstance(last, float) and last < first:
            batch.reject(index, "window_end lies before window_start: exchange the two")
        start = first if isinstance(first, float) else None
        return start, last + 1.0 if isinstance(last, float) else None

    def _is_executed(self, first: float | None, last: float | None) -> bool:
        """A window of one day is that of an executed or a fixed visit."""
        return first is not None and last is not None and last == first + 1.0 and last <= to_mjd(self.now)

    def merge(self, staging: Staging, report: IngestReport) -> None:
        names = [column.name for column in _FIELDS]
        report.repeated = settle_identity(staging, [*names, "executed"], KEY_FIELDS)
        report.skipped, removed = drop_executed(staging.cursor)
        removed += forget_other_plans(staging.cursor)
        _find_positions(staging)
        write_observations(staging, [*names, *(column.name for column in SKY_COLUMNS if column.name != "s_region")])
        fill_from_programs(staging, SQL("o.obsid = s.target"))
        if report.skipped:
            report.notes.append(f"{report.skipped:,} visits have been executed and are not planned any more")
        if removed:
            report.notes.append(f"{removed:,} rows planned earlier were removed")


def instrument_of(configuration: str) -> tuple[str, str]:
    """instrument_name and dataproduct_type of a configuration; without a known mode the instrument alone."""
    if configuration in CONFIGURATIONS:
        return CONFIGURATIONS[configuration]
    words = configuration.upper().split()
    return next((name for name in _INSTRUMENTS if name in words), ""), ""


def _find_positions(staging: Staging) -> None:
    """Positions of targets: by the names that the archive resolves, else by what the program has observed of them."""
    cursor = staging.cursor
    cursor.execute(
        "UPDATE ingest_row s SET s_ra = n.ra_deg, s_dec = n.dec_deg FROM archive_name n WHERE n.key = s.target_key"
    )
    cursor.execute(
        "UPDATE ingest_row r SET s_ra = f.s_ra, s_dec = f.s_dec FROM (SELECT DISTINCT ON (s.line)"
        " s.line, o.s_ra, o.s_dec FROM ingest_row s JOIN archive_observation o ON o.obs_collection = 'JWST'"
        " AND o.proposal_id = s.proposal_id AND upper(o.target_name) = upper(s.target_name)"
        " WHERE s.s_ra IS NULL AND s.target_name <> '' AND o.calib_level >= 0 AND o.s_ra IS NOT NULL"
        " ORDER BY s.line, o.obsid) f WHERE f.line = r.line"
    )
    cursor.execute("SELECT line, s_ra, s_dec FROM ingest_row WHERE s_ra IS NOT NULL ORDER BY line")
    found = cursor.fetchall()
    covers = sky_covers([(ra, dec, "") for _, ra, dec in found])
    searched = [name for name in _COVER if name != "footprint"]  # a position has none
    arrays = [[line for line, _, _ in found], *([getattr(cover, name) for cover in covers] for name in searched)]
    cursor.execute(
        SQL("UPDATE ingest_row s SET {} FROM unnest({}) AS v (line, {}) WHERE v.line = s.line").format(
            commas(SQL("{0} = v.{0}").format(Identifier(name)) for name in searched),
            commas(SQL("%s::{}").format(SQL(kind)) for kind in _array_types(searched)),
            commas(map(Identifier, searched)),
        ),
        arrays,
    )


def _array_types(names: Sequence[str]) -> list[str]:
    return ["bigint[]", *("bigint[]" if name == "hpx" else "float8[]" for name in names)]
