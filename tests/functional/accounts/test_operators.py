"""Operators at work: by the admin and by ``manage.py access``, each change with its line in the log."""

import io
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import audit, tokens
from accounts.admin.base import ReadOnlyAdmin
from accounts.models import AuditEntry, Grant, Lead, User
from archive.clock import to_mjd
from archive.models import Program
from archive.storage import archive_storage
from notifications.models import OutboxMail
from tests.deliveries import FUTURE, NOW, observation, product
from tests.factories import make_observation, make_program
from tests.people import Roles, make_person, make_roles

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> None:
    settings.ARCHIVE_NOW = NOW


@pytest.fixture
def roles(db: None) -> Roles:
    make_observation(proposal_id="2733", t_obs_release=to_mjd(FUTURE))
    return make_roles(Program.objects.create(mission="JWST", number="2733", title="Webb ERO"), NOW)


def as_person(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def desk() -> Client:
    """The browser of an operator with every right."""
    return as_person(make_person("boss@example.org", None, is_staff=True, is_superuser=True))


def act(desk: Client, model: str, action: str, *rows: Model, **fields: str) -> list[str]:
    """What the admin says of an action on rows."""
    picked = {"action": action, "_selected_action": [row.pk for row in rows], **fields}
    answer = desk.post(f"/admin/{model}/", picked, follow=True)
    return [str(message) for message in answer.context["messages"]]


def logged(action: str) -> tuple[str, str, str]:
    entry = AuditEntry.objects.get(action=action)
    return entry.actor, entry.program, entry.subject


def test_operators_work_from_the_console(roles: Roles, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("access", "lead", "JWST", "02733", "second@example.org")
    call_command("access", "show", "JWST", "2733")
    assert "second@example.org" in capsys.readouterr().out
    call_command("access", "revoke", "JWST", "2733", "granted@example.org")
    call_command("access", "unlead", "JWST", "2733", "second@example.org")
    call_command("access", "log")
    assert "revoked access" in capsys.readouterr().out
    assert set(AuditEntry.objects.values_list("actor", flat=True)) == {audit.CONSOLE}


def test_the_admin_is_for_staff_and_writes_the_log(roles: Roles) -> None:
    boss = make_person("boss@example.org", None, is_staff=True, is_superuser=True)
    client = as_person(boss)
    program = Program.objects.get()
    fields = {"action": "assign_pi", "_selected_action": [program.pk], "pi_email": "second@example.org"}
    client.post("/admin/archive/program/", fields)
    assert Lead.objects.filter(email="second@example.org").exists()
    assert AuditEntry.objects.get(action="named leader").actor == "boss@example.org"
    for model in ("accounts/user", "accounts/grant", "accounts/lead", "accounts/auditentry", "accounts/accesstoken",
                  "accounts/accessrequest", "archive/program", "archive/observation", "archive/product"):  # fmt: skip
        assert client.get(f"/admin/{model}/?q=2733").status_code == 200, model
    assert as_person(roles.leader).get("/admin/").status_code == 302


def test_every_action_of_the_admin_says_what_it_did_and_is_in_the_log(roles: Roles, desk: Client) -> None:
    program, lead = Program.objects.get(), Lead.objects.get()
    own = make_observation(proposal_id="2733", t_obs_release=99000.0)
    assert act(desk, "archive/program", "assign_pi", program, pi_email="second@example.org") == [
        "1 program is led by second@example.org."
    ]
    assert "second@example.org" in desk.get("/admin/archive/program/").content.decode()
    assert act(desk, "accounts/lead", "remove", lead) == ["1 leader removed."]
    assert logged("removed leader") == ("boss@example.org", "JWST 2733", "pi@example.org")
    assert act(desk, "accounts/grant", "revoke", Grant.objects.get(email="granted@example.org")) == ["1 grant revoked."]
    assert act(desk, "archive/observation", "change_release", own) == ["Give the day beside the action."]
    assert act(desk, "archive/observation", "change_release", own, release="2026-01-02") == [
        "1 observation released on 2026-01-02."
    ]
    assert "2026-01-02 00:00:00" in desk.get(f"/admin/archive/observation/?q={own.pk}").content.decode()
    assert logged("changed release") == ("boss@example.org", "JWST 2733", str(own.pk))
    token, _ = tokens.create(roles.stranger, "mine", [], NOW)
    assert act(desk, "accounts/accesstoken", "revoke", token) == ["1 token revoked."]


def test_observations_are_queued_for_reprocessing_and_taken_off(
    roles: Roles, desk: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    own = make_observation(proposal_id="2733")
    queued = act(desk, "archive/observation", "queue_reprocessing", own)
    assert queued == ["1 observation queued for reprocessing."]
    assert logged("queued for reprocessing") == ("boss@example.org", "JWST 2733", str(own.pk))
    assert "Queued for reprocessing" in desk.get(reverse("search:observation", args=[own.pk])).content.decode()
    call_command("access", "reprocess", str(own.pk))
    call_command("access", "reprocessed", str(own.pk))
    assert capsys.readouterr().out.splitlines() == [
        "0 observations queued for reprocessing",
        "1 observation not queued any more",
    ]
    assert logged("took off reprocessing")[0] == audit.CONSOLE
    call_command("access", "reprocess", str(own.pk))
    assert act(desk, "archive/observation", "end_reprocessing", own) == ["1 observation not queued any more."]
    assert "Queued for reprocessing" not in desk.get(reverse("search:observation", args=[own.pk])).content.decode()
    with pytest.raises(CommandError, match="no observation 77"):
        call_command("access", "reprocess", "77")


def test_a_withdrawn_file_is_given_out_again_when_its_bytes_are_there(roles: Roles, desk: Client) -> None:
    file = product(observation("jw02733001001"), "a_cal.fits", b"bytes")
    address = f"/basket/files/{file.pk}/a_cal.fits"
    assert act(desk, "archive/product", "withdraw", file) == ["1 file withdrawn."]
    assert desk.get(address).status_code == 409
    assert act(desk, "archive/product", "restore", file) == ["1 file given out again."]
    assert desk.get(address).status_code == 200
    assert logged("restored file")[2] == file.uri
    call_command("access", "withdraw", "a_cal.fits")
    archive_storage().write(file.storage_key, io.BytesIO(b"other"))
    with pytest.raises(CommandError, match=r"a_cal\.fits: the stored bytes are damaged"):
        call_command("access", "restore", "a_cal.fits")
    archive_storage().delete(file.storage_key)
    assert "ingest it again" in act(desk, "archive/product", "restore", file)[0]
    assert desk.get(address).status_code == 409


def test_nothing_in_the_admin_is_changed_outside_the_log(roles: Roles, desk: Client) -> None:
    """Each page that changes something is one of those that write the log themselves."""
    changing = {
        model._meta.label_lower for model, page in admin.site._registry.items() if not isinstance(page, ReadOnlyAdmin)
    }
    assert changing == {"accounts.user", "auth.group"}
    for model in ("account/emailaddress", "mfa/authenticator", "socialaccount/socialapp", "usersessions/usersession"):
        assert desk.get(f"/admin/{model}/").status_code == 404, model
    desk.post("/admin/auth/group/add/", {"name": "helpers", "permissions": []})
    assert logged("changed group") == ("boss@example.org", "", "helpers")
    group = Group.objects.get()
    fields = {"display_name": "", "is_active": "on", "is_staff": "on", "groups": [group.pk]}
    no_rows = {
        f"{prefix}-{part}": "0"
        for prefix in ("emailaddress_set", "authenticator_set", "socialaccount_set")
        for part in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    desk.post(f"/admin/accounts/user/{roles.stranger.pk}/change/", fields | no_rows)
    assert AuditEntry.objects.get(action="changed account").detail == "is_staff=True, groups=helpers"
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", desk.get("/admin/accounts/auditentry/").content.decode())
    history = desk.get(f"/admin/accounts/user/{roles.stranger.pk}/history/", follow=True).content.decode()
    assert "changed account" in history


def test_who_lost_the_second_factor_is_let_in_by_the_password(roles: Roles, desk: Client) -> None:
    TOTP.activate(roles.stranger, generate_totp_secret())
    assert act(desk, "accounts/user", "remove_second_factors", roles.stranger, roles.granted) == [
        "1 account opened by the password alone from now on."
    ]
    assert not Authenticator.objects.exists()
    assert logged("removed second factors") == ("boss@example.org", "", "stranger@example.org")
    assert [(mail.to, mail.context["subject"]) for mail in OutboxMail.objects.all()] == [
        ("stranger@example.org", "Authenticator app removed")
    ]


def test_the_console_says_what_it_did(roles: Roles, capsys: pytest.CaptureFixture[str]) -> None:
    make_program(number="4735")
    call_command("access", "show", "JWST", "4735")
    call_command("access", "log")
    call_command("access", "unlead", "JWST", "2733", "pi@example.org")
    call_command("access", "revoke", "JWST", "2733", "granted@example.org")
    call_command("access", "release", "2026-07-19T12:00:00", str(make_observation(proposal_id="2733").pk))
    assert capsys.readouterr().out.splitlines() == [
        "JWST 4735: nobody leads it, nobody has a grant; `access lead` names the PI",
        "The log has no line yet.",
        "pi@example.org leads JWST 2733 no more",
        "granted@example.org has no access to JWST 2733 any more",
        "1 observation changed",
    ]
