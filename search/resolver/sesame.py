"""Sesame of the CDS: SIMBAD, NED and VizieR by network.

The hosts are fixed, redirects are not followed, and one deadline covers the whole conversation, so that a slow or
broken network costs a search some seconds once. After a failure the network is left alone for a minute.
"""

import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import quote

import httpx
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from search.resolver.interfaces import Resolution, UnreachableError

HOSTS = ("https://cds.unistra.fr", "https://vizier.cfa.harvard.edu")
#: S: SIMBAD, N: NED, V: VizieR, in this order; A: all of them, also when one has answered.
PATH = "/cgi-bin/nph-sesame/-ox/SNVA?"
MAX_ANSWER_BYTES = 256 * 1024
LEFT_ALONE_S = 60.0


class Sesame:
    """A resolver on the network.

    Parameters
    ----------
    timeout_s : for a look-up as a whole, both hosts together.
    hosts : asked in turn until one answers.
    monotonic : seconds of a clock that only goes forward.
    """

    name = "sesame"
    network = True
    free = False

    def __init__(
        self, timeout_s: float, hosts: Sequence[str] = HOSTS, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._timeout_s = timeout_s
        self._hosts = tuple(hosts)
        self._monotonic = monotonic
        self._left_alone_until = float("-inf")
        self._lock = threading.Lock()

    def look_up(self, name: str) -> Resolution | None:
        self._refuse_while_left_alone()
        # one look-up at a time: who waits meanwhile learns whether the network is dead without trying it
        if not self._lock.acquire(timeout=self._timeout_s):
            raise UnreachableError("the network resolver is busy with other names")
        try:
            self._refuse_while_left_alone()
            return self._ask_hosts(name)
        finally:
            self._lock.release()

    def look_up_many(self, names: Sequence[str]) -> dict[str, Resolution]:
        found = ((name, self.look_up(name)) for name in names)
        return {name: resolution for name, resolution in found if resolution}

    def _refuse_while_left_alone(self) -> None:
        if self._monotonic() < self._left_alone_until:
            raise UnreachableError("the network resolver did not answer a moment ago")

    def _ask_hosts(self, name: str) -> Resolution | None:
        deadline = self._monotonic() + self._timeout_s
        share_s = self._timeout_s / len(self._hosts)
        for position, host in enumerate(self._hosts):
            stop = deadline - share_s * (len(self._hosts) - 1 - position)
            try:
                return read_answer(self._fetch(f"{host}{PATH}{quote(name, safe='')}", stop))
            except (httpx.HTTPError, httpx.InvalidURL, ET.ParseError, DefusedXmlException, ValueError, OSError):
                continue
        self._left_alone_until = self._monotonic() + LEFT_ALONE_S
        raise UnreachableError("the network resolver could not be reached")

    def _fetch(self, url: str, stop: float) -> bytes:
        """The body of the answer, complete before ``stop`` on the monotonic clock."""
        left_s = max(stop - self._monotonic(), 0.05)
        body = b""
        with (
            httpx.Client(timeout=left_s, follow_redirects=False, trust_env=True) as client,
            client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise ValueError(f"status {response.status_code}")
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES or self._monotonic() > stop:
                    raise ValueError("the answer is too long or too slow")
        return body


def read_answer(xml: bytes) -> Resolution | None:
    """The first service's position in an answer of Sesame with those of the others; None when none knows the name.

    Raises
    ------
    ValueError, xml.etree.ElementTree.ParseError, DefusedXmlException : not an answer of Sesame.
    """
    root: ET.Element = fromstring(xml)
    target = root.find("Target")
    if root.tag != "Sesame" or target is None:
        raise ValueError("not an answer of Sesame")
    asked = target.findtext("name") or ""
    found = [resolution for each in target.iter("Resolver") if (resolution := _resolution(each, asked))]
    return replace(found[0], others=tuple(found[1:])) if found else None


def _resolution(resolver: ET.Element, asked: str) -> Resolution | None:
    ra, dec = resolver.findtext("jradeg"), resolver.findtext("jdedeg")
    if not ra or not dec:
        return None
    return Resolution(
        canonical_name=" ".join((resolver.findtext("oname") or asked).split())[:200],
        ra_deg=_within(float(ra), 0, 360) % 360,
        dec_deg=_within(float(dec), -90, 90),
        resolver=_service(resolver.get("name", "")),
        object_type=" ".join((resolver.findtext("otype") or "").split())[:50],
    )


def _within(value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise ValueError(f"{value} is outside {low} to {high}")
    return value


def _service(label: str) -> str:
    """``S=Simbad (CDS, via client/server)`` names SIMBAD."""
    services = {"simbad": "SIMBAD", "ned": "NED", "vizier": "VizieR"}
    return next((name for word, name in services.items() if word in label.lower()), "Sesame")
