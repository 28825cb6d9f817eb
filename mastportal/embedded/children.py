"""Child processes that end with their parent."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
# loaded here, not in the child: between fork and exec a child should do as little as possible
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def ends_with_parent(stop: signal.Signals) -> Callable[[], None]:
    """What a child does before its program starts: ask the kernel for `stop` on the day its parent dies.

    Linux only; elsewhere the next start ends what was left (`mastportal.launcher.orphans`).
    """
    parent = os.getpid()

    def ask() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(stop))
            if os.getppid() != parent:
                os._exit(1)

    return ask


def start(
    command: Sequence[str],
    *,
    stop: signal.Signals = signal.SIGTERM,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: int | None = None,
    group: int | None = None,
    output: int | IO[bytes] = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C at the terminal reaches the parent alone."""
    return subprocess.Popen(  # noqa: S603 - our own commands
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=None if env is None else dict(env),
        user=user,
        group=group,
        extra_groups=None if user is None else [],
        start_new_session=True,
        preexec_fn=ends_with_parent(stop),  # noqa: PLW1509 - the parents are single-threaded when they start a child
    )


def stop(child: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, *, patience_s: float = 30) -> None:
    """Ask a child to end, wait, then end what is left of its session by force."""
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(how)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(patience_s)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
