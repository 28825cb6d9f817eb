"""Under which key the store keeps a file: readable, safe for any store, never the same for two files."""

import hashlib
import re
from pathlib import PurePosixPath

from archive import hst, jwst
from archive.storage.interfaces import StorageError

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]|^[.-]+|[.]+$", re.ASCII)
_LONGEST = 120  # characters of one part; file systems take 255 bytes


def storage_key(uri: str, mission: str, obs_id: str, filename: str) -> str:
    """``jwst/jw02733/jw02733001001_02101_00001_nrca1/jw02733001001_02101_00001_nrca1_cal.fits``.

    Anything a name may hold becomes a safe part. Where that changes the name, or the URI is not the archive's usual one
    for it, a digest of the URI tells such files apart.
    """
    usual = uri == f"mast:{mission}/product/{filename}"
    name = _part(filename)
    if not usual or name != filename:
        name = f"{hashlib.sha256(uri.encode()).hexdigest()[:16]}-{name}"
    return "/".join((_part(mission.lower()), _part(_shelf(obs_id)), _part(obs_id), name))


def parts_of(key: str) -> tuple[str, ...]:
    """The parts of a key; the check that no key leads out of a store.

    Raises
    ------
    StorageError : it is none.
    """
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or any(part in {"..", "."} or "\0" in part for part in parts):
        raise StorageError(f"{key!r} is not a storage key")
    return parts


def _shelf(obs_id: str) -> str:
    """The program's folder, so that no folder holds a whole mission."""
    if name := jwst.parse_name(obs_id):
        return f"jw{name.program:0>5}"
    if dataset := hst.parse_name(obs_id):
        return f"{dataset.obs_id[0]}{dataset.program_code}"
    return hashlib.sha256(obs_id.encode()).hexdigest()[:2]


def _part(text: str) -> str:
    safe = _UNSAFE.sub("_", text) or "_"
    return safe if len(safe) <= _LONGEST else f"{safe[: _LONGEST - 20]}~{safe[-19:]}"
