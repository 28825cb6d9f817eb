"""The tree of `rooms` on the staging disk: no links, no dot files, nothing that can be written, one owner's name."""

import os
import stat
from pathlib import PurePosixPath
from typing import IO, cast

from pyftpdlib.exceptions import FilesystemError
from pyftpdlib.filesystems import AbstractedFS

from archive.clock import archive_now, machine_now
from basket.fetch_log import note_transfer
from basket.ftps import rooms
from basket.ftps.authorizer import person_of
from basket.ftps.watching import WatchedFile

OWNER = "archive"
_NOTHING = "No such file or folder, or it is not yours to read"
#: A folder that may have no counterpart on the disk: mode, no inode, one link.
_FOLDER = os.stat_result((stat.S_IFDIR | 0o555, 0, 0, 1, 0, 0, 0, 0, 0, 0))


class StagedFiles(AbstractedFS):  # type: ignore[misc]  # the library has no types
    """What one visitor sees. Each command asks the database anew; only the rows of a running listing do not."""

    _listed: tuple[str, frozenset[str]] = ("", frozenset())

    # Paths ----------------------------------------------------------------------------------------------------------

    def validpath(self, path: str) -> bool:
        """Whether the path is one of ours; whether something is there, each command says in plain words."""
        root = os.path.normpath(self.root)
        inside = path == root or path.startswith(root.rstrip(os.sep) + os.sep)
        return inside and not any(part.startswith(".") for part in self._parts(path)) and "\0" not in path

    def fs2ftp(self, fspath: str) -> str:
        return "/" + "/".join(self._parts(fspath)) if self.validpath(fspath) else "/"

    def realpath(self, path: str) -> str:
        return path  # nothing here is a link

    def _parts(self, path: str) -> tuple[str, ...]:
        return PurePosixPath(os.path.relpath(path, self.root)).parts

    def _look(self, path: str) -> rooms.Room | rooms.File | None:
        visitor = rooms.Visitor(person_of(self.cmd_channel), archive_now(), machine_now())
        return rooms.find(self._parts(path), visitor)

    def _find(self, path: str) -> rooms.Room | rooms.File:
        found = self._look(path)
        if found is None:
            raise FilesystemError(_NOTHING)
        return found

    # Questions of the server ------------------------------------------------------------------------------------------

    def isdir(self, path: str) -> bool:
        return isinstance(self._look(path), rooms.Room)

    def isfile(self, path: str) -> bool:
        return isinstance(self._look(path), rooms.File)

    def islink(self, path: str) -> bool:
        return False

    def lexists(self, path: str) -> bool:
        return self._look(path) is not None

    def chdir(self, path: str) -> None:
        if not self.isdir(path):
            raise FilesystemError(_NOTHING)
        self.cwd = self.fs2ftp(path)

    def listdir(self, path: str) -> list[str]:
        found = self._find(path)
        if not isinstance(found, rooms.Room):
            raise FilesystemError("Not a folder")
        if found.names is None:
            raise FilesystemError("This folder is not listed; go to the folder that your mail names")
        self._listed = (path, frozenset(found.names))
        return list(found.names)

    def lstat(self, path: str) -> os.stat_result:
        folder, name = os.path.split(path)
        known = folder == self._listed[0] and name in self._listed[1]
        if len(self._parts(path)) <= 3 and (known or isinstance(self._find(path), rooms.Room)):
            return _FOLDER
        if not known:
            self._find(path)
        return self._figures(path)

    stat = lstat

    def getsize(self, path: str) -> int:
        return self.lstat(path).st_size

    def getmtime(self, path: str) -> float:
        return self.lstat(path).st_mtime

    def open(self, filename: str, mode: str) -> IO[bytes]:
        """Open a file to be sent: the access decision is made here, at the moment of the transfer."""
        found = self._find(filename)
        if mode != "rb" or not isinstance(found, rooms.File):
            raise FilesystemError("Not a file")
        handle = self._open(filename)
        file = os.fdopen(handle, "rb")
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            file.close()
            raise FilesystemError("Not a file")
        if found.product and found.decision and not self.cmd_channel.goes_on:
            note_transfer(person_of(self.cmd_channel), found.product, found.decision)
        return cast("IO[bytes]", WatchedFile(file, lambda: isinstance(self._look(filename), rooms.File)))

    def get_user_by_uid(self, uid: int) -> str:
        return OWNER

    def get_group_by_gid(self, gid: int) -> str:
        return OWNER

    # The disk ---------------------------------------------------------------------------------------------------------

    def forget_listing(self) -> None:
        """Let the next command ask the database."""
        self._listed = ("", frozenset())

    def _figures(self, path: str) -> os.stat_result:
        handle = self._open(path)
        try:
            found = os.fstat(handle)
        finally:
            os.close(handle)
        if not stat.S_ISREG(found.st_mode):
            raise FilesystemError("Not a file")
        mtime = int(found.st_mtime)
        return os.stat_result((stat.S_IFREG | 0o444, found.st_ino, 0, 1, 0, 0, found.st_size, mtime, mtime, mtime))

    def _open(self, path: str) -> int:
        """A handle to read, going down from the root part by part and through no link."""
        handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        parts = self._parts(path)
        for depth, part in enumerate(parts, 1):
            kind = os.O_DIRECTORY if depth < len(parts) else os.O_NONBLOCK
            try:
                deeper = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=handle)
            except OSError:
                raise FilesystemError("No such file or folder") from None
            finally:
                os.close(handle)
            handle = deeper
        return handle
