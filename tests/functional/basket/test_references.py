"""Retrieve References: the references that the headers name, added to the basket, ticked again, delivered once."""

import io
import re
import zipfile
import zlib
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from archive.fits import Card, primary_hdu
from archive.models import Held, Listing, Observation, Product, ReferenceReading, ReferenceUse
from archive.references import parse_reference, references_in
from archive.storage import archive_storage
from basket.models import Basket, Delivery
from tests.basket_holdings import STORED, observation, product
from tests.shared_data import shared_file

DARK, FLAT = "jwst_nircam_dark_0343.fits", "jwst_nircam_flat_0298.fits"


def calibrated(own: Observation, filename: str, cards: dict[str, str], **fields: object) -> Product:
    """A held FITS file of level 2 whose header has these cards."""
    made = product(own, filename, recommended=False, **fields)  # type: ignore[arg-type]  # of the caller
    body = primary_hdu([Card(keyword, value) for keyword, value in cards.items()])
    archive_storage().write(made.storage_key, io.BytesIO(body))
    facts = {"size_bytes": len(body), "sha256": sha256(body).hexdigest(), "crc32": zlib.crc32(body)}
    Product.objects.filter(pk=made.pk).update(calib_level=2, **facts)
    return made


def hold(filename: str, body: bytes) -> None:
    """Give a reference its bytes."""
    key = f"test/{filename}"
    archive_storage().write(key, io.BytesIO(body))
    facts = {"size_bytes": len(body), "sha256": sha256(body).hexdigest(), "crc32": zlib.crc32(body)}
    Product.objects.filter(filename=filename).update(held=Held.YES, storage_key=key, stored_at=STORED, **facts)


@pytest.fixture
def filled(client: Client) -> dict[str, Observation]:
    """Two observations with a calibrated file each; both were calibrated with one dark."""
    found = {"a": observation("jw1"), "b": observation("jw2")}
    calibrated(found["a"], "a_cal.fits", {"R_DARK": f"crds://{DARK}", "R_FLAT": f"crds://{FLAT}", "R_AREA": "N/A"})
    calibrated(found["b"], "b_cal.fits", {"R_DARK": f"crds://{DARK}", "R_MASK": "lost in space"})
    client.post("/basket/add/", {"obsid": [str(one.pk) for one in found.values()]})
    return found


def tick_all(client: Client) -> None:
    client.get("/basket/?filters=1")  # Minimum Recommended Products off, and remembered
    client.post("/basket/ticks/?filters=1", {"tick": "all"})


def test_the_button_needs_the_recommended_box_off_and_a_calibrated_file(
    client: Client, filled: dict[str, Observation]
) -> None:
    off = re.compile(r"<button[^>]*disabled[^>]*>Retrieve References")
    page = client.get("/basket/").text
    assert off.search(page)
    assert "Clear Minimum Recommended Products" in page
    assert "Tick a calibrated science file" in client.get("/basket/?filters=1").text
    client.post("/basket/ticks/?filters=1", {"tick": "all"})
    page = client.get("/basket/?filters=1").text
    assert not off.search(page)
    assert 'href="/basket/references/">Retrieve References' in page
    assert client.get("/basket/?filters=1&f.productGroupDescription=Minimum+Recommended+Products").status_code == 200
    assert client.get("/basket/references/").status_code == 302, "the door is as closed as the button"


def test_the_window_has_folders_by_type_and_names_what_is_unknown_or_not_held(
    client: Client, filled: dict[str, Observation]
) -> None:
    tick_all(client)
    page = client.get("/basket/references/").text
    assert re.findall(r'<label class="cut" for="reference-\d+" title="(\S+)">', page) == [DARK, FLAT]
    table = page[page.index("<tbody>") :]
    assert table.index(" DARK ") < table.index(DARK) < table.index(" FLAT ") < table.index(FLAT)
    assert "2 files" in page, "the dark is used by both"
    assert "2 references not held by this archive" in page
    assert "1 name in the headers" in page
    assert "R_MASK lost in space" in page
    client.get("/basket/references/")
    assert ReferenceReading.objects.count() == 2
    assert ReferenceUse.objects.count() == 3


def test_added_references_stand_under_their_observations_and_are_not_ticked(
    client: Client, filled: dict[str, Observation]
) -> None:
    tick_all(client)
    client.get("/basket/references/")
    dark = Product.objects.get(filename=DARK)
    answer = client.post("/basket/references/", {"what": "selected", "reference": str(dark.pk)}, follow=True)
    assert "Added 1 reference file to the basket" in answer.text
    assert re.findall(r'<a class="cut" title="([^"]+)"', answer.text) == [DARK, DARK]
    assert 'name="f.productType" value="CALIBRATION" data-count="1" checked' in answer.text
    assert not Basket.objects.get().ticks.filter(product=dark).exists()
    assert "Added 1 reference file " in client.post("/basket/references/", {"what": "all"}, follow=True).text


def test_a_reference_of_many_files_is_delivered_once_with_its_bytes(
    client: Client, filled: dict[str, Observation]
) -> None:
    tick_all(client)
    client.get("/basket/references/")
    hold(DARK, b"dark" * 100)
    client.post("/basket/references/", {"what": "all"})
    tick_all(client)
    address = client.post("/basket/download/", {"format": "zip", "name": "mine"}).headers["Location"]
    content = b"".join(client.get(address[address.index("/basket") :]).streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        names = [name for name in bundle.namelist() if "jwst_" in name]
        assert names == [f"mine/JWST/references/{DARK}"]
        assert bundle.read(names[0]) == b"dark" * 100
        manifest = bundle.read("mine/MANIFEST.HTML").decode()
    assert f"<td>crds://{FLAT}</td>" in manifest
    assert "Not held" in manifest
    delivery = Delivery.objects.get()
    assert (delivery.files_included, delivery.files_missing, delivery.files_duplicate) == (3, 1, 1)
    listed = b"".join(client.get("/basket/list.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert listed.count(DARK) == 2, "once as a name and once in its URI: one line"
    script = client.post("/basket/download/", {"format": "curl"}).headers["Location"]
    assert DARK in client.get(script[script.index("/basket") :]).content.decode()


def test_what_one_person_retrieved_no_other_basket_shows(client: Client, filled: dict[str, Observation]) -> None:
    tick_all(client)
    client.get("/basket/references/")
    client.post("/basket/references/", {"what": "all"})
    assert Listing.objects.filter(reference=True).count() == 3
    other = Client()
    other.post("/basket/add/", {"obsid": str(filled["a"].pk)})
    assert DARK not in other.get("/basket/?filters=1").text
    assert DARK not in client.get(f"/observations/{filled['a'].pk}/").text
    assert Observation.objects.count() == 2, "the shelf of the references is in no search"


def test_references_go_and_come_back_with_remove_undo_and_recall(
    client: Client, filled: dict[str, Observation]
) -> None:
    tick_all(client)
    client.get("/basket/references/")
    client.post("/basket/references/", {"what": "all"})
    client.post("/basket/remove/?filters=1", {"what": "all"})
    client.post("/basket/undo/?filters=1")
    assert DARK in client.get("/basket/?filters=1").text
    client.post("/basket/ticks/?filters=1&f.productType=SCIENCE", {"untick": "all"})
    client.post("/basket/ticks/?filters=1&f.productType=CALIBRATION", {"tick": "all"})
    client.post("/basket/remove/?filters=1", {"what": "selected"})
    assert DARK not in client.get("/basket/?filters=1").text


def test_tables_bring_types_references_and_uses(client: Client, tmp_path: Path) -> None:
    own = observation("jw02724233001_03104_00002_nrca3")
    product(own, "jw02724233001_03104_00002_nrca3_cal.fits", held=Held.NOT_YET)
    for name in ("crds_jwst_reference_types.csv", "crds_jwst_references_used.csv"):
        for _ in range(2):
            call_command("ingest", "references", str(shared_file(name)))
    assert ReferenceUse.objects.filter(product__observation=own).count() == 15
    dark = Product.objects.get(filename=DARK)
    assert (dark.product_type, dark.product_group, dark.held) == ("CALIBRATION", "DARK", Held.NOT_YET)
    Product.objects.filter(observation=own).update(calib_level=2)
    client.post("/basket/add/", {"obsid": str(own.pk)})
    tick_all(client)
    page = client.get("/basket/references/").text
    assert "15 references of 1 selected calibrated file" in page
    assert "Linearity" in page
    assert "without a header here" not in page, "its references are known from the table"


def test_the_table_of_hst_references_comes_in_whole() -> None:
    call_command("ingest", "references", str(shared_file("crds_hst_references.csv")))
    assert Product.objects.filter(observation__obs_collection="HST", product_type="CALIBRATION").count() == 14_595


def test_a_table_names_its_bad_rows(tmp_path: Path) -> None:
    table = tmp_path / "references.csv"
    table.write_text("observatory,reference,filekind\nhubble,x.fits,dark\nhst,../etc/passwd,dark\nhst,good.fits,dark\n")
    with pytest.raises(SystemExit):
        call_command("ingest", "references", str(table), "--rejects", str(tmp_path / "bad.csv"))
    rejects = (tmp_path / "bad.csv").read_text()
    assert "observatory is neither JWST nor HST" in rejects
    assert "is no name of a file" in rejects
    assert Product.objects.get().filename == "good.fits"


def test_headers_of_hst_name_references_by_their_folder() -> None:
    found, unknown = references_in({"DARKFILE": "jref$n3o1022fj_drk.fits", "BIASFILE": "N/A", "TARGNAME": "M 31"})
    assert [(one.mission, one.type, one.filename) for one in found] == [("HST", "DARKFILE", "n3o1022fj_drk.fits")]
    assert not unknown
    assert parse_reference("crds://../../etc/passwd") is None
