"""Visitors who ask for a data connection at the same moment get a port each."""

import contextlib
import random
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from pyftpdlib.ioloop import Acceptor, IOLoop

from basket.ftps.handler import PassivePort
from tests.services.processes import free_ports


def test_no_port_is_bound_while_another_visitor_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = list(free_ports(2))
    both_bound = threading.Barrier(2)
    listen = Acceptor.listen

    def late(self: Acceptor, number: int) -> None:
        """Time between binding and listening, in which the other visitor binds too if it can."""
        with contextlib.suppress(threading.BrokenBarrierError):  # the other waits for its turn
            both_bound.wait(timeout=0.3)
        listen(self, number)

    monkeypatch.setattr(Acceptor, "listen", late)
    monkeypatch.setattr(random, "randint", lambda low, high: low)  # the same first choice
    with socket.create_server(("127.0.0.1", 0)) as control:

        def taken(_: int) -> PassivePort:
            return PassivePort(_visitor(control, ports), extmode=True)

        with ThreadPoolExecutor(2) as pool:
            both = list(pool.map(taken, range(2)))
        numbers = {one.socket.getsockname()[1] for one in both}
        for one in both:
            one.socket.close()
    assert numbers == set(ports)


def _visitor(control: socket.socket, ports: list[int]) -> SimpleNamespace:
    """As much of a control connection as a data connection looks at."""
    return SimpleNamespace(
        socket=control, server=SimpleNamespace(socket=control, backlog=5), ioloop=IOLoop(), passive_ports=ports,
        masquerade_address=None, masquerade_address_map={}, respond=lambda _: None,
        log=lambda *_, **__: None, log_exception=lambda *_: None,
    )  # fmt: skip
