"""Another archive that gives files by their URI, well or badly."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from archive.storage.upstream import DOWNLOAD_PATH


@dataclass
class OtherArchive:
    """Its files by URI, or by the path of their address; what it was asked, and how it misbehaves."""

    files: dict[str, bytes] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)  # URIs that need the token
    token: str = "T" * 32
    breaks_off_after: int | None = None  # bytes of the next answer
    is_silent: bool = False  # takes requests and says nothing until it is stopped
    elsewhere: str = ""  # a host to which everything is redirected
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, Range, Authorization
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        handler = type("Handler", (_Handler,), {"archive": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def address(self) -> str:
        return self.host + DOWNLOAD_PATH

    def start(self) -> "OtherArchive":
        self._thread.start()
        return self

    def stop(self) -> None:
        self.stopped.set()
        self.server.shutdown()
        self._thread.join(timeout=30)
        self.server.server_close()

    def gets(self) -> list[tuple[str, str, str]]:
        return [each for each in self.asked if each[0] == "GET"]


class _Handler(BaseHTTPRequestHandler):
    archive: OtherArchive

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's names
        """Nothing."""

    def _answer(self, body: bool) -> None:
        own, given = self.archive, self.headers.get("Authorization", "")
        own.asked.append((self.command, self.headers.get("Range", ""), given))
        if own.elsewhere:
            self._end(302, Location=own.elsewhere + self.path)
            return
        if own.is_silent:
            own.stopped.wait(timeout=120)
        parts = urlsplit(self.path)
        uri = parse_qs(parts.query).get("uri", [parts.path])[0]
        if uri not in own.files:
            self._end(404)
        elif uri in own.closed and given != f"token {own.token}":
            self._end(401)
        else:
            self._give(own.files[uri], body)

    def _give(self, content: bytes, body: bool) -> None:
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        rest = content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if body:
            cut, self.archive.breaks_off_after = self.archive.breaks_off_after, None
            self.wfile.write(rest if cut is None else rest[:cut])
            self.close_connection = True

    def _end(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()
