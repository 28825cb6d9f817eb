"""A CSV source seen through the columns that a kind knows: batches of cells under their published names."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from archive.ingest.mapping import ColumnMap, Rule
from archive.ingest.reading import CsvSource
from archive.ingest.rejects import REJECT_COLUMNS
from archive.ingest.report import UnusableInputError
from archive.ingest.values import InputColumn, Value

BATCH_ROWS = 2000
Cell = Callable[[Sequence[str]], str]


@dataclass
class Batch:
    """Some rows of the input, column by column, with what is wrong with each."""

    lines: list[int]
    #: Stripped cells under their published names.
    cells: dict[str, list[str]]
    #: The whole rows as found, for kinds that keep them.
    records: list[list[str]]
    #: Reasons by index of the row.
    problems: dict[int, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)

    def reject(self, index: int, reason: str) -> None:
        self.problems.setdefault(index, []).append(reason)

    def values(self, column: InputColumn) -> list[Value]:
        """A column's parsed values; what cannot be parsed rejects its row."""
        parse, empty, found = column.parse, column.empty, list[Value]()
        for index, cell in enumerate(self.cells[column.name]):
            try:
                found.append(parse(cell) if cell else empty)
            except ValueError as error:
                self.reject(index, f"{column.name} {error}")
                found.append(empty)
        return found

    def sound(self) -> list[int]:
        """The indexes of the rows with which nothing is wrong."""
        return [index for index in range(len(self)) if index not in self.problems]


class Table:
    """A source bound to a kind's columns.

    Attributes
    ----------
    given : the known columns that the input has, in the kind's order.
    ignored : columns of the input that nothing reads.

    Raises
    ------
    UnusableInputError : the header names a column twice, lacks a required one, or the map and it do not fit.
    """

    def __init__(
        self,
        source: CsvSource,
        columns: Mapping[str, InputColumn],
        mapping: ColumnMap | None = None,
        constants: Mapping[str, Rule] | None = None,
    ) -> None:
        self._source = source
        self._refuse_twice()
        rules = dict(mapping.rules) if mapping else _rules_by_name(source.header, columns)
        rules |= constants or {}
        self._refuse_misfits(rules, columns)
        self._cells: dict[str, Cell] = {
            name: rules[name].bind(source.header) for name in columns if name in rules
        }  # in the kind's order
        self._plain = {name: source.header.index(rule.column) for name, rule in rules.items() if rule.is_plain}
        self.given = tuple(self._cells)
        used = {name for rule in rules.values() for name in rule.sources()}
        self.ignored = [name for name in source.header if name and name not in used | REJECT_COLUMNS]

    @property
    def header(self) -> list[str]:
        return self._source.header

    def require(self, *choices: Iterable[str]) -> None:
        """Of each group of columns at least one must be there."""
        missing = [" or ".join(group) for group in map(tuple, choices) if not set(group) & set(self.given)]
        if missing:
            raise UnusableInputError(
                f"{self._source.path} has no column {', '.join(missing)}; it has {_some(self.header)}. "
                "Rename its columns, or describe them in a map (--map FILE)"
            )

    def batches(self, reject: Callable[[int, str], None]) -> Iterator[Batch]:
        """The rows; lines that are no rows go to ``reject``."""
        lines: list[int] = []
        records: list[list[str]] = []
        for line, cells, problem in self._source.records():
            if problem:
                reject(line, problem)
                continue
            lines.append(line)
            records.append(cells)
            if len(lines) == BATCH_ROWS:
                yield self._batch(lines, records)
                lines, records = [], []
        if lines:
            yield self._batch(lines, records)

    def _batch(self, lines: list[int], records: list[list[str]]) -> Batch:
        batch = Batch(lines, {name: [] for name in self._cells}, records)
        for name, cell in self._cells.items():
            if (place := self._plain.get(name)) is not None:
                batch.cells[name] = [cells[place].strip() for cells in records]
                continue
            into = batch.cells[name]
            for index, cells in enumerate(records):
                try:
                    into.append(cell(cells))
                except ValueError as error:
                    batch.reject(index, f"{name} {error}")
                    into.append("")
        return batch

    def _refuse_twice(self) -> None:
        named = [name for name in self.header if name]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise UnusableInputError(f"{self._source.path} names column {', '.join(twice)} twice: rename one of them")

    def _refuse_misfits(self, rules: Mapping[str, Rule], columns: Mapping[str, InputColumn]) -> None:
        unknown = sorted(rules.keys() - columns.keys())
        if unknown:
            raise UnusableInputError(f"the map fills {', '.join(unknown)}; known are {', '.join(columns)}")
        absent = sorted({name for rule in rules.values() for name in rule.sources()} - set(self.header))
        if absent:
            raise UnusableInputError(
                f"the map reads {', '.join(absent)}, but {self._source.path} has {_some(self.header)}"
            )


def _rules_by_name(header: Sequence[str], columns: Mapping[str, InputColumn]) -> dict[str, Rule]:
    """Columns under their published names, however their case is written."""
    published = {name.lower(): name for name in columns}
    found: dict[str, Rule] = {}
    for name in sorted(header, key=lambda name: name not in columns):  # exact spellings first
        known = published.get(name.lower())
        if known and known not in found:
            found[known] = Rule(column=name)
    return found


def _some(names: Sequence[str]) -> str:
    return ", ".join(name[:40] for name in names[:12]) + (" …" if len(names) > 12 else "")
