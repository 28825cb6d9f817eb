"""Where the synthetic sky lies, and whether it is there. The launcher asks too, before it knows the archive."""

from pathlib import Path

from django.conf import settings


def folder() -> Path:
    return Path(settings.PORTAL_HOME) / "hips" / "synthetic"


def is_complete() -> bool:
    """``properties`` is written last."""
    return (folder() / "properties").exists()
