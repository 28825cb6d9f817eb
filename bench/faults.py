"""Staging and building bundles while workers, their children, the broker and the database are killed at random.

Each request must end in a state that has a name, and what it delivers must be what was stored: wrong or lost bytes 0.
In the long run the staging disk is small and becomes full in the middle. The same seed gives the same requests and
faults; what they meet is the machine's chance.
"""

import argparse
import datetime as dt
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.fault_services import NO_ROOM, Services

if TYPE_CHECKING:
    from bench.fault_requests import Verdict

DISK_BYTES = 1 << 30
#: Of a small disk, what requests leave free.
FREE_BYTES = 16 << 20
#: What another program writes there.
HOG = "other.bin"
#: How long a fault waits for work that it can meet: longer than a worker takes to start.
WORK_WITHIN_S = 8.0
#: One person in ten cancels.
CANCELLED = 0.1


@dataclass(frozen=True)
class Run:
    """How much happens. ``sweeps``: by the portal's own clock and mail worker, else by this process, quickly."""

    requests: int
    faults: int
    pause_s: tuple[float, float]
    lease_s: int
    sweeps: bool
    full_disk: bool
    patience_s: float


LONG = Run(200, 60, (0.5, 3.0), lease_s=8, sweeps=True, full_disk=True, patience_s=1_500)
SHORT = Run(20, 12, (0.0, 1.0), lease_s=2, sweeps=False, full_disk=False, patience_s=150)


@dataclass
class Report:
    """What was done, and what came of it."""

    requests: int
    faults: dict[str, int] = field(default_factory=dict)
    cancelled: int = 0
    states: dict[str, int] = field(default_factory=dict)
    taken_up_again: int = 0
    waited_for_space: int = 0
    files: int = 0
    size_bytes: int = 0
    wrong: list[str] = field(default_factory=list)
    not_ended: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        ended = sum(self.states.values()) == self.requests
        return ended and not (self.wrong or self.not_ended or self.left_behind)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="20 requests and no full disk, as the tests run it")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("BENCH_SEED", "20261127")))
    parser.add_argument("--report", type=Path, help="a file for the report, as JSON")
    chosen = parser.parse_args()
    run = SHORT if chosen.short else LONG
    with ExitStack() as stack:
        home = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-faults-", ignore_cleanup_errors=True))
        )
        log = stack.enter_context((home / "services.log").open("ab"))
        small_disk = run.full_disk and stack.enter_context(mounted(home / "staging"))
        services = Services(home, log, sweeps=run.sweeps)
        stack.callback(services.stop)
        set_up(home, services, run)
        report = under_fire(home, services, run, chosen.seed, small_disk=small_disk)
        if not report.is_good:
            print((home / "services.log").read_text(errors="replace")[-20_000:], file=sys.stderr)
    tell(report)
    if chosen.report:
        chosen.report.write_text(json.dumps(asdict(report)))
    return 0 if report.is_good else 1


@contextmanager
def mounted(folder: Path) -> Iterator[bool]:
    """A file system of 1 GiB, where one may be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    done = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    if not done:
        print("no file system may be mounted here: a full disk is played by what requests leave free")
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def set_up(home: Path, services: Services, run: Run) -> None:
    """The stores and the tables; from here on Django knows them."""
    services.start_stores()
    for variable in ("ARCHIVE_NOW", "EMAIL_URL", "STORAGE_URL", "STAGING_ROOT"):
        os.environ.pop(variable, None)
    os.environ |= {
        "DATABASE_URL": services.postgres.url,
        "REDIS_URL": services.valkey.url,
        "PORTAL_HOME": str(home),
        "STAGING_LEASE_S": str(run.lease_s),
        "STAGING_FREE_BYTES": str(FREE_BYTES),
        "DJANGO_SETTINGS_MODULE": "mastportal.settings",
    }
    import django
    from django.core.management import call_command

    (home / "static").mkdir()
    django.setup()
    call_command("migrate", verbosity=0)


def under_fire(home: Path, services: Services, run: Run, seed: int, *, small_disk: bool) -> Report:
    """Hand in requests bit by bit, with a fault after each bit, then let what is under way end."""
    from bench import fault_requests as requests

    asking, luck = random.Random(seed), random.Random(seed + 1)  # noqa: S311 - faults, not secrets
    verdict, started = requests.Verdict(requests.fill(home / "storage", asking)), time.monotonic()
    report, faults = Report(run.requests), chosen_faults(services, run, random.Random(seed + 2))  # noqa: S311
    services.start_workers()
    handed_in = 0
    for turn, name in enumerate(faults, start=1):
        while handed_in < run.requests * turn // run.faults:
            requests.request(handed_in, asking)
            handed_in += 1
        if luck.random() < CANCELLED * run.requests / run.faults:
            report.cancelled += requests.patiently(lambda: requests.cancel_one(luck))
        wait_for_work(run, verdict)
        go_on(luck.uniform(*run.pause_s), run, verdict)
        if run.full_disk and turn == run.faults // 2:
            fill_disk(home / "staging", services, small_disk=small_disk)
        if run.full_disk and turn == run.faults * 2 // 3:
            make_room(home / "staging", services, small_disk=small_disk)
        services.faults()[name](luck)
    deadline = time.monotonic() + run.patience_s
    while len(verdict.seen) < run.requests and time.monotonic() < deadline:
        go_on(1, run, verdict)
    report.faults, report.seconds = dict(Counter(faults)), time.monotonic() - started
    return completed(report, verdict)


def chosen_faults(services: Services, run: Run, chance: random.Random) -> list[str]:
    """Each kind in turn, the order of every round by chance."""
    names: list[str] = []
    while len(names) < run.faults:
        names += chance.sample(sorted(services.faults()), len(services.faults()))
    return names[: run.faults]


def wait_for_work(run: Run, verdict: "Verdict") -> None:
    """Let a worker take up a request, so that the next fault meets work; while the disk is full there may be none."""
    from bench import fault_requests as requests

    deadline = time.monotonic() + WORK_WITHIN_S
    while not requests.patiently(requests.is_at_work) and time.monotonic() < deadline:
        go_on(0.05, run, verdict)


def go_on(seconds: float, run: Run, verdict: "Verdict") -> None:
    """Let the workers work; meanwhile look at what has ended, and sweep where nobody else does."""
    from archive.clock import machine_now
    from basket.staging import sweep
    from bench import fault_requests as requests

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not run.sweeps:
            sweep.UNHEARD = dt.timedelta(seconds=1)
            requests.patiently(lambda: sweep.sweep(machine_now()))
        requests.patiently(lambda: requests.look_at_ended(verdict, give_back=run.full_disk))
        time.sleep(0.05)


def fill_disk(folder: Path, services: Services, *, small_disk: bool) -> None:
    """Let another program take all the room."""
    if not small_disk:
        services.restart_stage_worker(NO_ROOM)
        return
    with (folder / HOG).open("wb") as file, suppress(OSError):  # the last piece finds no room
        for piece in range(DISK_BYTES >> 20):
            os.posix_fallocate(file.fileno(), piece << 20, 1 << 20)


def make_room(folder: Path, services: Services, *, small_disk: bool) -> None:
    if small_disk:
        (folder / HOG).unlink()
    else:
        services.restart_stage_worker({})


def completed(report: Report, verdict: "Verdict") -> Report:
    from bench import fault_requests as requests

    report.states = dict(verdict.states)
    report.files, report.size_bytes, report.wrong = verdict.files, verdict.size_bytes, verdict.wrong
    report.taken_up_again, report.waited_for_space = requests.patiently(requests.troubles)
    report.not_ended = requests.patiently(requests.under_way)
    report.left_behind = requests.patiently(requests.left_behind)
    return report


def tell(report: Report) -> None:
    print(f"{report.requests} requests, {report.cancelled} of them cancelled, {report.seconds:.0f} s")
    print("faults: " + ", ".join(f"{name} {number}" for name, number in sorted(report.faults.items())))
    print("ended: " + ", ".join(f"{name} {number}" for name, number in sorted(report.states.items())))
    print(f"work taken up again {report.taken_up_again} times; {report.waited_for_space} requests waited for space")
    print(f"{report.files:,} files, {report.size_bytes / 1e9:.2f} GB compared: wrong or lost {len(report.wrong)}")
    for name in ("wrong", "not_ended", "left_behind"):
        for text in getattr(report, name):
            print(f"  {name.replace('_', ' ')}: {text}")


if __name__ == "__main__":
    sys.exit(main())
