"""The resolver chain: one contract for every link, then what is each link's own."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db.models.functions import Now
from pytest_django.fixtures import Settings as SettingsWrapper

from archive.models import Name
from archive.names import name_key
from search.checks import resolver_links_are_known
from search.models import CachedResolution
from search.resolver import chain
from search.resolver.cache import recall, remember
from search.resolver.exoplanets import Exoplanets, star_of
from search.resolver.holdings import Holdings
from search.resolver.identifiers import Identifiers
from search.resolver.interfaces import Link, Resolution, UnreachableError
from search.resolver.moving import is_solar_system_name
from search.resolver.openngc import OpenNgc, similar
from search.resolver.sesame import Sesame
from search.resolver.spelling import near_names
from search.resolver.targets import Targets
from tests.factories import make_observation, make_observations
from tests.services.sesame import SesameServer, playing_sesame

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def _sesame() -> Iterator[SesameServer]:
    with playing_sesame() as server:
        yield server


@pytest.fixture
def sesame_server(_sesame: SesameServer) -> SesameServer:
    _sesame.manner, _sesame.asked, _sesame.elsewhere = "well", [], 0
    return _sesame


def make_name(name: str = "My Own Star", **fields: object) -> Name:
    given = {"canonical_name": name, "ra_deg": 12.5, "dec_deg": -3.25, "radius_deg": None, **fields}
    return Name.objects.create(key=name_key(name), name=name, **given)


# One contract --------------------------------------------------------------------------------------------------------

KNOWN = {
    "holdings": "My Own Star",
    "openngc": "NGC 6720",
    "targets": "FIELD-7",
    "identifiers": "TIC 261136679",
    "exoplanets": "TOI 172.01",
    "sesame": "Veil Star",
}
HOSTILE = [
    "",
    " ",
    "'; DROP TABLE archive_name; --",
    "%",
    "_",
    "\\",
    '"',
    "x" * 5000,
    "名前",
    "../../etc/passwd",
    "a\nb",
]


@pytest.fixture(params=KNOWN)
def link(request: pytest.FixtureRequest, sesame_server: SesameServer) -> Link:
    make_name()
    make_observation(target_name="FIELD-7", s_ra=80.0, s_dec=-69.0)
    make_observation(target_name="TOI-172", s_ra=316.7, s_dec=-26.7)
    make_observation(obs_collection="TESS", target_name="261136679", s_ra=84.3, s_dec=-80.5)
    kinds: dict[str, Callable[[], Link]] = {
        "holdings": Holdings,
        "identifiers": Identifiers,
        "exoplanets": Exoplanets,
        "openngc": OpenNgc,
        "targets": Targets,
        "sesame": lambda: Sesame(2.0, [sesame_server.address]),
    }
    return kinds[request.param]()


def test_every_link_knows_its_own_names_in_any_letter_case(link: Link) -> None:
    for spelling in (KNOWN[link.name], KNOWN[link.name].upper(), KNOWN[link.name].lower()):
        found = link.look_up(spelling)
        assert found is not None
        assert found.canonical_name
        assert found.resolver
        assert 0 <= found.ra_deg < 360
        assert -90 <= found.dec_deg <= 90


def test_every_link_says_none_to_names_that_nobody_has(link: Link) -> None:
    assert link.look_up("qwertzuiop 99999") is None


@pytest.mark.parametrize("name", HOSTILE)
def test_every_link_takes_any_text(link: Link, name: str) -> None:
    assert link.look_up(name) is None


def test_every_link_stands_in_the_registry_under_its_name(link: Link) -> None:
    assert chain.LINKS[link.name]().name == link.name


# The archive's own names and ids -------------------------------------------------------------------------------------


def test_an_ingested_name_brings_its_size_and_type() -> None:
    make_name("M 999", canonical_name="Made Up", radius_deg=1.5, resolver="NED", object_type="G")
    assert Holdings().look_up("m 0999") == Resolution("Made Up", 12.5, -3.25, "NED", 1.5, "G")


def test_observation_ids_give_the_place_of_the_observation() -> None:
    make_observation(obs_collection="HST", obs_id="n4ro01020", s_ra=10.0, s_dec=1.0)
    make_observation(obs_id="jw02736-o001_t001_nircam_clear-f090w", s_ra=110.8, s_dec=-73.4)
    make_observation(obs_collection="HLA", obs_id="hst_9401_01_acs_wfc_f475w", s_ra=20.0, s_dec=2.0)
    places = {
        "N4RO01020": (10.0, 1.0),
        "n4ro01020": (10.0, 1.0),
        "n4ro01": (10.0, 1.0),
        "jw02736-o001_t001_nircam_clear-f090w": (110.8, -73.4),
        "9401_01_acs_wfc_f475w": (20.0, 2.0),
    }
    for text, place in places.items():
        found = Holdings().look_up(text)
        assert found is not None, text
        assert (found.ra_deg, found.dec_deg) == place
    assert Holdings().look_up("n4ro02") is None


# Target names --------------------------------------------------------------------------------------------------------


def test_a_target_name_is_the_mean_place_of_its_observations_across_ra_zero() -> None:
    make_observations([{"target_name": "EDGE 12", "s_ra": ra, "s_dec": 5.0} for ra in (359.9, 0.1)])
    found = Targets().look_up("edge-12")
    assert found is not None
    assert min(found.ra_deg, 360 - found.ra_deg) < 1e-6
    assert found.dec_deg == pytest.approx(5.0, abs=1e-4)


@pytest.mark.parametrize("spelling", ["NGC-0602", "NGC 602", "ngc602", "NGC_602", "NGC0602", "N G C 602"])
def test_target_names_are_found_in_the_usual_spellings(spelling: str) -> None:
    make_observation(target_name=spelling, s_ra=22.37, s_dec=-73.56)
    found = Targets().look_up("ngc 602")
    assert found is not None
    assert found.canonical_name == spelling


def test_a_name_used_all_over_the_sky_is_no_place() -> None:
    make_observations([{"target_name": "DARK", "s_ra": ra, "s_dec": 0.0} for ra in (10.0, 11.5)])
    make_observations([{"target_name": "ANY", "s_ra": ra, "s_dec": 0.0} for ra in (0.0, 180.0)])
    assert Targets().look_up("dark") is None
    assert Targets().look_up("any") is None


def test_moving_targets_have_no_place() -> None:
    make_observation(target_name="COMET-X", mt_flag=True)
    make_observation(target_name="NOWHERE", s_ra=None, s_dec=None)
    assert Targets().look_up("comet-x") is None
    assert Targets().look_up("nowhere") is None


def test_target_names_are_looked_up_by_an_index(django_assert_num_queries: Callable[..., object]) -> None:
    make_observations([{"target_name": f"T {n}"} for n in range(300)])
    from django.db import connection

    from search.resolver.targets import _observations_of

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE archive_observation")  # the rows of earlier tests are in its figures else
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "archive_obs_target_compact" in _observations_of("T 5").order_by().explain()


# OpenNGC -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "canonical", "ra_deg", "dec_deg"),
    [
        # positions of SIMBAD, degrees; the catalogues agree within a few arc-seconds
        ("M57", "NGC 6720", 283.396236, 33.029134),
        ("m 057", "NGC 6720", 283.396236, 33.029134),
        ("ring nebula", "NGC 6720", 283.396236, 33.029134),
        ("NGC-6720", "NGC 6720", 283.396236, 33.029134),
        ("M-57", "NGC 6720", 283.396236, 33.029134),
        ("M31", "NGC 224", 10.684708, 41.268750),
        ("NGC 0224", "NGC 224", 10.684708, 41.268750),
        ("Andromeda", "NGC 224", 10.684708, 41.268750),
        ("M101", "NGC 5457", 210.802429, 54.348750),
        ("M102", "NGC 5457", 210.802429, 54.348750),
        ("M1", "NGC 1952", 83.6287, 22.0147),
        ("Antennae", "NGC 4038", 180.4708, -18.8676),
    ],
)
def test_catalogue_objects_are_where_simbad_has_them(name: str, canonical: str, ra_deg: float, dec_deg: float) -> None:
    found = OpenNgc().look_up(name)
    assert found is not None
    assert found.canonical_name == canonical
    assert found.ra_deg == pytest.approx(ra_deg, abs=0.005)
    assert found.dec_deg == pytest.approx(dec_deg, abs=0.005)


def test_catalogue_objects_bring_half_their_major_axis() -> None:
    andromeda, ring = OpenNgc().look_up("M31"), OpenNgc().look_up("M57")
    assert andromeda is not None
    assert andromeda.radius_deg == pytest.approx(177.83 / 2 / 60)
    assert andromeda.object_type == "Galaxy"
    assert ring is not None
    assert ring.radius_deg is not None
    assert ring.radius_deg < 0.2


def test_objects_that_do_not_exist_are_not_resolved() -> None:
    assert OpenNgc().look_up("IC 67") is None


def test_a_slip_of_the_pen_gets_a_suggestion() -> None:
    assert similar("Andromida") == ["Andromeda"]
    assert "Ring Nebula" in similar("ring nebla")
    assert similar("qwertzuiop") == []


def test_suggestions_name_the_archives_own_entries_first() -> None:
    make_name("Whirlygig Cloud")
    assert near_names("whirligig cloud")[0] == "Whirlygig Cloud"


# Stars and planets of the missions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target_name", "canonical", "resolver"),
    [
        ("TIC 261136679", "261136679", "TIC 261136679", "TIC"),
        ("tic261136679", "TIC 261136679", "TIC 261136679", "TIC"),
        ("KIC 8462852", "kplr008462852", "KIC 8462852", "KEPLER"),
        ("Kplr008462852", "kplr008462852", "KIC 8462852", "KEPLER"),
        ("EPIC 212779563", "ktwo212779563", "EPIC 212779563", "K2"),
        ("KTWO212779563", "EPIC 212779563", "EPIC 212779563", "K2"),
    ],
)
def test_input_catalogues_name_the_stars_that_were_observed(
    name: str, target_name: str, canonical: str, resolver: str
) -> None:
    make_observation(target_name=target_name, s_ra=84.25, s_dec=-80.5)
    found = Identifiers().look_up(name)
    assert found is not None
    assert (found.canonical_name, found.resolver) == (canonical, resolver)
    assert found.ra_deg == pytest.approx(84.25)
    assert chain.resolve(name, [Holdings(), Identifiers(), OpenNgc(), Targets()]).resolution == found


@pytest.mark.parametrize("name", ["WASP-39 b", "wasp-39b"])
def test_a_planet_stands_where_its_star_does(name: str) -> None:
    make_observation(target_name="WASP-39", s_ra=217.326, s_dec=-3.444)
    found = chain.resolve(name, [Holdings(), OpenNgc(), Targets(), Exoplanets()]).resolution
    assert found is not None
    assert (found.canonical_name, found.resolver, found.object_type) == (name, "EXO", "exoplanet")
    assert found.ra_deg == pytest.approx(217.326)


@pytest.mark.parametrize(
    ("name", "star"),
    [
        ("TOI 172 b", "TOI 172"),
        ("TOI-172.01", "TOI-172"),
        ("55 Cnc e", "55 Cnc"),
        ("K2-18b", "K2-18"),
        ("NGC 4038b", ""),
        ("WASP-39 B", ""),
        ("M 51 b", ""),
        ("b", ""),
    ],
)
def test_a_small_letter_after_a_star_names_its_planet(name: str, star: str) -> None:
    assert star_of(name) == star


# Sesame --------------------------------------------------------------------------------------------------------------


def test_sesame_tells_position_name_service_and_type(sesame_server: SesameServer) -> None:
    found = Sesame(2.0, [sesame_server.address]).look_up("Veil Star")
    assert found == Resolution("* veil Sta", 10.5, -20.25, "SIMBAD", None, "**")


@pytest.mark.parametrize("name", ["β Pic", "a&b?c/d#e"])
def test_names_reach_sesame_letter_by_letter(sesame_server: SesameServer, name: str) -> None:
    assert Sesame(2.0, [sesame_server.address]).look_up(name) is not None
    assert sesame_server.asked == [name]


@pytest.mark.parametrize("manner", ["broken", "page", "bomb", "error", "huge", "far", "words", "redirect"])
def test_a_broken_answer_is_no_answer(sesame_server: SesameServer, manner: str) -> None:
    sesame_server.manner = manner
    with pytest.raises(UnreachableError, match="could not be reached"):
        Sesame(2.0, [sesame_server.address]).look_up("Veil Star")
    assert sesame_server.elsewhere == 0


@pytest.mark.parametrize("manner", ["slow", "drip"])
def test_a_slow_answer_costs_no_more_than_the_time_out(sesame_server: SesameServer, manner: str) -> None:
    sesame_server.manner = manner
    begun = time.monotonic()
    with pytest.raises(UnreachableError):
        Sesame(0.4, [sesame_server.address, sesame_server.address]).look_up("Veil Star")
    assert time.monotonic() - begun < 1.5


def test_the_second_host_answers_when_the_first_is_away(sesame_server: SesameServer) -> None:
    assert Sesame(2.0, ["http://127.0.0.1:9", sesame_server.address]).look_up("deep galaxy") is not None


def test_a_dead_network_is_left_alone_for_a_minute(sesame_server: SesameServer) -> None:
    clock = [1000.0]
    sesame = Sesame(5.0, [sesame_server.address], monotonic=lambda: clock[0])
    sesame_server.manner = "error"
    for _ in range(3):
        with pytest.raises(UnreachableError):
            sesame.look_up("Veil Star")
    assert len(sesame_server.asked) == 1
    sesame_server.manner = "well"
    clock[0] += 61
    assert sesame.look_up("Veil Star") is not None


def test_many_searches_at_once_wait_for_a_dead_network_only_once(sesame_server: SesameServer) -> None:
    sesame_server.manner = "slow"
    sesame = Sesame(0.5, [sesame_server.address])

    def ask(number: int) -> str:
        with pytest.raises(UnreachableError) as caught:
            sesame.look_up(f"name {number}")
        return str(caught.value)

    begun = time.monotonic()
    with ThreadPoolExecutor(6) as threads:
        reasons = list(threads.map(ask, range(6)))
    assert time.monotonic() - begun < 2.0
    assert len(sesame_server.asked) == 1
    assert len(reasons) == 6


def test_sesame_tells_what_the_other_services_say_and_the_memory_keeps_it(sesame_server: SesameServer) -> None:
    links = [Sesame(2.0, [sesame_server.address])]
    for _ in range(2):
        finding = chain.resolve("two places", links)
        assert finding.resolution is not None
        assert finding.resolution.resolver == "SIMBAD"
        assert [(other.resolver, other.ra_deg) for other in finding.others] == [("NED", 40.0)]
    assert len(sesame_server.asked) == 1


def test_what_the_network_said_before_stands_beside_a_local_answer(sesame_server: SesameServer) -> None:
    remember("NGC 6720", Resolution("M 57", 100.0, 20.0, "SIMBAD", others=(Resolution("M 57", 101.0, 20.0, "NED"),)))
    finding = chain.resolve("NGC 6720", [OpenNgc(), Sesame(2.0, [sesame_server.address])])
    assert [other.resolver for other in finding.others] == ["SIMBAD", "NED"]
    assert sesame_server.asked == []


# The chain and its memory --------------------------------------------------------------------------------------------


def test_the_first_link_that_knows_a_name_wins(sesame_server: SesameServer) -> None:
    make_name("M57", canonical_name="Our M57", ra_deg=1.0, dec_deg=2.0)
    finding = chain.resolve("M57", [Holdings(), OpenNgc(), Sesame(2.0, [sesame_server.address])])
    assert finding.resolution is not None
    assert finding.resolution.canonical_name == "Our M57"
    assert [other.resolver for other in finding.others] == ["OpenNGC"]
    assert sesame_server.asked == []


def test_network_answers_are_asked_once(sesame_server: SesameServer) -> None:
    links = [Sesame(2.0, [sesame_server.address])]
    for name in ("Veil Star", "veil star", "VEIL  STAR", "nothing 1", "Nothing 01"):
        chain.resolve(name, links)
    assert sesame_server.asked == ["Veil Star", "nothing 1"]
    first = chain.resolve("veil star", links).resolution
    assert first is not None
    assert first.canonical_name == "* veil Sta"


def test_unknown_names_are_asked_again_after_hours_and_known_ones_after_months(sesame_server: SesameServer) -> None:
    links = [Sesame(2.0, [sesame_server.address])]
    chain.resolve("Veil Star", links)
    chain.resolve("nothing", links)
    CachedResolution.objects.update(asked_at=Now() - dt.timedelta(hours=7))
    chain.resolve("Veil Star", links)
    chain.resolve("nothing", links)
    assert sesame_server.asked == ["Veil Star", "nothing", "nothing"]
    CachedResolution.objects.update(asked_at=Now() - dt.timedelta(days=91))
    chain.resolve("Veil Star", links)
    assert sesame_server.asked[-1] == "Veil Star"


def test_a_failure_is_said_and_not_kept_as_unknown(sesame_server: SesameServer) -> None:
    sesame_server.manner = "error"
    finding = chain.resolve("Veil Star", [OpenNgc(), Sesame(2.0, [sesame_server.address])])
    assert finding.resolution is None
    assert "could not be reached" in finding.unreachable
    assert not CachedResolution.objects.exists()


def test_old_unknown_names_are_forgotten() -> None:
    remember("one", None)
    CachedResolution.objects.update(asked_at=Now() - dt.timedelta(days=1))
    remember("two", Resolution("Two", 1.0, 2.0, "SIMBAD"))
    assert list(CachedResolution.objects.values_list("key", flat=True)) == ["TWO"]
    assert recall("one") is None


def test_a_later_answer_takes_the_place_of_an_earlier_one() -> None:
    remember("one", Resolution("One", 1.0, 2.0, "SIMBAD", 0.5, "G"))
    remember("ONE", Resolution("One B", 3.0, 4.0, "NED"))
    kept = recall("one")
    assert kept is not None
    assert kept.resolution == Resolution("One B", 3.0, 4.0, "NED")


@pytest.mark.parametrize(
    "name", ["Jupiter", "titan", "67P", "67P/Churyumov-Gerasimenko", "C/2017 K2", "2I/Borisov", "(433) Eros"]
)
def test_what_moves_is_known_to_move(name: str) -> None:
    assert is_solar_system_name(name)


@pytest.mark.parametrize("name", ["M57", "47 Tuc", "T Tau", "PDS 70", "IC 10", "C 14", "Ion", "12P3"])
def test_what_stands_still_is_not_taken_for_a_planet(name: str) -> None:
    assert not is_solar_system_name(name)


def test_a_resolver_that_does_not_exist_stops_the_start(settings: SettingsWrapper) -> None:
    settings.RESOLVER = ["holdings", "simbad"]
    (error,) = resolver_links_are_known(None)
    assert error.id == "search.E001"
    assert "simbad" in error.msg
    settings.RESOLVER = list(chain.LINKS)
    assert resolver_links_are_known(None) == []
