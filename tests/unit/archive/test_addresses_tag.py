"""The address tag is Django's own, but for how often it looks up."""

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, reverse, set_script_prefix


def rendered(text: str, **variables: object) -> str:
    return Template(text).render(Context(variables))


def test_an_address_without_arguments_is_that_of_the_url_map() -> None:
    for _ in range(2):
        assert rendered("{% url 'search:results' %}") == reverse("search:results")
        assert rendered("{% url 'search:results' as here %}[{{ here }}]") == f"[{reverse('search:results')}]"


def test_an_address_with_arguments_is_made_of_them_each_time() -> None:
    text = "{% url 'search:observation' obsid %}"
    assert rendered(text, obsid=1) == reverse("search:observation", args=[1])
    assert rendered(text, obsid=2) == reverse("search:observation", args=[2])


def test_a_name_from_a_variable_is_looked_up_each_time() -> None:
    assert rendered("{% url view %}", view="search:home") == reverse("search:home")
    assert rendered("{% url view %}", view="search:results") == reverse("search:results")


def test_a_name_that_the_url_map_does_not_have_is_an_error_or_nothing() -> None:
    with pytest.raises(NoReverseMatch):
        rendered("{% url 'search:nowhere' %}")
    assert rendered("{% url 'search:nowhere' as there %}[{{ there }}]") == "[]"


def test_a_portal_below_a_prefix_has_its_addresses_there() -> None:
    plain = rendered("{% url 'search:results' %}")
    set_script_prefix("/archive/")
    try:
        assert rendered("{% url 'search:results' %}") == f"/archive{plain}"
    finally:
        set_script_prefix("/")
    assert rendered("{% url 'search:results' %}") == plain
