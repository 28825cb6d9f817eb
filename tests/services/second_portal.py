"""A second portal beside that of the tests: its own database, folder and server. It is what another archive is to ours.

`fill` runs there, `catalogue` here: the same files, of which the second portal alone has the bytes.
"""

import datetime as dt
import json
import os
import sys
import zlib
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings

from accounts import tokens
from archive.clock import machine_now
from archive.models import Held, Observation, Product
from mastportal.launcher import commands
from tests import deliveries
from tests.people import make_person
from tests.services.processes import Process, accepts, free_port, portal_environment, run

YEAR = dt.timedelta(days=365)
PUBLIC, CLOSED, LARGE = "public_i2d.fits", "closed_i2d.fits", "large_i2d.fits"
CONTENTS = {
    PUBLIC: deliveries.content_of(700_000, 1),
    CLOSED: deliveries.content_of(300_000, 2),
    LARGE: deliveries.content_of(1 << 20, 3) * 64,
}
OPERATOR = "operator@mirror.example.org"


def uri_of(name: str) -> str:
    return f"mast:JWST/product/{name}"


def _observed(name: str) -> Observation:
    now = machine_now()
    return deliveries.observation(f"jw02733-{name}", release=now + YEAR if name == CLOSED else now - YEAR)


def fill() -> None:
    """Put the files into the portal of this process, and print the token of an account that may have them all."""
    for name, content in CONTENTS.items():
        made = deliveries.product(_observed(name), name, content)
        Product.objects.filter(pk=made.pk).update(uri=uri_of(name))
    person = make_person(OPERATOR, None, is_staff=True)
    _, letters = tokens.create(person, "mirror", [tokens.EXCLUSIVE], machine_now())
    sys.stdout.write(json.dumps({"letters": letters}) + "\n")


def catalogue() -> dict[str, Product]:
    """The same files as held by the portal of this process; where the bytes are, its ``STORAGE_URL`` says."""
    return {
        name: Product.objects.create(
            uri=uri_of(name),
            observation=_observed(name),
            filename=name,
            size_bytes=len(content),
            sha256=sha256(content).hexdigest(),
            crc32=zlib.crc32(content),
            storage_key=f"jwst/{name}",
            stored_at=machine_now(),
            held=Held.YES,
        )
        for name, content in CONTENTS.items()
    }


class SecondPortal:
    """Its download server at ``url``; what it was asked for stands in the server's log."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._port = folder, free_port()
        self._asked = folder / "asked.log"
        self._database = f"second_{os.getpid()}"
        ours = portal_environment()
        parts = urlsplit(ours["DATABASE_URL"])
        (folder / "static").mkdir()
        self.env = ours | {
            "DATABASE_URL": parts._replace(path=f"/{self._database}").geturl(),
            "PORTAL_HOME": str(folder),
            "DATABASE_KEEP_S": "0",
        }
        self._administer(f"DROP DATABASE IF EXISTS {self._database}", f"CREATE DATABASE {self._database}")
        run(commands.manage("migrate", "--verbosity", "0"), self.env)
        setup = "import django; django.setup(); from tests.services import second_portal; second_portal.fill()"
        env = self.env | {"DJANGO_SETTINGS_MODULE": "mastportal.settings", "PYTHONPATH": str(settings.BASE_DIR)}
        printed = run([sys.executable, "-c", setup], env)
        self.letters: str = json.loads(printed.splitlines()[-1])["letters"]
        self.server = self._started()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def asked(self, method: str, name: str) -> int:
        """How often it was asked for a file."""
        lines = self._asked.read_text(encoding="utf-8").splitlines() if self._asked.exists() else []
        return sum(f'"{method} ' in line and name in line for line in lines)

    def start(self) -> None:
        """Once more, after it was killed."""
        self.server = self._started()

    def operate(self, *words: str) -> str:
        """A command of its operator."""
        return run(commands.manage(*words), self.env)

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as there:
            there.execute(statement)

    def close(self) -> None:
        self.server.stop()
        self._administer(f"DROP DATABASE {self._database} WITH (FORCE)")

    def _started(self) -> Process:
        command = [*commands.downloads(f"127.0.0.1:{self._port}", self.folder), "--access-logfile", str(self._asked)]
        server = Process(command, self.folder / "downloads.log", self.env)
        server.wait_for(lambda: accepts(self._port), "an open port of the second portal")
        return server

    def _administer(self, *statements: str) -> None:
        with psycopg.connect(portal_environment()["DATABASE_URL"], autocommit=True) as server:
            for statement in statements:
                server.execute(statement)
