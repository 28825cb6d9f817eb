"""One process of the portal: `python -m mastportal.launcher.process web`. Containers start theirs with it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from mastportal.launcher import commands
from mastportal.launcher.services import bind


def command_lines() -> dict[str, Callable[[], list[str]]]:
    """Every process by its name; `make run` starts the same ones."""
    from django.conf import settings

    run_folder: Path = settings.PORTAL_HOME / "run"
    run_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "prepare": lambda: commands.manage("prepare"),
        "web": lambda: commands.web(bind(settings.BIND_HOST, settings.PORT), run_folder),
        "downloads": lambda: commands.downloads(bind(settings.BIND_HOST, settings.DOWNLOAD_PORT), run_folder),
        "stage": commands.stage_worker,
        "mail": commands.mail_worker,
        "beat": commands.beat,
        "ftps": commands.ftps,
        "sky": commands.make_sky,
    }


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mastportal.settings")
    known = command_lines()
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in known:
        sys.exit(f"name one of the portal's processes: {', '.join(known)}")
    command = known[name]()
    os.execv(command[0], command)  # noqa: S606 - our own commands


if __name__ == "__main__":
    main()
