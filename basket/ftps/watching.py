"""A file on its way to a client: every minute it is asked again whether it may still go."""

import time
from collections.abc import Callable
from typing import IO

from django.conf import settings
from django.db import close_old_connections, connections


class WithdrawnError(OSError):
    """Access ended while the transfer ran."""


class WatchedFile:
    """What the transfer reads from: the file, cut off once it may not go on. Has what pyftpdlib asks of a file."""

    def __init__(
        self, file: IO[bytes], may_go_on: Callable[[], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._file, self._may_go_on, self._clock = file, may_go_on, clock
        self._asked = clock()
        self.name = file.name

    @property
    def closed(self) -> bool:
        return self._file.closed

    def read(self, size: int = -1) -> bytes:
        """Raises `WithdrawnError`."""
        if self._clock() - self._asked >= settings.ACCESS_RECHECK_S:
            self._ask()
            self._asked = self._clock()
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()

    def _ask(self) -> None:
        close_old_connections()
        try:
            if not self._may_go_on():
                raise WithdrawnError("access was withdrawn while the transfer ran")
        finally:
            connections.close_all()  # the transfer's thread holds none for its whole length
