"""Where the embedded PostgreSQL's programs and data lie, and as whom it runs: the three must fit together."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from mastportal.embedded import binaries, sockets
from mastportal.embedded.errors import ServiceError
from mastportal.embedded.identity import Identity, account_identity, own_identity

#: For root on a machine without user namespaces: a folder that the account PostgreSQL runs under may enter.
_OUTSIDE = Path("/var/lib/archive-portal")


@dataclass(frozen=True)
class Place:
    """Programs, data folder and identity of a server.

    sockets : the folder of its sockets when it can't enter the portal's own; None when it can.
    """

    install: Path
    data: Path
    identity: Identity
    sockets: Path | None = None

    def program(self, name: str) -> str:
        return str(self.install / "bin" / name)


def find_place(home: Path) -> Place:
    """Under the data folder; only root without user namespaces needs a place outside of it."""
    install = binaries.postgres_install()
    version = _version(install)
    folder_name = f"postgresql-{version.partition('.')[0]}"
    outside = _OUTSIDE / sockets.digest_of(home)
    who = None if (outside / folder_name).exists() else own_identity(install / "bin" / "postgres")
    if who is not None:
        return Place(install, home / folder_name, who)
    if (home / folder_name).exists():
        raise ServiceError(
            f"the data in {home / folder_name} need user namespaces, which this machine no longer allows root; "
            "allow them, run the portal as an ordinary account, or set DATABASE_URL"
        )
    return _place_outside(install, outside, version, folder_name)


def _place_outside(install: Path, outside: Path, version: str, folder_name: str) -> Place:
    who = account_identity(outside / folder_name)
    programs = outside / f"programs-{version}"
    try:
        outside.mkdir(parents=True, exist_ok=True)
        if not programs.exists():
            _copy_programs(install, programs)
        (outside / "run").mkdir(mode=0o700, exist_ok=True)
        os.chown(outside / "run", who.uid or 0, who.gid or 0)
    except OSError as error:
        raise ServiceError(
            f"PostgreSQL refuses root, and {outside} cannot be made for it ({error.strerror}); set DATABASE_URL"
        ) from None
    wheel = install.parent.name
    return Place(programs / wheel / install.name, outside / folder_name, who, outside / "run")


def _copy_programs(install: Path, programs: Path) -> None:
    """The wheel's folder and the libraries beside it, which its programs find by a relative path."""
    fresh = programs.with_name(programs.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    for folder in install.parent.parent.glob(f"{install.parent.name}*"):
        if not folder.name.endswith(".dist-info"):
            shutil.copytree(folder, fresh / folder.name)
    fresh.rename(programs)


def _version(install: Path) -> str:
    """18.6 for an installation of PostgreSQL 18.6."""
    said = subprocess.run(  # noqa: S603 - our own program
        [str(install / "bin" / "postgres"), "--version"], check=False, capture_output=True, text=True
    )
    number = said.stdout.strip().rpartition(" ")[2]
    if not number.partition(".")[0].isdigit():
        raise ServiceError(f"PostgreSQL of the wheel does not run here ({said.stderr.strip()}); set DATABASE_URL")
    return number
