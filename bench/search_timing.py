"""The comparisons of `bench.search`, on a table that is filled."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from archive.clock import archive_now
from archive.models import Observation
from bench.timing import as_after_a_change, in_turns
from search.columns import SortKey
from search.criteria import Criteria, parse_criteria
from search.facets.asked import Asked
from search.facets.counting import count_facets
from search.narrowing import Narrowed
from search.paging import Order
from search.results import facet_panel, run, time_limit

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
NOW = archive_now()
EIGHT = (
    "obs_collection", "instrument_name", "filters", "wavelength_region", "dataproduct_type", "calib_level",
    "intentType", "proposal_type",
)  # fmt: skip
PAGE = 50


def compare(rows: int) -> None:
    for wanted in (10_000, 40_000):
        facets_against_single_queries(wanted)
    late_pages(rows)
    whole_pages()


def programs_of(rows: int, start: int) -> str:
    """Criteria for about so many rows: the programs from a number on."""
    counted = Observation.objects.filter(proposal_id__gte=str(start)).values_list("proposal_id").annotate(n=Count("pk"))
    programs = list(counted.order_by("proposal_id")[:500])
    sums = accumulate(count for _, count in programs)
    enough = [number for (number, _), total in zip(programs, sums, strict=True) if total <= rows]
    return f"proposal_id={','.join(enough or [programs[0][0]])}"


def criteria_of(query: str) -> Criteria:
    return parse_criteria(QueryDict(query))


def facets_against_single_queries(rows: int) -> None:
    cases = [criteria_of(programs_of(rows, start)) for start in (1003, 1040, 1300)]
    timings = in_turns({"one pass": one_pass, "single queries": single_queries}, cases, ROUNDS)
    ratio = timings["one pass"].median_ms / timings["single queries"].median_ms
    counts = ", ".join(f"{count:,}" for count in timings["one pass"].answers)
    print(
        f"eight facets of {counts} rows: one pass {timings['one pass'].median_ms:.0f} ms, "
        f"single queries {timings['single queries'].median_ms:.0f} ms, ratio {ratio:.2f}",
        flush=True,
    )


def one_pass(criteria: Criteria) -> int:
    narrowed = Narrowed.of(criteria, NOW)
    asked = Asked(tuple(narrowed.columns[name] for name in EIGHT), {}, lambda column, texts: "")
    with time_limit():
        return count_facets(narrowed.matched, asked, {}, limit=100_000).shown


def single_queries(criteria: Criteria) -> int:
    narrowed = Narrowed.of(criteria, NOW)
    with time_limit():
        for name in EIGHT:
            field = narrowed.columns[name].field
            counts = dict(narrowed.matched.order_by().values_list(field).annotate(n=Count("pk")))
        return sum(counts.values())


def late_pages(rows: int) -> None:
    """Pages of all rows by start time, the latest that there is up to page 20,000."""
    number = min(20_000, rows // PAGE) - 1
    order = Order.of((SortKey("t_min"),), Narrowed.of(criteria_of("t_min=>=0"), NOW).collection.columns)
    ordered = Observation.objects.order_by(*order.order_by()).defer("footprint", "s_region")
    last_before = ordered[number * PAGE - 1]
    stage = order.stages(order.values_of(last_before))
    methods: dict[str, Callable[[int], list[int]]] = {
        "key": lambda _: page_by_key(ordered, stage),
        "offset": lambda _: [row.obsid for row in ordered[number * PAGE : (number + 1) * PAGE]],
        "page 1": lambda _: [row.obsid for row in ordered[:PAGE]],
    }
    timings = in_turns(methods, [0], max(ROUNDS, 9))
    if timings["key"].answers != timings["offset"].answers:
        raise SystemExit("the pages differ")
    key, offset, first = (timings[name].median_ms for name in methods)
    print(
        f"page {number + 1:,} of {PAGE} rows: by key {key:.1f} ms, by OFFSET {offset:.0f} ms, page 1 {first:.1f} ms; "
        f"key : OFFSET {key / offset:.3f}, key : page 1 {key / first:.2f}",
        flush=True,
    )


def page_by_key(ordered: QuerySet[Observation], stages: Sequence[Q]) -> list[int]:
    found: list[int] = []
    for stage in stages:
        if len(found) < PAGE:
            found += [row.obsid for row in ordered.filter(stage)[: PAGE - len(found)]]
    return found


def whole_pages() -> None:
    """Server time of pages and panels for results of about 10,000 rows, with and without filters."""
    searches = [programs_of(10_000, start) for start in (1001, 1003, 1010, 1040, 1100, 1300, 1700, 2500)]
    queries = [f"{search}{more}" for search in searches for more in FILTERS]
    cases = [criteria_of(query) for query in queries]
    methods: dict[str, Callable[[Criteria], int]] = {
        "page": page,
        "panel": panel,
        "page with panel": partial(page, with_panel=True),
    }
    timings = in_turns(methods, cases, ROUNDS)
    counts: Sequence[int] = timings["page"].answers[:: len(FILTERS)]
    print(f"{len(cases)} searches of {min(counts):,} to {max(counts):,} rows:", flush=True)
    for name in methods:
        print(f"  {name}: median {timings[name].median_ms:.0f} ms, p95 {timings[name].p95_ms:.0f} ms", flush=True)


FILTERS = ("", "&f.filters=F200W&f.t_exptime=1..100", "&f.text=nir(cam|iss)|f090w", "&sort=-t_exptime,obs_id")


def page(criteria: Criteria, *, with_panel: bool = False) -> int:
    as_after_a_change()
    found = run(criteria, NOW, with_panel=with_panel)
    if found.failed:
        raise SystemExit(found.messages[0].text)
    return found.total


def panel(criteria: Criteria) -> int:
    as_after_a_change()
    return len(facet_panel(criteria, NOW).facets)
