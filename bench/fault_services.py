"""The services that a fault run kills: PostgreSQL, Valkey, and the workers with their children.

All are the portal's own, in a folder of the run. Whatever is killed is started again, as a supervisor would.
"""

import contextlib
import os
import random
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import psutil
import psycopg
import redis

from mastportal.embedded import children
from mastportal.embedded.postgres import Postgres
from mastportal.embedded.valkey import Valkey
from mastportal.launcher import commands

#: A full disk where no small file system may be mounted: workers that have to leave more free than any disk has.
NO_ROOM = {"STAGING_FREE_BYTES": str(10**15)}


class Services:
    """The running services of one fault run.

    Parameters
    ----------
    home : the run's folder.
    sweeps : whether the portal's own mail worker and clock run too; else the caller sweeps.
    """

    def __init__(self, home: Path, log: IO[bytes], *, sweeps: bool) -> None:
        self._log = log
        self.postgres, self.valkey = Postgres(home), Valkey(home)
        self.worker_settings: dict[str, str] = {}
        self._workers = {"stage": commands.stage_worker(concurrency=2)}
        if sweeps:
            self._workers |= {"mail": commands.mail_worker(), "clock": commands.beat()}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start_stores(self) -> None:
        self._start_postgres()
        self.postgres.provide_database()
        self._start_valkey()

    def start_workers(self) -> None:
        for name in self._workers:
            self._start_worker(name)

    def stop(self) -> None:
        for name in reversed(self._running):
            children.stop(self._running[name], signal.SIGINT if name == "postgres" else signal.SIGTERM, patience_s=20)

    # Faults ----------------------------------------------------------------------------------------------------------

    def faults(self) -> dict[str, Callable[[random.Random], None]]:
        """What may happen, by its name."""
        return {
            "worker killed": self._kill_worker,
            "child of the worker killed": self._kill_child,
            "broker killed": self._kill_broker,
            "broker emptied": self._empty_broker,
            "database connections cut": self._cut_connections,
            "database killed": self._kill_database,
        }

    def _kill_worker(self, chance: random.Random) -> None:
        name = chance.choice([name for name in self._workers if name != "stage"] + ["stage", "stage"])
        self._kill(name)
        self._start_worker(name)

    def restart_stage_worker(self, settings: dict[str, str]) -> None:
        """With other settings than before."""
        self.worker_settings = settings
        self._kill("stage")
        self._start_worker("stage")

    def _kill_child(self, chance: random.Random) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            if family := psutil.Process(self._running["stage"].pid).children(recursive=True):
                chance.choice(family).kill()

    def _kill_broker(self, chance: random.Random) -> None:
        self._kill("broker")
        self._start_valkey()

    def _empty_broker(self, chance: random.Random) -> None:
        with redis.Redis(unix_socket_path=str(self.valkey.socket)) as broker:
            broker.flushall()

    def _cut_connections(self, chance: random.Random) -> None:
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = current_user AND pid <> pg_backend_pid()"
            )

    def _kill_database(self, chance: random.Random) -> None:
        self._kill("postgres")
        self._start_postgres()

    # Life ------------------------------------------------------------------------------------------------------------

    def _start_postgres(self) -> None:
        self.postgres.prepare()
        child = self._running["postgres"] = self.postgres.start(self._log)
        self.postgres.wait_until_ready(child)

    def _start_valkey(self) -> None:
        self.valkey.prepare()
        child = self._running["broker"] = self.valkey.start(self._log)
        self.valkey.wait_until_ready(child)

    def _start_worker(self, name: str) -> None:
        command: Sequence[str] = self._workers[name]
        self._running[name] = children.start(command, env=os.environ | self.worker_settings, output=self._log)

    def _kill(self, name: str) -> None:
        """As a power cut would: the process and all it started."""
        child = self._running[name]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
