"""The release calendar of a program: days, months, folded gaps, and searches that find what it counts."""

import datetime as dt

import pytest
from django.http import QueryDict

from archive.clock import to_mjd
from search.criteria import parse_criteria
from search.programs import program_details
from search.release_calendar import MAX_LINES, CalendarDay, ReleaseCalendar
from search.results import run
from tests.factories import make_observation, make_observations, make_planned

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)


def release(*moments: dt.datetime) -> None:
    make_observations([{"proposal_id": "4735", "t_obs_release": to_mjd(moment)} for moment in moments])


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def calendar() -> ReleaseCalendar:
    details = program_details("JWST", "4735", NOW)
    assert details is not None
    return details.calendar


def found_by(query: str) -> int:
    count = run(parse_criteria(QueryDict(query)), NOW).count
    assert count is not None
    return count


def days_with_releases(found: ReleaseCalendar) -> list[CalendarDay]:
    return [day for line in found.lines for day in line.days if day.count]


def test_a_day_counts_what_became_and_what_will_become_public() -> None:
    release(at("2026-01-19T23:59:59.999"), at("2026-01-20T00:00"), at("2026-01-20T11:59"), at("2026-01-20T12:01"))
    make_planned(proposal_id="4735", t_obs_release=to_mjd(at("2026-01-20T10:00")))
    found = calendar()
    first, second = days_with_releases(found)
    assert (first.released, first.coming, first.is_today) == (1, 0, False)
    assert (second.released, second.coming, second.is_today) == (2, 1, True)
    assert second.text == "2026-01-20: 2 released, 1 will become public"
    assert (found.next_release, found.days_to_next, found.undated) == (second, 0, 0)


def test_its_searches_find_what_it_counts() -> None:
    release(at("2025-12-31T23:59:59"), at("2026-01-01T00:00"), at("2026-01-31T23:59:59"), at("2026-02-01T00:00"))
    make_planned(proposal_id="4735", t_obs_release=to_mjd(at("2026-01-10T10:00")))
    details = program_details("JWST", "4735", NOW)
    assert details is not None
    found = details.calendar
    for day in days_with_releases(found):
        assert found_by(day.query) == day.count
    assert [found_by(line.query) for line in found.lines] == [line.count for line in found.lines]
    assert [found_by(line.query) for line in details.states] == [line.count for line in details.states] == [2, 2, 1]
    assert [line.count for line in found.lines] == [1, 2, 1]


def test_months_follow_each_other_and_long_gaps_share_a_line() -> None:
    release(at("2025-01-05"), at("2025-04-05"), at("2026-05-05"))
    lines = [(line.month.isoformat()[:7], line.last.isoformat()[:7], len(line.days)) for line in calendar().lines]
    assert lines == [
        ("2025-01", "2025-01", 31),
        ("2025-02", "2025-02", 28),
        ("2025-03", "2025-03", 31),
        ("2025-04", "2025-04", 30),
        ("2025-05", "2025-12", 0),
        ("2026-01", "2026-01", 31),  # today's
        ("2026-02", "2026-04", 0),
        ("2026-05", "2026-05", 31),
    ]
    assert [day.day for line in calendar().lines for day in line.days if day.is_today] == [NOW.date()]
    assert calendar().days_to_next == 105


def test_once_all_is_public_the_calendar_ends_with_the_last_release() -> None:
    release(at("2022-06-03"))
    found = calendar()
    assert [line.month for line in found.lines] == [dt.date(2022, 6, 1)]
    assert (found.next_release, found.earlier) == (None, 0)


def test_of_many_months_the_newest_are_shown_and_the_others_counted() -> None:
    release(*(dt.datetime(2000 + n // 12, n % 12 + 1, 15, tzinfo=dt.UTC) for n in range(60)))
    found = calendar()
    assert [found.lines[0].month, found.lines[-1].month] == [dt.date(2002, 1, 1), dt.date(2004, 12, 1)]
    assert len(found.lines) == MAX_LINES
    assert found_by(found.earlier_query) == found.earlier == 24


@pytest.mark.parametrize("mjd", [None, 1e12, -1e12, 2_973_000.0, -678_576.0, -1e300])
def test_a_release_that_no_calendar_reaches_is_counted_by_itself(mjd: float | None) -> None:
    make_observation(proposal_id="4735", t_obs_release=mjd)
    found = calendar()
    assert (found.lines, found.undated) == ((), 1)


@pytest.mark.parametrize("mjd", [-678_575.0, 2_972_999.9])
def test_the_ends_of_the_calendar(mjd: float) -> None:
    make_observation(proposal_id="4735", t_obs_release=mjd)
    (day,) = days_with_releases(calendar())
    assert found_by(day.query) == 1


@pytest.mark.parametrize(("count", "short"), [(1, "1"), (999, "999"), (1000, "1k"), (12_999, "12k")])
def test_a_day_is_a_narrow_column(count: int, short: str) -> None:
    day = CalendarDay(NOW.date(), released=count)
    assert day.short == short
    assert f"{count:,} released" in day.text
