"""Names that the archive resolves by itself."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from psycopg.sql import Literal

from archive.ingest.kind import Kind, columns_by_name, rows_of
from archive.ingest.report import IngestReport
from archive.ingest.staging import Staged, Staging, Target, staged
from archive.ingest.table import Batch
from archive.ingest.values import InputColumn, Value, number, text
from archive.names import name_key

_COLUMNS = (
    InputColumn("name", "name", text(500)),
    InputColumn("canonical_name", "canonical_name", text(500)),
    InputColumn("ra", "ra_deg", number(0, 360), "float8", None),
    InputColumn("dec", "dec_deg", number(-90, 90), "float8", None),
    InputColumn("radius", "radius_deg", number(0, 180), "float8", None),
    InputColumn("resolver", "resolver", text()),
    InputColumn("objectType", "object_type", text()),
)
_NAMED = ("key", "name", "canonical_name", "ra_deg", "dec_deg")


class Names(Kind):
    NAME = "names"
    COLUMNS: ClassVar = columns_by_name(*_COLUMNS)
    REQUIRED = (("name",), ("ra",), ("dec",))

    def _further(self) -> list[InputColumn]:
        return [column for column in _COLUMNS if column.name in self.given and column.field not in _NAMED]

    def staged(self) -> Sequence[Staged]:
        named = [Staged(name, "float8" if name.endswith("_deg") else "text") for name in _NAMED]
        return [*named, *(Staged(column.field, column.sql_type) for column in self._further())]

    def convert(self, batch: Batch) -> Iterator[Sequence[Value]]:
        names = [str(name) for name in batch.values(self.COLUMNS["name"])]
        keys = [name_key(name) for name in names]
        ra = batch.values(self.COLUMNS["ra"])
        dec = batch.values(self.COLUMNS["dec"])
        for index, key in enumerate(keys):
            if not key:
                batch.reject(index, "name is empty: give the name that people type")
            if ra[index] is None or dec[index] is None:
                batch.reject(index, "ra and dec must be given, in degrees (ICRS)")
        wrapped: list[Value] = [0.0 if value == 360.0 else value for value in ra]
        further = [batch.values(column) for column in self._further()]
        return rows_of(batch, [keys, names, self._canonical(batch, names), wrapped, dec, *further])

    def _canonical(self, batch: Batch, names: list[str]) -> list[Value]:
        """The catalogue's name; the name itself where none is given."""
        if "canonical_name" not in self.given:
            return [*names]
        given = batch.values(self.COLUMNS["canonical_name"])
        return [canonical or name for canonical, name in zip(given, names, strict=True)]

    def merge(self, staging: Staging, report: IngestReport) -> None:
        fields = [column.name for column in self.staged()]
        report.repeated = staging.drop_repeats([staged("key")], fields, "this name")
        values = {name: staged(name) for name in fields if name != "key"}
        absent = {c.field: Literal(c.empty) for c in _COLUMNS if c.field not in fields}
        target = Target("archive_name", {"key": "key"}, values, first=absent)
        staging.mark_new(target)
        staging.write(target)
