"""The searches that take turns: ours, the same SQL sent without Django, q3c and pgSphere."""

from collections.abc import Callable

import numpy as np
import psycopg
from django.db.models import Count, QuerySet, Sum

from archive.models import Observation
from archive.sky import centred_in_cone, in_cone
from bench.timing import Timings, in_turns

CASES = 80
ROUNDS = 3
RADII_DEG = {"10″": 10 / 3600, "3′": 0.05, "12′": 0.2, "1°": 1.0}

Cone = tuple[float, float, float]  # ra, dec, radius, deg
Found = tuple[int, int]  # number of rows, sum of their obsids
Search = Callable[[QuerySet[Observation], float, float, float], QuerySet[Observation]]

Q3C_POINTS = "SELECT count(*), sum(obsid) FROM archive_observation WHERE q3c_radial_query(s_ra, s_dec, %s, %s, %s)"
PGSPHERE = "SELECT count(*), sum(obsid) FROM archive_observation WHERE "
PGSPHERE_CIRCLE = " scircle(spoint(radians(%s), radians(%s)), radians(%s))"


def compare(peer: psycopg.Connection, rows: int) -> None:
    """Print for each radius: medians and p95 in ms, their ratios to the better peer, and whether the rows are equal."""
    for title, radius_deg in RADII_DEG.items():
        around = cones(peer, rows, radius_deg)
        points = {
            "ours": through_django(centred_in_cone),
            "bare SQL": bare_sql(peer, centred_in_cone),
            "q3c": q3c(peer),
            "pgSphere": pgsphere(peer, "position_s <@"),
        }
        report(f"centres within {title}", in_turns(points, around, ROUNDS), ["q3c", "pgSphere"])
        footprints = {
            "ours": through_django(in_cone),
            "bare SQL": bare_sql(peer, in_cone),
            "pgSphere": pgsphere(peer, "region_s &&"),
        }
        report(f"footprints within {title}", in_turns(footprints, around, ROUNDS), ["pgSphere"])


def cones(peer: psycopg.Connection, rows: int, radius_deg: float) -> list[Cone]:
    """Half around rows, so that crowded fields come often; half anywhere."""
    rng = np.random.default_rng(int(radius_deg * 1e6))
    chosen = rng.integers(0, rows, CASES // 2).tolist()
    places = peer.execute("SELECT s_ra, s_dec FROM archive_observation WHERE obsid = ANY(%s) ORDER BY obsid", [chosen])
    around = [(ra + float(rng.normal(0, 0.02)), dec, radius_deg) for ra, dec in places.fetchall()]
    ra, dec = rng.uniform(0, 360, CASES // 2), np.degrees(np.arcsin(rng.uniform(-1, 1, CASES // 2)))
    return around + [(r, d, radius_deg) for r, d in zip(ra.tolist(), dec.tolist(), strict=True)]


def through_django(search: Search) -> Callable[[Cone], Found]:
    def answer(cone: Cone) -> Found:
        found = search(Observation.objects.all(), *cone).aggregate(count=Count("*"), total=Sum("obsid"))
        return found["count"], int(found["total"] or 0)

    return answer


def bare_sql(peer: psycopg.Connection, search: Search) -> Callable[[Cone], Found]:
    """The SQL that Django makes, written beforehand and sent by the driver alone."""
    written: dict[Cone, str] = {}

    def answer(cone: Cone) -> Found:
        if cone not in written:
            sql, parameters = search(Observation.objects.all(), *cone).values("obsid").query.sql_with_params()
            client = psycopg.ClientCursor(peer)
            written[cone] = client.mogrify(f"SELECT count(*), sum(obsid) FROM ({sql}) found", parameters)
        return counted(peer.execute(written[cone]))

    return answer


def q3c(peer: psycopg.Connection) -> Callable[[Cone], Found]:
    client = psycopg.ClientCursor(peer)
    return lambda cone: counted(client.execute(Q3C_POINTS, cone))


def pgsphere(peer: psycopg.Connection, condition: str) -> Callable[[Cone], Found]:
    statement = PGSPHERE + condition + PGSPHERE_CIRCLE
    client = psycopg.ClientCursor(peer)
    return lambda cone: counted(client.execute(statement, cone))


def counted(cursor: psycopg.Cursor) -> Found:
    row = cursor.fetchone()
    assert row is not None
    return int(row[0]), int(row[1] or 0)


def report(title: str, timings: dict[str, Timings[Found]], peers: list[str]) -> None:
    median = min(timings[peer].median_ms for peer in peers)
    p95 = min(timings[peer].p95_ms for peer in peers)
    counts = [count for count, _ in timings["ours"].answers]
    print(f"\n{title}: {len(counts)} circles, {sum(counts):,} rows found, most {max(counts):,}")
    for name, timing in timings.items():
        same = "" if name == "ours" else f"   rows {'equal' if timing.answers == timings['ours'].answers else 'DIFFER'}"
        print(
            f"  {name:9} median {timing.median_ms:8.2f} ms ({timing.median_ms / median:5.2f})"
            f"   p95 {timing.p95_ms:8.2f} ms ({timing.p95_ms / p95:5.2f}){same}",
            flush=True,
        )
    for name in peers:
        differ = [
            (one, other)
            for one, other in zip(timings["ours"].answers, timings[name].answers, strict=True)
            if one != other
        ]
        if differ:
            print(f"  {name} differs on {len(differ)} circles, by {sum(abs(a[0] - b[0]) for a, b in differ)} rows")
