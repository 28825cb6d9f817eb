"""Where pages find their scripts and styles."""

from functools import cached_property

from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

#: Scripts that import each other by name; the names are rewritten with the fingerprints. Django's own rewriting of all
#: scripts stumbles over packages whose files import what only a bundler finds.
OWN_MODULES = ("js/astroview/*.js", ((r"""(?P<matched>from "(?P<url>\./[^"]+)")""", 'from "%(url)s"'),))


class PortalStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Names with a fingerprint once the files have been collected, plain names before (tests, development)."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, OWN_MODULES)

    def url(self, name: str | None, force: bool = False) -> str:
        if not self.hashed_files:
            return str(StaticFilesStorage.url(self, name))
        if force or name is None:
            return str(super().url(name, force))
        if name not in self._addresses:
            self._addresses[name] = str(super().url(name))
        return self._addresses[name]

    @cached_property
    def _addresses(self) -> dict[str, str]:
        """What was asked before: a page names some fifty files, and their names do not change while they are served."""
        return {}
