"""The help beside the search box: it stands in every panel, a part for each collection."""

import pytest
from django.test import Client
from django.urls import reverse

from search.collections import COLLECTIONS
from tests.factories import make_observation
from tests.functional.search.test_results_page import page_of, ring

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["search:home", "search:results"])
def test_the_help_tells_the_forms_of_every_collection_and_the_traps_of_names(client: Client, name: str) -> None:
    make_observation(**ring())
    page = page_of(client.get(reverse(name), {"q": "M57 r=1m"} if name == "search:results" else {}))
    parts = {a["data-collection"]: ("hidden" in a, text) for a, text in page.all("dl", class_="forms-help")}
    assert set(parts) == {each.slug for each in COLLECTIONS}
    assert [slug for slug, (hidden, _) in parts.items() if not hidden] == ["observations"]
    words = parts["observations"][1]
    for trap in ("mu eri", "taurus", "Arp 2", "M51", "r=0 the exact point", "g102.0373+59.7711"):
        assert trap in words, trap
