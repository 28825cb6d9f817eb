"""A launcher finds and ends what a killed one left, and touches nobody else's processes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mastportal.embedded import children
from mastportal.launcher.orphans import Register

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
#: Ends at once and leaves a child behind, as a killed server leaves its workers.
LEAVES_A_CHILD = [
    sys.executable,
    "-c",
    "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
]


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register(tmp_path / "processes.json")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = children.start(SLEEP)
    yield child
    child.kill()
    child.wait(timeout=30)


def test_it_ends_what_is_registered(register: Register, sleeper: subprocess.Popen[bytes]) -> None:
    register.write([sleeper.pid])
    assert register.end_orphans() == 1
    assert sleeper.poll() is not None
    assert register.read() == []


def test_it_spares_a_process_that_took_over_the_number(register: Register, sleeper: subprocess.Popen[bytes]) -> None:
    register.place.write_text(json.dumps([[sleeper.pid, psutil.Process(sleeper.pid).create_time() - 3600]]))
    assert register.end_orphans() == 0
    assert sleeper.poll() is None


def test_it_ends_the_children_of_a_process_that_is_gone(register: Register) -> None:
    parent = children.start(LEAVES_A_CHILD)
    register.write([parent.pid])
    parent.wait(timeout=30)
    assert register.end_orphans() == 1


@pytest.mark.parametrize("text", ["", "[[1", '{"a": 1}', "[[null, 2]]"])
def test_a_damaged_register_hinders_no_start(register: Register, text: str) -> None:
    register.place.write_text(text)
    assert register.end_orphans() == 0
