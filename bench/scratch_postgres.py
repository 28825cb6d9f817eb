"""A PostgreSQL server of the distribution in a temporary folder, for benchmarks that need extensions.

The portal never uses these extensions; they are the yardstick.
"""

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "2GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "fsync": "off",
    "autovacuum": "off",
    "random_page_cost": "1.1",
}


class MissingExtensionsError(RuntimeError):
    """No server of this machine has the extensions; the text says how to get them."""


def find_binaries(extensions: list[str]) -> Path:
    """The folder of the newest server that has all of the extensions."""
    for initdb in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True):
        version = initdb.parent.parent.name
        controls = Path("/usr/share/postgresql") / version / "extension"
        if all((controls / f"{name}.control").is_file() for name in extensions):
            return initdb.parent
    raise MissingExtensionsError(
        f"this benchmark compares with the PostgreSQL extensions {', '.join(extensions)}, which are not here; "
        "on Debian: apt-get install postgresql-15-q3c postgresql-15-pgsphere"
    )


@contextmanager
def scratch_postgres(extensions: list[str]) -> Iterator[str]:
    """A running server with a database ``bench`` that has the extensions; gives its URL and leaves nothing behind."""
    binaries = find_binaries(extensions)
    # PostgreSQL refuses to run as root; its package brings the account
    account = "postgres" if os.geteuid() == 0 else getpass.getuser()
    folder = Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, account)
        data = folder / "data"
        _run(account, binaries / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C")
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", folder, *options],
            user=account if os.geteuid() == 0 else None, cwd=folder, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _run(account, binaries / "pg_isready", "-h", folder, "-U", "bench", attempts=100)
            _run(account, binaries / "createdb", "-h", folder, "-U", "bench", "bench")
            for name in extensions:
                command = f"CREATE EXTENSION {name}"
                _run(account, binaries / "psql", "-h", folder, "-U", "bench", "-c", command, "bench")
            yield f"postgresql://bench@/bench?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(account: str, *command: str | Path, attempts: int = 1) -> None:
    """Run a tool of PostgreSQL as the server's account, again until it succeeds."""
    user = account if os.geteuid() == 0 else None
    for left in reversed(range(attempts)):
        done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        if not left:
            raise RuntimeError(f"{Path(command[0]).name} failed: {done.stderr.strip()}")
        time.sleep(0.1)
