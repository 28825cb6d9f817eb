"""Programs: number, PI, title. Observations of a program that lack PI or title get them from it."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from psycopg.sql import SQL, Literal

from archive.ingest.kind import Kind, columns_by_name, rows_of
from archive.ingest.report import IngestReport
from archive.ingest.signals import pi_addresses_ingested
from archive.ingest.staging import Staged, Staging, Target, staged
from archive.ingest.table import Batch
from archive.ingest.values import InputColumn, Value, address, number, text, unpadded

#: Where no column says it: the listing of programs is JWST's.
DEFAULT_MISSION = "JWST"

_COLUMNS = (
    InputColumn("mission", "mission", text(100), empty=DEFAULT_MISSION),
    InputColumn("program", "number", text(200)),
    InputColumn("title", "title", text()),
    InputColumn("pi_name", "pi_name", text()),
    InputColumn("pi_email", "pi_email", address()),
    InputColumn("category", "category", text()),
    InputColumn("cycle", "cycle", text()),
    InputColumn("scicat", "science_category", text()),
    InputColumn("subcat", "sub_category", text()),
    InputColumn("allocation_hours", "allocation_hours", number(0, 1e6), "float8", None),
    InputColumn("exclusive_access_months", "exclusive_access_months", number(0, 1200), "float8", None),
)
_KEY = {"mission": "mission", "number": "number"}


class Programs(Kind):
    NAME = "programs"
    COLUMNS: ClassVar = columns_by_name(*_COLUMNS)
    REQUIRED = (("program",),)

    def staged(self) -> Sequence[Staged]:
        return [Staged(column.field, column.sql_type) for column in self._columns()]

    def _columns(self) -> list[InputColumn]:
        """The columns that the input gives, and the key."""
        return [column for column in _COLUMNS if column.name in self.given or column.field in _KEY]

    def convert(self, batch: Batch) -> Iterator[Sequence[Value]]:
        found = {column.field: self._values(batch, column) for column in self._columns()}
        found["number"] = [unpadded(str(value)) for value in found["number"]]
        for index, value in enumerate(found["number"]):
            if not value:
                batch.reject(index, "program is empty: give the number of the program")
        return rows_of(batch, list(found.values()))

    def _values(self, batch: Batch, column: InputColumn) -> list[Value]:
        return batch.values(column) if column.name in self.given else [column.empty] * len(batch)

    def merge(self, staging: Staging, report: IngestReport) -> None:
        fields = [column.field for column in self._columns()]
        report.repeated = staging.drop_repeats([staged(name) for name in _KEY], fields, "this program")
        values = {name: staged(name) for name in fields if name not in _KEY}
        absent = {c.field: Literal(c.empty) for c in _COLUMNS if c.field not in fields}
        target = Target("archive_program", _KEY, values, first=absent)
        staging.mark_new(target)
        self._correct_observations(staging)
        staging.write(target)
        if "pi_email" in self.given:
            pi_addresses_ingested.send(Programs, now=self.now)
        fill_from_programs(staging, SQL("o.obs_collection = s.mission AND o.proposal_id = s.number"))

    def _correct_observations(self, staging: Staging) -> None:
        """What observations have from the program's former words follows the new ones."""
        for given, column, stored in (("pi_name", "pi_name", "proposal_pi"), ("title", "title", "obs_title")):
            if given in self.given:
                staging.cursor.execute(
                    SQL(
                        "UPDATE archive_observation o SET {stored} = s.{column} FROM ingest_row s, archive_program p"
                        " WHERE p.mission = s.mission AND p.number = s.number AND o.obs_collection = p.mission"
                        " AND o.proposal_id = p.number AND p.{column} <> '' AND o.{stored} = p.{column}"
                        " AND s.{column} <> p.{column}"
                    ).format(stored=SQL(stored), column=SQL(column))
                )


def fill_from_programs(staging: Staging, join: SQL) -> None:
    """Give observations without PI or title their program's; ``join`` ties observation ``o`` to staged row ``s``."""
    staging.cursor.execute(
        SQL(
            "UPDATE archive_observation o SET"
            " proposal_pi = CASE o.proposal_pi WHEN '' THEN p.pi_name ELSE o.proposal_pi END,"
            " obs_title = CASE o.obs_title WHEN '' THEN p.title ELSE o.obs_title END"
            " FROM ingest_row s, archive_program p"
            " WHERE {} AND p.mission = o.obs_collection AND p.number = o.proposal_id"
            " AND ((o.proposal_pi = '' AND p.pi_name <> '') OR (o.obs_title = '' AND p.title <> ''))"
        ).format(join)
    )
