"""`manage.py ftps`: the FTPS door, until it is told to stop."""

import errno
import signal
import sys
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from basket.ftps.server import DoorServer, make_server


class Command(BaseCommand):
    help = (
        "Serve staged requests over FTPS (explicit TLS). Settings: FTPS_HOST, FTPS_PORT, FTPS_PASSIVE_PORTS and others."
    )
    #: `manage.py prepare` makes the checks; here they would import every page first.
    requires_system_checks = ()

    def handle(self, *args: str, **options: object) -> None:
        server = _listening()
        signal.signal(signal.SIGTERM, _stop)
        self.stdout.write(f"ftps: listening on {settings.FTPS_HOST} port {settings.FTPS_PORT}")
        self.stdout.flush()
        server.serve_forever()


def _listening() -> DoorServer:
    implicit = settings.FTPS_IMPLICIT_PORT
    try:
        return make_server(settings.FTPS_HOST, settings.FTPS_PORT, settings.FTPS_PASSIVE_PORTS, implicit or None)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            ports = f"port {settings.FTPS_PORT}" + (f" or {implicit}" if implicit else "")
            text = f"{ports} is in use; end the other program or set FTPS_PORT to a free port"
        else:
            text = f"cannot start on {settings.FTPS_HOST} port {settings.FTPS_PORT}: {error}"
        raise CommandError(f"ftps: {text}") from None


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(0)
