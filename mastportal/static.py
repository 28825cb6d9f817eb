"""Where pages find their scripts and styles."""

from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class PortalStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Names with a fingerprint once the files have been collected, plain names before (tests, development)."""

    def url(self, name: str | None, force: bool = False) -> str:
        if not self.hashed_files:
            return str(StaticFilesStorage.url(self, name))
        return str(super().url(name, force))
