"""Zip with stored members: every header is known before the first byte, so length and ranges are too.

Source: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5.
"""

import datetime as dt
import struct
from collections.abc import Iterator, Sequence

from basket.bundles.plan import Literal, Member, Segment

MEDIA_TYPE = "application/zip"
_MAX16, _MAX32 = 0xFFFF, 0xFFFFFFFF
_UTF8_FLAG = 1 << 11
_PLAIN, _ZIP64 = 20, 45  # version needed to extract
_MADE_BY_UNIX = 3 << 8
_RW_R_R_FILE = 0o100644 << 16


def segments(members: Sequence[Member]) -> Iterator[Segment]:
    """Header and content of each member, then the central directory."""
    offsets: list[int] = []
    offset = 0
    for member in members:
        offsets.append(offset)
        header = Literal(_local_header(member))
        yield header
        yield member.content
        offset += header.length + member.size_bytes
    directory_bytes = 0
    for member, where in zip(members, offsets, strict=True):
        entry = Literal(_central_entry(member, where))
        directory_bytes += entry.length
        yield entry
    yield Literal(_end(len(members), directory_bytes, offset))


def _dos_time(moment: dt.datetime) -> tuple[int, int]:
    """Time and date words, UTC, held inside the years that they can say (1980 to 2107)."""
    utc = moment.astimezone(dt.UTC)
    if utc.year < 1980:
        return 0, 1 << 5 | 1
    year = min(utc.year, 2107) - 1980
    return utc.hour << 11 | utc.minute << 5 | utc.second // 2, year << 9 | utc.month << 5 | utc.day


def _zip64_field(*values: int) -> bytes:
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values) if values else b""


def _local_header(member: Member) -> bytes:
    name, size = member.name.encode(), member.size_bytes
    large = size >= _MAX32
    extra = _zip64_field(size, size) if large else b""
    shown = _MAX32 if large else size
    return (
        struct.pack(
            "<4s5H3I2H",
            b"PK\x03\x04",
            _ZIP64 if large else _PLAIN,
            _UTF8_FLAG,
            0,  # stored
            *_dos_time(member.mtime),
            member.crc32,
            shown,
            shown,
            len(name),
            len(extra),
        )
        + name
        + extra
    )


def _central_entry(member: Member, offset: int) -> bytes:
    name, size = member.name.encode(), member.size_bytes
    sizes = (size, size) if size >= _MAX32 else ()
    offsets = (offset,) if offset >= _MAX32 else ()
    extra = _zip64_field(*sizes, *offsets)
    version = _ZIP64 if extra else _PLAIN
    return (
        struct.pack(
            "<4s6H3I5H2I",
            b"PK\x01\x02",
            _MADE_BY_UNIX | version,
            version,
            _UTF8_FLAG,
            0,  # stored
            *_dos_time(member.mtime),
            member.crc32,
            min(size, _MAX32),
            min(size, _MAX32),
            len(name),
            len(extra),
            0,  # comment
            0,  # disk
            0,  # internal attributes
            _RW_R_R_FILE,
            min(offset, _MAX32),
        )
        + name
        + extra
    )


def _end(entries: int, directory_bytes: int, directory_offset: int) -> bytes:
    """End record; before it the zip64 end record and its locator, only when a plain one cannot say the numbers."""
    large = entries >= _MAX16 or directory_bytes >= _MAX32 or directory_offset >= _MAX32
    zip64 = b""
    if large:
        record = struct.pack(
            "<4sQ2H2I4Q",
            b"PK\x06\x06",
            44,
            _MADE_BY_UNIX | _ZIP64,
            _ZIP64,
            0,
            0,
            entries,
            entries,
            directory_bytes,
            directory_offset,
        )
        zip64 = record + struct.pack("<4sIQI", b"PK\x06\x07", 0, directory_offset + directory_bytes, 1)
    shown = min(entries, _MAX16)
    return zip64 + struct.pack(
        "<4s4H2IH",
        b"PK\x05\x06",
        0,
        0,
        shown,
        shown,
        min(directory_bytes, _MAX32),
        min(directory_offset, _MAX32),
        0,
    )
