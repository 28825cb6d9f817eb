"""Pages by key: every walk, either way, by any column, is the full order cut into pages."""

import base64
import datetime as dt
import json
import random
from dataclasses import replace

import pytest
from django.http import QueryDict

from archive.models import Observation
from search.columns import OBSERVATION_COLUMNS, SortKey
from search.criteria import Criteria, parse_criteria
from search.page import ResultsPage
from search.paging import Order, PageKey, PageKeyError, read_page_key
from search.results import run
from tests.factories import make_observations, square

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
SORTABLE = [column.name for column in OBSERVATION_COLUMNS if column.sortable]
#: Three full pages of 20 rows and one more row.
ROWS = 61
ORDER = Order.of((SortKey("t_min"), SortKey("obs_id")), OBSERVATION_COLUMNS)


def search(query: str) -> ResultsPage:
    return run(parse_criteria(QueryDict(query)), NOW)


@pytest.fixture
def mixture() -> None:
    """Rows in one circle whose values repeat, lack, and differ in the last digit only."""
    chance = random.Random(5)  # noqa: S311 - rows, not secrets
    times = [None, 59770.1, 59770.1 + 1e-11, 0.1 + 0.2, 0.3, 1e-300, -4.5, 1e17]
    rows = []
    for _ in range(ROWS):
        ra, dec = 10 + chance.choice([0.0, 0.01, 0.07, 0.08]), chance.choice([0.0, -0.02])
        rows.append(
            {
                "s_ra": ra,
                "s_dec": dec,
                "s_region": square(ra, dec, 0.015),
                "t_min": chance.choice(times),
                "t_max": chance.choice(times),
                "t_exptime": chance.choice(times),
                "t_obs_release": chance.choice(times),
                "em_min": chance.choice(times),
                "src_den": chance.choice(times),
                "sequence_number": chance.choice([None, -1, 0, 3]),
                "mt_flag": chance.choice([None, True, False]),
                "calib_level": chance.choice([-1, 0, 1, 2, 3, 4]),
                "target_name": chance.choice(["", "m31", "M31", "Ωmega", "a b", "ab", "\u00e9", "日本", "'quote\""]),
                "obs_collection": chance.choice(["JWST", "HST", "TESS"]),
                "filters": chance.choice(["", "F200W", "F200W;CLEAR"]),
                "proposal_id": chance.choice(["1", "10", "9", ""]),
            }
        )
    make_observations(rows)


def walk(criteria: Criteria, link: str) -> list[int]:
    """All pages of 20 rows by one kind of link; from the last page when the link leads back."""
    page = run(replace(criteria, size=20, page="last" if link == "previous" else ""), NOW)
    seen: list[int] = []
    while True:
        assert [row.number for row in page.rows] == list(range(page.first_number, page.last_number + 1))
        obsids = [row.obsid for row in page.rows]
        seen = seen + obsids if link == "next" else obsids + seen
        address = getattr(page.links, link)
        if not address:
            return seen
        page = run(replace(criteria, size=20, page=QueryDict(address)["page"]), NOW)
        assert not page.failed, page.messages


def assert_walks(criteria: Criteria) -> None:
    full = [row.obsid for row in run(criteria, NOW).rows]
    assert len(set(full)) == ROWS
    assert walk(criteria, "next") == full
    assert walk(criteria, "previous") == full


@pytest.mark.django_db
@pytest.mark.parametrize("column", SORTABLE)
def test_a_walk_by_any_column_is_the_full_order_either_way(mixture: None, column: str) -> None:
    for descending in (False, True):
        assert_walks(Criteria(q="10 0 r=0.2", sort=(SortKey(column, descending),)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sort", ["", "-t_min,sequence_number", "mtFlag,-t_min,target_name", "obs_collection,-obsid,t_min"]
)
def test_a_walk_by_several_columns_too(mixture: None, sort: str) -> None:
    assert_walks(parse_criteria(QueryDict(f"q=10+0+r%3D0.2&sort={sort}")))


@pytest.mark.django_db
def test_what_is_not_known_comes_last_in_either_direction(mixture: None) -> None:
    for sort in ("t_min", "-t_min"):
        times = [row.observation.t_min for row in search(f"q=10+0+r%3D0.2&size=1000&sort={sort}").rows]
        known = [time for time in times if time is not None]
        assert times == sorted(known, reverse=sort.startswith("-")) + [None] * (ROWS - len(known))


@pytest.mark.django_db
def test_pages_tell_which_rows_of_how_many_they_hold(mixture: None) -> None:
    first = search("q=10+0&size=50")
    assert (first.first_number, first.last_number, first.count) == (1, 50, 61)
    assert (first.links.first, first.links.previous) == ("", "")
    following = search(first.links.next)
    assert (following.first_number, following.last_number) == (51, 61)
    last = search(first.links.last)
    assert last.rows == following.rows
    assert (last.first_number, last.last_number) == (51, 61)
    assert (last.links.next, last.links.last) == ("", "")
    assert search(last.links.first).rows == first.rows
    assert [row.number for row in search(last.links.previous).rows] == list(range(1, 51))


@pytest.mark.django_db
def test_the_way_back_from_an_odd_place_ends_with_a_full_first_page(mixture: None) -> None:
    rows = search("q=10+0&size=50&sort=obsid").rows
    key = PageKey(backward=True, values=(rows[7].obsid,)).write()
    page = search(f"q=10+0&size=50&sort=obsid&page={key}")
    assert (page.first_number, page.last_number) == (1, 50)


@pytest.mark.django_db
def test_filters_count_in_the_numbers_of_a_page(mixture: None) -> None:
    full = [row.obsid for row in search("q=10+0&size=1000&f.obs_collection=JWST&f.obs_collection=HST").rows]
    criteria = parse_criteria(QueryDict("q=10+0&f.obs_collection=JWST&f.obs_collection=HST"))
    assert walk(criteria, "next") == walk(criteria, "previous") == full


@pytest.mark.django_db
def test_a_key_past_the_end_leads_back_to_the_first_page(mixture: None) -> None:
    key = PageKey(values=(10**12,)).write()
    page = search(f"q=10+0&sort=obsid&page={key}")
    assert page.failed
    assert page.messages[0].code == "page"
    assert search(page.messages[0].query).first_number == 1


@pytest.mark.django_db
def test_a_key_of_a_row_that_is_gone_still_finds_its_place(mixture: None) -> None:
    first = search("q=10+0&size=50&sort=obsid")
    gone = first.rows[-1].obsid
    Observation.objects.filter(obsid=gone).delete()
    following = search(first.links.next)
    assert following.first_number == 50
    assert following.rows[0].obsid > gone


# Keys ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [(59770.1 + 1e-11, "a", 5), (None, "", -5), (0.1, "日本 '\"\\", 2**62), (5e-324, "\u202e", 0), (7, "x", 1)],
)
@pytest.mark.parametrize("backward", [True, False])
def test_a_key_is_read_back_exactly(values: tuple[float | None, str, int], backward: bool) -> None:
    key = PageKey(backward, values)
    assert read_page_key(key.write(), ORDER) == key
    assert key.write().replace(".", "").replace("_", "").replace("-", "").isalnum()


def packed(value: object) -> str:
    return "after." + base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "first",
        "after",
        "after.",
        "before.%%%",
        "after.AAAA",
        "sideways." + packed([1.0, "a", 5])[6:],
        packed([1.0, "a"]),
        packed([1.0, "a", 5, 6]),
        packed({"t_min": 1}),
        packed("abc"),
        packed([1.0, "a", None]),
        packed([1.0, "a", 5.5]),
        packed([1.0, "a", "5"]),
        packed([1.0, 5, 5]),
        packed([1.0, "a\0", 5]),
        packed([1.0, "\ud800", 5]),
        packed([float("nan"), "a", 5]),
        packed([float("inf"), "a", 5]),
        packed([10**400, "a", 5]),
        packed([1.0, "a", 2**63]),
        packed([True, "a", 5]),
        packed([[1.0], "a", 5]),
        packed([1.0, {"x": 1}, 5]),
        "after." + base64.urlsafe_b64encode(b"[" * 3000).decode(),
        "after." + base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        "after." + base64.urlsafe_b64encode(b'[1e999,"a",5]').decode(),
        "after." + base64.urlsafe_b64encode(b"[" + b"9" * 2900 + b',"a",5]').decode(),
        "ａfter.W10",
        "after.日本",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(PageKeyError):
        read_page_key(text, ORDER)
