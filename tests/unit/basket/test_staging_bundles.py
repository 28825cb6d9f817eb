"""Bundles built by a worker, opened with other tools' code and compared byte by byte."""

import datetime as dt
import hashlib
import tarfile
import zipfile
from pathlib import Path

import pytest

from archive.models import Observation, Product
from archive.storage import archive_storage
from basket.bundles.plan import Plan
from basket.models import Delivery, DeliveryKind, DeliveryState
from basket.staging import copying, job, places, states
from basket.staging.building import split
from notifications.models import OutboxMail
from tests.deliveries import FUTURE, NOW, content_of, observation, product, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_disk")]
CONTENTS = {"a_i2d.fits": content_of(2_000_000, 1), "b_cal.fits": content_of(5, 2), "c_x1d.fits": content_of(70_000, 3)}
OBS_ID = "jw02733-o001_t001_miri_f770w"


@pytest.fixture
def own(own_disk: Path) -> Observation:
    return observation(OBS_ID)


@pytest.fixture
def products(own: Observation) -> list[Product]:
    return [product(own, name, content) for name, content in CONTENTS.items()]


def run(delivery: Delivery, now: dt.datetime = NOW) -> Path:
    job.run(delivery.pk, lambda: now, lambda: NOW)
    delivery.refresh_from_db()
    return places.on_disk(delivery) / delivery.built_name


def unzipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as bundle:
        assert bundle.testzip() is None
        return {name.rpartition("/")[2]: bundle.read(name) for name in bundle.namelist()}


def test_the_zip_has_every_file_and_the_recorded_sum(products: list[Product]) -> None:
    delivery = submitted(products, DeliveryKind.BUILT_ZIP)
    path = run(delivery)
    found = unzipped(path)
    assert {name: found[name] for name in CONTENTS} == CONTENTS
    assert delivery.state == DeliveryState.READY
    assert delivery.built_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert delivery.built_size_bytes == path.stat().st_size
    assert delivery.files_done == 3
    assert [each.name for each in path.parent.iterdir()] == [f"{delivery.name}.zip"]


def test_the_tar_has_every_file(products: list[Product]) -> None:
    path = run(submitted(products, DeliveryKind.BUILT_TAR))
    with tarfile.open(path) as bundle:
        for name, content in CONTENTS.items():
            (member,) = [each for each in bundle.getnames() if each.endswith(f"/JWST/{OBS_ID}/{name}")]
            file = bundle.extractfile(member)
            assert file is not None
            assert file.read() == content


def test_the_mail_links_to_the_bundle(products: list[Product]) -> None:
    delivery = submitted(products, DeliveryKind.BUILT_ZIP)
    run(delivery)
    bundle = OutboxMail.objects.get().context["bundle"]
    assert bundle["url"].endswith(f"/basket/requests/{delivery.pk}/{delivery.name}.zip")
    assert bundle["sha256"] == delivery.built_sha256


@pytest.mark.parametrize("kind", [DeliveryKind.BUILT_ZIP, DeliveryKind.BUILT_TAR])
def test_a_damaged_file_is_left_out_and_named(products: list[Product], kind: DeliveryKind) -> None:
    stored = archive_storage().open_local(products[2].storage_key)
    assert stored is not None
    stored.write_bytes(b"\0" * 70_000)
    delivery = submitted(products, kind)
    path = run(delivery)
    assert delivery.state == DeliveryState.PARTIAL
    assert delivery.items.get(state="failed").flat_name == "c_x1d.fits"
    assert b"Failed" in path.read_bytes()
    assert content_of(70_000, 3)[:64] not in path.read_bytes()
    assert b"\0" * 70_000 not in path.read_bytes()


def test_a_file_gone_from_the_store_is_left_out(products: list[Product]) -> None:
    archive_storage().delete(products[0].storage_key)
    delivery = submitted(products, DeliveryKind.BUILT_ZIP)
    assert set(unzipped(run(delivery))) == {"b_cal.fits", "c_x1d.fits", "MANIFEST.HTML", "manifest.csv"}
    assert delivery.state == DeliveryState.PARTIAL


def test_a_file_that_became_exclusive_is_left_out(products: list[Product]) -> None:
    delivery = submitted(products, DeliveryKind.BUILT_ZIP)
    products[0].observation = observation("jw02733-o002_t001_miri_f770w", release=FUTURE)
    products[0].save()
    assert set(unzipped(run(delivery))) == {"b_cal.fits", "c_x1d.fits", "MANIFEST.HTML", "manifest.csv"}
    assert (delivery.state, delivery.files_refused) == (DeliveryState.READY, 1)


class PowerCut(BaseException):
    """Ends a worker in the middle, past every `except Exception`."""


def test_another_worker_goes_on_with_the_bundle(products: list[Product], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "CHECKPOINT_BYTES", 500_000)
    monkeypatch.setattr("basket.bundles.stretch.STRETCH_BYTES", 256 * 1024)
    given, starts = Plan.stream, []

    def until_the_cut(self: Plan, start: int = 0, stop: int | None = None) -> object:
        starts.append(start)
        for count, piece in enumerate(given(self, start, stop)):
            if len(starts) == 1 and count == 6:
                raise PowerCut
            yield piece

    monkeypatch.setattr(Plan, "stream", until_the_cut)
    delivery = submitted(products, DeliveryKind.BUILT_ZIP)
    with pytest.raises(PowerCut):
        run(delivery)
    found = unzipped(run(delivery, NOW + dt.timedelta(seconds=61)))
    assert starts[0] == 0
    assert starts[1] > 500_000
    assert {name: found[name] for name in CONTENTS} == CONTENTS


# Parts ---------------------------------------------------------------------------------------------------------------


def test_items_are_split_in_their_order_and_a_large_one_has_its_own_part() -> None:
    sizes = list(enumerate([4, 4, 4, 20, 1, 9, 0, 1]))
    assert split(sizes, 10) == [(0, 1), (2,), (3,), (4, 5, 6), (7,)]
    assert split(sizes, None) == [tuple(range(8))]
    assert split([(0, 20)], 10) == [(0,)]


def in_parts(products: list[Product], kind: DeliveryKind, part_bytes: int) -> Delivery:
    delivery = submitted(products, kind)
    Delivery.objects.filter(pk=delivery.pk).update(part_bytes=part_bytes)
    return delivery


def test_parts_open_by_themselves_and_make_the_whole(products: list[Product], tmp_path: Path) -> None:
    delivery = in_parts(products, DeliveryKind.BUILT_ZIP, 100_000)
    folder = run(delivery).parent
    names = [f"{delivery.name}.part1of2.zip", f"{delivery.name}.part2of2.zip"]
    assert sorted(each.name for each in folder.iterdir()) == names
    assert [part.name for part in delivery.parts.all()] == names
    assert [part.files for part in delivery.parts.all()] == [1, 2]
    for part in delivery.parts.all():
        content = (folder / part.name).read_bytes()
        assert (part.size_bytes, part.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert {"MANIFEST.HTML", "manifest.csv"} < set(unzipped(folder / part.name))
        with zipfile.ZipFile(folder / part.name) as bundle:
            for name in bundle.namelist():
                bundle.extract(name, tmp_path / "all")
    place = tmp_path / "all" / delivery.name / "JWST" / OBS_ID
    assert {path.name: path.read_bytes() for path in place.iterdir()} == CONTENTS
    context = OutboxMail.objects.get().context
    assert [context["bundle"]["name"], *(part["name"] for part in context["parts"])] == names


def test_a_damaged_file_leaves_the_parts_and_is_named_in_each(products: list[Product]) -> None:
    stored = archive_storage().open_local(products[2].storage_key)
    assert stored is not None
    stored.write_bytes(b"\0" * 70_000)
    delivery = in_parts(products, DeliveryKind.BUILT_TAR, 10)
    folder = run(delivery).parent
    assert delivery.state == DeliveryState.PARTIAL
    assert [each.name for each in sorted(folder.iterdir())] == [part.name for part in delivery.parts.all()]
    assert [part.files for part in delivery.parts.all()] == [1, 1]
    for path in folder.iterdir():
        assert b"its bytes do not match" in path.read_bytes()


@pytest.mark.parametrize("part_bytes", [10, 80_000], ids=["two parts are left", "one file is left"])
def test_parts_named_by_a_worker_that_died_go_when_the_bundle_has_fewer_now(
    products: list[Product], monkeypatch: pytest.MonkeyPatch, part_bytes: int
) -> None:
    """It dies with the parts named and recorded; then a file becomes exclusive, so that there is one part less."""

    def cut(*args: object, **facts: object) -> None:
        raise PowerCut

    delivery = in_parts(products, DeliveryKind.BUILT_ZIP, part_bytes)
    with monkeypatch.context() as patched:
        patched.setattr(states, "finish", cut)
        with pytest.raises(PowerCut):
            run(delivery)
    before = list(delivery.parts.values_list("name", flat=True))
    assert sorted(path.name for path in places.on_disk(delivery).iterdir()) == before
    products[0].observation = observation("jw02733-o002_t001_miri_f770w", release=FUTURE)
    products[0].save()
    folder = run(delivery, NOW + dt.timedelta(seconds=61)).parent
    assert delivery.state == DeliveryState.READY
    names = [file.name for file in places.built_files(delivery)]
    assert len(names) == len(before) - 1
    assert sorted(path.name for path in folder.iterdir()) == names
    found = {name: body for path in folder.iterdir() for name, body in unzipped(path).items()}
    assert set(found) == {"b_cal.fits", "c_x1d.fits", "MANIFEST.HTML", "manifest.csv"}
    for file in places.built_files(delivery):
        assert hashlib.sha256((folder / file.name).read_bytes()).hexdigest() == file.sha256


def test_another_worker_goes_on_in_the_second_part(products: list[Product], monkeypatch: pytest.MonkeyPatch) -> None:
    given, starts = Plan.stream, []

    def until_the_cut(self: Plan, start: int = 0, stop: int | None = None) -> object:
        starts.append(start)
        if len(starts) == 2:
            raise PowerCut
        yield from given(self, start, stop)

    monkeypatch.setattr(Plan, "stream", until_the_cut)
    delivery = in_parts(products, DeliveryKind.BUILT_ZIP, 100_000)
    with pytest.raises(PowerCut):
        run(delivery)
    folder = run(delivery, NOW + dt.timedelta(seconds=61)).parent
    assert starts[2] > 2_000_000, "the first part is there to its last byte"
    found = {name: body for path in folder.iterdir() for name, body in unzipped(path).items()}
    assert {name: found[name] for name in CONTENTS} == CONTENTS
