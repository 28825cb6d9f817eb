"""What notifications keep of a person: on My page, in the export, and gone with the account."""

import io
import json
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from accounts.export import as_zip
from accounts.farewell import delete_account
from accounts.models import User
from archive.clock import machine_now
from archive.models import EventKind
from notifications.actions import delete, pause, subscribe
from notifications.models import Channel, Frequency, MailState, Notice, OutboxMail, Subscription
from notifications.news import ProgramNews
from notifications.outbox import enqueue
from tests.people import make_person

pytestmark = pytest.mark.django_db
NOW = machine_now()


def own_subscription(owner: User, program: str, **changed: object) -> Subscription:
    attributes = {
        "channel": Channel.PORTAL,
        "frequency": Frequency.WEEKLY,
        "mission": "JWST",
        "kinds": [EventKind.NEW, EventKind.PUBLIC],
        "programs": [program],
        "observation": "",
        "level": None,
    }
    return subscribe(owner, attributes | changed, NOW)


@pytest.fixture
def person() -> User:
    person = make_person("Reader@example.org", None)
    own = own_subscription(person, "1558")
    pause(Subscription.objects.filter(pk=own_subscription(person, "2733").pk))
    delete(Subscription.objects.filter(pk=own_subscription(person, "9999").pk), NOW)
    news = ProgramNews("JWST", "1558", 3, ((EventKind.NEW, 3),))
    Notice.objects.create(owner=person, subscription=own, period_start=NOW, news=[news.as_json()], created_at=NOW)
    secret = {"subject": "Set a new password", "text": "…", "link": "https://example.org/reset/SECRET", "label": "Set"}
    enqueue("reset", "reader@example.org", "account", secret, NOW)
    enqueue("staged", "reader@example.org", "staged", {}, NOW)
    enqueue("other", "other@example.org", "account", secret, NOW)
    return person


def test_my_page_shows_subscriptions_and_notices(client: Client, person: User) -> None:
    client.force_login(person)
    page = client.get("/accounts/").content.decode()
    for words in ("JWST 1558", "New, Public", "Weekly", "paused", "JWST 1558: 3 New", "unread"):
        assert words in page
    assert "9999" not in page
    assert reverse("notifications:subscriptions") in page
    client.force_login(make_person("other@example.org", None))
    assert "1558" not in client.get("/accounts/").content.decode()


def test_the_export_has_all_but_what_opens_something(person: User) -> None:
    bundle = zipfile.ZipFile(io.BytesIO(as_zip(person)))
    subscriptions = json.loads(bundle.read("subscriptions.json"))
    assert [row["programs"] for row in subscriptions] == [["1558"], ["2733"], ["9999"]]
    assert (subscriptions[1]["paused"], subscriptions[0]["kinds"]) == (True, ["new", "public"])
    notice, mail = json.loads(bundle.read("notices.json"))
    assert notice["news"][0]["program"] == "1558"
    assert (mail["mail"], mail["to"], mail["state"]) == ("account", "reader@example.org", MailState.WAITING)
    assert b"SECRET" not in b"".join(map(bundle.read, bundle.namelist()))


def test_all_goes_with_the_account_and_nothing_of_others(person: User) -> None:
    other = make_person("other@example.org", None)
    own_subscription(other, "1558")
    delete_account(person, NOW)
    assert [own.owner for own in Subscription.objects.all()] == [other]
    assert not Notice.objects.exists()
    assert set(OutboxMail.objects.values_list("dedup_key", flat=True)) == {"other", "staged"}


def test_an_address_that_was_never_verified_takes_no_mail_along() -> None:
    person = User.objects.create_user("invited@example.org")
    enqueue("grant", "invited@example.org", "account", {}, NOW)
    delete_account(person, NOW)
    assert OutboxMail.objects.filter(dedup_key="grant").exists()
