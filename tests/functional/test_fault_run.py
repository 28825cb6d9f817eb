"""Staging while workers, their children, the broker and the database are killed at random: the short fault run.

It has servers of its own to kill, so it is a process of its own; the long one is `python -m bench faults`.
"""

import json
import sys
from pathlib import Path

from tests.services.processes import run

TIMEOUT_S = 300


def test_every_request_ends_whole_through_twelve_faults(tmp_path: Path) -> None:
    told = tmp_path / "report.json"
    said = run([sys.executable, "-m", "bench.faults", "--short", "--report", str(told)], timeout_s=TIMEOUT_S)
    report = json.loads(told.read_text())
    assert report["faults"].keys() == {
        "worker killed",
        "child of the worker killed",
        "broker killed",
        "broker emptied",
        "database connections cut",
        "database killed",
    }, said
    assert sum(report["states"].values()) == report["requests"] == 20, said
    assert report["states"].keys() <= {"ready", "partial", "failed", "cancelled"}, said
    assert report["states"]["ready"] >= 10, said  # the faults are not what most requests end by
    assert report["taken_up_again"], said
    assert report["files"] >= 30, said
    assert (report["wrong"], report["not_ended"], report["left_behind"]) == ([], [], []), said
