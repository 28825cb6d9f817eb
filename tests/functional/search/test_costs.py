"""What a results page costs the database: statements as they are sent, those around transactions included."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import Settings as SettingsWrapper

from accounts.models import User
from archive.models import Observation
from tests.factories import make_observation, make_observations, make_product, square

# real transactions: in the one of a test, BEGIN and COMMIT would be savepoints, or nothing
pytestmark = pytest.mark.django_db(transaction=True)

MOST = 12
RING = "M57 r=2m"
Sent = Callable[[Client, str, dict[str, str]], int]

KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "around a name": ("search:results", {"q": RING}),
    "around a position": ("search:results", {"q": "283.39624 33.02914 r=2m"}),
    "around a target name": ("search:results", {"q": "RING-SURVEY r=2m"}),
    "programs": ("search:results", {"q": "1558", "collection": "proposals"}),
    "observation ids": ("search:results", {"q": "ring*", "collection": "obsids"}),
    "criteria alone": ("search:results", {"obs_collection": "JWST", "t_min": ">=59000"}),
    "filtered": ("search:results", {"q": RING, "f.state": "public", "f.text": "ring"}),
    "all filtered": ("search:results", {"q": RING, "f.obs_collection": "K2"}),
    "the last page": ("search:results", {"q": RING, "size": "50", "page": "last"}),
    "with previews": ("search:results", {"q": RING, "view": "previews"}),
    "as an album": ("search:results", {"q": RING, "view": "album"}),
    "nothing around a position": ("search:results", {"q": "10 10 r=1m"}),
    "nothing for the criteria": ("search:results", {"q": RING, "instrument_name": "NONE", "t_min": "<10"}),
    "a name that nobody knows": ("search:results", {"q": "Nobodys Nebula"}),
    "a criterion that is none": ("search:results", {"q": RING, "nonsense": "1"}),
    "the panel with the rows": ("search:filters", {"q": RING}),
    "the panel, rows and previews": ("search:filters", {"q": "RING-SURVEY r=2m", "view": "previews"}),
    "the panel, filtered": ("search:filters", {"q": RING, "f.t_exptime": "1..5000", "f.text": "ring"}),
}


@pytest.fixture
def holdings(settings: SettingsWrapper) -> None:
    settings.RESOLVER = ["holdings", "openngc", "targets"]
    place = {"s_ra": 283.39624, "s_dec": 33.02914, "s_region": square(283.39624, 33.02914, 0.02)}
    rows = make_observations(
        [{**place, "proposal_id": "1558", "target_name": "RING-SURVEY", "t_exptime": 10.0 + n} for n in range(120)]
    )
    make_product(rows[0])
    make_product(make_observation(**place), product_type="PREVIEW", extension=".jpg")


@pytest.fixture
def sent() -> Sent:
    """Statements of a page that nobody has asked for since the holdings changed."""

    def count(client: Client, name: str, parameters: dict[str, str], **more: Any) -> int:
        Observation.objects.filter(obs_id="in the basket").update(obs_title="")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(name), parameters, **more).status_code in {200, 400}
        return len(captured)

    return count


def with_session(client: Client) -> Client:
    """Somebody with a basket, several tabs and a saved search."""
    first = make_observation(obs_id="in the basket")
    make_product(first)
    client.post(reverse("basket:add"), {"obsid": [first.obsid]})
    for query in ("M57 r=1m", RING, "M57 r=3m"):
        client.get(reverse("search:results"), {"q": query})
    client.post(reverse("search:save"), {"name": "Ring", "query": "collection=observations&q=M57%20r%3D2m"})
    return client


def signed_in(client: Client) -> Client:
    client.force_login(User.objects.create(email="ring@example.org"))
    return with_session(client)


PEOPLE: dict[str, Callable[[Client], Client]] = {
    "somebody new": lambda client: client,
    "with a session": with_session,
    "signed in": signed_in,
}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.usefixtures("holdings")
def test_no_page_of_results_sends_more_than_twelve_statements(client: Client, sent: Sent, who: str) -> None:
    somebody = PEOPLE[who](client)
    sent(somebody, "search:results", {"q": RING})  # what is kept in memory, once
    for parameters in KINDS.values():
        sent(somebody, *parameters)  # the tab is there
    costs = {kind: sent(somebody, *parameters) for kind, parameters in KINDS.items()}
    assert {kind: number for kind, number in costs.items() if number > MOST} == {}
    assert costs["around a name"] <= 8


@pytest.mark.usefixtures("holdings")
def test_a_new_tab_among_too_many_and_a_new_session_stay_below_twelve_too(client: Client, sent: Sent) -> None:
    sent(client, "search:results", {"q": RING})
    assert sent(client, "search:results", {"q": "M57 r=4m"}) <= MOST  # the session begins
    for number in range(14):
        assert sent(client, "search:results", {"q": f"M57 r={number + 1}s"}) <= MOST
    assert client.session["tabs"]


@pytest.mark.usefixtures("holdings")
def test_a_page_that_was_asked_for_before_reads_no_rows_again(client: Client, sent: Sent) -> None:
    address = reverse("search:results")
    sent(client, "search:results", {"q": RING})  # the session begins
    first = sent(client, "search:results", {"q": RING})
    with CaptureQueriesContext(connection) as again:
        page = client.get(address, {"q": RING})
    assert "121" in page.content.decode()
    assert len(again) < first
    assert not [query["sql"] for query in again if "t_exptime" in query["sql"]]
