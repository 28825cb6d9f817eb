"""Where pages find their scripts and styles."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from mastportal import bundles


class PortalStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Names with a fingerprint once the files have been collected, plain names before (tests, development)."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            for name in bundles.parts():
                self.delete(name)
                self.save(name, ContentFile(bundles.joined(name, self._text).encode()))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def _text(self, name: str) -> str:
        with self.open(name) as file:
            return bytes(file.read()).decode()

    def addresses_of(self, bundle: str) -> list[str]:
        """The address of a joined file; before the files have been collected, those of its parts."""
        return [self.url(bundle)] if self.hashed_files else [self.url(part) for part in bundles.parts()[bundle]]

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
        """What was asked before: a page names some ten files, and their names do not change while they are served."""
        return {}
