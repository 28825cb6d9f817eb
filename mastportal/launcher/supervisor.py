"""Starts services, carries their output to the log, restarts what dies, and stops them all."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence

from mastportal.embedded import children
from mastportal.embedded.errors import ServiceError
from mastportal.launcher.orphans import Register
from mastportal.launcher.output import Log
from mastportal.launcher.services import Service

_TICK_S = 0.1
_FIRST_DELAY_S = 1.0
_LONGEST_DELAY_S = 30.0
#: A process that lived so long starts the next time without delay of its earlier deaths.
_LIVED_WELL_S = 60.0
#: A service that dies so often before it was ever ready will not come up.
_DEATHS_AT_START = 3


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """A signal asked the launcher to stop."""


class Child:
    """A running process and the pipe that carries its words."""

    def __init__(self, name: str, start: Callable[[int], subprocess.Popen[bytes]]) -> None:
        self.name = name
        self.reader, writer = os.pipe()
        try:
            self.process = start(writer)
        except BaseException:
            os.close(self.reader)
            raise
        finally:
            os.close(writer)
        os.set_blocking(self.reader, False)
        self.started = time.monotonic()
        self._rest = b""

    def words(self) -> list[str] | None:
        """The lines it said since the last call; None when its pipe has ended."""
        try:
            said = os.read(self.reader, 65536)
        except BlockingIOError:
            return []
        if not said and not self._rest:
            return None
        *lines, self._rest = (self._rest + (said or b"\n")).split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]

    def last_words(self) -> list[str]:
        """Everything that is still in the pipe."""
        lines: list[str] = []
        while said := self.words():
            lines += said
        return lines

    def end_group(self) -> None:
        """End what is left of the process's session, such as the workers of a killed gunicorn."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Keeps services running until it is asked to stop. One thread: a child is tied to the thread that started it."""

    def __init__(self, log: Log, register: Register, stop_asked: Callable[[], bool]) -> None:
        self.log = log
        self.register = register
        self.stop_asked = stop_asked
        self._running: dict[str, tuple[Service, Child]] = {}
        self._due: dict[str, tuple[Service, float]] = {}
        self._deaths: dict[str, int] = {}
        self._was_ready: set[str] = set()
        self._selector = selectors.DefaultSelector()

    # Starting --------------------------------------------------------------------------------------------------------
    def bring_up(self, services: Iterable[Service], *, patience_s: float) -> None:
        """Start services together and wait until each of them is ready."""
        waiting = list(services)
        for service in waiting:
            self._start(service)
        deadline = time.monotonic() + patience_s
        while waiting:
            self.tick()
            waiting = [service for service in waiting if not self._is_up(service)]
            if waiting and time.monotonic() > deadline:
                names = ", ".join(service.name for service in waiting)
                raise ServiceError(f"{names}: not ready after {patience_s:.0f} s; the log above says why")

    def _is_up(self, service: Service) -> bool:
        if self._deaths.get(service.name, 0) >= _DEATHS_AT_START:
            raise ServiceError(f"{service.name} does not start; the log above says why")
        if service.ends_by_itself:
            return True
        if service.name not in self._running or not (service.is_ready is None or service.is_ready()):
            return False
        if service.after_ready is not None:
            service.after_ready()
        self._was_ready.add(service.name)
        return True

    def run_to_end(self, name: str, command: Sequence[str]) -> None:
        """Run a command that ends by itself; a failure of it ends the start."""
        child = self._adopt(Child(name, lambda output: children.start(command, output=output)))
        try:
            while child.process.poll() is None:
                self.tick()
        finally:
            children.stop(child.process)
            self._drain(child)
        if child.process.returncode != 0:
            raise ServiceError(f"{name} failed (exit code {child.process.returncode}); the log above says why")

    def _start(self, service: Service) -> None:
        child = self._adopt(Child(service.name, service.start))
        self._running[service.name] = (service, child)
        self._record()

    def _adopt(self, child: Child) -> Child:
        self._selector.register(child.reader, selectors.EVENT_READ, child)
        return child

    # Watching --------------------------------------------------------------------------------------------------------
    def watch(self) -> None:
        """Until somebody asks to stop."""
        while True:
            self.tick()

    def tick(self) -> None:
        """Carry words, notice deaths, start again what is due."""
        self._carry(_TICK_S)
        if self.stop_asked():
            raise Stopped
        for service, child in list(self._running.values()):
            if child.process.poll() is not None:
                self._mourn(service, child)
        self._restart_due()

    def _carry(self, patience_s: float) -> None:
        for key, _ in self._selector.select(patience_s):
            self._say(key.data)

    def _say(self, child: Child) -> bool:
        lines = child.words()
        for line in lines or []:
            self.log.line(child.name, line)
        if lines is None:
            self._selector.unregister(child.reader)
            os.close(child.reader)
        return lines is not None

    def _drain(self, child: Child) -> None:
        """Its last words, when a process is dead."""
        if child.reader not in self._selector.get_map():
            return
        for line in child.last_words():
            self.log.line(child.name, line)
        self._selector.unregister(child.reader)
        os.close(child.reader)

    def _mourn(self, service: Service, child: Child) -> None:
        child.end_group()
        self._drain(child)
        del self._running[service.name]
        self._record()
        if service.ends_by_itself and child.process.returncode == 0:
            return
        if time.monotonic() - child.started > _LIVED_WELL_S:
            self._deaths[service.name] = 0
        deaths = self._deaths[service.name] = self._deaths.get(service.name, 0) + 1
        if deaths >= _DEATHS_AT_START and service.name not in self._was_ready:
            return
        delay_s = min(_FIRST_DELAY_S * 2 ** (deaths - 1), _LONGEST_DELAY_S)
        self.log.line("portal", f"{service.name} ended ({_how(child.process.returncode)}); again in {delay_s:.0f} s")
        self._due[service.name] = (service, time.monotonic() + delay_s)

    def _restart_due(self) -> None:
        for service, due in list(self._due.values()):
            if time.monotonic() < due:
                continue
            del self._due[service.name]
            try:
                self._start(service)
            except (ServiceError, OSError) as error:
                self.log.line("portal", f"{service.name}: {error}")
                self._due[service.name] = (service, time.monotonic() + _LONGEST_DELAY_S)

    # Stopping --------------------------------------------------------------------------------------------------------
    def stop(self, groups: Sequence[Sequence[Service]]) -> None:
        """Stop the groups one after the other, the services of a group together."""
        self._due.clear()
        for group in groups:
            self._stop_group([self._running[service.name] for service in group if service.name in self._running])

    def _stop_group(self, group: list[tuple[Service, Child]]) -> None:
        for service, child in group:
            with contextlib.suppress(ProcessLookupError):
                child.process.send_signal(service.stop_signal)
        deadline = time.monotonic() + max((service.patience_s for service, _ in group), default=0)
        while any(child.process.poll() is None for _, child in group) and time.monotonic() < deadline:
            self._carry(_TICK_S)
        for service, child in group:
            child.end_group()
            child.process.wait()
            self._drain(child)
            del self._running[service.name]
        self._record()

    def _record(self) -> None:
        self.register.write(child.process.pid for _, child in self._running.values())


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
