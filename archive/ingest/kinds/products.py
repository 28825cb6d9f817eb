"""Files: in the columns of the archive's product record, or of its listings of FITS files with their keywords.

What a row does not say of a file, its name says (`archive.jwst`, `archive.hst`).
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from psycopg.sql import SQL, Identifier, Literal

from archive import hst, jwst
from archive.columns import RECOMMENDED_GROUP
from archive.facts import ProductFacts, split_extension
from archive.ingest.events import note_products, tell_products
from archive.ingest.kind import Kind, columns_by_name
from archive.ingest.listings import add_listings, refresh_recommended, touch_lists, watch_lists
from archive.ingest.members import add_members
from archive.ingest.owners import OWNER_COLUMNS, OWNER_MARKS, find_owners, list_companions, owner_prefixes
from archive.ingest.report import IngestReport
from archive.ingest.staging import Staged, Staging, Target, commas, refresh_statistics, staged
from archive.ingest.table import Batch
from archive.ingest.values import InputColumn, Parser, Value, mjd_of_iso, one_of, text, whole

_LEVELS = {"1a": 0, "1b": 1, "2a": 2, "2b": 2, "2c": 2, "3": 3}
_CLOSED = ("EXCLUSIVE_ACCESS", "RESTRICTED", "PROPRIETARY")
_MD5 = re.compile(r"[0-9a-fA-F]{32}")


def _level(cell: str) -> int:
    if cell not in _LEVELS:
        raise ValueError(f"{cell[:40]!r} is none of {', '.join(_LEVELS)}")
    return _LEVELS[cell]


def _md5(cell: str) -> str:
    if not _MD5.fullmatch(cell):
        raise ValueError(f"{cell[:40]!r} is not an MD5 sum of 32 hexadecimal digits")
    return cell.lower()


_OBSID: Parser = whole(1, 2**63 - 1)
_SIZE: Parser = whole(0, 2**63 - 1)

_COLUMNS = (
    InputColumn("productFilename", "filename", text(1000)),
    InputColumn("filename", "filename", text(1000)),
    InputColumn("dataURI", "uri", text(1500)),
    InputColumn("obsID", "own_obsid", _OBSID, "int8", None),
    InputColumn("parent_obsid", "parent_obsid", _OBSID, "int8", None),
    InputColumn("obs_collection", "mission", text(100)),
    InputColumn("obs_id", "own_obs_id", text(500)),
    InputColumn("dataproduct_type", "dataproduct_type", text()),
    InputColumn("description", "description", text()),
    InputColumn("type", "data_type", one_of("S", "C", "D"), empty="S"),
    InputColumn("productType", "product_type", text(200)),
    InputColumn("productGroupDescription", "", text()),
    InputColumn("productSubGroupDescription", "product_group", text(200)),
    InputColumn("productDocumentationURL", "documentation_url", text()),
    InputColumn("project", "project", text()),
    InputColumn("prvversion", "pipeline_version", text()),
    InputColumn("proposal_id", "", text()),  # the observation's
    InputColumn("size", "listed_size_bytes", _SIZE, "int8", None),
    InputColumn("fileSize", "listed_size_bytes", _SIZE, "int8", None),
    InputColumn("checksum", "listed_md5", _md5),
    InputColumn("dataRights", "", one_of("PUBLIC", *_CLOSED)),
    InputColumn("calib_level", "calib_level", whole(-1, 4), "int2", None),
    InputColumn("productLevel", "calib_level", _level, "int2", None),
    InputColumn("filters", "filters", text()),
    InputColumn("publicReleaseDate", "t_release", mjd_of_iso, "float8", None),
)
#: What names tell, hence staged for every input.
_NAMED = {
    "dataproduct_type": "text",
    "description": "text",
    "product_type": "text",
    "product_group": "text",
    "calib_level": "int2",
    "end_product": "bool",
    "extension": "text",
}
#: Staged when the input has them; new rows without hold these.
_FURTHER: dict[str, Value] = {
    "data_type": "S",
    "documentation_url": "",
    "project": "",
    "pipeline_version": "",
    "filters": "",
    "t_release": None,
    "listed_size_bytes": None,
    "listed_md5": "",
}
_SQL_TYPES = {column.field: column.sql_type for column in _COLUMNS}


class Products(Kind):
    NAME = "products"
    COLUMNS: ClassVar = columns_by_name(*_COLUMNS)
    REQUIRED = (("productFilename", "filename", "dataURI"),)
    MARKS = (*OWNER_MARKS, Staged("product", "bigint"))

    @property
    def _has_keywords(self) -> bool:
        """Whether this is a listing of FITS files with their keywords, which says ``filename``."""
        return "filename" in self.given

    def ignored(self) -> Sequence[str]:
        return [] if self._has_keywords else self.table.ignored

    def _further(self) -> list[str]:
        fields = {self.COLUMNS[name].field for name in self.given}
        return [field for field in _FURTHER if field in fields]

    def staged(self) -> Sequence[Staged]:
        return [
            Staged("uri"),
            Staged("filename"),
            *OWNER_COLUMNS,
            *(Staged(name, sql_type) for name, sql_type in _NAMED.items()),
            *(Staged(name, _SQL_TYPES[name]) for name in self._further()),
            Staged("service"),
            Staged("record", long=True),
        ]

    def convert(self, batch: Batch) -> Iterator[Sequence[Value]]:
        given = {name: batch.values(self.COLUMNS[name]) for name in self.given}
        rows = [self._row(batch, index, given) for index in range(len(batch))]
        for index in batch.sound():
            yield [batch.lines[index], *rows[index]]

    def _row(self, batch: Batch, index: int, given: dict[str, list[Value]]) -> list[Value]:
        said: dict[str, Value] = {}
        for name, values in given.items():
            if values[index] not in (None, ""):
                said[self.COLUMNS[name].field or name] = values[index]
        filename = str(said.get("filename") or str(said.get("uri", "")).rpartition("/")[2])
        facts, mission = _facts(filename)
        mission = str(said.get("mission", mission))
        own_obs_id = said.get("own_obs_id") if not self._has_keywords else None
        own_obs_id = own_obs_id or (facts.own_obs_id if facts else "")
        if not filename:
            batch.reject(index, "no file name: give productFilename, or a dataURI that ends with it")
        if not own_obs_id and "own_obsid" not in said:
            batch.reject(index, "the name tells no observation: give its obsID, or its obs_collection and obs_id")
        closed = said.get("dataRights") in _CLOSED
        owner = [
            said.get("own_obsid"),
            said.get("parent_obsid"),
            mission,
            own_obs_id,
            *owner_prefixes(filename),
            closed,
        ]
        service, record = self._keywords(batch.records[index], filename, mission)
        return [
            said.get("uri") or f"mast:{mission}/product/{filename}",
            filename,
            *owner,
            *_named_values(said, facts, filename),
            *(said.get(name, _FURTHER[name]) for name in self._further()),
            service,
            record,
        ]

    def _keywords(self, cells: list[str], filename: str, mission: str) -> tuple[str, str]:
        """The file's keyword service and its record as JSON: text as served, empty cells left out."""
        if not self._has_keywords:
            return "", ""
        pairs = zip(self.table.header, cells, strict=True)
        record = {name: cell for name, cell in pairs if name and cell}
        return _service(record, filename, mission), json.dumps(record)

    def merge(self, staging: Staging, report: IngestReport) -> None:
        find_owners(staging)
        content = [*_NAMED, *self._further(), "filename", "service", "record"]
        parent = SQL("coalesce(s.parent_obsid, s.own)")
        report.repeated = staging.drop_repeats([staged("uri"), staged("own"), parent], content, "this file")
        _refuse_contradictions(staging, content)
        note_products(staging, self.now)
        self._write_products(staging)
        tell_products(staging, self.now)
        if self._has_keywords:
            _write_keywords(staging)
        _write_listings(staging)

    def _write_products(self, staging: Staging) -> None:
        cursor = staging.cursor
        cursor.execute(
            "UPDATE ingest_row r SET is_new = true FROM (SELECT s.uri, min(s.line) AS line FROM ingest_row s"
            " WHERE NOT EXISTS (SELECT FROM archive_product p WHERE p.uri = s.uri) GROUP BY s.uri) f"
            " WHERE f.line = r.line"
        )
        staging.write(self._target())
        cursor.execute("UPDATE ingest_row s SET product = p.id FROM archive_product p WHERE p.uri = s.uri")

    def _target(self) -> Target:
        values = {name: staged(name) for name in ("filename", *_NAMED, *self._further())}
        size = SQL("coalesce(s.listed_size_bytes, 0)") if "listed_size_bytes" in values else Literal(0)
        md5 = staged("listed_md5") if "listed_md5" in values else Literal("")
        first = {
            **{name: Literal(empty) for name, empty in _FURTHER.items() if name not in values and empty is not None},
            "observation_id": staged("own"),
            "size_bytes": size,
            "md5": md5,
            "sha256": Literal(""),
            "storage_key": Literal(""),
            "held": Literal("not_yet"),
            "stand_in": Literal(False),
        }
        if "filters" not in values:
            first["filters"] = SQL("(SELECT o.filters FROM archive_observation o WHERE o.obsid = s.own)")
        # of bytes that are here, or were, the store knows better than a listing
        unheld = SQL("CASE t.held WHEN 'not_yet' THEN {} ELSE t.{} END")
        later = {}
        if "listed_size_bytes" in values:
            later["size_bytes"] = unheld.format(size, Identifier("size_bytes"))
        if "listed_md5" in values:
            later["md5"] = unheld.format(md5, Identifier("md5"))
        return Target("archive_product", {"uri": "uri"}, values, first, later)


def _facts(filename: str) -> tuple[ProductFacts | None, str]:
    """What the name tells, and whose naming rules told it."""
    if facts := jwst.product_facts(filename):
        return facts, "JWST"
    if facts := hst.product_facts(filename):
        return facts, "HST"
    return None, ""


def _named_values(said: dict[str, Value], facts: ProductFacts | None, filename: str) -> list[Value]:
    """The columns of `_NAMED`: what the row says, else what the name tells."""
    recommended = said.get("productGroupDescription") == RECOMMENDED_GROUP
    return [
        said.get("dataproduct_type") or (facts.dataproduct_type if facts else ""),
        said.get("description") or (facts.description if facts else ""),
        said.get("product_type") or (facts.product_type if facts else "SCIENCE"),
        said.get("product_group") or (facts.product_group if facts else ""),
        said.get("calib_level", facts.calib_level if facts else None),
        recommended or bool(facts and facts.end_product),
        facts.extension if facts else split_extension(filename)[1],
    ]


def _service(record: dict[str, str], filename: str, mission: str) -> str:
    if mission != "JWST":
        return mission.lower()
    name = jwst.parse_name(filename)
    if name is not None and name.kind is jwst.Kind.GUIDE_STAR:
        return "guidestar"
    return (record.get("instrume") or (name.instrument if name else "")).lower()


def _refuse_contradictions(staging: Staging, content: Sequence[str]) -> None:
    """The same file under several observations must be the same file."""
    staging.reject(
        SQL(
            "SELECT s.line, 'this file stands already in line ' || f.line || ' with other values: keep one of the two'"
            " FROM ingest_row s JOIN (SELECT uri, min(line) AS line FROM ingest_row GROUP BY uri) u ON u.uri = s.uri"
            " JOIN ingest_row f ON f.line = u.line AND f.line < s.line WHERE ROW({}) IS DISTINCT FROM ROW({})"
        ).format(
            commas(staged(name) for name in content), commas(SQL("f.{}").format(Identifier(name)) for name in content)
        )
    )


def _write_keywords(staging: Staging) -> None:
    staging.cursor.execute(
        "WITH written AS (INSERT INTO archive_keywordrow (product_id, service, record)"
        " SELECT DISTINCT ON (product) product, service, record::jsonb FROM ingest_row ORDER BY product, line"
        " ON CONFLICT (product_id) DO UPDATE SET service = excluded.service, record = excluded.record"
        " WHERE (archive_keywordrow.service, archive_keywordrow.record)"
        " IS DISTINCT FROM (excluded.service, excluded.record) RETURNING product_id)"
        " UPDATE ingest_row s SET changed = true FROM written w WHERE w.product_id = s.product"
    )
    refresh_statistics(staging.cursor, "archive_keywordrow", staging.cursor.rowcount, ["product_id"])


def _write_listings(staging: Staging) -> None:
    """Under its own observation, under the parent that the row names, and under what combines or accompanies these."""
    cursor = staging.cursor
    cursor.execute(
        "UPDATE ingest_row s SET is_new = true WHERE NOT EXISTS (SELECT FROM archive_listing l"
        " WHERE l.parent_id = coalesce(s.parent_obsid, s.own) AND l.own_id = s.own AND l.product_id = s.product)"
    )
    watch_lists(cursor)
    add_listings(
        cursor,
        SQL(
            "SELECT s.own, s.own, s.product FROM ingest_row s"
            " UNION ALL SELECT s.parent_obsid, s.own, s.product FROM ingest_row s WHERE s.parent_obsid IS NOT NULL"
        ),
    )
    list_companions(cursor)
    add_members(cursor, SQL("SELECT own FROM ingest_row WHERE is_new OR changed"))
    touch_lists(
        cursor,
        SQL(
            "SELECT DISTINCT l.parent_id FROM ingest_row s JOIN archive_listing l ON l.product_id = s.product"
            " WHERE s.changed"
        ),
    )
    refresh_recommended(cursor)
