"""One log stream: every line with the name of the process it comes from."""

import os
import sys
from typing import TextIO

_COLOURS = (36, 33, 35, 32, 34, 96, 93, 95, 92)
_WIDTH = 10


class Log:
    """Writes lines to a stream, coloured when people look at it on a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._coloured = self._stream.isatty() and "NO_COLOR" not in os.environ
        self._names: list[str] = []

    def line(self, name: str, text: str) -> None:
        self.plain(f"{self._prefix(name)} {text.rstrip()}")

    def plain(self, text: str) -> None:
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except OSError:
            # the terminal or the reader of a pipe has gone; the portal itself goes on
            self._stream = open(os.devnull, "w")  # noqa: SIM115 - open until the end

    def _prefix(self, name: str) -> str:
        padded = f"{name:<{_WIDTH}}|"
        if not self._coloured:
            return padded
        if name not in self._names:
            self._names.append(name)
        return f"\033[{_COLOURS[self._names.index(name) % len(_COLOURS)]}m{padded}\033[0m"
