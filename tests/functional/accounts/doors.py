"""Every door through which a file could leave, and how to knock: for each, what a person gets.

`DOORS` and `METADATA` together must be exactly the portal's addresses: `test_doors.py` says so when one is added. An
address of `METADATA` gives no bytes of files; it is asked all the same, with a canary in the exclusive file.
"""

import datetime as dt
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http.response import HttpResponseBase
from django.test import Client

from accounts.models import User
from archive.clock import machine_now
from archive.models import Observation, Product, Program
from basket.ftps import rooms
from basket.models import Delivery, DeliveryKind
from basket.selection import freeze
from basket.staging import job, places, submit
from search.previews import previews_of
from tests.deliveries import NOW

#: Planted in the exclusive files; nothing that a stranger gets may hold it.
CANARY = b"CANARY-4735-exclusive-bytes"


@dataclass(frozen=True)
class World:
    """One exclusive file and its preview, a public file, and the person who knocks."""

    program: Program
    observation: Observation
    exclusive: Product
    preview: Product
    public: Product
    person: User | None
    staff: User
    client: Client

    @property
    def all_files(self) -> list[int]:
        return [self.exclusive.pk, self.preview.pk, self.public.pk]


def body(response: HttpResponseBase) -> bytes:
    if getattr(response, "streaming", False):
        return b"".join(response.streaming_content)  # type: ignore[attr-defined]  # a streaming answer has it
    return bytes(response.content)  # type: ignore[attr-defined]  # every other answer has it


def fetched(world: World, address: str) -> bytes:
    response = world.client.get(address)
    content = body(response)
    if CANARY in content:
        assert response.headers["Cache-Control"] == "private, no-store", address
    return content


# The doors -----------------------------------------------------------------------------------------------------------


def single_file(world: World) -> bytes:
    ranged = world.client.get(f"/basket/files/{world.exclusive.pk}/a_cal.fits", headers={"range": "bytes=0-100"})
    whole = fetched(world, f"/basket/files/{world.exclusive.pk}/a_cal.fits")
    assert (CANARY in body(ranged)) == (CANARY in whole)
    return whole


def preview(world: World) -> bytes:
    content = fetched(world, f"/basket/files/{world.preview.pk}/a_cal.jpg")
    offered = previews_of([world.observation.pk], world.person, NOW)[world.observation.pk].address
    assert bool(offered) == (CANARY in content)
    return content


def _by_uri(world: World, address: str, uri: str) -> bytes:
    """Ranges and HEAD say no more than the whole."""
    place = f"{address}?uri={uri}"
    whole, ranged = fetched(world, place), world.client.get(place, headers={"range": "bytes=0-100"})
    assert (CANARY in body(ranged)) == (CANARY in whole)
    assert world.client.head(place).status_code == (200 if CANARY in whole else 401)
    return whole


def file_by_uri(world: World) -> bytes:
    return _by_uri(world, "/api/v0.1/Download/file", world.exclusive.uri)


def preview_by_uri(world: World) -> bytes:
    return _by_uri(world, "/api/v0.1/Download/file", world.preview.uri)


def file_by_uri_for_older_clients(world: World) -> bytes:
    return _by_uri(world, "/api/v0/download/file/", world.exclusive.uri)


def file_by_uri_for_clients_of_jwst(world: World) -> bytes:
    return _by_uri(world, "/jwst/api/v0.1/Download/file", world.exclusive.uri)


def _frozen(world: World, kind: DeliveryKind, person: User | None) -> Delivery:
    return freeze(kind, Product.objects.filter(pk__in=world.all_files), person, NOW)


def own_zip(world: World) -> bytes:
    delivery = _frozen(world, DeliveryKind.ZIP, world.person)
    return fetched(world, f"/basket/bundles/{delivery.pk}/{delivery.name}.zip")


def own_tar(world: World) -> bytes:
    delivery = _frozen(world, DeliveryKind.TAR, world.person)
    return fetched(world, f"/basket/bundles/{delivery.pk}/{delivery.name}.tar")


def own_tar_gz(world: World) -> bytes:
    delivery = _frozen(world, DeliveryKind.TAR_GZ, world.person)
    packed = fetched(world, f"/basket/bundles/{delivery.pk}/{delivery.name}.tar.gz")
    return gzip.decompress(packed) if packed.startswith(b"\x1f\x8b") else packed


def zip_of_somebody_with_rights(world: World) -> bytes:
    """The address of a bundle that staff fixed, in other hands."""
    delivery = _frozen(world, DeliveryKind.ZIP, world.staff)
    return fetched(world, f"/basket/bundles/{delivery.pk}/{delivery.name}.zip")


def one_click(world: World) -> bytes:
    answer = world.client.post(f"/basket/one-click/{world.observation.pk}/")
    return fetched(world, answer["Location"]) if answer.status_code == 303 else body(answer)


def basket_download(world: World) -> bytes:
    world.client.post("/basket/add/", {"obsid": world.observation.pk})
    world.client.post("/basket/ticks/", {"tick": "all"})
    answer = world.client.post("/basket/download/", {"format": "zip"})
    return fetched(world, answer["Location"]) if answer.status_code == 303 else body(answer)


def _staged(world: World, kind: DeliveryKind) -> Delivery:
    delivery = _frozen(world, kind, world.person)
    submit(delivery, "reader@example.org", NOW)
    job.run(delivery.pk, lambda: NOW, lambda: NOW)
    # the pages compare its end with the machine's clock
    Delivery.objects.filter(pk=delivery.pk).update(expires_at=machine_now() + dt.timedelta(days=1))
    delivery.refresh_from_db()
    return delivery


def staged_copies(world: World) -> bytes:
    where = places.on_disk(_staged(world, DeliveryKind.STAGING))
    return b"".join(path.read_bytes() for path in sorted(where.iterdir()))


def staged_after_rights_ended(world: World) -> bytes:
    """Fixed while the person had every right, copied with those of now."""
    delivery = _frozen(world, DeliveryKind.STAGING, world.staff)
    Delivery.objects.filter(pk=delivery.pk).update(owner=world.person)
    delivery.refresh_from_db()
    submit(delivery, "reader@example.org", NOW)
    job.run(delivery.pk, lambda: NOW, lambda: NOW)
    delivery.refresh_from_db()
    return b"".join(path.read_bytes() for path in sorted(places.on_disk(delivery).iterdir()))


def built_bundle(world: World) -> bytes:
    delivery = _staged(world, DeliveryKind.BUILT_ZIP)
    return fetched(world, f"/basket/requests/{delivery.pk}/{delivery.built_name}")


def ftps(world: World) -> bytes:
    """Copies that lie there from the time of other rights."""
    delivery = _frozen(world, DeliveryKind.STAGING, world.staff)
    submit(delivery, "reader@example.org", NOW)
    job.run(delivery.pk, lambda: NOW, lambda: NOW)
    Delivery.objects.filter(pk=delivery.pk).update(owner=world.person)
    delivery.refresh_from_db()
    parts = [*delivery.folder.split("/"), "a_cal.fits"]
    visitor = rooms.Visitor(world.person, NOW, NOW)
    room = rooms.find(parts[:-1], visitor)
    found = rooms.find(parts, visitor)
    assert isinstance(room, rooms.Room)
    assert ("a_cal.fits" in (room.names or [])) == isinstance(found, rooms.File)
    return (places.on_disk(delivery) / "a_cal.fits").read_bytes() if isinstance(found, rooms.File) else b""


def manifest(world: World) -> bytes:
    """Whether the manifest says of a file that it is not authorized; then it gives no checksum of it."""
    delivery = _staged(world, DeliveryKind.STAGING)
    text = body(world.client.get(f"/basket/requests/{delivery.pk}/manifest/"))
    is_refused = b"Not Authorized" in text
    assert (world.exclusive.sha256.encode() in text) != is_refused
    return text if is_refused else CANARY


def viewer(world: World) -> bytes:
    """A viewer says that it may not read the file, or that it is no spectrum: then it has read it."""
    world.exclusive.__class__.objects.filter(pk=world.exclusive.pk).update(product_group="X1D")
    text = body(world.client.get(f"/observations/{world.observation.pk}/spectrum/"))
    return text if b"exclusive until" in text else CANARY


def cutout(world: World) -> bytes:
    """A picture of a part of the file: 403 where it is refused, else the file was opened."""
    kinds = {"product_group": "I2D", "dataproduct_type": "image"}
    world.exclusive.__class__.objects.filter(pk=world.exclusive.pk).update(**kinds)
    answer = world.client.get(f"/observations/{world.observation.pk}/cutout/?ra=1&dec=1")
    return b"" if answer.status_code == 403 else CANARY


#: By address, or by a name in words for doors that are none.
DOORS: Mapping[str, tuple[Callable[[World], bytes], ...]] = {
    "/basket/files/<>/<>": (single_file, preview),
    "/api/v0.1/Download/file": (file_by_uri, preview_by_uri),
    "/api/v0/download/file": (file_by_uri_for_older_clients,),
    "/jwst/api/v0.1/download/file": (file_by_uri_for_clients_of_jwst,),
    "/basket/bundles/<>/<>": (own_zip, own_tar, own_tar_gz, zip_of_somebody_with_rights),
    "/basket/one-click/<>/": (one_click,),
    "/basket/download/": (basket_download,),
    "/basket/stage/": (staged_copies,),
    "/basket/requests/<>/<>": (built_bundle,),
    "/basket/requests/<>/manifest/": (manifest,),
    "/observations/<>/spectrum/": (viewer,),
    "/observations/<>/cutout/": (cutout,),
    "staging copy": (staged_after_rights_ended,),
    "FTPS read": (ftps,),
}
