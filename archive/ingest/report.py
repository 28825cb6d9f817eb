"""What came of an ingest, in figures and words."""

import enum
from dataclasses import dataclass, field
from pathlib import Path


class UnusableInputError(Exception):
    """The input as a whole cannot be taken; the message names it, the cause and the remedy. Nothing was changed."""


class Outcome(enum.IntEnum):
    """Exit codes of the command."""

    FINE = 0
    UNUSABLE = 2
    SOME_REJECTED = 3


@dataclass
class IngestReport:
    """Counts are of input rows: every row read is new, changed, unchanged, repeated, skipped or rejected."""

    kind: str
    path: Path
    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0  # identical to an earlier row of the same input
    skipped: int = 0  # rightly nothing to do: a visit that has been executed
    rejected: int = 0
    seconds: float = 0.0
    #: Where the rejected rows lie; None when there are none.
    reject_path: Path | None = None
    #: What an operator should know besides the counts.
    notes: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        return Outcome.SOME_REJECTED if self.rejected else Outcome.FINE

    @property
    def rows_per_second(self) -> float:
        return self.read / self.seconds if self.seconds else 0.0

    def summary(self) -> str:
        """One line: ``programs.csv: 1,345 rows read: 1,345 new, 0 changed, 0 unchanged, 0 rejected (0.4 s, …)``."""
        counts = [f"{self.inserted:,} new", f"{self.updated:,} changed", f"{self.unchanged:,} unchanged"]
        counts += [f"{self.repeated:,} repeated"] if self.repeated else []
        counts += [f"{self.skipped:,} skipped"] if self.skipped else []
        counts += [f"{self.rejected:,} rejected"]
        where = f"; see {self.reject_path}" if self.reject_path else ""
        pace = f"({self.seconds:.1f} s, {self.rows_per_second:,.0f} rows/s)"
        return f"{self.path.name}: {self.read:,} rows read: {', '.join(counts)} {pace}{where}"
