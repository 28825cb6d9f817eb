"""Every count of the filters panel against plain Python over the same rows, for any combination of choices."""

import math
import random
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings as SettingsWrapper
from pytest_django.plugin import DjangoDbBlocker

from archive.clock import from_mjd
from archive.models import Observation
from search.columns import SortKey
from search.criteria import Criteria, Wanted, parse_criteria
from search.facets.model import EnumFacet, FacetPanel, RangeFacet
from search.operators import ConstraintError
from search.results import facet_panel, matched_count, rows_of, run
from tests.factories import NOW_MJD, make_observation, make_observations

pytestmark = pytest.mark.django_db
NOW = from_mjd(NOW_MJD)
ROWS = 160

INSTRUMENTS = ["NIRCAM/IMAGE", "MIRI/IFU", "MIRI/IMAGE", "WFPC2", ""]
FILTERS = ["F200W", "F200W;CLEAR", "CLEAR; F444W", "F444W", "PRISM;F200W", ""]
MISSIONS = ["JWST", "HST", "HLA;HST"]


def random_rows() -> list[dict[str, Any]]:
    rng = random.Random(20260822)  # noqa: S311 - test rows, the same each time
    return [
        {
            "obs_id": f"row{number}",
            "obs_collection": rng.choice(MISSIONS),
            "instrument_name": rng.choice(INSTRUMENTS),
            "filters": rng.choice(FILTERS),
            "wavelength_region": rng.choice(["INFRARED", "Optical;UV", "UV"]),
            "calib_level": rng.choice([-1, 2, 3]),
            "mt_flag": rng.choice([True, False, None]),
            "t_exptime": rng.choice([None, 0.0, 10 ** rng.uniform(-1, 4), 100.0]),
            "t_min": rng.choice([None, rng.uniform(59000, 60500)]),
            "sequence_number": rng.choice([None, rng.randint(1, 90)]),
            "t_obs_release": rng.uniform(NOW_MJD - 300, NOW_MJD + 300),
            "target_name": rng.choice(["NGC-6720", "M-57, north", "!odd", "A..B"]),
            "s_ra": 10.0 + rng.uniform(-0.1, 0.1),
            "s_dec": rng.uniform(-0.1, 0.1),
        }
        for number in range(ROWS)
    ]


@pytest.fixture(scope="module", autouse=True)
def _rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Any:
    """Rows for the whole module: each test only reads them, or adds its own and is rolled back."""
    with django_db_blocker.unblock():
        made = make_observations(random_rows())
        yield
        Observation.objects.filter(pk__in=[row.pk for row in made]).delete()


# The oracle ----------------------------------------------------------------------------------------------------------


def state_of(row: Observation) -> str:
    if row.calib_level == -1:
        return "planned"
    return "exclusive" if row.t_obs_release is not None and row.t_obs_release > NOW_MJD else "public"


def value_of(row: Observation, column: str) -> Any:
    return state_of(row) if column == "state" else getattr(row, {"mtFlag": "mt_flag"}.get(column, column))


def parts(text: str) -> set[str]:
    return {part.strip() for part in text.split(";")}


def suits(row: Observation, column: str, chosen: tuple[str, ...]) -> bool:
    """The filters that the strategy below writes, read by other means than the portal's."""
    value = value_of(row, column)
    if column in {"t_exptime", "t_min", "sequence_number"}:
        low, high = (float(end) if end else None for end in chosen[0].split(".."))
        return value is not None and (low is None or value >= low) and (high is None or value <= high)
    wanted = {text.strip('"') for text in chosen}
    if column in {"obs_collection", "filters", "wavelength_region"}:
        return bool(parts(value) & wanted)
    if column == "mtFlag":
        return value is not None and str(value).lower() in wanted
    return str(value) in wanted


TICKS = {
    "state": ["public", "exclusive", "planned"],
    "obs_collection": ["JWST", "HST", "HLA"],
    "instrument_name": ["NIRCAM/IMAGE", "MIRI/IFU", "WFPC2", '""'],
    "filters": ["F200W", "CLEAR", "F444W", "PRISM", '""'],
    "wavelength_region": ["INFRARED", "Optical", "UV"],
    "calib_level": ["-1", "2", "3"],
    "target_name": ["NGC-6720", "M-57, north", '"!odd"', '"A..B"'],
    "mtFlag": ["true", "false"],
}
RANGES = {
    "t_exptime": ["0..", "100..", "..100", "1..500", "20000.."],
    "t_min": ["59200..60000", "60000..", "..59500"],
    "sequence_number": ["5..40", "..7", "90.."],
}
FILTERS_OF = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.sets(st.sampled_from(values), min_size=1).map(tuple) for name, values in TICKS.items()},
        **{name: st.sampled_from(values).map(lambda text: (text,)) for name, values in RANGES.items()},
    },
)
ALL = (*TICKS, *RANGES)


def criteria_of(chosen: dict[str, tuple[str, ...]], **more: Any) -> Criteria:
    filters = tuple(Wanted(name, tuple(sorted(texts))) for name, texts in sorted(chosen.items()))
    return Criteria(q="10 0 r=0.3", filters=filters, facets=ALL, **more)


def facet(panel: FacetPanel, name: str) -> Any:
    return next(facet for facet in panel.facets if facet.column.name == name)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILTERS_OF)
def test_each_facet_counts_what_the_other_filters_leave(chosen: dict[str, tuple[str, ...]]) -> None:
    page = run(criteria_of(chosen, size=1000), NOW, with_panel=True)
    rows = list(Observation.objects.all())
    kept = [row for row in rows if all(suits(row, name, texts) for name, texts in chosen.items())]
    assert (page.count, page.total) == (len(kept), ROWS)
    assert {row.obsid for row in page.rows} == {row.obsid for row in kept}
    assert page.panel is not None
    for name in ALL:
        left = [
            row for row in rows if all(suits(row, other, texts) for other, texts in chosen.items() if other != name)
        ]
        if name in RANGES:
            check_range(facet(page.panel, name), left, rows)
        else:
            check_enum(facet(page.panel, name), left, chosen.get(name, ()))


def check_enum(found: EnumFacet, left: list[Observation], chosen: tuple[str, ...]) -> None:
    name = found.column.name
    counted: Counter[str] = Counter()
    for row in left:
        value = value_of(row, name)
        if name in {"obs_collection", "filters", "wavelength_region"}:
            counted.update(parts(value))
        elif value is not None:
            counted[str(value).lower() if isinstance(value, bool) else str(value)] += 1
    assert {value.value: value.count for value in found.values if value.count} == dict(counted)
    assert {value.text for value in found.values if value.checked} == set(chosen)
    assert not found.typed


def check_range(found: RangeFacet, left: list[Observation], rows: list[Observation]) -> None:
    name = found.column.name
    known = [value for row in rows if (value := value_of(row, name)) is not None]
    values = [value for row in left if (value := value_of(row, name)) is not None]
    assert (found.low, found.high) == (min(known), max(known))
    assert sum(bar.count for bar in found.bins) == len(values)
    assert found.unknown == len(left) - len(values)
    for number, bar in enumerate(found.bins):
        is_last = number == len(found.bins) - 1
        within = [value for value in values if bar.low <= value and (value < bar.high or is_last)]
        assert bar.count == len(within)
    assert len(found.bins) <= 82
    assert all(one.high == other.low for one, other in zip(found.bins, found.bins[1:], strict=False))


def test_exposures_over_decades_stand_on_a_logarithmic_axis_with_a_bar_for_zero() -> None:
    found = facet(facet_panel(criteria_of({}), NOW), "t_exptime")
    assert found.logarithmic
    assert found.bins[0].low == 0.0
    ratios = {round(math.log10(bar.high / bar.low), 2) for bar in found.bins[2:-1]}
    assert len(ratios) <= 2
    assert not facet(facet_panel(criteria_of({}), NOW), "t_min").logarithmic


def test_a_click_on_a_value_gives_the_count_that_it_promised() -> None:
    panel = facet_panel(criteria_of({"filters": ("F200W",)}), NOW)
    for value in facet(panel, "instrument_name").values:
        assert run(parse_criteria(QueryDict(value.query)), NOW).count == value.count
    for value in facet(panel, "target_name").values:
        assert run(parse_criteria(QueryDict(value.query)), NOW).count == value.count


def test_operators_in_a_facet_are_kept_as_they_were_typed() -> None:
    query = QueryDict("q=10+0+r%3D0.3&f.instrument_name=!MIRI*&f.t_exptime=>5&f.t_min.from=59200&f.t_min.to=")
    panel = facet_panel(parse_criteria(query), NOW)
    assert facet(panel, "instrument_name").typed == "!MIRI*"
    assert facet(panel, "t_exptime").typed == ">5"
    assert (facet(panel, "t_min").chosen_low_text, facet(panel, "t_min").chosen_high) == ("59200", None)


def test_the_keyword_filter_looks_into_every_value_of_a_row() -> None:
    make_observation(obs_id="jw00797011001_02101", s_ra=10.0, s_dec=0.0)
    make_observation(obs_id="jw00797-o011_t001", t_min=50000.5, s_ra=10.0, s_dec=0.0)
    make_observation(obs_id="jw00797-o012_t001", obs_title="A Hidden Title", s_ra=10.0, s_dec=0.0)

    def found(text: str) -> set[str]:
        return {row.observation.obs_id for row in run(criteria_of({}, text=text, size=1000), NOW).rows}

    assert found("jw00797(011|-o011)") == {"jw00797011001_02101", "jw00797-o011_t001"}
    assert found("hidden title$") == {"jw00797-o012_t001"}
    assert found("^1995-10-10 12:00$") == {"jw00797-o011_t001"}
    assert found("jw00797.*hidden") == set()
    make_observation(obs_id="with-picture", jpeg_url="mast:HST/product/odk369fdq.jpg", s_ra=10.0, s_dec=0.0)
    assert found("odk369fdq") == {"with-picture"}
    with pytest.raises(ConstraintError, match="Look-around"):
        facet_panel(criteria_of({}, text="(?=a)"), NOW)


def test_all_rows_of_a_search_are_those_of_its_pages() -> None:
    criteria = criteria_of({"instrument_name": ("MIRI/IFU", "WFPC2")}, size=50)
    numbers: list[int] = []
    page = run(criteria, NOW)
    while True:
        numbers += [row.obsid for row in page.rows]
        if not page.links.next:
            break
        page = run(parse_criteria(QueryDict(page.links.next)), NOW)
    assert numbers == list(rows_of(criteria, NOW).values_list("obsid", flat=True))
    assert str(matched_count(criteria, NOW)) == str(len(numbers))


def test_counts_beyond_the_limits_say_at_least(settings: SettingsWrapper) -> None:
    settings.LOAD_LIMIT_ROWS, settings.EXPORT_LIMIT_ROWS = 20, 50
    count = matched_count(criteria_of({}), NOW)
    assert (str(count), count.loads, count.exports) == ("50+", False, False)
    page = run(criteria_of({}, size=50), NOW, with_panel=True)
    assert (page.count, page.is_exact, len(page.rows), page.links.last) == (50, False, 50, "")
    assert page.panel is not None
    assert page.panel.too_many
    assert page.messages[-1].code == "many-rows"
    second = run(parse_criteria(QueryDict(page.links.next)), NOW)
    assert second.first_number == 51
    settings.EXPORT_LIMIT_ROWS = 500
    assert run(criteria_of({}, page="last", size=50), NOW).last_number == ROWS


def test_zero_rows_say_which_criterion_takes_the_last_one_away() -> None:
    query = "obs_id=row1*&instrument_name=NONE&t_exptime=>=0"
    with CaptureQueriesContext(connection) as queries:
        page = run(parse_criteria(QueryDict(query)), NOW)
    message = page.messages[0]
    assert (message.code, message.remedy) == ("last-row", "Search without Instrument")
    expected = Observation.objects.filter(obs_id__startswith="row1", t_exptime__gte=0).count()
    assert f"{expected} observations match" in message.text
    assert run(parse_criteria(QueryDict(message.query)), NOW).count == expected
    assert len(queries) <= 8


def test_a_value_that_only_begins_others_is_offered_with_its_wildcard() -> None:
    expected = Observation.objects.filter(instrument_name__startswith="MIRI").count()
    alone = run(parse_criteria(QueryDict("instrument_name=MIRI")), NOW).messages[0]
    assert (alone.code, alone.remedy) == ("exact-value", "Search Instrument MIRI*")
    assert run(parse_criteria(QueryDict(alone.query)), NOW).count == expected
    with_mission = run(parse_criteria(QueryDict("instrument_name=MIRI&obs_id=row*")), NOW).messages[0]
    assert with_mission.code == "last-row"
    assert [choice.label for choice in with_mission.choices] == ["Instrument MIRI*"]
    for value in ("NONE", "MIRI*", "!MIRI/IFU", "A..B", '"MIRI"', "M", "a,b", "mi;ri", "%%'\\"):
        try:
            page = run(Criteria(wanted=(Wanted("instrument_name", (value,)),)), NOW)
        except ConstraintError:
            continue
        assert page.count or page.messages[0].code == "no-rows", value


def test_hidden_rows_say_which_filter_hides_them() -> None:
    page = run(criteria_of({"obs_collection": ("JWST",), "instrument_name": ("NONE",)}), NOW)
    (message,) = page.messages
    assert (message.code, message.remedy) == ("all-filtered", "Clear Instrument")
    assert run(parse_criteria(QueryDict(message.query)), NOW).count > 0


@pytest.mark.parametrize("radius_deg", [0.02, 0.07])
@pytest.mark.parametrize("sort", [(), (SortKey("distance", descending=True),), (SortKey("t_min"),)])
def test_pages_and_distances_of_a_part_are_those_of_plain_sql(radius_deg: float, sort: tuple[SortKey, ...]) -> None:
    """Around a position rows are read by a rough test and told by their distance: none is lost, none added."""
    criteria = Criteria(q=f"10 0 r={radius_deg}", facets=(*ALL, "distance"), size=50, sort=sort)
    expected = list(rows_of(criteria, NOW).values_list("obsid", flat=True))
    assert 0 < len(expected) < ROWS
    found, page = [], run(criteria, NOW, with_panel=True)
    assert page.panel is not None
    distance = facet(page.panel, "distance")
    assert distance.low >= 0
    assert distance.high <= 3600 * radius_deg
    assert (page.total, sum(bar.count for bar in distance.bins)) == (len(expected), len(expected))
    while True:
        found += [row.obsid for row in page.rows]
        if not page.links.next:
            break
        page = run(parse_criteria(QueryDict(page.links.next)), NOW)
    assert found == expected


@pytest.mark.parametrize("with_panel", [True, False])
def test_page_and_panel_cost_few_queries_whatever_is_chosen(with_panel: bool) -> None:
    chosen = {"filters": ("F200W", "!CLEAR"), "t_exptime": ("1..",), "state": ("public",)}
    with CaptureQueriesContext(connection) as queries:
        page = run(criteria_of(chosen), NOW, with_panel=with_panel)
    assert not page.failed
    assert len(queries) <= 8


def test_pages_of_a_result_too_large_to_load_hold_the_same_rows(settings: SettingsWrapper) -> None:
    """By keys alone, forward and back, through values that are not known."""
    criteria = criteria_of({}, size=50, sort=(SortKey("instrument_name", descending=True), SortKey("t_exptime")))
    expected = list(rows_of(criteria, NOW).values_list("obsid", flat=True))
    settings.LOAD_LIMIT_ROWS = 20
    pages, page = [], run(criteria, NOW)
    while True:
        pages.append([row.obsid for row in page.rows])
        assert page.first_number == 50 * (len(pages) - 1) + 1
        if not page.links.next:
            break
        page = run(parse_criteria(QueryDict(page.links.next)), NOW)
    assert [number for numbers in pages for number in numbers] == expected
    for earlier in reversed(pages[:-1]):
        page = run(parse_criteria(QueryDict(page.links.previous)), NOW)
        assert [row.obsid for row in page.rows] == earlier
