"""The command line of every process of the portal. `make run`, the containers and the tests start the same ones."""

import sys
from pathlib import Path

#: One process answers pages; threads wait for the database together.
WEB_THREADS = 16
#: Each slow download holds one thread from its first byte to its last.
DOWNLOAD_THREADS = 300
#: Longer than any page takes; a download's thread does not count, because the process itself keeps answering.
_WEB_TIMEOUT_S = 60
_APPLICATION = "mastportal.wsgi:application"


def web(bind: str, run_folder: Path, *, workers: int = 2) -> list[str]:
    return _gunicorn(bind, run_folder, name="web", workers=workers, threads=WEB_THREADS)


def downloads(bind: str, run_folder: Path) -> list[str]:
    return _gunicorn(bind, run_folder, name="downloads", workers=1, threads=DOWNLOAD_THREADS)


def _gunicorn(bind: str, run_folder: Path, *, name: str, workers: int, threads: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", _APPLICATION),
        *("--name", name),
        *("--bind", bind),
        *("--worker-class", "mastportal.web_worker.WebWorker"),
        *("--workers", str(workers)),
        *("--threads", str(threads)),
        *("--worker-connections", str(max(1000, 4 * threads))),
        # a long list of criteria travels in the address; 8190 is the most that gunicorn takes: see `web_worker`
        *("--limit-request-line", "8190"),
        *("--limit-request-field_size", "16380"),
        *("--timeout", str(_WEB_TIMEOUT_S)),
        *("--graceful-timeout", "10"),
        *("--keep-alive", "5"),
        *("--worker-tmp-dir", str(run_folder)),
        *("--log-level", "warning"),
        # read once, before the workers part
        "--preload",
        "--no-control-socket",
    ]


def stage_worker(*, concurrency: int = 2) -> list[str]:
    """Copies files and builds bundles, for hours if need be."""
    return _worker("stage", "stage,bundle", concurrency)


def mail_worker() -> list[str]:
    """Sends mail and sweeps; never behind a long copy."""
    return _worker("mail", "mail,default", 1)


def _worker(name: str, queues: str, concurrency: int) -> list[str]:
    return [
        *_celery("worker"),
        *("--queues", queues),
        *("--concurrency", str(concurrency)),
        *("--hostname", f"{name}@%h"),
        "--without-gossip",
        "--without-mingle",
    ]


def beat() -> list[str]:
    """Rings for the sweepers. Where its schedule lies is in the settings."""
    return [*_celery("beat"), "--pidfile="]


def _celery(command: str) -> list[str]:
    # celery warns root because of pickled messages; ours are JSON
    python = (sys.executable, "-W", "ignore:You're running the worker with superuser privileges")
    return [*python, "-m", "celery", "--quiet", "--app", "mastportal", command, "--loglevel", "WARNING"]


def ftps() -> list[str]:
    return manage("ftps")


def make_sky() -> list[str]:
    """Draws AstroView's background once, and ends."""
    return manage("make_sky")


def manage(*words: str) -> list[str]:
    return [sys.executable, str(Path(__file__).resolve().parents[2] / "manage.py"), *words]
