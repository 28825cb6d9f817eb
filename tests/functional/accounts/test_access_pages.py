"""Granting, revoking, asking and answering on the pages, with the mails and the log that follow."""

import io
import json
import zipfile

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts import actions
from accounts.models import AccessRequest, AuditEntry, Grant, Lead, User
from archive.clock import to_mjd
from archive.models import Program
from notifications.models import OutboxMail
from tests.deliveries import FUTURE, NOW
from tests.factories import make_observation
from tests.people import Roles, make_person, make_roles

pytestmark = pytest.mark.django_db

PAGE = "/programs/JWST/2733/"
GRANTS = "/accounts/programs/JWST/2733/grants/"


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> None:
    settings.ARCHIVE_NOW = NOW


@pytest.fixture
def roles(db: None) -> Roles:
    make_observation(proposal_id="2733", t_obs_release=to_mjd(FUTURE))
    return make_roles(Program.objects.create(mission="JWST", number="2733", title="Webb ERO"), NOW)


def as_person(person: User | None) -> Client:
    client = Client()
    if person:
        client.force_login(person)
    return client


def text_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def last_mail() -> OutboxMail:
    return OutboxMail.objects.order_by("-pk")[0]


def test_the_pi_grants_and_revokes_by_address(roles: Roles) -> None:
    pi, person = as_person(roles.leader), roles.stranger
    answer = pi.post(GRANTS, {"email": "Stranger@example.org", "last_day": "2026-07-22"}, follow=True)
    assert "may fetch the exclusive files to the end of 2026-07-22" in answer.content.decode()
    grant = Grant.objects.get(user=person)
    assert last_mail().to == "Stranger@example.org"
    assert "to the end of 2026-07-22" in last_mail().context["text"]
    assert "granted access to the end of 2026-07-22" in text_of(as_person(person), PAGE)
    pi.post(f"/accounts/grants/{grant.pk}/revoke/")
    assert "granted access" not in text_of(as_person(person), PAGE)
    assert "has ended" in last_mail().context["subject"]
    log = text_of(pi, "/accounts/programs/JWST/2733/log/")
    assert "granted access" in log
    assert "revoked access" in log


def test_an_invitation_waits_for_the_verified_account(roles: Roles) -> None:
    as_person(roles.leader).post(GRANTS, {"email": "new@example.org"})
    assert last_mail().context["label"] == "Make an account"
    person = User.objects.create_user("new@example.org", None)
    unverified = EmailAddress.objects.create(user=person, email="new@example.org", verified=False)
    assert "granted access" not in text_of(as_person(person), PAGE)
    unverified.set_verified()
    assert "granted access until all is public" in text_of(as_person(person), PAGE)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "no address"}, "Give one e-mail address"),
        ({"email": "a@example.org", "last_day": "soon"}, "is not a day"),
        ({"email": "a@example.org", "last_day": "2020-01-01"}, "is over"),
        ({"email": "PI@example.org"}, "needs no grant"),
    ],
)
def test_a_grant_that_cannot_be_is_explained(fields: dict[str, str], words: str, roles: Roles) -> None:
    before = Grant.objects.count()
    answer = as_person(roles.leader).post(GRANTS, fields, follow=True)
    assert words in answer.content.decode()
    assert Grant.objects.count() == before


@pytest.mark.parametrize("role", ["stranger", "expired", "granted"])
def test_only_the_pi_and_staff_manage(role: str, roles: Roles) -> None:
    client = as_person(roles.named()[role])
    grant = Grant.objects.get(email="granted@example.org")
    assert client.post(GRANTS, {"email": "x@example.org"}).status_code == 403
    assert client.post(f"/accounts/grants/{grant.pk}/revoke/").status_code == 403
    assert client.get("/accounts/programs/JWST/2733/log/").status_code == 403
    page = text_of(client, PAGE)
    assert "granted@example.org" not in page or role == "granted"
    assert "Grant access" not in page
    assert as_person(roles.staff).post(GRANTS, {"email": "x@example.org"}).status_code == 302


def test_forms_need_their_token(roles: Roles) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(roles.leader)
    assert client.post(GRANTS, {"email": "x@example.org"}).status_code == 403


def test_asking_and_answering(roles: Roles) -> None:
    person, pi = as_person(roles.stranger), as_person(roles.leader)
    assert "Ask the PI for access" in text_of(person, PAGE)
    person.post("/accounts/programs/JWST/2733/ask/", {"message": "For a proposal"})
    person.post("/accounts/programs/JWST/2733/ask/", {"message": "Again"})
    asked = AccessRequest.objects.get()
    mail = last_mail()
    assert mail.to == "pi@example.org"
    assert "For a proposal" in mail.context["text"]
    assert mail.context["link"].endswith(f"/accounts/requests/{asked.pk}/")
    page = f"/accounts/requests/{asked.pk}/"
    assert person.get(page).status_code == 403
    assert "Grant access" in text_of(pi, page)
    assert not Grant.objects.filter(user=roles.stranger).exists()
    pi.post(page, {"answer": "grant"})
    assert Grant.objects.filter(user=roles.stranger).exists()
    asked.refresh_from_db()
    assert asked.answer == AccessRequest.Answer.GRANTED


def test_declining_tells_the_person(roles: Roles) -> None:
    asked = actions.ask_for_access(Program.objects.get(), roles.stranger, "", NOW)
    as_person(roles.leader).post(f"/accounts/requests/{asked.pk}/", {"answer": "decline"})
    assert last_mail().to == "stranger@example.org"
    assert not Grant.objects.filter(user=roles.stranger).exists()


def test_nobody_can_be_asked_where_no_pi_is_known() -> None:
    make_observation(proposal_id="2733", t_obs_release=to_mjd(FUTURE))
    client = as_person(make_person("a@example.org", None))
    assert "does not know the PI" in text_of(client, "/accounts/programs/JWST/2733/ask/")
    assert client.post("/accounts/programs/JWST/2733/ask/").status_code == 409
    assert client.get("/accounts/programs/JWST/9999/ask/").status_code == 404


def test_my_page_shows_programs_and_requests(roles: Roles) -> None:
    actions.ask_for_access(Program.objects.get(), roles.stranger, "", NOW)
    page = text_of(as_person(roles.leader), "/accounts/")
    assert "you are the PI" in page
    assert "Requests to answer" in page
    assert "to the end" not in page
    given = page.partition("Access that you gave")[2].partition("</section>")[0]
    assert "granted@example.org" in given
    assert "expired@example.org" in given
    assert "ended 2026-01-1" in given
    assert "Access that you gave" not in text_of(as_person(roles.granted), "/accounts/")
    assert "granted" in text_of(as_person(roles.granted), "/accounts/")
    assert "waiting" in text_of(as_person(roles.stranger), "/accounts/")


def test_my_page_asks_the_same_few_questions_however_many_have_access(roles: Roles) -> None:
    pi, program = as_person(roles.leader), Program.objects.get()

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            pi.get("/accounts/")
        return len(asked)

    questions()
    few = questions()
    for number in range(5):
        actions.grant_access(program, f"co-i{number}@example.org", roles.leader, NOW, today=NOW.date())
    assert questions() == few


def test_the_export_holds_what_is_kept(roles: Roles) -> None:
    from accounts.export import as_zip

    bundle = zipfile.ZipFile(io.BytesIO(as_zip(roles.granted)))
    account = json.loads(bundle.read("account.json"))
    assert account[0]["email"] == "granted@example.org"
    assert json.loads(bundle.read("grants-received.json"))[0]["program__number"] == "2733"
    assert {"requests-and-basket.json", "searches.json", "sessions.json", "tokens.json"} <= set(bundle.namelist())


def test_a_deleted_account_is_gone_and_the_log_stays(roles: Roles) -> None:
    from accounts.farewell import delete_account

    delete_account(roles.leader, NOW)
    assert not User.objects.filter(email="pi@example.org").exists()
    assert Lead.objects.get().user is None
    assert AuditEntry.objects.filter(action="deleted account", subject="pi@example.org").exists()
