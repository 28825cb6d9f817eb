"""A server that plays Sesame of the CDS: answers of its own form, and every way of not answering."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

KNOWN = {
    "veil star": ("10.5", "-20.25", "* veil  Sta", "S=Simbad (CDS, via client/server)", "**"),
    "deep galaxy": ("150.25", "2.5", "DEEP 12", "N=NED (CDS-copy)", "G"),
    "β pic": ("86.8212", "-51.0665", "* bet Pic", "S=Simbad (CDS, via client/server)", "PM*"),
    "two places": ("40.1667", "-51.5121", "* mu. Two", "S=Simbad (CDS, via client/server)", "*"),
    "a&b?c/d#e": ("1", "2", "ODD", "V=VizieR (local)", ""),
}
#: What NED says beside SIMBAD.
ALSO = {"two places": ("40.0", "-51.5")}
UNKNOWN = '<Sesame><Target option="SNV"><name>{name}</name><INFO>*** Nothing found *** </INFO></Target></Sesame>'
ANSWER = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<Sesame xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Target option="SNV">
    <name>{name}</name>
    <Resolver name="S=Other (nothing known)"><INFO>Zero (0) answers</INFO></Resolver>
    <Resolver name="{resolver}">
      <otype>{otype}</otype>
      <jpos>00:42:00.0 -20:15:00</jpos>
      <jradeg> {ra} </jradeg>
      <jdedeg>{dec}</jdedeg>
      <oname>{oname}</oname>
    </Resolver>
  </Target>
</Sesame>"""
BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><Sesame><Target><name>&b;</name></Target></Sesame>'


class SesameServer(ThreadingHTTPServer):
    """``manner`` is how it answers: well, slow, drip, broken, bomb, error, redirect, huge, far."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.manner = "well"
        self.asked: list[str] = []
        self.elsewhere = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: SesameServer

    def do_GET(self) -> None:
        if self.path.startswith("/elsewhere"):
            self.server.elsewhere += 1
        else:
            self.server.asked.append(unquote(self.path.split("?", 1)[1]))
        match self.server.manner:
            case "slow":
                time.sleep(3)
            case "drip":
                self._drip()
            case "redirect":
                self.send_response(302)
                self.send_header("Location", f"{self.server.address}/elsewhere")
                self.end_headers()
            case manner:
                self._send(*_body(manner, self.server.asked[-1]))

    def _send(self, status: int, body: str) -> None:
        self.send_response(status)
        self.end_headers()
        try:
            self.wfile.write(body.encode())
        except OSError:
            return

    def _drip(self) -> None:
        """A byte now and then: no single read is slow, the whole is."""
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(60):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, *args: object) -> None:
        """Tests read answers, not logs."""


def _body(manner: str, name: str) -> tuple[int, str]:
    answers = {
        "broken": (200, "<Sesame><Target>"),
        "page": (200, "<html><body>Log in to the hotel</body></html>"),
        "bomb": (200, BOMB),
        "error": (503, "busy"),
        "huge": (200, _answer(name) + " " * 2_000_000),
        "far": (200, ANSWER.format(name=name, resolver="x", otype="", ra="10", dec="123.0", oname="x")),
        "words": (200, ANSWER.format(name=name, resolver="x", otype="", ra="nan", dec="1", oname="x")),
    }
    return answers.get(manner, (200, _answer(name)))


def _answer(name: str) -> str:
    if name.lower() not in KNOWN:
        return UNKNOWN.format(name="?")
    ra, dec, oname, resolver, otype = KNOWN[name.lower()]
    answer = ANSWER.format(name="?", resolver=resolver, otype=otype, ra=ra, dec=dec, oname=oname)
    if name.lower() not in ALSO:
        return answer
    also_ra, also_dec = ALSO[name.lower()]
    other = f'<Resolver name="N=NED"><jradeg>{also_ra}</jradeg><jdedeg>{also_dec}</jdedeg><oname>MU</oname></Resolver>'
    return answer.replace("</Target>", f"{other}</Target>")


@contextmanager
def playing_sesame() -> Iterator[SesameServer]:
    server = SesameServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=30)
