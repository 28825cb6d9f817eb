"""What must be true before the portal serves: tables, collected static files, and something to look at.

Every step may be repeated and does nothing when there is nothing to do.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from archive.models import Observation
from mastportal import bundles, static

Tell = Callable[[str], None]


def prepare(tell: Tell) -> None:
    """Bring database, static files and archive to where this version of the portal expects them."""
    migrate(tell)
    collect_static_files(tell)
    fill_sample_archive(tell)


def migrate(tell: Tell) -> None:
    tell("migrations: looking for changes of the database")
    call_command("migrate", verbosity=0, interactive=False)


# Static files --------------------------------------------------------------------------------------------------------
def collect_static_files(tell: Tell) -> None:
    """Collect, compress and fingerprint the static files, when one of them changed."""
    mark = Path(settings.STATIC_ROOT) / ".collected"
    state = _state_of_static_files()
    if mark.exists() and mark.read_text() == state:
        return
    tell("static files: collecting")
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    mark.write_text(state)


def _state_of_static_files() -> str:
    """A digest that changes when a static file does, or how they are joined."""
    joining = ((module.__name__, Path(str(module.__file__))) for module in (bundles, static))
    places = (*_static_files(), *joining)
    lines = sorted(f"{name} {place.stat().st_size} {place.stat().st_mtime_ns}" for name, place in places)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _static_files() -> Iterator[tuple[str, Path]]:
    for finder in get_finders():
        for name, storage in finder.list([".*", "*~"]):
            yield name, Path(storage.path(name))


# Sample archive ------------------------------------------------------------------------------------------------------
def fill_sample_archive(tell: Tell) -> None:
    """The sample archive on a first start, or once more when an earlier filling was cut short."""
    unfinished = settings.PORTAL_HOME / "sample-unfinished"
    if not settings.SAMPLE_ARCHIVE or (Observation.objects.exists() and not unfinished.exists()):
        return
    tell("sample archive: making observations and files to try the portal with (SAMPLE_ARCHIVE=no leaves it empty)")
    unfinished.touch()
    call_command("sample")
    unfinished.unlink()
