"""After access ended the copies leave the disk: ordered in the transaction of the change, done once, never lost."""

import datetime as dt
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pytest
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import Settings

from accounts import actions, audit, holdings
from accounts.models import Grant, User
from archive.clock import to_mjd
from archive.ingest import run as ingest_run
from archive.models import Observation, Product, Program
from basket.built import withdrawn
from basket.ftps import rooms
from basket.models import CopiesOrder, Delivery, DeliveryKind, DeliveryState, ItemState, ItemVerdict
from basket.staging import folder, job, places, states, withdrawal
from notifications.models import OutboxMail
from tests.deliveries import FUTURE, NOW, content_of, observation, product, submitted
from tests.people import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_disk")]
DAY = dt.timedelta(days=1)


class Mail(NamedTuple):
    to: str
    subject: str
    text: str


class ChangedError(Exception):
    """Ends a transaction."""


@pytest.fixture
def person(settings: Settings) -> User:
    settings.ARCHIVE_NOW = NOW
    return make_person("co-i@example.org", None)


@pytest.fixture
def grant(person: User) -> Grant:
    program = Program.objects.create(mission="JWST", number="2733")
    return Grant.objects.create(program=program, email=person.email, user=person, granted_at=NOW)


@pytest.fixture
def files(own_disk: Path) -> list[Product]:
    public, exclusive = observation("jw02733-o001"), observation("jw02733-o002", release=FUTURE)
    return [product(public, "a_i2d.fits", content_of(100)), product(exclusive, "b_i2d.fits", content_of(70, 2))]


def prepared(files: list[Product], owner: User | None, kind: DeliveryKind = DeliveryKind.STAGING) -> Delivery:
    delivery = submitted(files, kind, owner=owner)
    job.run(delivery.pk, lambda: NOW, lambda: NOW)
    delivery.refresh_from_db()
    return delivery


def names(delivery: Delivery) -> set[str]:
    return {path.name for path in places.on_disk(delivery).glob("*")}


def carry_out(now: dt.datetime = NOW) -> int:
    return withdrawal.carry_out(now, now)


def test_a_revoke_takes_the_copies_from_the_disk_and_leaves_the_others(
    grant: Grant, person: User, files: list[Product]
) -> None:
    delivery = prepared(files, person)
    assert names(delivery) == {"a_i2d.fits", "b_i2d.fits", "MANIFEST.HTML", "manifest.csv", "SHA256SUMS"}
    actions.revoke_access(grant, audit.CONSOLE, NOW)
    assert carry_out() == 1
    delivery.refresh_from_db()
    where = places.on_disk(delivery)
    assert names(delivery) == {"a_i2d.fits", "MANIFEST.HTML", "manifest.csv", "SHA256SUMS"}
    assert "b_i2d" not in (where / "SHA256SUMS").read_text()
    manifest = (where / "MANIFEST.HTML").read_text()
    assert "Not Authorized" in manifest
    assert files[1].sha256 not in manifest
    assert (delivery.state, delivery.files_included, delivery.files_refused) == (DeliveryState.READY, 1, 1)
    assert (delivery.files_done, delivery.bytes_total, delivery.bytes_done) == (1, 100, 100)
    assert delivery.items.get(state=ItemState.REFUSED).reason.startswith("exclusive until")
    assert not CopiesOrder.objects.exists()


def test_the_order_is_of_the_same_transaction_as_the_revoke(grant: Grant) -> None:
    with transaction.atomic():
        actions.revoke_access(grant, audit.CONSOLE, NOW)
        assert CopiesOrder.objects.filter(mission="JWST", program="2733").exists()
        transaction.set_rollback(True)
    assert not CopiesOrder.objects.exists()


def test_a_worker_that_dies_on_the_way_leaves_the_order(
    grant: Grant, person: User, files: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = prepared(files, person)
    actions.revoke_access(grant, audit.CONSOLE, NOW)
    with monkeypatch.context() as dying:
        dying.setattr(folder, "write_documents", _dies)
        with pytest.raises(ChangedError):
            carry_out()
    assert CopiesOrder.objects.count() == 1
    assert carry_out() == 1
    assert "b_i2d.fits" not in names(delivery)
    assert not CopiesOrder.objects.exists()


def _dies(delivery: Delivery) -> None:
    raise ChangedError


def test_a_release_moved_later_takes_public_copies_back(person: User, files: list[Product]) -> None:
    anonymous = prepared([files[0]], None)
    holdings.change_release(Observation.objects.filter(obs_id="jw02733-o001"), FUTURE, audit.CONSOLE, NOW)
    assert carry_out() == 1
    anonymous.refresh_from_db()
    assert (anonymous.state, names(anonymous)) == (DeliveryState.FAILED, set())
    page = Client().get(f"/basket/requests/{anonymous.pk}/").content.decode()
    assert "Access to files of this request has ended" in page


def test_an_ingest_that_moves_a_release_orders_it_too(files: list[Product], tmp_path: Path, settings: Settings) -> None:
    settings.ARCHIVE_NOW = NOW
    own = Observation.objects.get(obs_id="jw02733-o001")
    delivery = prepared([files[0]], None)
    table = tmp_path / "observations.csv"
    head = "obsid,obs_collection,obs_id,instrument_name,proposal_id,calib_level,t_obs_release"
    table.write_text(f"{head}\n{own.pk},JWST,jw02733-o001,MIRI/IMAGE,2733,3,{to_mjd(FUTURE)}\n")
    report = ingest_run.ingest("observations", table, now=NOW)
    assert report.updated == 1
    assert carry_out() == 1
    assert names(delivery) == set()


def test_a_bundle_goes_as_a_whole(grant: Grant, person: User, files: list[Product]) -> None:
    delivery = prepared(files, person, DeliveryKind.BUILT_ZIP)
    assert names(delivery)
    actions.revoke_access(grant, audit.CONSOLE, NOW)
    carry_out()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code, names(delivery)) == (DeliveryState.FAILED, "access", set())


def test_what_a_worker_copied_already_goes_while_it_works(grant: Grant, person: User, files: list[Product]) -> None:
    delivery = submitted(files[::-1], owner=person)
    first = delivery.items.get(product=files[1])
    claim = states.claim(delivery.pk, NOW)
    assert claim is not None
    where = places.on_disk(delivery)
    where.mkdir(parents=True)
    (where / first.flat_name).write_bytes(content_of(70, 2))
    states.finish_item(claim, first, 70, NOW)
    actions.revoke_access(grant, audit.CONSOLE, NOW)
    assert carry_out() == 1
    assert not (where / first.flat_name).exists()
    job.run(delivery.pk, lambda: NOW + DAY, lambda: NOW)
    delivery.refresh_from_db()
    assert names(delivery) == {"a_i2d.fits", "MANIFEST.HTML", "manifest.csv", "SHA256SUMS"}
    assert (delivery.state, delivery.files_included, delivery.bytes_done) == (DeliveryState.READY, 1, 100)


def test_grants_that_ended_by_their_date_are_found_by_looking_through_all(
    grant: Grant, person: User, files: list[Product]
) -> None:
    Grant.objects.update(ends_at=NOW + DAY)
    delivery = prepared(files, person)
    withdrawal.order_all()
    assert carry_out(NOW + DAY / 2) == 0
    withdrawal.order_all()
    assert carry_out(NOW + DAY) == 1
    assert "b_i2d.fits" not in names(delivery)


def test_other_programs_and_people_keep_theirs(grant: Grant, person: User, files: list[Product]) -> None:
    staff = make_person("staff@example.org", None, is_staff=True)
    delivery = prepared(files, staff)
    actions.revoke_access(grant, audit.CONSOLE, NOW)
    assert carry_out() == 0
    assert "b_i2d.fits" in names(delivery)


# Files withdrawn by an operator ---------------------------------------------------------------------------------------


def withdraw(file: Product) -> int:
    return holdings.withdraw(Product.objects.filter(pk=file.pk), audit.CONSOLE, NOW)


def test_a_withdrawn_file_leaves_the_folder_and_its_reader_is_told(files: list[Product], person: User) -> None:
    staff = make_person("staff@example.org", None, is_staff=True)
    delivery = prepared(files, staff)
    withdraw(files[0])
    assert carry_out() == 1
    delivery.refresh_from_db()
    assert names(delivery) == {"b_i2d.fits", "MANIFEST.HTML", "manifest.csv", "SHA256SUMS"}
    assert (delivery.state, delivery.files_included, delivery.files_missing) == (DeliveryState.READY, 1, 1)
    assert "damaged, gone or withdrawn" in (places.on_disk(delivery) / "MANIFEST.HTML").read_text()
    mail = written(delivery)
    assert mail.subject == f"Archive request {delivery.name}: 1 file taken back"
    assert "1 file: Lost: this archive's copy of the file is damaged, gone or withdrawn" in mail.text
    assert "1 file, 70 B, stays where the earlier mail says until" in mail.text


def test_the_order_is_of_the_same_transaction_as_the_withdrawal(files: list[Product]) -> None:
    with transaction.atomic():
        assert withdraw(files[0]) == 1
        assert CopiesOrder.objects.get().program == "2733"
        transaction.set_rollback(True)
    assert not CopiesOrder.objects.exists()


def test_a_request_that_loses_its_only_file_ends_and_says_why(files: list[Product]) -> None:
    delivery = prepared([files[0]], None)
    withdraw(files[0])
    assert carry_out() == 1
    delivery.refresh_from_db()
    assert (delivery.state, names(delivery)) == (DeliveryState.FAILED, set())
    assert withdrawal.WITHDRAWN in written(delivery).text
    assert withdrawal.WITHDRAWN in unescape(Client().get(f"/basket/requests/{delivery.pk}/").content.decode())


def test_a_bundle_with_a_withdrawn_file_goes_and_says_why(files: list[Product]) -> None:
    delivery = prepared(files[:1], None, DeliveryKind.BUILT_TAR)
    withdraw(files[0])
    assert withdrawn(delivery, NOW) == 1  # its door is shut before the worker comes
    assert carry_out() == 1
    assert withdrawal.WITHDRAWN in written(delivery).text


@pytest.mark.parametrize("kind", [DeliveryKind.STAGING, DeliveryKind.BUILT_ZIP])
def test_a_file_withdrawn_before_its_copy_is_left_out(
    kind: DeliveryKind, grant: Grant, person: User, files: list[Product]
) -> None:
    delivery = submitted(files, kind, owner=person)
    withdraw(files[0])
    job.run(delivery.pk, lambda: NOW, lambda: NOW)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.files_included, delivery.files_missing) == (DeliveryState.READY, 1, 1)
    item = delivery.items.get(product=files[0])
    assert (item.verdict, item.state) == (ItemVerdict.MISSING, ItemState.REFUSED)


def test_ftps_shows_no_withdrawn_file_before_its_copy_is_removed(files: list[Product], person: User) -> None:
    delivery = prepared([files[0]], person)
    withdraw(files[0])
    assert "a_i2d.fits" in names(delivery)
    visitor = rooms.Visitor(person, NOW, NOW)
    assert rooms.find([*delivery.folder.split("/"), "a_i2d.fits"], visitor) is None
    room = rooms.find(delivery.folder.split("/"), visitor)
    assert isinstance(room, rooms.Room)
    assert room.names == ["MANIFEST.HTML", "manifest.csv", "SHA256SUMS"]


# Mails about what went ------------------------------------------------------------------------------------------------


def written(delivery: Delivery) -> Mail:
    """The mail about files taken back, as its reader gets it."""
    row = OutboxMail.objects.get(dedup_key__startswith=f"delivery {delivery.pk} cut")
    return Mail(row.to, render_to_string("mail/cut.subject.txt", row.context).strip(), both(row))


def both(row: OutboxMail) -> str:
    """The plain text in one line, after a look that the other form tells the same reasons."""
    plain = " ".join(render_to_string("mail/cut.txt", row.context).split())
    html = unescape(render_to_string("mail/cut.html", row.context))
    assert all(f"{part['files']} file: {part['text']}" in html for part in row.context["reasons"])
    return plain


def test_the_mail_after_a_revoke_tells_what_went_and_what_stays(
    grant: Grant, person: User, files: list[Product]
) -> None:
    delivery = prepared(files, person)
    actions.revoke_access(grant, audit.CONSOLE, NOW)
    carry_out()
    mail = written(delivery)
    assert mail.to == delivery.email
    assert "1 file: exclusive until 2026-07-19 · Program 2733" in mail.text
    assert "1 file, 100 B, stays where the earlier mail says until 2026-" in mail.text
    assert "b_i2d" not in mail.text


def test_a_release_moved_later_is_told_to_people_without_an_account(files: list[Product]) -> None:
    delivery = prepared([files[0]], None)
    holdings.change_release(Observation.objects.filter(obs_id="jw02733-o001"), FUTURE, audit.CONSOLE, NOW)
    carry_out()
    mail = written(delivery)
    assert withdrawal.ENDED in mail.text
    assert "1 file: exclusive until 2026-07-19 · Program 2733" in mail.text


def test_two_cuts_of_one_request_are_two_mails_and_a_repeated_one_is_none(
    grant: Grant, person: User, files: list[Product]
) -> None:
    third = product(Observation.objects.get(obs_id="jw02733-o001"), "c_i2d.fits", content_of(5, 3))
    delivery = prepared([*files, third], person)
    actions.revoke_access(grant, audit.CONSOLE, NOW)
    assert (carry_out(), carry_out()) == (1, 0)
    withdraw(third)
    withdrawal.order_all()
    assert carry_out() == 1
    cuts = OutboxMail.objects.filter(dedup_key__startswith=f"delivery {delivery.pk} cut")
    assert [row.context["files_gone"] for row in cuts.order_by("pk")] == [1, 1]
    assert [row.context["files"] for row in cuts.order_by("pk")] == [2, 1]


def test_a_request_refused_whole_on_the_way_says_why(grant: Grant, person: User, files: list[Product]) -> None:
    delivery = submitted([files[1]], owner=person)
    actions.revoke_access(grant, audit.CONSOLE, NOW)
    job.run(delivery.pk, lambda: NOW, lambda: NOW)
    row = OutboxMail.objects.get(dedup_key=f"delivery {delivery.pk}")
    assert row.template == "failed"
    for form in ("txt", "html"):
        text = unescape(render_to_string(f"mail/failed.{form}", row.context))
        assert "1 file: exclusive until 2026-07-19 · Program 2733" in text
