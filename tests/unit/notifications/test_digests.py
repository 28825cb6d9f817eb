"""Digests: what a period tells, to whom, once; composed for the receiver when it is sent."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from accounts.models import User
from archive.clock import from_mjd
from archive.models import Event, EventKind, Observation, Product
from notifications import actions, digest_mail, dispatch
from notifications.digests import write_digests
from notifications.forgetting import forget_notices, forget_subscriptions
from notifications.models import Channel, Frequency, MailState, Notice, OutboxMail, Subscription
from notifications.news import events_for, latest_event
from notifications.periods import period_start
from notifications.rendering import as_message
from tests.factories import NOW_MJD, make_observation, make_product

pytestmark = pytest.mark.django_db

NOW = from_mjd(NOW_MJD)
DAY = dt.timedelta(days=1)
FIELDS = {
    "event_id",
    "mission",
    "fileset",
    "filename",
    "program",
    "event_type",
    "archived_date",
    "public_release_date",
}


@pytest.fixture
def reader() -> User:
    return User.objects.create_user("reader@example.org")


def subscribe(owner: User, **attributes: Any) -> Subscription:
    plain = {
        "channel": Channel.EMAIL,
        "frequency": Frequency.DAILY,
        "mission": "JWST",
        "kinds": EventKind.values,
        "programs": ["1558"],
        "observation": "",
        "level": 3,
    }
    return actions.subscribe(owner, {**plain, **attributes}, NOW)


def happen(*kinds: str, own: Observation | None = None, product: Product | None = None, **fields: Any) -> Event:
    own = own or make_observation()
    plain = {
        "mission": own.obs_collection,
        "program": own.proposal_id,
        "filename": product.filename if product else f"{own.obs_id}_i2d.fits",
        "calib_level": own.calib_level,
        "at": NOW,
    }
    return Event.objects.create(kinds=list(kinds), observation=own, product=product, **{**plain, **fields})


def mail() -> Any:
    (row,) = OutboxMail.objects.all()
    return as_message(row, NOW)


def records(message: Any) -> list[dict[str, object]]:
    return [record for _, content, _ in message.attachments for record in json.loads(content)]


# Periods --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frequency", "start"),
    [
        (Frequency.FAST, "2026-03-04T15:46"),
        (Frequency.HOURLY, "2026-03-04T15:00"),
        (Frequency.DAILY, "2026-03-04T00:00"),
        (Frequency.WEEKLY, "2026-03-02T00:00"),
        (Frequency.MONTHLY, "2026-03-01T00:00"),
    ],
)
def test_periods_begin_where_the_calendars_do(frequency: str, start: str) -> None:
    moment = dt.datetime(2026, 3, 4, 15, 47, 12, tzinfo=dt.UTC)
    assert period_start(frequency, moment) == dt.datetime.fromisoformat(start + "+00:00")


@pytest.mark.parametrize("frequency", Frequency.values)
def test_a_period_is_told_at_its_end_and_once(reader: User, frequency: str) -> None:
    own = subscribe(reader, frequency=frequency)
    happen("new")
    end = next(
        m for m in (NOW + dt.timedelta(minutes=n) for n in range(60 * 24 * 32)) if period_start(frequency, m) > NOW
    )
    assert write_digests(end - dt.timedelta(minutes=1)) == 0
    assert write_digests(end) == 1
    assert write_digests(end) == 0
    own.refresh_from_db()
    assert own.period_start == end
    assert OutboxMail.objects.count() == 1


def test_nothing_happened_nothing_is_sent(reader: User) -> None:
    subscribe(reader)
    assert write_digests(NOW + DAY) == 0
    assert not OutboxMail.objects.exists()


def test_what_happened_before_the_subscription_is_not_told(reader: User) -> None:
    happen("new")
    subscribe(reader)
    assert write_digests(NOW + DAY) == 0


def test_a_digest_that_is_written_again_is_the_same_mail(reader: User) -> None:
    own = subscribe(reader)
    happen("new")
    before = (own.seen_event, own.period_start)
    write_digests(NOW + DAY)
    Subscription.objects.update(seen_event=before[0], period_start=before[1])  # as if the end were lost
    write_digests(NOW + DAY)
    assert OutboxMail.objects.count() == 1


def test_days_without_a_dispatcher_come_in_one_digest(reader: User) -> None:
    subscribe(reader)
    happen("new")
    happen("new")
    assert write_digests(NOW + 9 * DAY) == 1
    assert "New: 2 files" in mail().body


# What is asked for ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "fields", "is_told"),
    [
        ({}, {}, True),
        ({"kinds": ["public"]}, {}, False),
        ({"kinds": ["first", "new"]}, {}, True),
        ({"programs": ["2736", "1558"]}, {}, True),
        ({"programs": ["2736"]}, {}, False),
        ({"mission": "HST"}, {}, False),
        ({}, {"calib_level": 2}, False),
        ({}, {"calib_level": 4}, True),
        ({"level": 2}, {"calib_level": 2}, True),
        ({"level": 2}, {"calib_level": 3}, False),
        ({"level": None}, {"calib_level": 2}, True),
    ],
)
def test_a_subscription_tells_what_it_asks_for(
    reader: User, attributes: dict[str, Any], fields: dict[str, Any], is_told: bool
) -> None:
    own = subscribe(reader, **attributes)
    happen("new", **fields)
    assert events_for(own, 0, latest_event()).exists() is is_told


@pytest.mark.parametrize(
    ("observation", "obs_id", "is_told"),
    [
        ("", "anything", True),
        ("002", "jw01558002001_02101_00001_nrcb1", True),
        ("002", "jw01558-o002_t001_nircam_f200w", True),
        ("002", "jw01558003001_02101_00001_nrcb1", False),
        ("002", "jw01558-o003_t001_nircam_f200w", False),
        ("002", "jw01558-c1002_t001_nircam_f200w", False),
        ("jw01558-O002", "jw01558-o002_t001_nircam_f200w", True),
        ("jw01558-o0%", "jw01558-o002_t001_nircam_f200w", False),
    ],
)
def test_an_observation_is_its_number_or_the_begin_of_its_name(
    reader: User, observation: str, obs_id: str, is_told: bool
) -> None:
    own = subscribe(reader, observation=observation)
    happen("new", own=make_observation(obs_id=obs_id))
    assert events_for(own, 0, latest_event()).exists() is is_told


@pytest.mark.parametrize("change", ["paused", "deleted", "inactive"])
def test_nothing_is_written_for_who_does_not_want_it(reader: User, change: str) -> None:
    subscribe(reader)
    happen("new")
    silence(change)
    assert write_digests(NOW + DAY) == 0


def silence(change: str) -> None:
    match change:
        case "paused":
            actions.pause(Subscription.objects.all())
        case "deleted":
            actions.delete(Subscription.objects.all(), NOW)
        case "inactive":
            User.objects.update(is_active=False)


@pytest.mark.parametrize("change", ["paused", "deleted", "inactive"])
def test_nothing_is_sent_to_who_does_not_want_it_any_more(reader: User, change: str) -> None:
    subscribe(reader)
    happen("new")
    write_digests(NOW + DAY)
    silence(change)
    assert dispatch.send_waiting(NoServer(), lambda: NOW + DAY, archive_clock=lambda: NOW) == 1
    row = OutboxMail.objects.get()
    assert row.state == MailState.WITHDRAWN
    assert row.last_error


class NoServer(BaseEmailBackend):
    """A server that nothing may reach."""

    def send_messages(self, email_messages: object) -> int:
        raise AssertionError("a mail was sent")


def test_what_happens_during_a_pause_is_not_told(reader: User) -> None:
    subscribe(reader)
    actions.pause(Subscription.objects.all())
    happen("new")
    assert actions.resume(Subscription.objects.all(), NOW) == 1
    assert write_digests(NOW + DAY) == 0


def test_what_happens_before_a_deletion_is_undone_is_told(reader: User) -> None:
    subscribe(reader)
    actions.delete(Subscription.objects.all(), NOW)
    happen("new")
    actions.restore(Subscription.objects.all())
    assert write_digests(NOW + DAY) == 1


# The mail -------------------------------------------------------------------------------------------------------------


def test_the_mail_has_a_link_a_program_and_the_events_as_json(reader: User) -> None:
    subscribe(reader, programs=["1558", "2736"])
    first = happen("new", "public", filename="a.fits")
    happen("reprocessed", own=make_observation(proposal_id="2736", t_obs_release=99000.0), filename="b.fits")
    write_digests(NOW + DAY)
    message = mail()
    assert message.subject == "New, Reprocessed, Public: JWST programs 1558, 2736"
    for text in (message.body, message.alternatives[0][0].replace("&amp;", "&")):
        for program in ("1558", "2736"):
            assert f"http://127.0.0.1:8000/search/?obs_collection=JWST&proposal_id={program}" in text
        assert "Exclusive access ends by 2129-12-" in text
    assert [name for name, _, _ in message.attachments] == [
        "event_metadata_jwst-program-1558_daily_20260121_120000.json",
        "event_metadata_jwst-program-2736_daily_20260121_120000.json",
    ]
    found = records(message)
    assert [record["event_type"] for record in found] == ["New", "Public", "Reprocessed"]
    assert all(set(record) == FIELDS for record in found)
    assert len({record["event_id"] for record in found}) == 3
    assert found[0] | {"event_id": 0} == {
        "event_id": 0,
        "mission": "JWST",
        "fileset": first.observation.obs_id,
        "filename": "a.fits",
        "program": "1558",
        "event_type": "New",
        "archived_date": "2026-01-20T12:00:00Z",
        "public_release_date": "2023-07-10T00:00:00Z",
    }


def test_files_that_follow_their_observation_are_told_of_once(reader: User) -> None:
    subscribe(reader)
    subscribe(reader, channel=Channel.PORTAL)
    own, alone = make_observation(), make_observation()
    happen("new", "first", "public", own=own, filename="")
    happen("new", "public", own=own, product=make_product(own, filename=f"{own.obs_id}_i2d.fits"))
    happen("new", own=alone, filename="")
    write_digests(NOW + DAY)
    assert "New: 1 file and 1 observation\n  First: 1 observation\n  Public: 1 file\n" in mail().body
    assert "1 of 1 file may be fetched" in mail().body
    assert [(each["event_type"], each["filename"] or each["fileset"]) for each in records(mail())] == [
        ("First", own.obs_id),
        ("New", f"{own.obs_id}_i2d.fits"),
        ("Public", f"{own.obs_id}_i2d.fits"),
        ("New", alone.obs_id),
    ]
    assert [(item["files"], item["counts"]) for item in Notice.objects.get().news] == [
        (1, [["new", 2], ["first", 1], ["public", 1]])
    ]


def test_answers_go_to_the_help_desk(reader: User, settings: Settings) -> None:
    subscribe(reader)
    happen("new")
    write_digests(NOW + DAY)
    assert mail().message()["Reply-To"] is None
    settings.HELP_DESK = "help@archive.example.org"
    assert mail().message()["Reply-To"] == "help@archive.example.org"


def test_the_headers_allow_one_click(reader: User) -> None:
    own = subscribe(reader)
    happen("new")
    write_digests(NOW + DAY)
    raw = mail().message().as_bytes()
    assert re.search(rb"^List-Unsubscribe: <http://\S+>$", raw, re.MULTILINE), "cut into lines"
    headers = mail().message()
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(headers["List-Unsubscribe"]).startswith(
        f"<http://127.0.0.1:8000/accounts/subscriptions/unsubscribe/{own.pk}:"
    )
    assert str(headers["List-Unsubscribe"]).strip("<>") in mail().body


def test_only_the_kinds_that_were_asked_for_are_in_the_mail(reader: User) -> None:
    subscribe(reader, kinds=["public"])
    happen("new", "first", "public")
    write_digests(NOW + DAY)
    assert [record["event_type"] for record in records(mail())] == ["Public"]
    assert "New" not in mail().body.split("\n\n")[0]


@pytest.mark.parametrize(("is_staff", "words"), [(False, "1 of 2 files may be fetched"), (True, "2 of 2 files may be")])
def test_access_is_decided_for_the_receiver_when_the_mail_is_sent(is_staff: bool, words: str) -> None:
    reader = User.objects.create_user("reader@example.org")
    subscribe(reader)
    free = make_product(make_observation())
    closed = make_product(make_observation(t_obs_release=NOW_MJD + 1))
    for product in (free, closed):
        happen("new", own=product.observation, product=product)
    write_digests(NOW + DAY)
    User.objects.update(is_staff=is_staff)
    assert words in mail().body
    assert ("Exclusive access ends by 2026-01-21" in mail().body) is not is_staff
    row = OutboxMail.objects.get()
    assert "2 of 2 files may be fetched" in as_message(row, NOW + DAY).body


def test_the_mail_goes_to_the_address_that_the_account_has_when_it_is_sent(reader: User) -> None:
    subscribe(reader)
    happen("new")
    write_digests(NOW + DAY)
    User.objects.update(email="new@example.org")
    assert mail().to == ["new@example.org"]


def test_many_events_are_counted_all_and_attached_in_part(reader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest_mail, "MOST_ATTACHED", 3)
    subscribe(reader)
    own = make_observation()
    for number in range(5):
        happen("new", own=own, filename=f"{number}.fits")
    write_digests(NOW + DAY)
    assert len(records(mail())) == 3
    assert "the first 3 of 5 events" in mail().body
    assert "New: 5 files" in mail().body


def test_hostile_names_stay_text(reader: User) -> None:
    subscribe(reader, mission="<b>\r\nBcc: x", programs=['"><script>/../x'], level=None)
    own = make_observation(obs_collection="<b>\r\nBcc: x", proposal_id='"><script>/../x')
    happen("new", own=own, filename='"><img src=x>.fits')
    write_digests(NOW + DAY)
    message = mail()
    assert "\n" not in message.subject
    assert "<script" not in message.alternatives[0][0]
    (name, _, _) = message.attachments[0]
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.-")
    assert records(message)[0]["filename"] == '"><img src=x>.fits'


# The bell -------------------------------------------------------------------------------------------------------------


def test_the_portal_channel_leaves_a_notice_and_no_mail(reader: User) -> None:
    subscribe(reader, channel=Channel.PORTAL)
    happen("new", "public")
    write_digests(NOW + DAY)
    own = Notice.objects.get()
    assert not OutboxMail.objects.exists()
    assert own.news == [
        {"mission": "JWST", "program": "1558", "files": 1, "counts": [["new", 1], ["public", 1]]}
    ]  # fmt: skip
    assert (own.owner, own.created_at, own.read_at) == (reader, NOW + DAY, None)


# The command ----------------------------------------------------------------------------------------------------------


def test_the_command_writes_what_is_due(reader: User, capsys: pytest.CaptureFixture[str]) -> None:
    subscribe(reader)
    happen("new")
    call_command("digests", at="2026-01-20T23:59")
    assert not OutboxMail.objects.exists()
    call_command("digests", at="2026-01-21T00:00")
    assert OutboxMail.objects.count() == 1
    assert "1 digests written" in capsys.readouterr().out
    with pytest.raises(CommandError, match="not a time such as"):
        call_command("digests", at="soon")


def test_what_is_out_of_reach_is_forgotten_and_nothing_else(reader: User) -> None:
    kept, gone = subscribe(reader, channel=Channel.PORTAL), subscribe(reader)
    actions.delete(Subscription.objects.filter(pk=gone.pk), NOW)
    for age in (1, 200):
        moment = NOW - age * DAY
        Notice.objects.create(owner=reader, subscription=kept, period_start=moment, news=[], created_at=moment)
    forget_stale_at(NOW + DAY)
    assert (Subscription.objects.count(), Notice.objects.count()) == (2, 1)
    forget_stale_at(NOW + 8 * DAY)
    assert list(Subscription.objects.all()) == [kept]


def forget_stale_at(now: dt.datetime) -> None:
    forget_subscriptions(now)
    forget_notices(now)
