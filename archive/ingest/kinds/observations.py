"""Observations, in the columns of the archive's own table."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from psycopg.sql import SQL, Composable, Identifier, Literal

from archive.columns import OBSERVATION_COLUMNS, ColumnType
from archive.ingest.events import note_observations, tell_observations
from archive.ingest.identity import KEY_FIELDS, settle_identity
from archive.ingest.kind import Kind, rows_of
from archive.ingest.kinds.programs import fill_from_programs
from archive.ingest.members import list_members
from archive.ingest.position import SKY_COLUMNS, SKY_FIELDS, sky_values
from archive.ingest.report import IngestReport
from archive.ingest.staging import Staged, Staging, Target, staged
from archive.ingest.table import Batch
from archive.ingest.values import (
    InputColumn,
    Parser,
    Value,
    flag,
    mjd,
    number,
    one_of,
    text,
    unpadded,
    whole,
)
from archive.ingest.visits import remove_superseded
from archive.models import PLANNED_LEVEL

#: Missions whose program numbers are written with leading zeros here and there.
_PADDING_MISSIONS = frozenset({"JWST", "HST", "HLA"})
_CLOSED = ("EXCLUSIVE_ACCESS", "RESTRICTED", "PROPRIETARY")

_PARSERS: dict[str, Parser] = {
    "obs_collection": text(100),
    "obs_id": text(500),
    "instrument_name": text(300),
    "filters": text(500),
    "proposal_id": text(200),
    "dataRights": one_of("PUBLIC", *_CLOSED),
    "s_ra": number(0, 360),
    "s_dec": number(-90, 90),
    "calib_level": whole(-1, 4),
    "t_exptime": number(low=0),
    "em_min": number(low=0),
    "em_max": number(low=0),
    "srcDen": number(low=0),
    "sequence_number": whole(-(2**31), 2**31 - 1),
    "obsid": whole(1, 2**63 - 1),
    "objID": text(200),
}
_TYPES: dict[ColumnType, tuple[Parser, str, Value]] = {
    ColumnType.TEXT: (text(), "text", ""),
    ColumnType.FLOAT: (number(), "float8", None),
    ColumnType.MJD: (mjd, "float8", None),
    ColumnType.BOOLEAN: (flag, "bool", None),
}
_SPECIAL: dict[str, tuple[str, Value]] = {
    "calib_level": ("int2", 0),
    "sequence_number": ("int4", None),
    "obsid": ("int8", None),
    "objID": ("text", ""),
    "intentType": ("text", "science"),
}


def _input_columns() -> dict[str, InputColumn]:
    """The published columns that a table of observations can bring, and the listing's own ``product``."""
    columns: dict[str, InputColumn] = {}
    for column in OBSERVATION_COLUMNS:
        if column.name == "distance":
            continue
        parse, sql_type, empty = _TYPES.get(column.type, (text(), "text", ""))
        sql_type, empty = _SPECIAL.get(column.name, (sql_type, empty))
        parse = _PARSERS.get(column.name, parse)
        columns[column.name] = InputColumn(column.name, column.field, parse, sql_type, empty)
    columns["product"] = InputColumn("product", "", text())
    return columns


class Observations(Kind):
    NAME = "observations"
    COLUMNS: ClassVar = _input_columns()
    REQUIRED = (("obs_collection",), ("obs_id",))
    MARKS = (Staged("target", "bigint"),)

    def _fields(self) -> list[InputColumn]:
        """What is stored of the input besides the sky: the given columns, and the whole key."""
        return [
            column
            for column in self.COLUMNS.values()
            if column.field
            and column.field not in SKY_FIELDS
            and (column.name in self.given or column.field in (*KEY_FIELDS, "obsid"))
            and column.name != "dataURL"
        ]

    @property
    def _has_sky(self) -> bool:
        return bool(self.given & SKY_FIELDS)

    @property
    def _has_data_url(self) -> bool:
        return bool(self.given & {"dataURL", "product"})

    def staged(self) -> Sequence[Staged]:
        fields = [Staged(column.field, column.sql_type) for column in self._fields()]
        fields += [Staged("data_url")] if self._has_data_url else []
        return [*fields, *(SKY_COLUMNS if self._has_sky else ())]

    def convert(self, batch: Batch) -> Iterator[Sequence[Value]]:
        found = {column.field: self._values(batch, column.name) for column in self._fields()}
        _refuse_empty_names(batch, found)
        self._refuse_unreleasable(batch, found)
        _refuse_reversed(batch, found)
        if "proposal_id" in found:
            pairs = zip(found["proposal_id"], found["obs_collection"], strict=True)
            found["proposal_id"] = [
                unpadded(str(number)) if mission in _PADDING_MISSIONS else number for number, mission in pairs
            ]
        columns = list(found.values())
        columns += [self._data_urls(batch, found)] if self._has_data_url else []
        columns += (
            sky_values(batch, *(self._values(batch, name) for name in ("s_ra", "s_dec", "s_region")))
            if self._has_sky
            else []
        )
        return rows_of(batch, columns)

    def _values(self, batch: Batch, name: str) -> list[Value]:
        column = self.COLUMNS[name]
        return batch.values(column) if name in self.given else [column.empty] * len(batch)

    def _data_urls(self, batch: Batch, found: dict[str, list[Value]]) -> list[Value]:
        """The main file's address: given, or made of the file's name."""
        addresses, files = self._values(batch, "dataURL"), self._values(batch, "product")
        missions = found["obs_collection"]
        return [
            address or (f"mast:{mission}/product/{file}" if file else "")
            for address, file, mission in zip(addresses, files, missions, strict=True)
        ]

    def _refuse_unreleasable(self, batch: Batch, found: dict[str, list[Value]]) -> None:
        """Exclusive data without a release date could not be told from public ones."""
        if "dataRights" not in self.given:
            return
        rights = batch.values(self.COLUMNS["dataRights"])
        releases = found.get("t_obs_release", [None] * len(batch))
        levels = found.get("calib_level", [0] * len(batch))
        for index, right in enumerate(rights):
            if right in _CLOSED and releases[index] is None and levels[index] != PLANNED_LEVEL:
                batch.reject(index, f"dataRights {right} without t_obs_release: give the date of release (MJD)")

    def merge(self, staging: Staging, report: IngestReport) -> None:
        fields = [column.name for column in self.staged()]
        report.repeated = settle_identity(staging, [name for name in fields if name != "obsid"], self._given_key())
        note_observations(staging, self.now)
        write_observations(staging, [name for name in fields if name != "obsid"])
        tell_observations(staging, self.now)
        fill_from_programs(staging, SQL("o.obsid = s.target"))
        if removed := remove_superseded(staging.cursor):
            report.notes.append(f"{removed:,} planned visits have data now and are no longer listed as planned")
        list_members(staging.cursor, SQL("SELECT target FROM ingest_row WHERE is_new OR changed"))
        if "t_obs_release" not in self.given and report.read:
            report.notes.append("no column t_obs_release: new rows count as public")

    def _given_key(self) -> list[str]:
        return [name for name in KEY_FIELDS if name in self.given]


def write_observations(staging: Staging, fields: Sequence[str]) -> None:
    """Insert and update observations from staged rows whose identity is settled."""
    kept_when_empty = {
        name: SQL("coalesce(nullif(s.{0}, ''), t.{0})").format(Identifier(name))
        for name in ("proposal_pi", "obs_title")
        if name in fields
    }
    values: dict[str, Composable] = {name: staged(name) for name in fields}
    first = {name: value for name, value in _first_values().items() if name not in values}
    staging.write(Target("archive_observation", {"obsid": "target"}, values, first, kept_when_empty))


def _first_values() -> dict[str, Composable]:
    """What a new observation holds in columns that its input does not have."""
    first: dict[str, Composable] = {
        column.field: Literal(column.empty)
        for column in Observations.COLUMNS.values()
        if column.field and column.field != "obsid" and column.empty is not None
    }
    return {**first, "obsid_assigned": SQL("s.obsid IS NULL")}


def _refuse_empty_names(batch: Batch, found: dict[str, list[Value]]) -> None:
    for name, what in (("obs_collection", "the mission"), ("obs_id", "the observation's name")):
        for index, value in enumerate(found[name]):
            if not value:
                batch.reject(index, f"{name} is empty: give {what}")


def _refuse_reversed(batch: Batch, found: dict[str, list[Value]]) -> None:
    """A range that ends before it begins."""
    for low, high in (("t_min", "t_max"), ("em_min", "em_max")):
        if low in found and high in found:
            for index, (first, last) in enumerate(zip(found[low], found[high], strict=True)):
                if isinstance(first, float) and isinstance(last, float) and last < first:
                    batch.reject(index, f"{high} {last} lies before {low} {first}: exchange the two")
