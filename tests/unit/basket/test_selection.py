"""Freezing: one list with a verdict and a reason for every file, whoever asks, however it was chosen."""

import datetime as dt

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.access import decide
from accounts.models import User
from archive.models import Held, Product
from basket.manifest import manifest_html, sha256sums
from basket.models import Delivery, DeliveryKind, ItemState, ItemVerdict
from basket.selection import (
    NothingSelectedError,
    NothingToDeliverError,
    TooLargeError,
    freeze,
    outlook,
)
from tests.basket_holdings import FUTURE, NOW, STORED, observation, product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("holdings")]


def everything() -> Delivery:
    return freeze(DeliveryKind.ZIP, Product.objects.all(), None, NOW)


def test_each_file_gets_its_verdict_and_reason() -> None:
    public, exclusive = observation("jw1"), observation("jw2", release=FUTURE)
    product(public, "a_cal.fits")
    product(public, "b_cal.fits", stand_in=True)
    product(public, "c_cal.fits", held=Held.NOT_YET)
    product(public, "d_cal.fits", held=Held.LOST)
    product(exclusive, "e_cal.fits")
    product(exclusive, "f_cal.fits", held=Held.NOT_YET)
    delivery = everything()
    found = {item.path: (item.verdict, item.reason, item.access, item.state) for item in delivery.items.all()}
    refusal = "exclusive until 2026-07-19 · Program 2736"
    assert found == {
        "JWST/jw1/a_cal.fits": ("included", "", "PUBLIC", "waiting"),
        "JWST/jw1/b_cal.fits": (
            "included",
            "stand-in for a file that this archive does not hold",
            "PUBLIC",
            "waiting",
        ),
        "JWST/jw1/c_cal.fits": (
            "missing",
            "Not held: this archive lists the file and has no copy of it",
            "PUBLIC",
            "refused",
        ),
        "JWST/jw1/d_cal.fits": (
            "missing",
            "Lost: this archive's copy of the file is damaged, gone or withdrawn",
            "PUBLIC",
            "refused",
        ),
        "JWST/jw2/e_cal.fits": ("denied", refusal, "EXCLUSIVE_ACCESS", "refused"),
        "JWST/jw2/f_cal.fits": ("denied", refusal, "EXCLUSIVE_ACCESS", "refused"),
    }
    figures = (delivery.files_requested, delivery.files_included, delivery.files_refused, delivery.files_missing)
    assert figures == (6, 2, 2, 2)
    assert delivery.bytes_total == 600


def test_the_verdicts_are_those_of_the_access_decision(staff: User) -> None:
    for number in range(4):
        own = observation(f"jw{number}", release=FUTURE if number % 2 else None)
        product(own, "x.fits")
    for person in (None, staff):
        delivery = freeze(DeliveryKind.STAGING, Product.objects.all(), person, NOW)
        for item in delivery.items.select_related("product__observation"):
            decision = decide(person, item.product, NOW)
            assert (item.verdict == ItemVerdict.INCLUDED) == decision.allowed


def test_of_a_refused_file_nothing_is_kept_but_its_name() -> None:
    product(observation("jw1"), "a.fits")
    product(observation("jw2", release=FUTURE), "secret.fits")
    item = everything().items.get(verdict=ItemVerdict.DENIED)
    assert (item.size_bytes, item.sha256, item.crc32, item.storage_key) == (0, "", None, "")


def test_a_file_listed_under_several_observations_is_carried_once_in_its_own_folder() -> None:
    own, parent, other = observation("jw-exposure"), observation("jw-level3"), observation("jw-other")
    product(own, "shared_cal.fits", parents=(own, parent, other))
    chosen = Product.objects.filter(listings__parent__in=[parent, other])  # a row for each listing
    assert chosen.count() == 2
    assert [item.path for item in freeze(DeliveryKind.ZIP, chosen, None, NOW).items.all()] == [
        "JWST/jw-exposure/shared_cal.fits"
    ]


def test_hostile_names_become_safe_and_stay_apart() -> None:
    own = observation("../../etc")
    twin = observation("jw1", mission="MANIFEST.HTML")
    product(own, "../evil.fits")
    product(own, ".._evil.fits")
    product(own, "-rf", uri="mast:x/1")
    product(own, "A.fits", uri="mast:x/2")
    product(own, "a.fits", uri="mast:x/3")
    product(twin, "a.fits", uri="mast:x/4")
    delivery = everything()
    paths = [item.path for item in delivery.items.all()]
    flat = [item.flat_name for item in delivery.items.all()]
    assert paths == [
        "JWST/__.._etc/_rf",
        "JWST/__.._etc/__evil.fits",
        "JWST/__.._etc/__evil-2.fits",
        "JWST/__.._etc/A.fits",
        "JWST/__.._etc/a-2.fits",
        "MANIFEST-2.HTML/jw1/a.fits",
    ]
    assert len({name.casefold() for name in flat}) == len(flat)
    assert all("/" not in name and name[0] not in ".-" for name in flat)


def test_the_same_list_has_the_same_digest_whatever_its_order() -> None:
    own = observation("jw1")
    for name in ("c.fits", "a.fits", "b.fits"):
        product(own, name)
    one = freeze(DeliveryKind.ZIP, Product.objects.order_by("filename"), None, NOW)
    two = freeze(DeliveryKind.TAR, Product.objects.order_by("-filename"), None, NOW + dt.timedelta(days=1))
    assert one.manifest_digest == two.manifest_digest
    product(own, "d.fits")
    assert everything().manifest_digest != one.manifest_digest


def test_the_time_of_a_file_is_when_it_was_stored() -> None:
    product(observation("jw1"), "a.fits")
    assert everything().items.get().mtime == STORED


def test_nothing_selected_nothing_deliverable_and_too_much_say_so(settings: Settings) -> None:
    with pytest.raises(NothingSelectedError):
        everything()
    product(observation("jw1", release=FUTURE), "a.fits")
    with pytest.raises(NothingToDeliverError):
        everything()
    product(observation("jw2"), "b.fits", size_bytes=2000)
    settings.STREAM_LIMIT_BYTES = 1999
    with pytest.raises(TooLargeError) as caught:
        everything()
    assert "Batch Retrieval" in caught.value.remedy
    assert not Delivery.objects.exists()
    assert freeze(DeliveryKind.STAGING, Product.objects.all(), None, NOW).files_included == 1


def test_the_number_of_queries_does_not_grow_with_the_list(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(12):
        product(observation(f"jw{number}", release=FUTURE if number % 2 else None), f"{number}.fits")
    with django_assert_max_num_queries(7):  # with the savepoint's two
        everything()
    with django_assert_max_num_queries(4):
        outlook(Product.objects.all(), None, NOW)


def test_the_outlook_counts_what_the_list_will_say() -> None:
    product(observation("jw1"), "a.fits")
    product(observation("jw1b"), "b.fits", held=Held.NOT_YET)
    for number in range(3):
        product(observation(f"jw2{number}", release=FUTURE), "c.fits", size_bytes=500)
    seen = outlook(Product.objects.all(), None, NOW)
    assert (seen.files, seen.size_bytes) == (1, 300)
    assert [(part.reason, part.files, part.size_bytes) for part in seen.refused] == [
        ("exclusive until 2026-07-19 · Program 2736", 3, 1500)
    ]
    assert seen.files_missing == 1
    delivery = everything()
    assert (delivery.files_refused, delivery.files_missing) == (seen.files_refused, seen.files_missing)


# The manifest --------------------------------------------------------------------------------------------------------


def test_the_manifest_has_the_five_columns_first_and_honest_statuses() -> None:
    product(observation("jw1"), "a.fits", uri="mast:JWST/product/a.fits")
    product(observation("jw1b"), "b.fits", held=Held.NOT_YET, uri="mast:JWST/product/b.fits")
    secret = product(observation("jw2", release=FUTURE), "c.fits", size_bytes=54321, uri="mast:JWST/product/c.fits")
    delivery = freeze(DeliveryKind.ZIP, Product.objects.all(), None, NOW, name="my bundle")
    text = manifest_html(delivery).decode()
    assert "<title>my_bundle</title>" in text
    assert "<h1>my_bundle</h1>" in text
    assert "Total Files: 3" in text
    names = ("URI", "File", "Access", "Status", "Logged In User", "Size", "SHA-256", "Reason")
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    assert f"<thead>\n<tr>{heads}</tr>" in text
    sha256 = Product.objects.get(filename="a.fits").sha256
    not_held = "Not held: this archive lists the file and has no copy of it"
    rows = [
        ("mast:JWST/product/a.fits", "JWST/jw1/a.fits", "PUBLIC", "OK", "anonymous", "300", sha256, ""),
        ("mast:JWST/product/b.fits", "JWST/jw1b/b.fits", "PUBLIC", not_held, "anonymous", "", "", not_held),
        (
            "mast:JWST/product/c.fits",
            "JWST/jw2/c.fits",
            "EXCLUSIVE_ACCESS",
            "Not Authorized",
            "anonymous",
            "",
            "",
            "exclusive until 2026-07-19 · Program 2736",
        ),
    ]
    for row in rows:
        assert "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" in text
    assert text.count("<table>") == 1
    assert "54321" not in text
    assert secret.sha256 not in text
    assert "Not Authorized: 1 file (exclusive until 2026-07-19 · Program 2736)" in text


def test_the_manifest_escapes_what_it_shows_and_is_the_same_each_time(staff: User) -> None:
    staff.display_name = "<b>Ada</b>"
    staff.save()
    product(observation("<script>"), "<img src=x>.fits", uri='mast:"><script>alert(1)</script>')
    delivery = freeze(DeliveryKind.ZIP, Product.objects.all(), staff, NOW)
    text = manifest_html(delivery)
    assert b"<script>" not in text
    assert b"<img" not in text
    assert b"&lt;b&gt;Ada" in text
    assert manifest_html(Delivery.objects.get(pk=delivery.pk)) == text


def test_what_a_job_could_not_deliver_is_said_and_has_no_sum() -> None:
    own = observation("jw1")
    for name in ("a.fits", "b.fits", "c.fits"):
        product(own, name)
    delivery = freeze(DeliveryKind.STAGING, Product.objects.all(), None, NOW)
    delivery.items.filter(flat_name="b.fits").update(state=ItemState.FAILED, reason="its copy had other bytes")
    delivery.items.filter(flat_name="c.fits").update(
        state=ItemState.REFUSED, verdict=ItemVerdict.DENIED, reason="exclusive until 2030-01-01"
    )
    text = manifest_html(delivery).decode()
    assert "<td>a.fits</td><td>PUBLIC</td><td>OK</td>" in text
    assert "<td>b.fits</td><td>PUBLIC</td><td>ERROR: its copy had other bytes</td>" in text
    assert "<td>c.fits</td><td>PUBLIC</td><td>Not Authorized</td>" in text
    assert sha256sums(delivery).decode() == f"{Product.objects.get(filename='a.fits').sha256}  a.fits\n"
