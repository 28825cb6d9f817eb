"""Every Subject arrives as it was composed, however long its names are and in whatever letters."""

import datetime as dt
import email
from email import policy
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from notifications.account_mail import WORDS
from notifications.models import OutboxMail
from notifications.rendering import Mail, as_message, one_line

NOW = dt.datetime(2026, 1, 20, 12, 0, tzinfo=dt.UTC)
TEMPLATES = sorted(path.name for path in Path(settings.BASE_DIR, "templates", "mail").glob("*.subject.txt"))
LETTERS = {
    "a word": "x",
    "words": "x ",
    "accents": "é",
    "words with accents": "Łó ",
    "the sky": "星",
    "beyond the plane": "🔭",
    "hostile": "a\r\nBcc: all@example.org\x00\u2028 ",
}


def arrived(mail: Mail) -> set[str]:
    """The Subject as two ways of reading mail see it."""
    raw = mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own kind of message takes it
    first = next(line for line in raw.split(b"\r\n") if line.startswith(b"Subject:"))
    assert len(first) > len(b"Subject: "), "the first line of the header is empty"
    assert max(map(len, raw.split(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78
    unfolded = email.message_from_bytes(raw)["Subject"].replace("\r\n", "")
    older = str(make_header(decode_header(unfolded)))
    return {older, str(email.message_from_bytes(raw, policy=policy.default)["Subject"])}


def composed(template: str, name: str) -> Mail:
    programs = [{"number": name[:60]}, {"number": "2736"}]
    facts = {"name": name, "subject": name, "kinds": "New, Public", "mission": "JWST", "programs": programs}
    sizes = {"files": 3, "files_failed": 2, "files_gone": 1, "size_bytes": 12_345_678}
    return Mail(subject=one_line(render_to_string(f"mail/{template}", facts | sizes)), to=["a@example.org"])


@pytest.mark.parametrize("letters", LETTERS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_it_arrives_as_it_was_composed(template: str, letters: str) -> None:
    for length in range(20, 90):
        mail = composed(template, (LETTERS[letters] * length)[:length])
        assert arrived(mail) == {mail.subject}


@pytest.mark.parametrize("prefix", WORDS)
def test_mails_about_an_account_begin_with_their_first_word(prefix: str) -> None:
    facts = {"subject": WORDS[prefix].subject, "text": "", "link": "", "label": ""}
    row = OutboxMail(dedup_key=prefix, to="a@example.org", template="account", context=facts)
    mail = as_message(row, NOW)
    assert arrived(mail) == {f"{WORDS[prefix].subject} · Archive Portal"}


def test_a_short_plain_subject_is_read_in_the_file_as_it_is() -> None:
    raw = composed("failed.subject.txt", "MAST_2026-01-20T1204").message().as_string()
    assert "Subject: Archive request MAST_2026-01-20T1204 could not be fulfilled\n" in raw
