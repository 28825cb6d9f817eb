"""Observations as the sky draws them: one shape each, in the form that pages and `/search/sky/` share."""

from collections.abc import Iterable, Sequence
from typing import TypedDict

import numpy as np

from archive.models import Observation, ObservationState
from archive.sky import shapes
from archive.sky.vectors import Floats, positions
from search.cells import state_text
from search.page import Row

#: 0.004 arc-seconds: a hundredth of a pixel of the finest camera.
DECIMALS = 6


class Shape(TypedDict):
    """One observation; angles in degrees, ICRS. The names are short because a page holds a thousand of them."""

    id: str
    m: str  # mission
    s: str  # state
    t: str  # the words of its label, a line each: observation ID, target, state
    c: list[float] | None  # position of the row
    p: list[list[float]]  # polygons: ra, dec, ra, dec …
    o: list[list[float]]  # circles: ra, dec, radius


class Source(TypedDict):
    """A row of a list, which the sky shows as a cross; angles in degrees, ICRS."""

    id: str
    ra: float
    dec: float
    t: str  # the words of its label


def source(name: str, ra_deg: float, dec_deg: float, label: str) -> Source:
    return {"id": name, "ra": round(ra_deg, DECIMALS), "dec": round(dec_deg, DECIMALS), "t": label}


def shapes_of_rows(rows: Iterable[Row]) -> list[Shape]:
    """The shapes of a page's rows."""
    return _shapes([(row.observation, row.state, row.state_text) for row in rows])


def shapes_of(observations: Iterable[Observation]) -> list[Shape]:
    """The shapes of observations that carry their ``state``; only `READ` of them is looked at."""
    states = ((row, ObservationState(vars(row)["state"])) for row in observations)
    return _shapes([(row, state, state_text(row, state)) for row, state in states])


def shapes_of_places(told: Sequence[tuple[str, str, Sequence[float]]], mission: str) -> list[Shape]:
    """The shapes of what is no observation: name, label and footprint each; ``mission`` is the word of the legend."""
    parts = [list(shapes(footprint)) for *_, footprint in told]
    angles = iter(_angles([part for row in parts for part in row]))
    return [
        {
            "id": name,
            "m": mission,
            "s": "public",
            "t": label,
            "c": None,
            **_parts(row, [next(angles) for _ in row]),
        }
        for (name, label, _), row in zip(told, parts, strict=True)
    ]


#: The columns that a shape is made of, beside the state.
READ = (
    "obsid", "obs_collection", "obs_id", "target_name", "proposal_id", "t_obs_release", "plan_window_start",
    "plan_window_end", "s_ra", "s_dec", "footprint",
)  # fmt: skip


def _shapes(told: Sequence[tuple[Observation, ObservationState, str]]) -> list[Shape]:
    """All footprints are turned into angles at once: a row may have two hundred parts."""
    parts = [list(shapes(own.footprint or [])) for own, _, _ in told]
    angles = iter(_angles([part for row in parts for part in row]))
    return [_shape(*one, row, [next(angles) for _ in row]) for one, row in zip(told, parts, strict=True)]


def _shape(
    own: Observation, state: ObservationState, text: str, parts: list[Floats], angles: list[list[float]]
) -> Shape:
    is_known = own.s_ra is not None and own.s_dec is not None
    return {
        "id": str(own.obsid),
        "m": own.obs_collection,
        "s": state.value,
        "t": "\n".join(filter(None, (own.obs_id, own.target_name, text))),
        "c": [round(own.s_ra or 0.0, DECIMALS), round(own.s_dec or 0.0, DECIMALS)] if is_known else None,
        **_parts(parts, angles),
    }


class _Parts(TypedDict):
    p: list[list[float]]
    o: list[list[float]]


def _parts(parts: Sequence[Floats], angles: Sequence[list[float]]) -> _Parts:
    return {
        "p": [ring for part, ring in zip(parts, angles, strict=True) if part.ndim == 2],
        "o": [
            [*centre, round(float(np.degrees(part[3])), DECIMALS)]
            for part, centre in zip(parts, angles, strict=True)
            if part.ndim == 1
        ],
    }


def _angles(parts: Sequence[Floats]) -> list[list[float]]:
    """Of each part its vertices, or its centre, as a flat list of ra and dec, deg."""
    if not parts:
        return []
    vectors = [part if part.ndim == 2 else part[None, :3] for part in parts]
    flat = np.round(np.stack(positions(np.concatenate(vectors)), axis=1), DECIMALS).ravel().tolist()
    ends = np.cumsum([2 * len(part) for part in vectors]).tolist()
    return [flat[start:end] for start, end in zip([0, *ends], ends, strict=False)]
