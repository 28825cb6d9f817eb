"""Cones of about 10,000 rows and suggestions by the portal's own pages, against the bare statement of a cone."""

import os
from collections.abc import Callable

import numpy as np
from django.test import Client

from archive.models import Observation
from archive.sky import in_cone
from bench.timing import as_after_a_change, in_turns

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
CONES = 12
FEWEST, MOST = 8_000, 12_500
RADII_DEG = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
TYPED = ("ngc", "m31", "target-1", "TARG", "101", "10", "2736", "jwst0", "Name12", "gala", "ic ", "hst00")
NEAREST_FIRST: tuple[str, ...] = ("distance_arcsec", "centre_distance_arcsec", "obsid")

#: The panel alone, as the page fetches it.
OF_A_PART = {"HX-Request": "true"}

Cone = tuple[float, float, float]


def compare_cones(rows: int) -> None:
    """Ratios of a page and of a panel to the bare statement, and the times that they took."""
    client = Client(headers={"host": "localhost"})
    methods: dict[str, Callable[[Cone], int]] = {
        "bare SQL": bare_page,
        "page": lambda cone: asked(client, f"/search/?{query_of(cone)}"),
        "panel": lambda cone: asked(client, f"/search/filters/?{query_of(cone)}", **OF_A_PART),
        "page with panel": lambda cone: asked(client, f"/search/filters/?{query_of(cone)}"),
    }
    timings = in_turns(methods, cones(rows), ROUNDS)
    bare = timings["bare SQL"]
    for name in ("page", "panel", "page with panel"):
        own = timings[name]
        print(
            f"cone of about 10,000 rows, {name}: median {own.median_ms:.0f} ms, p95 {own.p95_ms:.0f} ms, "
            f"{name} : bare SQL {own.median_ms / bare.median_ms:.2f}",
            flush=True,
        )
    suggesting = in_turns({"suggestion": lambda text: asked(client, f"/suggest/?q={text}")}, TYPED, ROUNDS)
    own = suggesting["suggestion"]
    print(f"suggestion: median {own.median_ms:.1f} ms, p95 {own.p95_ms:.1f} ms", flush=True)


def cones(rows: int) -> list[Cone]:
    """Circles around observations, wide enough for about 10,000 rows."""
    rng = np.random.default_rng(20261127)
    found: list[Cone] = []
    for obsid in rng.integers(1, rows, 1000).tolist():
        own = Observation.objects.filter(pk=obsid).values_list("s_ra", "s_dec").first()
        if own is not None and own[0] is not None and own[1] is not None:
            found += [(own[0], own[1], radius) for radius in RADII_DEG if is_wide_enough(own[0], own[1], radius)][:1]
        if len(found) == CONES:
            break
    return found


def is_wide_enough(ra_deg: float, dec_deg: float, radius_deg: float) -> bool:
    return FEWEST <= in_cone(Observation.objects.all(), ra_deg, dec_deg, radius_deg)[: MOST + 1].count() <= MOST


def query_of(cone: Cone) -> str:
    ra_deg, dec_deg, radius_deg = cone
    return f"q={ra_deg:.5f}+{dec_deg:.5f}+r={radius_deg}"


def bare_page(cone: Cone) -> int:
    """The first hundred of a cone by distance, as numbers."""
    ordered = in_cone(Observation.objects.all(), *cone).order_by(*NEAREST_FIRST)
    return len(ordered.values_list("obsid")[:100])


def asked(client: Client, address: str, **headers: str) -> int:
    as_after_a_change()
    answer = client.get(address, headers=headers)
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return len(answer.content)
