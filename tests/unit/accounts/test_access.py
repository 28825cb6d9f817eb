"""Who may fetch a file: `decide` and its queryset twin, role by role and second by second."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.access import Person, Reason, decide, readable_by
from accounts.models import User
from archive.clock import to_mjd
from archive.models import Observation, Product

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
FUTURE, PAST = NOW + dt.timedelta(days=90), NOW - dt.timedelta(days=90)

pytestmark = pytest.mark.django_db


def file_released(observation: dt.datetime | None, own: dt.datetime | None = None, *, calib_level: int = 2) -> Product:
    row = Observation.objects.create(
        obs_collection="JWST",
        obs_id="jw02736001001_02101_00001_nrca1",
        proposal_id="2736",
        calib_level=calib_level,
        t_obs_release=to_mjd(observation) if observation else None,
    )
    created = Product.objects.create(
        uri=f"mast:JWST/product/{row.obs_id}_cal.fits",
        filename=f"{row.obs_id}_cal.fits",
        observation=row,
        t_release=to_mjd(own) if own else None,
    )
    return Product.objects.select_related("observation").get(pk=created.pk)


def answer(person: Person, product: Product, now: dt.datetime = NOW) -> bool:
    """Both forms of the decision, which must agree."""
    listed = readable_by(Product.objects.all(), person, now).filter(pk=product.pk).exists()
    assert listed == decide(person, product, now).allowed
    return listed


def stranger() -> User:
    return User.objects.create_user("stranger@example.org", "a long enough password")


def staff() -> User:
    return User.objects.create_user("staff@example.org", "a long enough password", is_staff=True)


def test_a_public_file_is_for_everyone() -> None:
    product = file_released(PAST)
    for person in (None, AnonymousUser(), stranger(), staff()):
        assert answer(person, product)


def test_a_file_without_any_date_is_public() -> None:
    decision = decide(None, product := file_released(None), NOW)
    assert answer(None, product)
    assert (decision.reason, decision.text) == (Reason.PUBLIC, "public")


def test_an_exclusive_file_is_for_staff_alone() -> None:
    product = file_released(FUTURE)
    for person in (None, AnonymousUser(), stranger()):
        assert not answer(person, product)
    assert answer(staff(), product)


def test_the_refusal_names_date_and_program() -> None:
    decision = decide(None, file_released(FUTURE), NOW)
    assert decision.text == "exclusive until 2026-04-20 · Program 2736"
    assert decision.release == FUTURE


def test_staff_who_left_have_no_rights() -> None:
    former = staff()
    former.is_active = False
    assert not answer(former, file_released(FUTURE))


def test_the_second_of_release() -> None:
    product = file_released(NOW)
    assert not answer(None, product, NOW - SECOND)
    assert answer(None, product, NOW)
    assert answer(None, product, NOW + SECOND)


@pytest.mark.parametrize(
    ("observation", "own", "allowed"),
    [
        (PAST, FUTURE, False),
        (FUTURE, PAST, False),
        (None, FUTURE, False),
        (FUTURE, None, False),
        (PAST, PAST, True),
        (None, PAST, True),
    ],
)
def test_the_later_of_the_two_dates_counts(
    observation: dt.datetime | None, own: dt.datetime | None, allowed: bool
) -> None:
    assert answer(None, file_released(observation, own)) is allowed


def test_a_planned_observation_gives_nobody_a_file() -> None:
    product = file_released(None, calib_level=-1)
    for person in (None, stranger(), staff()):
        assert not answer(person, product)
