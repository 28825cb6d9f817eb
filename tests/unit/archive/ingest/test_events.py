"""What ingest and the release clock tell of: new, first, reprocessed and public data, each once."""

import datetime as dt
from pathlib import Path

import pytest
from django.db import connection

from archive.clock import from_mjd
from archive.events import EVENTS_KEPT, forget_events, walk_releases
from archive.models import Event, Observation
from tests.factories import make_observation, make_product
from tests.unit.archive.ingest.inputs import NOW, ingest_rows, observation

pytestmark = pytest.mark.django_db

EXPOSURE = "jw01073001001_02101_00001_nrcb1"
CAL, RATE = f"{EXPOSURE}_cal.fits", f"{EXPOSURE}_rate.fits"
FUTURE = 61400.0
DAY = dt.timedelta(days=1)


def file(name: str = CAL, **cells: object) -> dict[str, object]:
    md5 = "d41d8cd98f00b204e9800998ecf8427e"
    level = "2a" if name == RATE else "2b"
    return {"filename": name, "productLevel": level, "instrume": "NIRCAM", "checksum": md5, **cells}


def told() -> list[tuple[str, str]]:
    """(kinds, file) of all events, in their order."""
    return [("+".join(event.kinds), event.filename) for event in Event.objects.order_by("id")]


def test_a_new_observation_is_new_first_and_public_at_once(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(dataURL=f"mast:JWST/product/{CAL}"))
    event = Event.objects.get()
    assert event.kinds == ["new", "first", "public"]
    assert (event.mission, event.program, event.calib_level, event.filename) == ("JWST", "1073", 2, CAL)
    assert (event.at, event.product_id) == (NOW, None)


def test_exclusive_data_are_new_and_not_public(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(t_obs_release=str(FUTURE)))
    assert told() == [("new+first", "")]


def test_the_same_input_again_tells_nothing(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation())
    ingest_rows("products", tmp_path, file())
    before = told()
    ingest_rows("observations", tmp_path, observation())
    ingest_rows("products", tmp_path, file())
    assert told() == before


@pytest.mark.parametrize("level", ["-1", "0", "1"])
def test_what_is_planned_or_raw_tells_nothing_until_it_is_calibrated(tmp_path: Path, level: str) -> None:
    dates = {"t_min": "", "t_max": "", "t_obs_release": ""} if level == "-1" else {}
    ingest_rows("observations", tmp_path, observation(calib_level=level, **dates))
    assert told() == []
    ingest_rows("observations", tmp_path, observation())
    assert told() == [("new+first+public", "")]


def test_files_tell_for_themselves_and_intermediate_ones_do_not(tmp_path: Path) -> None:
    make_observation(obs_id=EXPOSURE, calib_level=2, proposal_id="1073", filters="F200W")
    ingest_rows("products", tmp_path, file(RATE))
    assert told() == []
    ingest_rows("products", tmp_path, file(RATE), file(CAL), file(f"{EXPOSURE}_cal.jpg"))
    assert told() == [("new+first+public", CAL)]
    assert Event.objects.get().product_id is not None


def test_the_main_file_of_an_observation_is_told_once(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(dataURL=f"mast:JWST/product/{CAL}"))
    ingest_rows("products", tmp_path, file(CAL), file(f"{EXPOSURE}_i2d.fits"))
    assert told() == [("new+first+public", CAL), ("new+public", f"{EXPOSURE}_i2d.fits")]


def test_only_the_first_data_of_a_program_of_jwst_are_its_first(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(), observation(obs_id="two"))
    ingest_rows("observations", tmp_path, observation(obs_id="three"), observation(obs_id="x", proposal_id="9"))
    ingest_rows("observations", tmp_path, observation(obs_id="hst", obs_collection="HST", proposal_id="77"))
    ingest_rows("observations", tmp_path, observation(obs_id="none", proposal_id=""))
    firsts = {(event.program, event.observation.obs_id) for event in Event.objects.filter(kinds__contains=["first"])}
    assert firsts == {("1073", EXPOSURE), ("9", "x")}


@pytest.mark.parametrize("change", [{"checksum": "0" * 32}, {"fileSize": "99"}])
def test_another_version_of_a_file_is_reprocessed(tmp_path: Path, change: dict[str, str]) -> None:
    make_observation(obs_id=EXPOSURE, calib_level=2, proposal_id="1073", filters="F200W")
    ingest_rows("products", tmp_path, file(fileSize="98"))
    Event.objects.all().delete()
    ingest_rows("products", tmp_path, file(**{"fileSize": "98", **change}))
    ingest_rows("products", tmp_path, file(**{"fileSize": "98", **change}))
    assert told() == [("reprocessed", CAL)]


def test_another_version_ends_the_wait_for_reprocessing_and_the_same_does_not(tmp_path: Path) -> None:
    own = make_observation(obs_id=EXPOSURE, calib_level=2, proposal_id="1073", filters="F200W")
    other = make_observation(obs_id="jw01073001001_02101_00002_nrcb1", calib_level=2, proposal_id="1073")
    ingest_rows("products", tmp_path, file(fileSize="98"))
    Observation.objects.update(is_stale=True)
    ingest_rows("products", tmp_path, file(fileSize="98"))
    assert Observation.objects.filter(is_stale=True).count() == 2
    ingest_rows("products", tmp_path, file(fileSize="99"))
    assert list(Observation.objects.filter(is_stale=True)) == [other]
    assert not Observation.objects.get(pk=own.pk).is_stale


def test_words_about_a_file_that_change_are_no_new_version(tmp_path: Path) -> None:
    make_observation(obs_id=EXPOSURE, calib_level=2, proposal_id="1073", filters="F200W")
    ingest_rows("products", tmp_path, file())
    ingest_rows("products", tmp_path, file(obslabel="another"))
    assert [kinds for kinds, _ in told()] == ["new+first+public"]


def test_a_date_of_release_that_is_moved_into_the_past_makes_public(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(t_obs_release=str(FUTURE)))
    ingest_rows("products", tmp_path, file())
    Event.objects.all().delete()
    ingest_rows("observations", tmp_path, observation(t_obs_release="61000"))
    assert told() == [("public", CAL)]


def test_lines_that_are_rejected_tell_nothing(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(s_dec="91"))
    assert told() == []


# The release clock ----------------------------------------------------------------------------------------------------


def closed(**fields: object) -> Observation:
    return make_observation(**{"obs_id": EXPOSURE, "calib_level": 2, "t_obs_release": FUTURE, **fields})


def test_a_release_is_told_by_the_second_and_once() -> None:
    own = closed()
    make_product(own, filename=CAL, product_group="CAL")
    moment = from_mjd(FUTURE)
    assert walk_releases(NOW) == 0
    assert walk_releases(moment - dt.timedelta(seconds=1)) == 0
    assert walk_releases(moment) == 1
    assert walk_releases(moment) == 0
    assert walk_releases(moment + DAY) == 0
    assert told() == [("public", CAL)]
    assert Event.objects.get().at == moment


def test_releases_before_the_first_walk_are_not_told() -> None:
    make_product(closed(t_obs_release=60000.0), filename=CAL)
    assert walk_releases(NOW) == 0


def test_the_later_of_two_dates_counts() -> None:
    own = closed()
    make_product(own, filename=CAL, t_release=FUTURE + 10)
    make_product(own, filename=f"{EXPOSURE}_i2d.fits", t_release=FUTURE - 10)
    walk_releases(NOW)
    assert walk_releases(from_mjd(FUTURE)) == 1
    assert walk_releases(from_mjd(FUTURE + 10)) == 1
    assert told() == [("public", f"{EXPOSURE}_i2d.fits"), ("public", CAL)]


def test_an_observation_without_files_tells_by_its_main_file() -> None:
    closed(data_url=f"mast:JWST/product/{CAL}")
    walk_releases(NOW)
    walk_releases(from_mjd(FUTURE))
    assert told() == [("public", CAL)]


def test_raw_and_auxiliary_files_are_not_told() -> None:
    own = closed()
    make_product(own, filename=RATE, product_group="RATE")
    make_product(own, filename="gs.fits", product_type="AUXILIARY")
    make_product(own, filename="raw.fits", calib_level=1)
    walk_releases(NOW)
    assert walk_releases(from_mjd(FUTURE)) == 0
    assert told() == []


def test_a_clock_that_is_set_back_does_not_tell_again() -> None:
    make_product(closed(), filename=CAL)
    walk_releases(NOW)
    walk_releases(from_mjd(FUTURE))
    walk_releases(NOW)
    walk_releases(from_mjd(FUTURE) + DAY)
    assert told() == [("public", CAL)]


def test_data_that_are_closed_again_are_told_again_when_they_open() -> None:
    own = closed()
    make_product(own, filename=CAL)
    walk_releases(NOW)
    walk_releases(from_mjd(FUTURE))
    Observation.objects.update(t_obs_release=FUTURE + 5)
    walk_releases(from_mjd(FUTURE + 5))
    assert told() == [("public", CAL)] * 2


def test_an_ingest_between_two_walks_is_not_told_twice(tmp_path: Path) -> None:
    make_observation(obs_id=EXPOSURE, calib_level=2, proposal_id="1073", filters="F200W", t_obs_release=FUTURE)
    walk_releases(NOW)
    ingest_rows("products", tmp_path, file(), now=from_mjd(FUTURE) + DAY)
    walk_releases(from_mjd(FUTURE) + 2 * DAY)
    assert told() == [("new+first+public", CAL)]


@pytest.mark.django_db(transaction=True)
def test_a_walk_beside_an_ingest_leaves_the_work_to_the_next() -> None:
    make_product(closed(), filename=CAL)
    walk_releases(NOW)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [0x1A6E57])
            assert walk_releases(from_mjd(FUTURE)) == 0
            cursor.execute("SELECT pg_advisory_unlock(%s)", [0x1A6E57])
    finally:
        other.close()
    assert walk_releases(from_mjd(FUTURE)) == 1


def test_old_events_are_forgotten_but_not_that_a_program_began(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(), observation(obs_id="two"))
    assert forget_events(NOW + EVENTS_KEPT) == 0
    assert forget_events(NOW + EVENTS_KEPT + DAY) == 1
    assert [kinds for kinds, _ in told()] == ["new+first+public"]
