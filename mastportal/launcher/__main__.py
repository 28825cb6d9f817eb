"""`make run`: checks, servers, preparation, processes, one line when it truly answers, and an orderly end."""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from mastportal import environment
from mastportal.embedded import sockets
from mastportal.embedded.errors import ServiceError
from mastportal.embedded.locks import FileLock, owner_lock
from mastportal.embedded.postgres import RECOVERY_PATIENCE_S, Postgres
from mastportal.embedded.valkey import Valkey
from mastportal.launcher import commands, preflight, services
from mastportal.launcher.orphans import Register
from mastportal.launcher.output import Log
from mastportal.launcher.services import Addresses, Service
from mastportal.launcher.supervisor import Stopped, Supervisor

#: How long the doors may take on a slow and busy machine.
_DOORS_PATIENCE_S = 120.0
#: How long a start waits for an earlier launcher that is about to end.
_LEAVING_PATIENCE_S = 60.0
_LEAVING = "stopping"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mastportal.settings")
    try:
        Launcher(Log()).run()
    except ServiceError as error:
        sys.exit(f"portal: {error}")


class StopRequest:
    """Ctrl-C, SIGTERM and SIGHUP; and the end of the `make` that started the launcher."""

    def __init__(self) -> None:
        self.asked = False
        self._make = os.getppid() if "MAKELEVEL" in os.environ else None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # under nohup a hang-up is ignored already, and stays so
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note)

    def __call__(self) -> bool:
        return self.asked or (self._make is not None and os.getppid() != self._make)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


class Launcher:
    """One run of the portal."""

    def __init__(self, log: Log) -> None:
        from django.conf import settings

        self.settings = settings
        self.log = log
        self.home: Path = settings.PORTAL_HOME
        self.stop_asked = StopRequest()
        self.addresses = Addresses(
            settings.BIND_HOST, settings.PORT, settings.DOWNLOAD_PORT, settings.FTPS_HOST, settings.FTPS_PORT
        )
        self.lock = FileLock(self.home / "run" / "launcher.lock")
        self.postgres_lock = owner_lock(self.home)
        self.register = Register(self.home / "run" / "processes.json")
        self.supervisor = Supervisor(log, self.register, self.stop_asked)
        #: In the order of dependence; they stop from the last to the first.
        self.groups: list[list[Service]] = []

    def run(self) -> None:
        preflight.check_folder(self.home)
        sockets.private_folder(self.home / "run")
        self._take_lock()
        try:
            self._tidy_and_check()
            self._start()
            self.log.plain(f"ready http://127.0.0.1:{self.settings.PORT}")
            self.supervisor.watch()
        except Stopped:
            self.log.line("portal", "stopping")
        finally:
            self.lock.note(f"{_LEAVING} {os.getpid()}")
            self.supervisor.stop(list(reversed(self.groups)))
            self.postgres_lock.drop()
            self.lock.drop()

    # Before anything starts ------------------------------------------------------------------------------------------
    def _take_lock(self) -> None:
        """One launcher a data folder; one that is about to end is waited for."""
        deadline = time.monotonic() + _LEAVING_PATIENCE_S
        # a launcher whose make was killed notices it within a moment
        grace = time.monotonic() + 1
        while not self.lock.take():
            state, _, pid = self.lock.read_note().partition(" ")
            now = time.monotonic()
            if now > deadline or (state != _LEAVING and now > grace):
                raise ServiceError(
                    f"the portal already runs on {self.home} (process {pid or 'unknown'}); "
                    "stop it, or set PORTAL_HOME and the ports to run another one"
                )
            time.sleep(0.1)
        self.lock.note(f"running {os.getpid()}")

    def _tidy_and_check(self) -> None:
        if count := self.register.end_orphans():
            self.log.line("portal", f"ended {count} processes that a killed launcher had left")
        preflight.check_ports(self.addresses)
        if url := environment.text("DATABASE_URL"):
            preflight.check_database(url)
        if url := environment.text("REDIS_URL"):
            preflight.check_broker(url)

    # Starting --------------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        servers, workers = self._servers(), services.workers()
        doors = services.doors(self.home, self.addresses)
        errands = services.errands()
        self.groups = [servers, workers, doors, errands]
        self.supervisor.bring_up(servers, patience_s=RECOVERY_PATIENCE_S)
        self.supervisor.run_to_end("prepare", commands.manage("prepare"))
        # the doors first, so that pages are there soon; what is ordered meanwhile waits for the workers
        self.supervisor.bring_up(doors, patience_s=_DOORS_PATIENCE_S)
        self.supervisor.bring_up(workers, patience_s=_DOORS_PATIENCE_S)
        self.supervisor.bring_up(errands, patience_s=_DOORS_PATIENCE_S)

    def _servers(self) -> list[Service]:
        """The embedded servers, as far as the environment names no other ones."""
        servers = []
        if not environment.text("REDIS_URL"):
            servers.append(services.valkey(Valkey(self.home)))
        if not environment.text("DATABASE_URL"):
            self._own_postgres()
            servers.append(services.postgres(Postgres(self.home)))
        return servers

    def _own_postgres(self) -> None:
        """The embedded PostgreSQL may be in use by a command such as `manage.py ingest`, which must not lose it."""
        if self.postgres_lock.take():
            self.postgres_lock.note(f"the portal (process {os.getpid()})")
            return
        self.log.line("portal", f"waiting for the end of {self.postgres_lock.read_note()}, which uses the database")
        while not self.postgres_lock.take():
            self.supervisor.tick()
        self.postgres_lock.note(f"the portal (process {os.getpid()})")


if __name__ == "__main__":
    main()
