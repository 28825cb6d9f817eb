"""Hundreds of notices through a mail server with faults, while the dispatchers are killed: none is lost."""

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone

from notifications.models import MailState, OutboxMail
from tests.services.processes import portal_environment
from tests.services.smtp import SmtpServer

pytestmark = pytest.mark.django_db(transaction=True)

NOTICES = 300
KILLS = 8
PATIENCE_S = 240
#: Starts a dispatcher for each line that it reads, and says its process; at the end of the lines waits for the last.
#: They run as in the worker, but what is put off is due at once, and the lease of a dead one ends in 20 seconds.
NURSERY = """
import datetime as dt, os, sys, time
import django
django.setup()
from django.core.mail import get_connection
from archive.clock import machine_now
from notifications import dispatch
from notifications.models import MailState, OutboxMail
dispatch.LEASE = dt.timedelta(seconds=20)
dispatch.RETRY_AFTER = [dt.timedelta()]
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        while OutboxMail.objects.filter(state=MailState.WAITING).exists():
            if not dispatch.send_waiting(get_connection(), machine_now):
                time.sleep(0.2)
        os._exit(0)
    print(pid, flush=True)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
"""


class FaultySmtpServer(SmtpServer):
    """Refuses some mails for now and one address for good, and loses some answers after it has taken the mail."""

    def __init__(self) -> None:
        super().__init__()
        self.chance = random.Random(5)  # noqa: S311 - faults, not secrets
        self.refused = self.lost_answers = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("gone"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fate = self.chance.random()
        if fate < 0.10:
            self.refused += 1
            return "451 try later"
        answer = await super().handle_DATA(server, session, envelope)
        if fate > 0.98:
            self.lost_answers += 1
            assert server.transport is not None
            server.transport.close()
        return answer


def write_notices() -> None:
    """One to each of as many people; one in a hundred has given an address that is no more."""
    now = timezone.now()
    context = {"name": "M57", "request_id": "7a1f", "error_text": "The staging disk had no room.", "failures": []}
    OutboxMail.objects.bulk_create(
        OutboxMail(
            dedup_key=f"notice {number}",
            to=f"{'gone' if number % 100 == 0 else 'reader'}{number}@example.org",
            template="failed",
            context=context,
            next_at=now,
            created_at=now,
        )
        for number in range(NOTICES)
    )


@pytest.fixture
def faulty_server() -> Iterator[FaultySmtpServer]:
    server = FaultySmtpServer()
    server.start()
    yield server
    server.stop()


class Dispatchers:
    """Two at a time; whoever is killed is followed by another."""

    def __init__(self, server: SmtpServer) -> None:
        settings = {"EMAIL_URL": server.url, "DJANGO_SETTINGS_MODULE": "mastportal.settings"}
        self.nursery = subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | portal_environment() | settings,
            start_new_session=True,
        )
        self.running = [self._start(), self._start()]

    def _start(self) -> int:
        assert self.nursery.stdin
        assert self.nursery.stdout
        self.nursery.stdin.write("\n")
        self.nursery.stdin.flush()
        assert select.select([self.nursery.stdout], [], [], PATIENCE_S)[0], "no dispatcher was started"
        return int(self.nursery.stdout.readline())

    def kill(self, place: int) -> None:
        os.kill(self.running[place], signal.SIGKILL)
        self.running[place] = self._start()

    def finish(self) -> None:
        self.nursery.communicate(timeout=PATIENCE_S)
        assert self.nursery.returncode == 0

    def close(self) -> None:
        """End whoever is left after a failure."""
        with suppress(ProcessLookupError):
            os.killpg(self.nursery.pid, signal.SIGKILL)


def test_all_notices_arrive_through_faults_and_kills(faulty_server: FaultySmtpServer) -> None:
    write_notices()
    with closing(Dispatchers(faulty_server)) as dispatchers:
        for kill in range(KILLS):
            wait_for_messages(faulty_server, len(faulty_server.messages) + faulty_server.chance.randint(1, 30))
            dispatchers.kill(kill % 2)
        dispatchers.finish()

    states = Counter(OutboxMail.objects.values_list("state", flat=True))
    gone = NOTICES // 100
    assert states == {MailState.SENT: NOTICES - gone, MailState.FAILED: gone}
    copies = Counter((message["To"], message["Message-ID"]) for message in faulty_server.messages)
    assert len(copies) == NOTICES - gone  # none is lost, and every copy of one has the same Message-ID
    assert faulty_server.refused > NOTICES // 20
    # a mail comes twice only where its answer was lost: by the server, or with the dispatcher that waited for it
    repeated = sum(copies.values()) - len(copies)
    assert faulty_server.lost_answers <= repeated <= faulty_server.lost_answers + KILLS


def wait_for_messages(server: SmtpServer, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while len(server.messages) < count:
        assert time.monotonic() < deadline, f"{len(server.messages)} messages and no more"
        time.sleep(0.01)
