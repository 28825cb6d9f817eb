"""The outbox: written with the change it tells about, sent at least once, told apart by its Message-ID."""

import asyncio
import datetime as dt
import email
import os
import socket
import stat
import threading
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.db import connections, transaction
from pytest_django import Settings

from notifications import dispatch
from notifications.models import MailState, OutboxMail
from notifications.outbox import enqueue
from notifications.rendering import as_message

NOW = dt.datetime(2026, 1, 20, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
CONTEXT: dict[str, object] = {
    "name": "MAST_2026-01-20T1204",
    "request_id": "7a1f",
    "error_text": "The staging disk had no room.",
    "failures": [],
    "files_failed": 0,
    "page_url": "http://127.0.0.1:8000/basket/requests/7a1f/",
}


class FaultyServer:
    """An SMTP server that answers as it is told: the next answers first, then 250; ``None`` drops the line."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answers: list[str | None] = []
        self.recipient_answers: list[str] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answers:
            return self.recipient_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 kept"
        if answer is None or answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = email.message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.received.append(message)
        if answer is None:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            await asyncio.sleep(0)
            return "250 never heard"
        return answer


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    faulty = FaultyServer()
    controller = Controller(faulty, hostname="127.0.0.1", port=faulty.port)
    controller.start()
    yield faulty
    controller.stop()


def backend(server: FaultyServer) -> EmailBackend:
    return EmailBackend(host="127.0.0.1", port=server.port, timeout=5)


def send(server: FaultyServer, now: dt.datetime) -> int:
    return dispatch.send_waiting(backend(server), lambda: now)


def write(key: str = "delivery 7a1f", to: str = "reader@example.org") -> OutboxMail:
    enqueue(key, to, "failed", CONTEXT, NOW)
    return OutboxMail.objects.get(dedup_key=key)


@pytest.mark.django_db
def test_the_same_news_is_one_mail() -> None:
    write()
    write()
    assert OutboxMail.objects.count() == 1


@pytest.mark.django_db
def test_a_mail_is_sent_plain_and_html_with_the_headers_of_a_machine(server: FaultyServer) -> None:
    mail = write()
    assert send(server, NOW) == 1
    mail.refresh_from_db()
    (message,) = server.received
    assert (mail.state, mail.sent_at) == (MailState.SENT, NOW)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["To"] == "reader@example.org"
    assert message["Subject"] == "Archive request MAST_2026-01-20T1204 could not be fulfilled"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "The staging disk had no room." in plain.get_content()
    assert "<p>The staging disk had no room.</p>" in html.get_content()


@pytest.mark.django_db
def test_a_sent_mail_is_not_sent_again(server: FaultyServer) -> None:
    write()
    send(server, NOW)
    assert send(server, NOW + MINUTE) == 0


@pytest.mark.django_db
def test_a_temporary_refusal_is_tried_again_at_1_5_15_60_minutes_then_hourly(server: FaultyServer) -> None:
    mail, now = write(), NOW
    server.answers = ["451 try later"] * 6
    for minutes in (1, 5, 15, 60, 60, 60):
        assert send(server, now) == 1
        assert send(server, now + minutes * MINUTE - dt.timedelta(seconds=1)) == 0
        now += minutes * MINUTE
    assert send(server, now) == 1
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, len(server.received)) == (MailState.SENT, 7, 1)


@pytest.mark.django_db
def test_after_three_days_it_is_given_up(server: FaultyServer) -> None:
    mail = write()
    server.answers = ["451 try later"]
    send(server, NOW + dt.timedelta(days=3, seconds=1))
    mail.refresh_from_db()
    assert (mail.state, mail.last_error) == (MailState.FAILED, "451 try later")


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["answers", "recipient_answers"])
def test_a_permanent_refusal_is_the_end_and_says_why(server: FaultyServer, where: str) -> None:
    mail = write()
    setattr(server, where, ["550 no such mailbox"])
    send(server, NOW)
    mail.refresh_from_db()
    assert (mail.state, mail.last_error) == (MailState.FAILED, "550 no such mailbox")


@pytest.mark.django_db
def test_a_lost_answer_means_the_same_mail_twice_with_one_message_id(server: FaultyServer) -> None:
    mail = write()
    server.answers = [None]
    send(server, NOW)
    mail.refresh_from_db()
    assert mail.state == MailState.WAITING
    send(server, NOW + MINUTE)
    first, second = server.received
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@localhost>")


@pytest.mark.django_db
def test_without_a_server_the_mail_waits() -> None:
    mail = write()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = EmailBackend(host="127.0.0.1", port=probe.getsockname()[1], timeout=2)
    dispatch.send_waiting(nobody, lambda: NOW)
    mail.refresh_from_db()
    assert (mail.state, mail.next_at) == (MailState.WAITING, NOW + MINUTE)


@pytest.mark.django_db
def test_one_bad_address_does_not_hold_up_the_others(server: FaultyServer) -> None:
    write("first")
    write("second", "other@example.org")
    server.recipient_answers = ["550 no such mailbox"]
    assert send(server, NOW) == 2
    assert [message["To"] for message in server.received] == ["other@example.org"]


@pytest.mark.django_db
def test_a_dispatcher_that_died_is_followed_by_another_after_its_lease() -> None:
    write()
    assert dispatch.claim(NOW) is not None
    assert dispatch.claim(NOW + dispatch.LEASE - dt.timedelta(seconds=1)) is None
    assert dispatch.claim(NOW + dispatch.LEASE) is not None


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_at_once_take_different_mails() -> None:
    for number in range(20):
        write(f"news {number}")
    taken: list[int] = []

    def take() -> None:
        while (mail := dispatch.claim(NOW)) is not None:
            taken.append(mail.pk)
        connections.close_all()

    threads = [threading.Thread(target=take, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(taken) == len(set(taken)) == 20


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_tells_nobody() -> None:
    def changed_then_undone() -> None:
        with transaction.atomic():
            write()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        changed_then_undone()
    assert not OutboxMail.objects.exists()


@pytest.mark.django_db
def test_line_breaks_in_names_stay_out_of_the_headers(server: FaultyServer) -> None:
    name = "M57\r\nBcc: victim@example.org\u2028X"
    enqueue("k", "reader@example.org", "failed", CONTEXT | {"name": name}, NOW)
    send(server, NOW)
    (message,) = server.received
    assert message["Bcc"] is None
    assert message["Subject"] == "Archive request M57 Bcc: victim@example.org X could not be fulfilled"


@pytest.mark.django_db
def test_an_address_with_a_line_break_is_never_sent(server: FaultyServer) -> None:
    enqueue("k", "a@example.org\nBcc: b@example.org", "failed", CONTEXT, NOW)
    send(server, NOW)
    assert OutboxMail.objects.get().state == MailState.FAILED
    assert server.received == []


@pytest.mark.django_db
def test_markup_in_names_is_text_in_the_html_part() -> None:
    enqueue("k", "reader@example.org", "failed", CONTEXT | {"name": "<img src=x>"}, NOW)
    message = as_message(OutboxMail.objects.get(), NOW)
    html = str(message.alternatives[0][0])
    assert "<img" not in html
    assert "&lt;img" in html
    assert "<img src=x>" in str(message.body)


@pytest.mark.django_db
def test_a_mail_that_names_no_template_fails_and_does_not_stop_the_others(server: FaultyServer) -> None:
    enqueue("bad", "reader@example.org", "no-such-template", CONTEXT, NOW)
    write("good")
    assert send(server, NOW) == 2
    assert OutboxMail.objects.get(dedup_key="bad").state == MailState.FAILED
    assert len(server.received) == 1


@pytest.mark.django_db
def test_without_a_mail_server_each_mail_is_a_file_for_its_owner_alone(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    mail = write()
    dispatch.send_waiting(get_connection("notifications.eml.EmlFileBackend"), lambda: NOW)
    mail.refresh_from_db()
    (path,) = (tmp_path / "mail").iterdir()
    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert mail.state == MailState.SENT
    assert path.suffix == ".eml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert message["To"] == "reader@example.org"
    assert os.listdir(tmp_path / "mail") == [path.name]
