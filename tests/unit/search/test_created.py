"""Create Columns: what is read, what is refused, and the numbers in the database against plain Python."""

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pytest
from astropy import units
from django.http import QueryDict

from archive.models import Observation
from search.criteria import CriteriaError, parse_criteria
from search.narrowing import rows_of
from search.results import run
from tests.factories import make_observation, make_observations, square

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
FIELD = square(283.39624, 33.02914, 0.02)
Values = Callable[[Observation], float | None]


def criteria_with(*expressions: str, **parameters: str) -> Any:
    query = QueryDict(mutable=True)
    query["q"] = "283.39624 33.02914 r=2m"
    for number, expression in enumerate(expressions):
        query[f"c.made{number}"] = expression
    query.update(parameters)
    return parse_criteria(query)


@pytest.mark.parametrize(
    ("text", "expression", "unit"),
    [
        ("t_exptime/60", "t_exptime/60", ""),
        ("t_exptime / 60 [min]", "t_exptime/60[min]", "min"),
        ("em_max/em_min[km/s]", "em_max/em_min[km.s**-1]", "km/s"),
        (" t_exptime ÷ 60.0 ", "t_exptime/60", ""),
        ("em_max-em_min", "em_max-em_min", "nm"),
        ("t_max − t_min", "t_max-t_min", "d"),
        ("em_min × 1e-3", "em_min*0.001", ""),
        ("2*-3.5", None, None),
        ("t_exptime * -1", "t_exptime*-1", ""),
        ("1/t_exptime", "1/t_exptime", ""),
        ("t_exptime*s_ra", "t_exptime*s_ra", "deg.s"),
        ("em_max/em_min", "em_max/em_min", ""),
        ("log10( t_exptime )", "log10(t_exptime)", ""),
        ("exp10(calib_level)", "exp10(calib_level)", ""),
        ("distance-5", "distance-5", "arcsec"),
    ],
)
def test_expressions_are_read_into_one_spelling_with_a_unit(text: str, expression: str | None, unit: str) -> None:
    if expression is None:
        with pytest.raises(CriteriaError, match="Nothing but numbers"):
            criteria_with(text)
        return
    created = criteria_with(text).created[0]
    assert created.expression == expression
    assert units.Unit(created.column.unit) == units.Unit(unit)
    again = parse_criteria(QueryDict(criteria_with(text).to_query_string()))
    assert again.created == criteria_with(text).created


HOSTILE = [
    "",
    " ",
    "t_exptime",
    "t_exptime+",
    "t_exptime 60",
    "t_exptime//60",
    "t_exptime**2",
    "(t_exptime)/60",
    "t_exptime/60/60",
    "t_exptime/60;DROP TABLE archive_observation",
    "t_exptime/(SELECT 1)",
    "t_exptime/60--",
    "t_exptime/1e309",
    "t_exptime/1e-400",
    "t_exptime*1e151",
    "t_exptime/NaN",
    "t_exptime/inf",
    "t_exptime/target_name",
    "obsid/2",
    "hpx+1",
    "log10(5)",
    "log10(t_exptime",
    "sqrt(t_exptime)",
    "t_exptime\0/60",
    "t_exptime/٦٠",
    "\u202et_exptime/60",
    "<script>alert(1)</script>",
    "(" * 5000,
    "t_exptime" + "9" * 10_000,
    "em_min+t_exptime",
    "made0/2",
    "t_exptime/60[min",
    "t_exptime/60[furlongs]",
    "t_exptime/60[" + "m" * 5000 + "]",
    "t_exptime/60[<b>]",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_expression_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(CriteriaError) as refusal:
        criteria_with(text)
    assert refusal.value.text
    assert refusal.value.remedy
    assert len(refusal.value.text) < 300


@pytest.mark.parametrize("name", ["", "1a", "a b", "a.b", "t_min", "T_MIN", "q", "sort", "ä", "x" * 31, "a'b", "a\0"])
def test_names_are_words_that_nothing_else_has(name: str) -> None:
    with pytest.raises(CriteriaError) as refusal:
        parse_criteria(_query(name))
    assert refusal.value.remedy


def _query(name: str) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update({"q": "M57", f"c.{name}": "t_exptime/60"})
    return query


def test_a_created_column_is_no_criterion_and_there_are_ten_at_most() -> None:
    with pytest.raises(CriteriaError, match="no criterion"):
        criteria_with("t_exptime/60", made0="5")
    with pytest.raises(CriteriaError, match="11 columns"):
        criteria_with(*["t_exptime/60"] * 11)


# Numbers -------------------------------------------------------------------------------------------------------------


def ratio(first: float | None, second: float | None) -> float | None:
    return None if first is None or second in {None, 0} else first / (second or math.nan)


CALCULATED: list[tuple[str, Values]] = [
    ("t_exptime/60", lambda row: ratio(row.t_exptime, 60.0)),
    ("t_exptime/0", lambda row: None),
    ("em_max/em_min", lambda row: ratio(row.em_max, row.em_min)),
    ("100/em_min", lambda row: ratio(100.0, row.em_min)),
    ("em_max-em_min", lambda row: None if None in {row.em_max, row.em_min} else row.em_max - row.em_min),  # type: ignore[operator]  # neither is None
    ("log10(t_exptime)", lambda row: math.log10(row.t_exptime) if row.t_exptime and row.t_exptime > 0 else None),
    ("exp(calib_level)", lambda row: math.exp(row.calib_level) if row.calib_level is not None else None),
    ("exp10(t_exptime)", lambda row: 10**row.t_exptime if row.t_exptime is not None and row.t_exptime < 300 else None),
    ("calib_level*2", lambda row: None if row.calib_level is None else 2.0 * row.calib_level),
]


@pytest.fixture
def rows(transactional_db: None) -> list[Observation]:
    kinds: list[dict[str, Any]] = [
        {"t_exptime": 120.0, "em_min": 600.0, "em_max": 900.0},
        {"t_exptime": 0.0, "em_min": 0.0, "em_max": 5.0},
        {"t_exptime": -5.0, "em_min": None, "em_max": 5.0},
        {"t_exptime": None, "em_min": 1e-3, "em_max": None, "calib_level": -1},
        {"t_exptime": 1e200, "em_min": 1e-200, "em_max": 1e200},
        {"t_exptime": math.inf, "em_min": math.nan, "em_max": -math.inf},
    ]
    return make_observations([{"s_region": FIELD, **kind} for kind in kinds])


@pytest.mark.parametrize(("expression", "value"), CALCULATED)
def test_values_are_those_of_plain_python_and_what_is_no_number_is_empty(
    rows: list[Observation], expression: str, value: Values
) -> None:
    found = {row.obsid: getattr(row, "created_made0") for row in rows_of(criteria_with(expression), NOW)}  # noqa: B009 - an annotation
    for row in rows[:4]:
        expected = value(row)
        assert found[row.obsid] == (None if expected is None else pytest.approx(expected, rel=1e-12)), row.t_exptime
    assert all(number is None or math.isfinite(number) for number in found.values())


@pytest.mark.parametrize("operation", "+-*/")
@pytest.mark.parametrize("other", ["em_max", "1e150", "1e-150", "0"])
def test_nothing_overflows(rows: list[Observation], operation: str, other: str) -> None:
    page = run(criteria_with(f"em_min{operation}{other}", sort="made0"), NOW)
    assert not page.failed
    assert page.count == len(rows)


def test_pages_by_key_go_through_every_row_once_in_the_created_order(transactional_db: None) -> None:
    made = make_observations(
        [{"s_region": FIELD, "t_exptime": float(n * 7 % 120) if n % 9 else None} for n in range(120)]
    )
    for sort, reverse in (("made0", False), ("-made0", True)):
        seen: list[int] = []
        criteria = criteria_with("t_exptime/7", sort=sort, size="50")
        while True:
            page = run(criteria, NOW)
            seen += [row.obsid for row in page.rows]
            if not page.links.next:
                break
            criteria = parse_criteria(QueryDict(page.links.next))
        assert sorted(seen) == sorted(row.obsid for row in made)
        values = {row.obsid: row.t_exptime for row in made}
        known = [values[obsid] for obsid in seen if values[obsid] is not None]
        assert known == sorted(known, reverse=reverse)  # type: ignore[type-var]  # none is None
        assert all(values[obsid] is None for obsid in seen[len(known) :])


def test_a_filter_and_its_facet_go_by_the_created_values(transactional_db: None) -> None:
    make_observations([{"s_region": FIELD, "t_exptime": float(n)} for n in range(0, 600, 60)])
    page = run(criteria_with("t_exptime/60", **{"f.made0": "2..4"}, facets="made0"), NOW, with_panel=True)
    assert (page.count, page.total) == (3, 10)
    assert page.panel
    assert "made0" in [facet.column.name for facet in page.panel.facets]


def test_a_distance_is_computed_with_only_around_a_position(db: None) -> None:
    make_observation(s_region=FIELD)
    query = QueryDict("collection=proposals&q=1558&c.far=distance/60")
    page = run(parse_criteria(query), NOW)
    assert page.failed
    assert "only in a search around a position" in page.messages[0].text
