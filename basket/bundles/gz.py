"""Tar, compressed while it is sent. Its length is not known before the end, so a broken download begins anew."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from basket.bundles.plan import Plan

MEDIA_TYPE = "application/gzip"
EXTENSION = "tar.gz"
#: Fast: the archive's files are large, and noise does not shrink whatever the effort.
_LEVEL = 1
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Gzipped:
    """A tar as one gzip stream; the same list gives the same bytes."""

    tar: Plan

    @property
    def media_type(self) -> str:
        return MEDIA_TYPE

    @property
    def etag(self) -> str:
        return f'"{self.tar.etag.strip(chr(34))}-gz"'

    def stream(self) -> Iterator[bytes]:
        """All bytes. Raises `BrokenBundleError` as the tar does."""
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        for piece in self.tar.stream():
            if packed := packer.compress(piece):
                yield packed
        yield packer.flush()
