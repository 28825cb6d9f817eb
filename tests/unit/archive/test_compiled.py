"""Statements that are composed once and run with other values."""

import pytest

from archive.compiled import Compiled
from archive.models import Name


def by_key() -> Compiled:
    return Compiled(lambda: Name.objects.filter(key="the key", ra_deg__lt=90).values_list("name"), {"key": "the key"})


@pytest.mark.django_db
def test_each_call_asks_with_its_own_values() -> None:
    for name in ("one", "two"):
        Name.objects.create(key=name, name=f"Name {name}", canonical_name=name, ra_deg=10, dec_deg=0)
    ask = by_key()
    assert [ask(key=key) for key in ("one", "two", "x'; --", "one")] == [
        [("Name one",)],
        [("Name two",)],
        [],
        [("Name one",)],
    ]


@pytest.mark.django_db
def test_what_is_no_mark_stays_as_it_was() -> None:
    Name.objects.create(key="far", name="Far", canonical_name="far", ra_deg=91, dec_deg=0)
    assert by_key()(key="far") == []


def test_a_mark_that_the_statement_does_not_have_is_an_error() -> None:
    ask = Compiled(lambda: Name.objects.filter(key="other").values_list("name"), {"key": "the key"})
    with pytest.raises(ValueError, match="no parameter for key"):
        ask(key="one")
