"""Names offered for one that no resolver knows."""

import pytest

from archive.models import Name
from archive.names import name_key
from search.resolver.spelling import MOST, near_names
from tests.factories import make_observation, make_observations

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Adromeda", "Andromeda"),
        ("ring nebual", "Ring Nebula"),
        ("Whirlpol Galaxy", "Whirlpool Galaxy"),
        ("horse head nebulla", "Horsehead Nebula"),
        ("SMACS-J0723-73", "SMACS-J0723.3-7327"),
        ("Whirligig Cloud", "Whirlygig Cloud"),
    ],
)
def test_a_slip_of_the_pen_finds_the_name_that_was_meant(typed: str, meant: str) -> None:
    Name.objects.create(
        key=name_key("Whirlygig Cloud"), name="Whirlygig Cloud", canonical_name="x", ra_deg=1.0, dec_deg=1.0
    )
    make_observations([{"target_name": name} for name in ("SMACS-J0723.3-7327", "SMACS-J0723.3-7327", "DARK")])
    assert meant in near_names(typed)


def test_each_name_is_offered_once_and_few_of_them() -> None:
    make_observations(
        [{"target_name": f"BRIGHT-STAR-{number}"} for number in range(10)] + [{"target_name": "RING NEBULA"}]
    )
    assert len(near_names("BRIGHT-STARR-1")) == MOST
    assert [name_key(name) for name in near_names("ring nebla")].count("RINGNEBULA") == 1


@pytest.mark.parametrize("typed", ["", "x", "qwertzuiop", "\\", "%%%%", "____", "'; --", "é" * 3000, "(((", "\u202e"])
def test_nothing_like_it_offers_nothing(typed: str) -> None:
    make_observation(target_name="NGC-6720")
    assert near_names(typed) == []
