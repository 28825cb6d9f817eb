"""Tar: ustar headers, pax records for long names and for files of 8 GiB and more. Length and ranges are known too."""

import tarfile
from collections.abc import Iterator, Sequence

from basket.bundles.plan import Literal, Member, Segment

MEDIA_TYPE = "application/x-tar"


def segments(members: Sequence[Member]) -> Iterator[Segment]:
    """Header, content and padding of each member; two empty blocks, filled up to a whole record."""
    written = 0
    for member in members:
        header = Literal(_header(member))
        padding = Literal(bytes(-member.size_bytes % tarfile.BLOCKSIZE))
        yield header
        yield member.content
        yield padding
        written += header.length + member.size_bytes + padding.length
    end_bytes = 2 * tarfile.BLOCKSIZE
    yield Literal(bytes(end_bytes + -(written + end_bytes) % tarfile.RECORDSIZE))


def _header(member: Member) -> bytes:
    info = tarfile.TarInfo(member.name)
    info.size = member.size_bytes
    info.mtime = max(int(member.mtime.timestamp()), 0)
    info.mode = 0o644
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
