"""Column maps: how a file with other column names becomes the archive's columns. The form is in docs/ingest.md.

A map is TOML with one table, ``[columns]``: published name = source column, or a table with one of ``column``,
``template``, ``constant`` and what is done to the cell: ``values``, ``default``, ``factor``, ``time``.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archive.ingest.report import UnusableInputError
from archive.ingest.values import mjd_of_iso, number

_PLACE = re.compile(r"\{(?P<column>[^{}:]+)(?::0(?P<width>\d{1,2}))?\}")
_SOURCES = ("column", "template", "constant")
_TIMES = ("mjd", "jd", "iso")
_KEYS = {*_SOURCES, "values", "default", "factor", "time"}


@dataclass(frozen=True)
class Rule:
    """Where the cells of one published column come from."""

    column: str = ""
    template: str = ""
    constant: str = ""
    #: Cells replaced by others; those not named stay.
    values: Mapping[str, str] = field(default_factory=dict)
    #: For empty cells.
    default: str = ""
    #: What the number is multiplied by, to reach the published unit.
    factor: float | None = None
    time: str = "mjd"

    @property
    def is_plain(self) -> bool:
        """Whether the cells of ``column`` are taken as they are."""
        return self == Rule(column=self.column)

    def sources(self) -> list[str]:
        """The columns of the file that the rule reads."""
        if self.template:
            return [place["column"] for place in _PLACE.finditer(self.template)]
        return [self.column] if self.column else []

    def bind(self, header: Sequence[str]) -> Callable[[Sequence[str]], str]:
        """A function from the cells of a row to the cell of the published column; it raises ValueError."""
        source = self._source(header)

        def cell(cells: Sequence[str]) -> str:
            found = source(cells)
            found = self.values.get(found, found) or self.default
            return self._converted(found) if found else ""

        return cell

    def _source(self, header: Sequence[str]) -> Callable[[Sequence[str]], str]:
        if self.template:
            return _filled(self.template, {name: header.index(name) for name in self.sources()})
        if self.column:
            place = header.index(self.column)
            return lambda cells: cells[place].strip()
        return lambda cells: self.constant

    def _converted(self, cell: str) -> str:
        if self.time == "iso":
            return repr(mjd_of_iso(cell))
        if self.time == "jd":
            return repr(_float(cell) - 2400000.5)
        return cell if self.factor is None else repr(_float(cell) * self.factor)


@dataclass(frozen=True)
class ColumnMap:
    """The rules of a map under the published names."""

    rules: Mapping[str, Rule]

    def sources(self) -> set[str]:
        return {name for rule in self.rules.values() for name in rule.sources()}


def read_map(path: Path) -> ColumnMap:
    """The map in a TOML file.

    Raises
    ------
    UnusableInputError : the file is missing, no TOML, or says something that maps do not know.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnusableInputError(f"the map {path} does not exist: check the path") from None
    except OSError as error:
        raise UnusableInputError(f"the map {path} cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnusableInputError(f"the map {path} is not TOML: {error}") from None
    unknown = sorted(found.keys() - {"columns"})
    if unknown or not isinstance(found.get("columns"), dict):
        hint = f"it does not know {', '.join(unknown)}" if unknown else "it has none"
        raise UnusableInputError(f"the map {path} must hold one table, [columns]; {hint}")
    return ColumnMap({name: _rule(path, name, given) for name, given in found["columns"].items()})


def constants(pairs: Iterable[tuple[str, str]]) -> dict[str, Rule]:
    """Rules that give every row the same cell."""
    return {name: Rule(constant=value) for name, value in pairs}


def _rule(path: Path, name: str, given: object) -> Rule:
    if isinstance(given, str):
        given = {"column": given}
    where = f"the map {path}, column {name}"
    if not isinstance(given, dict):
        raise UnusableInputError(f"{where}: give a source column's name, or a table")
    unknown = sorted(given.keys() - _KEYS)
    if unknown:
        raise UnusableInputError(f"{where}: {', '.join(unknown)} is unknown; known are {', '.join(sorted(_KEYS))}")
    if sum(key in given for key in _SOURCES) != 1:
        raise UnusableInputError(f"{where}: give exactly one of {', '.join(_SOURCES)}")
    return _checked(where, given)


def _checked(where: str, given: dict[str, object]) -> Rule:
    factor, time, values = given.get("factor"), given.get("time", "mjd"), given.get("values", {})
    if factor is not None and (isinstance(factor, bool) or not isinstance(factor, int | float)):
        raise UnusableInputError(f"{where}: factor must be a number")
    if time not in _TIMES:
        raise UnusableInputError(f"{where}: time must be one of {', '.join(_TIMES)}")
    if factor is not None and time != "mjd":
        raise UnusableInputError(f"{where}: a time has no factor")
    if not isinstance(values, dict):
        raise UnusableInputError(f"{where}: values must be a table of cell = replacement")
    template = str(given.get("template", ""))
    if "template" in given and ("{" in _PLACE.sub("", template) or not _PLACE.search(template)):
        raise UnusableInputError(f"{where}: a template has places such as {{campaign}} or {{campaign:02}}")
    return Rule(
        column=str(given.get("column", "")),
        template=template,
        constant=str(given.get("constant", "")),
        values={str(key): str(value) for key, value in values.items()},
        default=str(given.get("default", "")),
        factor=None if factor is None else float(factor),
        time=str(time),
    )


def _filled(template: str, places: Mapping[str, int]) -> Callable[[Sequence[str]], str]:
    """A template's function: empty when all its columns are."""

    def fill(cells: Sequence[str]) -> str:
        found = {name: cells[place].strip() for name, place in places.items()}
        if not any(found.values()):
            return ""
        return _PLACE.sub(lambda place: _padded(found[place["column"]], place["width"], place["column"]), template)

    return fill


def _padded(cell: str, width: str | None, column: str) -> str:
    if width is None:
        return cell
    if not (cell.isascii() and cell.isdigit()):
        raise ValueError(f"{column} {cell[:40]!r} is not a whole number, as the map's template asks")
    return cell.zfill(int(width))


def _float(cell: str) -> float:
    value = number()(cell)
    return value if isinstance(value, float) else float("nan")
