"""Uploading a MOC and searching by it: files by mocpy, which rows meet them by astropy-free counting of cells."""

import io
import json
import uuid
from typing import Any

import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from mocpy import MOC

from accounts.models import User
from archive.models import Observation
from search.mocs import keeping, limits
from search.models import SkyMoc, SkyMocCell
from tests.factories import make_observation, make_observations, square
from tests.unit.archive.sky_oracle import step_from

pytestmark = pytest.mark.django_db


def fits_of(moc: Any, **cards: Any) -> bytes:
    out = io.BytesIO()
    units = moc.serialize("fits")
    units[1].header.update(cards)
    units.writeto(out)
    return out.getvalue()


def cone(ra_deg: float, dec_deg: float, radius_deg: float, order: int = 9) -> Any:
    return MOC.from_cone(ra_deg * u.deg, dec_deg * u.deg, radius=radius_deg * u.deg, max_depth=order)


def upload(client: Client, content: bytes, name: str = "area.fits", query: str = "", **headers: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(
        f"/search/moc/upload/?{query}", {"file": file}, headers={"accept": "application/json", **headers}
    )


def uploaded(client: Client, moc: Any) -> str:
    response = upload(client, fits_of(moc))
    assert response.status_code == 200, response.content
    region: str = response.json()["region"]
    return region


def matched(client: Client, region: str, parameter: str = "region") -> set[str]:
    query = {"obs_collection": "JWST", parameter: region, "size": "1000"}
    response = client.get("/search/sky/", query)
    assert response.status_code == 200, response.content
    return {shape["id"] for shape in response.json()["shapes"]}


# Searching -----------------------------------------------------------------------------------------------------------


def test_a_moc_is_a_region(client: Client) -> None:
    inside = make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0)
    touching = make_observation(s_region=square(11.05, 0, 0.1), s_ra=11.05, s_dec=0.0)
    bare = make_observation(s_ra=10.2, s_dec=0.2)
    make_observation(s_region=square(12, 0, 0.1), s_ra=12.0, s_dec=0.0)
    make_observation(s_ra=None, s_dec=None)
    region = uploaded(client, cone(10, 0, 1))
    expected = {str(row.obsid) for row in (inside, touching, bare)}
    assert matched(client, region) == expected
    assert matched(client, region, "f.region") == expected


def regions_of(client: Client, query: dict[str, str]) -> list[dict[str, Any]]:
    text = client.get("/search/", query).content.decode()
    block = text.partition('<script id="sky-regions" type="application/json">')[2].partition("</script>")[0]
    found: list[dict[str, Any]] = json.loads(block or "[]")
    return found


@pytest.mark.parametrize("parameter", ["region", "f.region", "q"])
def test_a_page_tells_the_border_of_the_moc(client: Client, parameter: str) -> None:
    make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0)
    query = {parameter: uploaded(client, cone(10, 0, 1))}
    (ring,) = regions_of(client, query | ({"obs_collection": "JWST"} if parameter == "f.region" else {}))
    assert set(ring) == {"p"}
    away = np.hypot(np.array(ring["p"][::2]) - 10.0, ring["p"][1::2])
    assert ((away > 0.95) & (away < 1.2)).all()


def test_a_border_of_coarser_cells_says_how_coarse(client: Client) -> None:
    rings = regions_of(client, {"region": uploaded(client, cone(10, 80, 20, 12))})
    assert [ring["k"] for ring in rings] == pytest.approx([58.6 / 2**9] * len(rings), abs=1e-6)


def meeting_by_sampling(rows: list[Observation], moc: Any, points: np.ndarray[Any, Any]) -> set[int]:
    """Rows of which a sampled point lies in the MOC."""
    lon, lat = points[..., 0].ravel() * u.deg, points[..., 1].ravel() * u.deg
    inside = moc.contains_lonlat(lon, lat).reshape(points.shape[:2]).any(axis=1)
    return {row.obsid for row, is_in in zip(rows, inside, strict=True) if is_in}


@pytest.mark.parametrize(
    ("centre", "size", "half"),
    [((40.0, 20.0), 3.0, 0.05), ((0.0, 0.0), 2.0, 0.2), ((120.0, 90.0), 4.0, 0.3), ((10.0, -88.0), 6.0, 1.0),
     ((200.0, -45.0), 0.3, 0.02), ((90.0, 40.0), 30.0, 4.0), ((300.0, 5.0), 1.0, 12.0)],
)  # fmt: skip
def test_footprints_meet_a_ragged_moc_as_dense_sampling_says(
    client: Client, centre: tuple[float, float], size: float, half: float
) -> None:
    """Rows of which samples lie well in or well out of the MOC; none is told from the other by the same geometry."""
    rng = np.random.default_rng(int(centre[0]) + 1)
    order = max(4, round(np.log2(58.6 * 12 / size)))
    moc = MOC.new_empty(order)
    for _ in range(6):
        ra, dec = step_from(*centre, rng.uniform(0, 360), size * rng.uniform(0, 0.7))
        moc = moc.union(cone(ra, dec, size * rng.uniform(0.05, 0.3), order))
    rows, samples = [], []
    for _ in range(120):
        ra, dec = step_from(*centre, rng.uniform(0, 360), (1.3 * size + half) * float(np.sqrt(rng.uniform())))
        turn = rng.uniform(0, 90)
        corners = np.array([step_from(ra, dec, turn + 90 * k, half * 2**0.5) for k in range(4)])
        region = "POLYGON " + " ".join(f"{a:.12f} {b:.12f}" for a, b in corners)
        rows.append({"s_region": region, "s_ra": ra, "s_dec": dec})
        samples.append(_samples(corners))
    made = make_observations(rows)
    points = np.array(samples)
    certain = meeting_by_sampling(made, moc, points)
    found = {int(number) for number in matched(client, uploaded(client, moc))}
    assert certain <= found
    # what is found beside those lies within the distance of two samples
    wide_order = min(order + 3, int(np.log2(58.6 / (2 * half / 40)) - 0.5))
    same = moc.refine_to_order(wide_order) if wide_order > order else moc.degrade_to_order(wide_order)
    wide = same.extended().extended()
    assert found <= meeting_by_sampling(made, wide, points)
    assert 5 < len(certain) <= 120


def _samples(corners: np.ndarray[Any, Any], count: int = 41) -> np.ndarray[Any, Any]:
    """Points of a quadrilateral, shape (count², 2), its edges among them."""
    angles = np.radians(corners)
    a, b, c, d = np.stack(
        [
            np.cos(angles[:, 1]) * np.cos(angles[:, 0]),
            np.cos(angles[:, 1]) * np.sin(angles[:, 0]),
            np.sin(angles[:, 1]),
        ],
        axis=1,
    )
    s, t = (grid.ravel()[:, None] for grid in np.meshgrid(np.linspace(0, 1, count), np.linspace(0, 1, count)))
    x, y, z = ((1 - t) * ((1 - s) * a + s * b) + t * ((1 - s) * d + s * c)).T
    return np.asarray(np.degrees(np.stack([np.arctan2(y, x) % (2 * np.pi), np.arctan2(z, np.hypot(x, y))], axis=1)))


def test_circles_and_footprints_around_the_whole_moc_meet_it(client: Client) -> None:
    around = make_observation(s_region="CIRCLE 10 0 20", s_ra=10.0, s_dec=0.0)
    most = make_observation(s_region="CIRCLE 190 0 175", s_ra=190.0, s_dec=0.0)
    make_observation(s_region="CIRCLE 40 0 20", s_ra=40.0, s_dec=0.0)
    assert matched(client, uploaded(client, cone(5, 3, 0.5))) == {str(around.obsid), str(most.obsid)}


def test_the_whole_sky_holds_all(client: Client) -> None:
    rows = make_observations([{"s_ra": float(ra), "s_dec": float(ra / 4 - 45)} for ra in range(0, 360, 20)])
    response = upload(client, json.dumps({"0": list(range(12))}).encode(), "sky.json")
    assert response.json()["sky_fraction"] == pytest.approx(1)
    assert matched(client, response.json()["region"]) == {str(row.obsid) for row in rows}


def test_it_is_in_titles_chips_tabs_and_exports(client: Client) -> None:
    own = make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0)
    region = uploaded(client, cone(10, 0, 1))
    assert "MOC area.fits" in client.get("/search/", {"region": region}).content.decode()
    page = client.get("/search/", {"obs_collection": "JWST", "f.region": region}).content.decode()
    assert "MOC area.fits" in page
    assert own.obs_id in page
    export = client.get("/search/", {"region": region, "format": "csv"})
    assert own.obs_id in b"".join(export.streaming_content).decode()  # type: ignore[attr-defined]  # a streamed answer
    assert client.get("/search/script/", {"region": region}).status_code == 200
    assert own.obs_id in client.get("/search/", {"q": region}).content.decode()
    assert "MOC area.fits" in client.get("/search/advanced/", {"region": region}, follow=True).content.decode()


def test_a_link_works_for_another_person(client: Client) -> None:
    own = make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0)
    region = uploaded(client, cone(10, 0, 1))
    assert matched(Client(), region) == {str(own.obsid)}


def test_a_moc_that_is_gone_is_said_with_a_remedy(client: Client) -> None:
    gone = {"region": f"MOC {uuid.uuid4()}"}
    assert client.get("/search/sky/", gone).status_code == 400
    response = client.get("/search/", gone)
    assert "not kept any more" in response.content.decode()
    assert "Upload it again" in response.content.decode()


def test_a_filter_and_a_polygon_stand_beside_it(client: Client) -> None:
    make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0)
    far = make_observation(s_region=square(50, 0, 0.1), s_ra=50.0, s_dec=0.0)
    region = uploaded(client, cone(10, 0, 1))
    response = client.get("/search/sky/", {"region": [region, "CIRCLE 50 0 1"]})
    assert response.json()["total"] == 2
    response = client.get("/search/sky/", {"region": "CIRCLE 50 0 1", "f.region": region})
    assert response.json()["total"] == 0
    assert far.pk


# Files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["fits", "fits 1", "json"])
def test_forms_say_the_same(client: Client, version: str) -> None:
    moc = cone(10, 80, 2, 8)
    if version == "json":
        content = json.dumps(moc.serialize("json")).encode()
    elif version == "fits":
        content = fits_of(moc)
    else:
        out = io.BytesIO()
        moc.serialize("fits", v1_compatible=True).writeto(out)
        content = out.getvalue()
    assert upload(client, content).status_code == 200
    own = SkyMoc.objects.get()
    kept = np.stack([own.starts, own.stops], axis=1)
    assert (kept == moc.to_depth29_ranges.astype(np.int64)).all()
    assert own.sky_fraction == pytest.approx(moc.sky_fraction)
    assert own.order == 8


GOOD = fits_of(cone(10, 0, 1))
TABLE = fits.BinTableHDU.from_columns([fits.Column("UNIQ", "1K", array=np.array([3, -1], dtype=np.int64))])


def table(numbers: list[int], form: str = "1K", **cards: Any) -> bytes:
    unit = fits.BinTableHDU.from_columns([fits.Column("UNIQ", form, array=np.array(numbers))])
    unit.header.update({"ORDERING": "NUNIQ", "COORDSYS": "C", **cards})
    out = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), unit]).writeto(out)
    return out.getvalue()


HOSTILE = {
    "nothing": b"",
    "noise": bytes(range(256)) * 20,
    "a page": b"<html><script>alert(1)</script>",
    "cut short": GOOD[:6000],
    "header only": GOOD[:2880],
    "rows that are not there": GOOD.replace(b"NAXIS2  =", b"NAXIS2  = 99999999999 / ", 1),
    "wide rows": table([4]).replace(b"NAXIS1  =                    8", b"NAXIS1  =           2147483647"),
    "no primary axis": b"SIMPLE  =                    T".ljust(2880),
    "an image": None,
    "floats": table([1], "1D"),
    "text": table([1], "8A"),
    "negative cells": table([-5]),
    "cells below all": table([3]),
    "cells beyond all": table([2**63 - 1]),
    "odd ranges": table([1, 2, 3], ORDERING="RANGE"),
    "ranges backwards": table([9, 2], ORDERING="RANGE"),
    "ranges beyond": table([0, 2**62], ORDERING="RANGE"),
    "galactic": table([4], COORDSYS="G"),
    "time": table([4], MOCDIM="TIME"),
    "unordered": table([4], ORDERING="NESTED"),
    "no rows": table([]),
    "heap": table([4], PCOUNT=10**9),
    "json list": b"[1, 2]",
    "json cut": b'{"3": [1, 2',
    "json deep": b'{"3": ' + b"[" * 100_000,
    "json order": b'{"30": [1]}',
    "json words": b'{"3": ["1"]}',
    "json truth": b'{"3": [true]}',
    "json fraction": b'{"3": [1.5]}',
    "json huge": b'{"3": [' + b"9" * 4000 + b"]}",
    "json beyond": b'{"3": [768]}',
    "json negative": b'{"3": [-1]}',
    "json signs": '{"٣": [1]}'.encode(),
    "json empty": b"{}",
    "utf-16": '{"3": [1]}'.encode("utf-16"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_remedy(client: Client, name: str) -> None:
    content = HOSTILE[name]
    if content is None:
        out = io.BytesIO()
        fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.zeros((4, 4)))]).writeto(out)
        content = out.getvalue()
    response = upload(client, content)
    assert response.status_code == 400, name
    told = response.json()
    assert told["error"]
    assert told["remedy"]
    assert not SkyMoc.objects.exists()


def test_large_files_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BYTES", 1000)
    monkeypatch.setattr("search.mocs.reading.MAX_BYTES", 1000)
    response = upload(client, GOOD)
    assert response.status_code == 400
    assert "lower order" in response.json()["remedy"]


def test_many_cells_are_refused_with_the_order_that_goes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MAX_CELLS", 100)
    moc = cone(10, 0, 5, 10)
    response = upload(client, fits_of(moc))
    assert response.status_code == 400
    order = int(response.json()["remedy"].partition("at order ")[2].partition(":")[0])
    assert upload(client, fits_of(moc.degrade_to_order(order))).status_code == 200


def test_somebody_has_so_many_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MAX_MOCS", 1)
    uploaded(client, cone(10, 0, 1))
    assert "Delete one" in upload(client, GOOD).json()["remedy"]


# The page and the person ---------------------------------------------------------------------------------------------


def test_the_region_dialog_leads_to_the_upload_and_back(client: Client) -> None:
    page = client.get("/search/advanced/?obs_collection=JWST&dialogs=region", follow=True).content.decode()
    assert 'name="do" value="moc"' in page
    response = upload(client, GOOD, query="obs_collection=JWST", accept="text/html")
    own = SkyMoc.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/search/advanced/?obs_collection=JWST&region=MOC+{own.pk}"
    listed = client.get("/search/moc/upload/").content.decode()
    assert "area.fits" in listed
    assert "area.fits" not in Client().get("/search/moc/upload/").content.decode()


def test_the_page_says_what_is_wrong(client: Client) -> None:
    response = upload(client, b"noise", accept="text/html")
    assert response.status_code == 400
    assert "neither FITS nor JSON" in response.content.decode()
    assert "There is no file" in client.post("/search/moc/upload/").content.decode()


def test_names_are_escaped_and_short(client: Client) -> None:
    upload(client, GOOD, "<b>" + "x" * 200 + ".fits")
    assert len(SkyMoc.objects.get().name) == 80
    assert "<b>x" not in client.get("/search/moc/upload/").content.decode()


def test_only_its_holder_deletes_it(client: Client) -> None:
    uploaded(client, cone(10, 0, 1))
    own = SkyMoc.objects.get()
    assert Client().post(f"/search/moc/{own.pk}/delete/").status_code == 404
    assert client.get(f"/search/moc/{own.pk}/delete/").status_code == 405
    assert client.post(f"/search/moc/{own.pk}/delete/").status_code == 302
    assert not SkyMoc.objects.exists()
    assert not SkyMocCell.objects.exists()


def test_it_follows_into_the_account(client: Client) -> None:
    uploaded(client, cone(10, 0, 1))
    person = User.objects.create_user("someone@example.org", "a long password 1")
    client.force_login(person)
    assert SkyMoc.objects.get().owner == person


def test_an_upload_needs_the_forms_token() -> None:
    assert upload(Client(enforce_csrf_checks=True), GOOD).status_code == 403


def test_old_ones_of_sessions_are_forgotten(client: Client) -> None:
    uploaded(client, cone(10, 0, 1))
    own = SkyMoc.objects.get()
    keeping.forget_mocs(own.created_at)
    assert SkyMoc.objects.exists()
    keeping.forget_mocs(own.created_at + 2 * limits.KEPT_WITHOUT_ACCOUNT)
    assert not SkyMoc.objects.exists()
