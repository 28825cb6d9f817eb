"""The embedded PostgreSQL: a data folder, a foreground server, one database that belongs to the portal.

Authentication is by peer: the kernel tells the server which account a connection comes from, and an ident map turns
that account into the roles. There is no password and no port.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from mastportal.embedded import children, sockets, stale
from mastportal.embedded.errors import ServiceError
from mastportal.embedded.places import Place, find_place

#: The role that owns the cluster; only this module uses it.
ADMIN_ROLE = "postgres"
#: The role and the database that the portal uses. The role may create databases (the tests do) and is no superuser.
PORTAL_ROLE = PORTAL_DATABASE = "portal"
#: Ends sessions and writes a checkpoint; SIGTERM would wait for clients to leave.
STOP_SIGNAL = signal.SIGINT
#: Crash recovery replays the log of the last checkpoints, which a slow disk may take minutes for.
RECOVERY_PATIENCE_S = 600.0

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "",
}
#: For data that nobody will miss: tests.
_SETTINGS_WITHOUT_DURABILITY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_HBA = "local all all peer map=portal\n"


class Postgres:
    """One server on one data folder.

    Parameters
    ----------
    home : the portal's data folder (PORTAL_HOME).
    durable : whether committed rows must survive a power cut.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home
        self.settings = _SETTINGS | ({} if durable else _SETTINGS_WITHOUT_DURABILITY)
        self.socket_folder = sockets.postgres_socket_folder(home)

    @property
    def url(self) -> str:
        return f"postgresql://{PORTAL_ROLE}@/{PORTAL_DATABASE}?host={self.socket_folder}"

    @cached_property
    def place(self) -> Place:
        return find_place(self.home)

    # Life ------------------------------------------------------------------------------------------------------------
    def prepare(self) -> None:
        """Make the data folder when there is none, and clear away what a killed server left."""
        sockets.private_folder(self.home / "run")
        _refuse_other_major(self.place)
        if not self.place.data.exists():
            _initialise(self.place)
        _write_access_rules(self.place)
        _make_socket_folder(self.socket_folder, self.place)
        stale.end_postgres_of(self.place.data)

    def command(self) -> list[str]:
        folder = self.place.sockets or self.socket_folder
        quoted = '"' + str(folder).replace('"', '""') + '"'
        options = self.settings | {"unix_socket_directories": quoted}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return [*self.place.identity.prefix, self.place.program("postgres"), "-D", str(self.place.data), *words]

    def start(self, output: int | IO[bytes] = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        who = self.place.identity
        return children.start(
            self.command(),
            stop=STOP_SIGNAL,
            cwd=self.place.data.parent if who.uid is not None else None,
            env=server_environment(),
            user=who.uid,
            group=who.gid,
            output=output,
        )

    def is_ready(self) -> bool:
        """Whether it takes connections; it isn't asked before its own lock file says so, which would fill the log."""
        if not self._says_ready():
            return False
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _says_ready(self) -> bool:
        try:
            return (self.place.data / "postmaster.pid").read_text().rstrip().endswith("ready")
        except OSError:
            return False

    def provide_database(self) -> None:
        """Make the portal's role and database; what is there already stays."""
        with self._connect() as connection:
            _create_once(connection, "pg_roles", "rolname", PORTAL_ROLE, "CREATE ROLE {} LOGIN CREATEDB")
            _create_once(connection, "pg_database", "datname", PORTAL_DATABASE, "CREATE DATABASE {0} OWNER {0}")

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.socket_folder), user=ADMIN_ROLE, dbname="postgres", autocommit=True, connect_timeout=5
        )

    @contextlib.contextmanager
    def running(self, output: int | IO[bytes] = subprocess.DEVNULL) -> Iterator["Postgres"]:
        """The server for the length of a `with` block."""
        self.prepare()
        child = self.start(output)
        try:
            self.wait_until_ready(child)
            self.provide_database()
            yield self
        finally:
            children.stop(child, STOP_SIGNAL, patience_s=60)

    def wait_until_ready(self, child: subprocess.Popen[bytes], patience_s: float = RECOVERY_PATIENCE_S) -> None:
        deadline = time.monotonic() + patience_s
        while not self.is_ready():
            if child.poll() is not None:
                raise ServiceError(f"PostgreSQL ended at its start (exit code {child.returncode}); its log says why")
            if time.monotonic() > deadline:
                raise ServiceError(f"PostgreSQL does not answer after {patience_s:.0f} s; its log says why")
            time.sleep(0.05)


def server_environment() -> dict[str, str]:
    """Ours without the client's variables, which would lead the server's own tools astray."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _create_once(
    connection: psycopg.Connection[tuple[object, ...]], catalogue: str, column: str, name: str, statement: str
) -> None:
    look = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(sql.Identifier(catalogue), sql.Identifier(column))
    if connection.execute(look, [name]).fetchone() is None:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


# The data folder -----------------------------------------------------------------------------------------------------
def _refuse_other_major(place: Place) -> None:
    others = [other for other in place.data.parent.glob("postgresql-*") if other.suffix != ".new"]
    if others and not place.data.exists():
        raise ServiceError(
            f"the data in {others[0]} are of another PostgreSQL than {place.data.name}; "
            "docs/running.md, section Upgrades, says how to bring them over"
        )


def _initialise(place: Place) -> None:
    """`initdb` beside the final folder, renamed when complete: a killed start leaves nothing half made."""
    fresh = place.data.with_name(place.data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    who = place.identity
    fresh.mkdir(mode=0o700)
    if who.uid is not None and who.gid is not None:
        os.chown(fresh, who.uid, who.gid)
    done = subprocess.run(  # noqa: S603 - our own program
        [
            *who.prefix,
            place.program("initdb"),
            f"--pgdata={fresh}",
            f"--username={ADMIN_ROLE}",
            "--data-checksums",
            "--auth=peer",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ],
        check=False,
        capture_output=True,
        text=True,
        user=who.uid,
        group=who.gid,
        extra_groups=None if who.uid is None else [],
        env=server_environment(),
        cwd=fresh if who.uid is not None else None,
    )
    if done.returncode != 0:
        raise ServiceError(f"PostgreSQL's data folder cannot be made: {_last_line(done.stderr)}; set DATABASE_URL")
    fresh.rename(place.data)


def _write_access_rules(place: Place) -> None:
    """Written at every start, because the account that starts the portal may be another one this time."""
    roles = (ADMIN_ROLE, PORTAL_ROLE)
    account = place.identity.client_name.replace('"', '""')
    (place.data / "pg_ident.conf").write_text("".join(f'portal "{account}" {role}\n' for role in roles))
    (place.data / "pg_hba.conf").write_text(_HBA)


def _make_socket_folder(folder: Path, place: Place) -> None:
    sockets.private_folder(folder.parent)
    if place.sockets is None:
        if folder.is_symlink():
            folder.unlink()
        sockets.private_folder(folder)
    elif not (folder.is_symlink() and folder.readlink() == place.sockets):
        shutil.rmtree(folder, ignore_errors=True)
        folder.unlink(missing_ok=True)
        folder.symlink_to(place.sockets)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("initdb: hint")]
    return lines[-1].strip() if lines else "no message"
