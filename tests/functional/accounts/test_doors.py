"""Role by door: who gets the bytes of an exclusive file, through every address and every other way out.

The addresses come from the portal itself. An address that stands neither in `doors.DOORS` nor in
`metadata_addresses.txt` fails here: say there which of the two it is, and give a door its row.
"""

import datetime as dt
import io
import logging
import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver
from pytest_django import Settings

from accounts.models import User
from accounts.throttle import redis_server
from archive.clock import to_mjd
from archive.models import Held, Listing, Observation, Product, Program
from notifications.models import OutboxMail
from tests.deliveries import FUTURE, NOW, PAST, observation, product
from tests.functional.accounts.doors import CANARY, DOORS, World, body
from tests.people import Roles, make_roles
from tests.unit.mastportal.test_addresses import addresses

pytestmark = pytest.mark.django_db

METADATA = set((Path(__file__).parent / "metadata_addresses.txt").read_text(encoding="utf-8").split())
MAY = {"granted", "leader", "staff"}
ROLES = ["anonymous", "stranger", "expired", "granted", "leader", "staff"]
ROWS = [(address, knock) for address, knocks in DOORS.items() for knock in knocks]


@pytest.fixture(autouse=True)
def _own_disk(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = (tmp_path / "storage").as_uri()
    settings.STAGING_ROOT = tmp_path / "staging"
    settings.STAGING_FREE_BYTES = 0
    settings.ARCHIVE_NOW = NOW


def listed(made: Product, **facts: object) -> Product:
    Listing.objects.create(parent=made.observation, own=made.observation, product=made, recommended=True)
    Product.objects.filter(pk=made.pk).update(extension=Path(made.filename).suffix, **facts)
    made.refresh_from_db()
    return made


@pytest.fixture
def roles(db: None) -> Roles:
    return make_roles(Program.objects.create(mission="JWST", number="2733"), NOW)


def world_of(roles: Roles, role: str) -> World:
    own: Observation = observation("jw02733-o001_t001_miri_f770w", FUTURE)
    person: User | None = roles.named()[role]
    client = Client()
    if person:
        client.force_login(person)
    return World(
        program=Program.objects.get(),
        observation=own,
        exclusive=listed(product(own, "a_cal.fits", CANARY)),
        preview=listed(product(own, "a_cal.jpg", CANARY), product_type="PREVIEW"),
        public=listed(product(observation("jw02733-o002_t001_miri_f770w", PAST), "b_cal.fits", b"public")),
        person=person,
        staff=roles.staff,
        client=client,
    )


def test_every_address_is_a_door_or_gives_no_bytes() -> None:
    known = METADATA | {address for address in DOORS if address.startswith("/")}
    assert set(addresses(get_resolver())) == known


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("address", "knock"), ROWS, ids=[knock.__name__ for _, knock in ROWS])
def test_a_door_opens_to_those_who_may(role: str, address: str, knock: object, roles: Roles) -> None:
    world = world_of(roles, role)
    assert callable(knock)
    assert (CANARY in knock(world)) == (role in MAY), f"{role} at {address}"


@pytest.mark.parametrize("role", ["anonymous", "stranger", "expired"])
def test_no_other_address_lets_the_canary_out(
    role: str, roles: Roles, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each address is asked with the numbers of the exclusive file; answers, logs, mails and caches are searched."""
    world = world_of(roles, role)
    caplog.set_level(logging.DEBUG)
    facts = f"?obsid={world.observation.pk}&collection=proposals&q=2733&pn=2733&product={world.exclusive.pk}"
    for address in sorted(METADATA - {"/admin/"}):
        for number in (world.observation.pk, world.exclusive.pk):
            path = _filled(address, number)
            answer = world.client.get(path + facts)
            assert answer.status_code < 500, path
            assert CANARY not in body(answer), path
    for knocks in DOORS.values():
        for knock in knocks:
            if knock.__name__ not in {"staged_after_rights_ended", "viewer", "cutout"}:
                assert CANARY not in knock(world)
    assert CANARY.decode() not in caplog.text
    assert CANARY.decode() not in "".join(capsys.readouterr())
    assert CANARY.decode() not in str(list(OutboxMail.objects.values()))
    stored = io.BytesIO(b"".join(value for key in redis_server().scan_iter() if (value := redis_server().dump(key))))
    assert CANARY not in stored.getvalue()
    assert not cache.get(str(world.exclusive.pk))


def _filled(address: str, number: int) -> str:
    if address.startswith("/programs/") or "/accounts/programs/" in address:
        return address.replace("<>", "JWST", 1).replace("<>", "2733", 1)
    if address.startswith("/hips/"):
        return address.replace("<>", "0")
    return re.sub("<>", str(number), address)


def test_the_second_of_release_opens_every_door(roles: Roles, settings: Settings) -> None:
    world = world_of(roles, "anonymous")
    place = f"/basket/files/{world.exclusive.pk}/a_cal.fits"
    Observation.objects.filter(pk=world.observation.pk).update(t_obs_release=to_mjd(NOW))
    settings.ARCHIVE_NOW = NOW - dt.timedelta(seconds=1)
    assert world.client.get(place).status_code == 401
    settings.ARCHIVE_NOW = NOW
    assert body(world.client.get(place)) == CANARY


def test_the_refused_page_leads_to_the_pi(roles: Roles) -> None:
    world = world_of(roles, "stranger")
    text = body(world.client.get(f"/basket/files/{world.exclusive.pk}/a_cal.fits")).decode()
    assert "/accounts/programs/JWST/2733/ask/" in text
    assert world.exclusive.held == Held.YES
