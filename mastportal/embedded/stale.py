"""What a killed server leaves behind: a lock file, perhaps a process, and how the next start gets past them."""

import contextlib
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

_PATIENCE_S = 20.0


def wait_until_gone(processes: Sequence[psutil.Process], patience_s: float) -> list[psutil.Process]:
    """Those that still live when the patience ends.

    One that has died counts as gone, though nobody may have asked for its exit code: in containers often nobody does.
    """
    deadline = time.monotonic() + patience_s
    living = [process for process in processes if _lives(process)]
    while living and time.monotonic() < deadline:
        time.sleep(0.05)
        living = [process for process in living if _lives(process)]
    return living


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.NoSuchProcess:
        return False


def end_postgres_of(data: Path) -> None:
    """End the processes that still work on a data folder, then drop the lock file of a server that is gone.

    The lock file alone would stop the next server whenever its number belongs to some other process by now, which is
    common in containers. The caller holds the portal's own lock, so no living server is ours to lose.
    """
    left = list(_working_in(data, "postgres"))
    # first an orderly end, then one that leaves recovery to the next start, then force
    for how, patience_s in ((signal.SIGINT, _PATIENCE_S), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(how if how == signal.SIGKILL or _is_postmaster(process, data) else signal.SIGTERM)
        left = wait_until_gone(left, patience_s)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _working_in(folder: Path, name: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error, OSError):
            if process.info["name"] == name and Path(process.cwd()) == folder.resolve():
                found.append(process)
    return found


def _is_postmaster(process: psutil.Process, data: Path) -> bool:
    try:
        first = (data / "postmaster.pid").read_text().partition("\n")[0]
    except OSError:
        return False
    return first.strip() == str(process.pid)


def end_valkey_of(data: Path, socket: Path) -> None:
    """End a Valkey that still works on a data folder, and drop its socket."""
    left = _working_in(data, "valkey-server")
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    wait_until_gone(left, _PATIENCE_S)
    socket.unlink(missing_ok=True)
