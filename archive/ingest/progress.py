"""How far an ingest is: a bar for people at a terminal, a line every few seconds for a log."""

import time
from typing import Protocol, TextIO

from tqdm import tqdm


class Progress(Protocol):
    def at(self, rows: int, bytes_read: int, bytes_total: int) -> None:
        """So many rows and bytes of the input have been read."""

    def say(self, step: str) -> None:
        """What happens now."""

    def close(self) -> None:
        """The input is done."""


class Quiet:
    """Says nothing."""

    def at(self, rows: int, bytes_read: int, bytes_total: int) -> None:
        pass

    def say(self, step: str) -> None:
        pass

    def close(self) -> None:
        pass


class Bar:
    """A bar over the bytes of the input, with the rate in rows."""

    def __init__(self, name: str, stream: TextIO, unit: str = "B") -> None:
        self._started = time.monotonic()
        self._bar = tqdm(desc=name, unit=unit, unit_scale=True, file=stream, leave=False, dynamic_ncols=True)

    def at(self, rows: int, bytes_read: int, bytes_total: int) -> None:
        self._bar.total = bytes_total
        self._bar.n = bytes_read
        self._bar.set_postfix_str(_pace(rows, self._started))

    def say(self, step: str) -> None:
        self._bar.set_postfix_str(step)

    def close(self) -> None:
        self._bar.close()


class Lines:
    """A line every few seconds."""

    EVERY_S = 5.0

    def __init__(self, name: str, stream: TextIO) -> None:
        self._name, self._stream = name, stream
        self._started = self._said = time.monotonic()

    def at(self, rows: int, bytes_read: int, bytes_total: int) -> None:
        if time.monotonic() - self._said >= self.EVERY_S:
            self._said = time.monotonic()
            share = 100 * bytes_read // max(bytes_total, 1)
            self._stream.write(f"{self._name}: {share} %, {_pace(rows, self._started)}\n")

    def say(self, step: str) -> None:
        if time.monotonic() - self._said >= self.EVERY_S:
            self._said = time.monotonic()
            self._stream.write(f"{self._name}: {step}\n")

    def close(self) -> None:
        pass


def _pace(rows: int, started: float) -> str:
    return f"{rows:,} rows, {rows / max(time.monotonic() - started, 1e-3):,.0f} rows/s"
