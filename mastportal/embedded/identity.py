"""As whom PostgreSQL runs. It refuses root, so root's portal gives it another face."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from mastportal.embedded.errors import ServiceError

_NOBODY = 65534


@dataclass(frozen=True)
class Identity:
    """How a server process starts, and the name under which it sees this portal's processes.

    prefix : words before the command.
    client_name : account name that peer authentication reports for a process of this portal.
    uid, gid : account to become before the command; None keeps ours.
    """

    client_name: str
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None


def own_identity(probe: Path) -> Identity | None:
    """An identity that reaches whatever this process reaches; None when root can't have one here.

    Parameters
    ----------
    probe : a program of the installation that prints its version; it must run under the identity.
    """
    if os.getuid() != 0:
        return Identity(client_name=_name_of(os.getuid()))
    namespace = _in_user_namespace()
    return namespace if _runs(namespace, probe) else None


def account_identity(data: Path) -> Identity:
    """An ordinary account that root drops to: the owner of the data when there are some.

    It reaches only what is open to everybody, and its own.
    """
    if data.exists():
        return Identity(client_name="root", uid=data.stat().st_uid, gid=data.stat().st_gid)
    account = _mapped_account()
    return Identity(client_name="root", uid=account.pw_uid, gid=account.pw_gid)


def _in_user_namespace() -> Identity:
    """Root inside a user namespace of its own looks like an ordinary account and keeps root's access to files."""
    account = _mapped_account()
    mapping = (f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}")
    unshare = shutil.which("unshare") or "unshare"
    return Identity(client_name=account.pw_name, prefix=(unshare, "--user", *mapping))


def _mapped_account() -> pwd.struct_passwd:
    """An account of the machine that is not root: postgres where there is one, else nobody, else any."""
    ordinary = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not ordinary:
        raise ServiceError("this machine has no account but root, which PostgreSQL refuses; set DATABASE_URL")
    return min(ordinary, key=lambda entry: (entry.pw_name != "postgres", entry.pw_uid != _NOBODY))


def _runs(identity: Identity, probe: Path) -> bool:
    try:
        command = [*identity.prefix, str(probe), "--version"]
        done = subprocess.run(command, check=False, capture_output=True, timeout=20)  # noqa: S603 - our own commands
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise ServiceError(
            f"uid {uid} has no account on this machine, which PostgreSQL needs; set DATABASE_URL"
        ) from None
