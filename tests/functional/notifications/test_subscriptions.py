"""Subscriptions and the bell over HTTP: make, change, pause, delete and take back; nobody reaches those of others."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from notifications.models import MailState, Notice, OutboxMail, Subscription
from notifications.unsubscribing import unsubscribe_address
from tests.factories import make_observation, make_planned, make_program

pytestmark = pytest.mark.django_db

LIST, NEW = "/accounts/subscriptions/", "/accounts/subscriptions/new/"
FORM: dict[str, Any] = {
    "channel": "email",
    "frequency": "daily",
    "mission": "JWST",
    "kinds": ["new", "first", "reprocessed", "public"],
    "programs": "1558",
    "observation": "",
    "level": "3",
}


@pytest.fixture
def reader() -> User:
    return User.objects.create_user("reader@example.org")


@pytest.fixture
def signed_in(client: Client, reader: User) -> Client:
    client.force_login(reader)
    return client


def subscribe(client: Client, **fields: Any) -> Subscription:
    assert client.post(NEW, {**FORM, **fields}).status_code == 302
    return Subscription.objects.latest("pk")


def page(client: Client, address: str = LIST) -> str:
    return client.get(address).content.decode()


def act(client: Client, action: str, *chosen: Subscription) -> str:
    sent = {"action": action, "id": [own.pk for own in chosen]}
    return client.post(reverse("notifications:change-selected"), sent, follow=True).content.decode()


# Making ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [LIST, NEW, "/accounts/notices/"])
def test_without_signing_in_the_way_leads_there_and_back(client: Client, address: str) -> None:
    assert client.get(address).headers["Location"] == f"{resolve_url(settings.LOGIN_URL)}?next={address}"


def test_every_attribute_is_kept_and_shown(signed_in: Client) -> None:
    make_program(number="1558")
    own = subscribe(
        signed_in, channel="portal", frequency="hourly", kinds=["new", "public"], observation="2", level="2"
    )
    assert (own.channel, own.frequency, own.kinds) == ("portal", "hourly", ["new", "public"])
    assert (own.mission, own.programs, own.observation, own.level) == ("JWST", ["1558"], "002", 2)
    html = page(signed_in)
    for word in ("Subscribed to JWST 1558", ">1558</a>", ">002<", "New, Public", "Hourly", "Portal", "active"):
        assert word in html


def test_a_program_without_data_can_be_waited_for_and_is_told_of(signed_in: Client) -> None:
    subscribe(signed_in, programs="09999")
    assert Subscription.objects.get().programs == ["9999"]
    assert "The archive knows nothing yet of JWST 9999: check the number" in page(signed_in)


def test_several_programs_are_one_subscription(signed_in: Client) -> None:
    assert subscribe(signed_in, programs=" 01073, 2736;2736\n4 ").programs == ["1073", "2736", "4"]


def test_level_and_first_are_of_jwst(signed_in: Client) -> None:
    own = subscribe(signed_in, mission="HST")
    assert (own.level, own.kinds) == (None, ["new", "reprocessed", "public"])


def test_a_mission_of_this_archive_can_be_chosen(signed_in: Client) -> None:
    make_program(mission="KECK", number="N-042")
    assert subscribe(signed_in, mission="KECK", programs="N-042").programs == ["N-042"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"programs": ""}, "Give the number of a program"),
        ({"programs": " , "}, "Give the number of a program"),
        ({"programs": "27x6"}, "“27x6” is not the number of a program"),
        ({"programs": "<b>"}, "“&lt;b&gt;” is not the number"),
        ({"programs": "0"}, "“0” is not the number"),
        ({"programs": "२७"}, "is not the number"),
        ({"programs": " ".join(map(str, range(1, 22)))}, "Give at most 20 programs"),
        ({"programs": "1" * 401}, "Give at most 20 programs"),
        ({"programs": "1\x00"}, "Null characters are not allowed"),
        ({"kinds": []}, "Tick at least one type"),
        ({"kinds": ["new", "old"]}, "Tick types of the list only"),
        ({"kinds": ["first"], "mission": "HST"}, "First is told for JWST only"),
        ({"mission": "none"}, "Choose one of the missions"),
        ({"frequency": ""}, "Choose how often"),
        ({"channel": "pigeon"}, "Choose E-mail or Portal"),
        ({"level": "7"}, "Choose level 2, 3 or both"),
        ({"observation": "1234"}, "at most three digits"),
        ({"observation": "x" * 101}, "at most 100 characters"),
    ],
)
def test_what_cannot_be_is_refused_with_its_remedy(signed_in: Client, fields: dict[str, Any], says: str) -> None:
    response = signed_in.post(NEW, {**FORM, **fields})
    assert response.status_code == 400
    assert says in response.content.decode()
    assert not Subscription.objects.exists()


def test_the_same_subscription_twice_is_refused(signed_in: Client) -> None:
    subscribe(signed_in)
    response = signed_in.post(NEW, FORM)
    assert response.status_code == 400
    assert "You have this subscription already" in response.content.decode()
    assert subscribe(signed_in, channel="portal")


@pytest.mark.parametrize(
    ("obs_id", "collection", "observation"),
    [
        ("jw06658002001_xx101_00001_niriss", "JWST", "002"),
        ("jw06658-o002_t001_niriss_f200w", "JWST", "002"),
        ("jw06658-c1002_t001_niriss_f200w", "JWST", "jw06658-c1002_t001_niriss_f200w"),
        ("n4ro01020", "HST", "n4ro01020"),
    ],
)
def test_a_row_fills_in_the_form(signed_in: Client, obs_id: str, collection: str, observation: str) -> None:
    own = make_planned(obs_id=obs_id, obs_collection=collection, proposal_id="6658")
    html = page(signed_in, f"{NEW}?obsid={own.obsid}")
    assert 'name="programs" value="6658"' in html
    assert f'name="observation" value="{observation}"' in html
    assert f"<option selected>{collection}</option>" in html


def test_several_rows_fill_in_their_programs_and_what_is_left_out_is_told(signed_in: Client) -> None:
    own = [make_observation(obs_collection="JWST", proposal_id=number) for number in ("2736", "1073", "2736")]
    other = make_observation(obs_collection="HST", proposal_id="9999")
    html = page(signed_in, f"{NEW}?{'&'.join(f'obsid={row.obsid}' for row in (*own, other))}")
    assert 'value="2736, 1073"' in html
    assert "A subscription is to one mission. Make another for HST 9999." in html
    assert "first 100 rows" in page(signed_in, f"{NEW}?{'&'.join([f'obsid={own[0].obsid}'] * 101)}")


def test_the_toolbar_leads_to_the_form_for_the_programs_of_the_page(client: Client) -> None:
    make_observation(obs_collection="JWST", proposal_id="1073")
    make_observation(obs_collection="JWST", proposal_id="2736")
    html = page(client, "/search/?collection=proposals&q=1073,2736")
    assert f'id="subscribe" href="{NEW}?mission=JWST&amp;program=1073%2C2736"' in html
    make_observation(obs_collection="HST", proposal_id="1073")
    html = page(client, "/search/?collection=proposals&q=1073,2736")
    assert f'id="subscribe" href="{NEW}"' in html
    assert 'aria-label="Subscribe: there is no row to be told of"' in page(client, "/search/?collection=proposals&q=4")


@pytest.mark.parametrize("query", ["obsid=x", "obsid=" + "9" * 40, "obsid=5", "mission=none&program=1", "obsid=²", ""])
def test_a_link_that_says_nothing_gives_the_plain_form(signed_in: Client, query: str) -> None:
    html = page(signed_in, f"{NEW}?{query}")
    assert 'name="programs" value=""' in html


def test_rows_and_pages_lead_to_the_form(client: Client) -> None:
    own = make_planned(proposal_id="6658", target_name="M57")
    make_program(number="6658")
    assert f'href="{NEW}?obsid={own.obsid}"' in page(client, "/search/?collection=proposals&q=6658")
    assert f'href="{NEW}?obsid={own.obsid}"' in page(client, f"/observations/{own.obsid}/")
    assert f'href="{NEW}?mission=JWST&amp;program=6658"' in page(client, "/programs/JWST/6658/")


# Changing -------------------------------------------------------------------------------------------------------------


def test_editing_shows_what_there_is_and_keeps_what_comes(signed_in: Client) -> None:
    own = subscribe(signed_in, observation="007")
    address = reverse("notifications:subscription", args=[own.pk])
    assert 'name="observation" value="007"' in page(signed_in, address)
    assert signed_in.post(address, {**FORM, "frequency": "weekly"}).status_code == 302
    own.refresh_from_db()
    assert (own.frequency, own.observation) == ("weekly", "")
    assert signed_in.post(address, {**FORM, "programs": ""}).status_code == 400


def test_pausing_and_resuming(signed_in: Client) -> None:
    own = subscribe(signed_in)
    html = act(signed_in, "pause", own)
    assert "1 subscription paused." in html
    assert ">paused</span>" in html
    assert "1 subscription resumed." in act(signed_in, "resume", own)
    assert not Subscription.objects.get().paused


def test_deleting_can_be_undone(signed_in: Client) -> None:
    one, two = subscribe(signed_in), subscribe(signed_in, programs="2736")
    html = act(signed_in, "delete", one, two)
    assert "2 subscriptions were deleted." in html
    assert "No subscriptions" in html
    assert "2 subscriptions restored." in act(signed_in, "restore", one, two)
    assert Subscription.objects.filter(deleted_at=None).count() == 2


@pytest.mark.parametrize("action", ["pause", "resume", "delete", "restore", "", "explode"])
def test_without_ticks_nothing_is_changed_and_it_says_so(signed_in: Client, action: str) -> None:
    subscribe(signed_in)
    assert "Nothing was" in act(signed_in, action)


def test_several_are_given_one_attribute_and_keep_the_others(signed_in: Client) -> None:
    chosen = [subscribe(signed_in), subscribe(signed_in, programs="2736", level="2")]
    address = reverse("notifications:edit-selected")
    ids = [own.pk for own in chosen]
    assert "Edit 2 subscriptions" in signed_in.post(address, {"id": ids}).content.decode()
    sent = {**FORM, "id": ids, "save": "1", "change": ["frequency"], "frequency": "monthly", "level": ""}
    assert signed_in.post(address, sent).status_code == 302
    found = Subscription.objects.order_by("pk").values_list("programs", "frequency", "level")
    assert list(found) == [(["1558"], "monthly", 3), (["2736"], "monthly", 2)]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"change": []}, "Tick the attributes to change"),
        ({"change": ["programs"], "programs": "x"}, "“x” is not the number"),
        ({"change": ["programs"], "programs": "5"}, "You have this subscription already"),
    ],
)
def test_several_are_changed_all_or_none(signed_in: Client, fields: dict[str, Any], says: str) -> None:
    chosen = [subscribe(signed_in), subscribe(signed_in, programs="2736")]
    sent = {**FORM, "id": [own.pk for own in chosen], "save": "1", **fields}
    response = signed_in.post(reverse("notifications:edit-selected"), sent)
    assert response.status_code == 400
    assert says in response.content.decode()
    assert {own.programs[0] for own in Subscription.objects.all()} == {"1558", "2736"}


def test_nobody_reaches_the_subscriptions_of_others(signed_in: Client) -> None:
    own = subscribe(signed_in)
    stranger = Client()
    stranger.force_login(User.objects.create_user("stranger@example.org"))
    address = reverse("notifications:subscription", args=[own.pk])
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, FORM).status_code == 404
    for action in ("pause", "delete", "restore"):
        act(stranger, action, own)
    stranger.post(reverse("notifications:edit-selected"), {**FORM, "id": own.pk, "save": "1", "change": "frequency"})
    own.refresh_from_db()
    assert (own.paused, own.deleted_at, own.frequency) == (False, None, "daily")
    assert "1558" not in page(stranger)


def test_the_list_asks_the_same_few_questions_however_long_it_is(
    signed_in: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        subscribe(signed_in, programs=str(number + 1))
    page(signed_in)
    with django_assert_num_queries(5):  # session, person, basket, failed mails, subscriptions
        page(signed_in)


def test_mail_that_could_not_be_delivered_is_told_of(signed_in: Client, reader: User) -> None:
    now = timezone.now()
    facts = {"to": reader.email, "template": "digest", "context": {}, "next_at": now, "created_at": now}
    OutboxMail.objects.create(dedup_key="a", state=MailState.FAILED, last_error="550 no such <mailbox>", **facts)
    html = page(signed_in)
    assert "could not be delivered" in html
    assert "550 no such &lt;mailbox&gt;" in html


# The link of a mail ---------------------------------------------------------------------------------------------------


def test_one_click_unsubscribes_without_signing_in(signed_in: Client) -> None:
    own, other = subscribe(signed_in), subscribe(signed_in, programs="2736")
    visitor = Client(enforce_csrf_checks=True)
    address = unsubscribe_address(own)
    response = visitor.get(address)
    assert "End this subscription?" in response.content.decode()
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert not Subscription.objects.exclude(deleted_at=None).exists()
    html = visitor.post(address, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert "You are unsubscribed" in html
    assert list(Subscription.objects.filter(deleted_at=None)) == [other]
    assert "You are unsubscribed" in visitor.post(address, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert "You are subscribed again" in visitor.post(address, {"restore": "1"}).content.decode()
    assert Subscription.objects.filter(deleted_at=None).count() == 2


@pytest.mark.parametrize("forged", ["1", "1:x", ":", "x", "1:" + "a" * 500])
def test_a_forged_link_ends_nothing(signed_in: Client, forged: str) -> None:
    subscribe(signed_in)
    assert Client().post(f"/accounts/subscriptions/unsubscribe/{forged}/").status_code == 404
    assert not Subscription.objects.exclude(deleted_at=None).exists()


# The bell -------------------------------------------------------------------------------------------------------------


def notice(own: Subscription, minutes: int = 0, program: str = "1558") -> Notice:
    moment = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
    news = [{"mission": "JWST", "program": program, "files": 3, "counts": [["new", 3], ["public", 1]]}]
    return Notice.objects.create(owner=own.owner, subscription=own, period_start=moment, news=news, created_at=moment)


def act_on(client: Client, action: str, *chosen: Notice) -> str:
    sent = {"action": action, "id": [own.pk for own in chosen]}
    return client.post(reverse("notifications:change-notices"), sent, follow=True).content.decode()


def test_the_bell_counts_what_is_unread(signed_in: Client) -> None:
    own = subscribe(signed_in, channel="portal")
    first, _ = notice(own), notice(own, 1)
    unread = reverse("notifications:unread")
    assert ">2</span>" in page(signed_in, unread)
    html = page(signed_in, reverse("notifications:latest"))
    assert html.count("JWST program 1558") == 2
    assert "3 New, 1 Public" in html
    assert "1 notice marked as read." in act_on(signed_in, "read", first)
    assert ">1</span>" in page(signed_in, unread)
    act_on(signed_in, "read-all")
    assert page(signed_in, unread).strip() == ""
    act_on(signed_in, "unread", first)
    assert ">1</span>" in page(signed_in, unread)


def test_opening_a_notice_reads_it_and_shows_the_programs_data(signed_in: Client) -> None:
    own = notice(subscribe(signed_in, channel="portal"))
    address = reverse("notifications:open-notice", args=[own.pk])
    make_observation()
    response = signed_in.post(address, {"program": "1558"})
    assert response.headers["Location"] == "/search/?obs_collection=JWST&proposal_id=1558"
    assert "1558" in page(signed_in, response.headers["Location"])
    own.refresh_from_db()
    assert own.read_at is not None
    assert signed_in.post(address, {"program": "1"}).status_code == 404


def test_deleted_notices_come_back(signed_in: Client) -> None:
    own = notice(subscribe(signed_in, channel="portal"))
    html = act_on(signed_in, "delete", own)
    assert "1 notice deleted." in html
    assert "No notices" in html
    assert "1 notice restored." in act_on(signed_in, "restore", own)


def test_notices_are_ones_own(signed_in: Client) -> None:
    own = notice(subscribe(signed_in, channel="portal"))
    stranger = Client()
    stranger.force_login(User.objects.create_user("stranger@example.org"))
    assert stranger.post(reverse("notifications:open-notice", args=[own.pk]), {"program": "1558"}).status_code == 404
    for action in ("read", "delete", "read-all"):
        act_on(stranger, action, own)
    own.refresh_from_db()
    assert (own.read_at, own.deleted_at) == (None, None)
    assert page(stranger, reverse("notifications:unread")).strip() == ""


def test_old_notices_are_on_further_pages(signed_in: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    own = subscribe(signed_in, channel="portal")
    for minute in range(51):
        notice(own, minute)
    page(signed_in)
    with django_assert_num_queries(5):  # session, person, basket, count, page
        html = page(signed_in, "/accounts/notices/")
    assert "1–50 of 51" in html
    assert "51–51 of 51" in page(signed_in, "/accounts/notices/?page=2")


def test_the_header_rings_for_signed_in_people_only(
    client: Client, reader: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert 'id="bell"' not in page(client, "/help-is-not-here/")
    for address in ("notifications:unread", "notifications:latest"):
        with django_assert_num_queries(0):
            response = client.get(reverse(address))
        assert (response.status_code, response.content) == (204, b"")
    client.force_login(reader)
    assert 'id="bell"' in page(client)
