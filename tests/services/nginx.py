"""A real nginx with the configuration of ``examples/nginx.conf``, on ports and folders of the tests."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from tests.services.processes import Process, accepts, free_port


def program() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert found, "nginx is not here; on Debian: apt-get install nginx-light"
    return found


def configuration(port: int, pages: str, downloads: str) -> str:
    """The example with what an operator puts in; ``pages`` and ``downloads`` are the addresses of the portal."""
    text = (settings.BASE_DIR / "examples" / "nginx.conf").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "ssl_certificate" not in line]
    text = "\n".join(lines).replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    text = text.replace("http://127.0.0.1:8000", pages).replace("http://127.0.0.1:8001", downloads)
    # only the tests say who sent a file
    text = text.replace("etag off;", "etag off; add_header X-Sent-By nginx;")
    text = text.replace("/srv/portal/var", str(settings.PORTAL_HOME))
    # under root the files of the tests lie in folders that only root enters
    return f"user root;\n{text}" if os.geteuid() == 0 else text


@contextmanager
def running_nginx(folder: Path, pages: str, downloads: str) -> Iterator[str]:
    """Its address."""
    port = free_port()
    place = folder / "nginx.conf"
    place.write_text(configuration(port, pages, downloads), encoding="utf-8")
    command = [program(), "-c", str(place), "-p", str(folder), "-g", "daemon off;"]
    process = Process(command, folder / "nginx.log")
    try:
        process.wait_for(lambda: accepts(port), "an open port of nginx")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop()
