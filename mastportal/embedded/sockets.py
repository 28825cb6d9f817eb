"""Where the servers' unix sockets lie: under the data folder, or under /tmp where that path is too long."""

import hashlib
import os
import stat
from pathlib import Path

from mastportal.embedded.errors import ServiceError

#: The kernel's limit on a socket's path is 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET_PATH_BYTES = 103
_LONGEST_NAME = "postgres/.s.PGSQL.5432.lock"


def run_folder(home: Path) -> Path:
    """The folder of sockets that belongs to a data folder; the same answer in every process."""
    folder = home / "run"
    if len(os.fsencode(folder / _LONGEST_NAME)) <= LONGEST_SOCKET_PATH_BYTES:
        return folder
    return Path(f"/tmp/portal-{os.getuid()}-{digest_of(home)}")  # noqa: S108 - short by need; `private_folder` checks its owner


def digest_of(home: Path) -> str:
    """A short name for a data folder."""
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:16]


def postgres_socket_folder(home: Path) -> Path:
    return run_folder(home) / "postgres"


def valkey_socket(home: Path) -> Path:
    return run_folder(home) / "valkey.sock"


def private_folder(folder: Path) -> Path:
    """Make a folder that its owner alone may enter, or refuse one that somebody else made first."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise ServiceError(
            f"the folder {folder} cannot be made ({error.strerror}); set PORTAL_HOME elsewhere"
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ServiceError(f"{folder} belongs to somebody else; remove it or set PORTAL_HOME to a shorter path")
    folder.chmod(0o700)
    return folder
