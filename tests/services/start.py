"""A pytest plugin that starts one PostgreSQL and one Valkey for the whole run, before Django reads its settings.

With pytest-xdist the controlling process starts them and every worker gets a data folder and a Valkey database of its
own (pytest-django gives it a PostgreSQL database of its own). DATABASE_URL and REDIS_URL, when set, are used instead.
"""

import contextlib
import os
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from mastportal.embedded.postgres import Postgres
from mastportal.embedded.valkey import Valkey

_BASE = "PORTAL_TESTS_BASE"
_OWN_BROKER = "PORTAL_TESTS_BROKER"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: Sequence[str]
) -> Generator[None, None, None]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        early_config.add_cleanup(_start_servers().close)
    _settle_into_own_folder(os.environ.get("PYTEST_XDIST_WORKER", "main"))
    return (yield)


def _start_servers() -> contextlib.ExitStack:
    running = contextlib.ExitStack()
    base = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="portal-tests-", ignore_cleanup_errors=True)))
    os.environ[_BASE] = str(base)
    log = running.enter_context((base / "servers.log").open("wb"))
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = running.enter_context(Postgres(base, durable=False).running(log)).url
    if not os.environ.get("REDIS_URL"):
        os.environ[_OWN_BROKER] = running.enter_context(Valkey(base).running(log)).url
    return running


def _settle_into_own_folder(worker: str) -> None:
    """What a real run keeps apart by its data folder, tests that run side by side keep apart in the same way."""
    home = Path(os.environ[_BASE]) / worker
    # WhiteNoise warns of a missing folder of collected files, and warnings are errors here
    (home / "static").mkdir(parents=True, exist_ok=True)
    os.environ["PORTAL_HOME"] = str(home)
    if _OWN_BROKER in os.environ:
        number = int(worker.removeprefix("gw")) + 1 if worker.startswith("gw") else 0
        os.environ["REDIS_URL"] = f"{os.environ[_OWN_BROKER]}?virtual_host={number}"
    for variable in ("ARCHIVE_NOW", "EMAIL_URL", "STORAGE_URL", "STAGING_ROOT", "SITE_URL", "DOWNLOAD_URL"):
        os.environ.pop(variable, None)
