"""After access ended the copies leave the disk: ordered in the transaction of the change, done once, never lost."""

import datetime as dt
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from accounts import actions, audit, holdings
from accounts.models import Grant, User
from archive.clock import to_mjd
from archive.ingest import run as ingest_run
from archive.models import Observation, Product, Program
from basket.models import CopiesOrder, Delivery, DeliveryKind, DeliveryState, ItemState
from basket.staging import folder, job, places, states, withdrawal
from tests.deliveries import FUTURE, NOW, content_of, observation, product, submitted
from tests.people import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_disk")]
DAY = dt.timedelta(days=1)


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
