"""What a killed launcher left running, and how the next one ends it."""

import contextlib
import json
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from mastportal.embedded.stale import wait_until_gone

_GRACE_S = 8.0


@dataclass(frozen=True)
class Known:
    """A process by its number and the time of its start, since numbers are used again."""

    pid: int
    created: float


class Register:
    """The file in which the launcher keeps the processes that it started. Each of them leads a session."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def write(self, pids: Iterable[int]) -> None:
        known = []
        for pid in pids:
            with contextlib.suppress(psutil.Error):
                known.append([pid, psutil.Process(pid).create_time()])
        fresh = self.place.with_suffix(".new")
        fresh.write_text(json.dumps(known))
        fresh.replace(self.place)

    def read(self) -> list[Known]:
        try:
            return [Known(int(pid), float(created)) for pid, created in json.loads(self.place.read_text())]
        except (OSError, ValueError, TypeError):
            return []

    def end_orphans(self) -> int:
        """End the sessions of an earlier launcher; the number of processes that were still there."""
        left = [process for known in self.read() for process in _session_of(known)]
        for how, patience_s in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, _GRACE_S)):
            for process in wait_until_gone(left, 0):
                with contextlib.suppress(psutil.Error):
                    process.send_signal(how)
            wait_until_gone(left, patience_s)
        self.place.unlink(missing_ok=True)
        return len(left)


def _session_of(known: Known) -> list[psutil.Process]:
    """The processes of a recorded session; none when its number belongs to somebody else by now."""
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) == known.pid:
                members.append(process)
    leader = next((process for process in members if process.pid == known.pid), None)
    if leader is not None and abs(leader.create_time() - known.created) > 1:
        return []
    return [process for process in members if process.create_time() >= known.created - 1]
