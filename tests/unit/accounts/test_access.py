"""Who may fetch a file: `decide` and its queryset twin, role by role and second by second."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.access import Person, Reason, Rights, decide, readable_by
from accounts.models import Grant, Lead, User
from archive.clock import to_mjd
from archive.models import Observation, Product, Program
from tests.factories import make_observation, make_product
from tests.people import make_roles

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


# The program's people ------------------------------------------------------------------------------------------------


def roles_of(product: Product) -> dict[str, User | None]:
    program = Program.objects.create(mission="JWST", number="2736")
    return make_roles(program, NOW).named()


MAY = {"leader", "granted", "staff"}


def test_an_exclusive_file_is_for_the_programs_people() -> None:
    product = file_released(FUTURE)
    assert {name for name, person in roles_of(product).items() if answer(person, product)} == MAY


def test_the_reason_says_by_which_right() -> None:
    product = file_released(FUTURE)
    texts = {name: decide(person, product, NOW).text for name, person in roles_of(product).items()}
    assert texts["leader"] == "PI of Program 2736; exclusive until 2026-04-20"
    assert texts["granted"] == "granted by the PI until 2026-01-21; exclusive until 2026-04-20"
    assert texts["expired"] == texts["stranger"] == "exclusive until 2026-04-20 · Program 2736"


def test_a_planned_observation_gives_its_own_people_no_file() -> None:
    product = file_released(None, calib_level=-1)
    assert not [name for name, person in roles_of(product).items() if answer(person, product)]


def test_a_right_of_one_program_opens_no_other() -> None:
    people = roles_of(file_released(FUTURE))
    other = make_product(
        make_observation(proposal_id="27360", t_obs_release=to_mjd(FUTURE), obs_collection="JWST"),
        filename="other.fits",
    )
    same_number = make_product(
        make_observation(proposal_id="2736", t_obs_release=to_mjd(FUTURE), obs_collection="HST"),
        filename="hst.fits",
    )
    for product in (other, same_number):
        assert {name for name, person in people.items() if answer(person, product)} == {"staff"}


def test_a_grant_ends_by_the_second() -> None:
    product = file_released(FUTURE)
    person = stranger()
    program = Program.objects.create(mission="JWST", number="2736")
    Grant.objects.create(program=program, email=person.email, user=person, granted_at=PAST, ends_at=NOW)
    assert answer(person, product, NOW - SECOND)
    assert not answer(person, product, NOW)


def test_a_revoked_grant_and_a_closed_account_open_nothing() -> None:
    product = file_released(FUTURE)
    people = roles_of(product)
    Grant.objects.filter(user=people["granted"]).update(revoked_at=NOW)
    assert not answer(people["granted"], product)
    leader = people["leader"]
    assert leader is not None
    leader.is_active = False
    assert not answer(leader, product)


DATES = st.sampled_from([None, PAST, NOW - SECOND, NOW, NOW + SECOND, FUTURE])


@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    observation=DATES,
    own=DATES,
    calib_level=st.sampled_from([-1, 0, 2]),
    leads=st.booleans(),
    granted=st.booleans(),
    ends=DATES,
    revoked=st.booleans(),
    is_staff=st.booleans(),
    is_active=st.booleans(),
)
def test_both_forms_of_the_decision_agree_on_everything(
    *,
    observation: dt.datetime | None,
    own: dt.datetime | None,
    calib_level: int,
    leads: bool,
    granted: bool,
    ends: dt.datetime | None,
    revoked: bool,
    is_staff: bool,
    is_active: bool,
) -> None:
    with transaction.atomic():
        product = file_released(observation, own, calib_level=calib_level)
        program = Program.objects.create(mission="JWST", number="2736")
        person = User.objects.create(email="one@example.org", is_staff=is_staff, is_active=is_active)
        if leads:
            Lead.objects.create(program=program, email=person.email, user=person, since=PAST)
        if granted:
            Grant.objects.create(
                program=program,
                email=person.email,
                user=person,
                granted_at=PAST,
                ends_at=ends,
                revoked_at=PAST if revoked else None,
            )
        rights = Rights(person, NOW)
        assert decide(person, product, NOW, rights) == decide(person, product, NOW)
        answer(person, product)
        assert decide(None, product, NOW).allowed <= decide(person, product, NOW).allowed
        transaction.set_rollback(True)
