"""The sky index of observations and the exact geometry of footprints, in stock PostgreSQL.

`archive.sky.encoding` describes the numbers of a footprint. Squared chords stand for angles: they are exact for
tiny ones and cost no trigonometry.
"""

from django.db import migrations

BOX_INDEX = """
CREATE INDEX archive_obs_sky_box ON archive_observation USING gist (
    box(point(box_ra_min_deg, box_dec_min_deg), point(box_ra_max_deg, box_dec_max_deg))
)
"""

IN_CONVEX = """
CREATE FUNCTION archive_sky_in_convex(
    footprint float8[], first int, last int, px float8, py float8, pz float8
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
-- Whether a unit vector lies in a convex polygon, whose vertices stand in the footprint at first, first + 3 ... last.
DECLARE
    -- coordinates x and y across the point's direction keep tiny polygons exact: e and n, made as by Duff and others (2017)
    s float8 := CASE WHEN pz < 0 THEN -1 ELSE 1 END;
    t float8 := -1 / (s + pz);
    ex float8 := 1 + s * px * px * t;
    ey float8 := s * px * py * t;
    ez float8 := -s * px;
    nx float8 := px * py * t;
    ny float8 := s + py * py * t;
    nz float8 := -py;
    x1 float8 := ex * footprint[last] + ey * footprint[last + 1] + ez * footprint[last + 2];
    y1 float8 := nx * footprint[last] + ny * footprint[last + 1] + nz * footprint[last + 2];
    x2 float8;
    y2 float8;
BEGIN
    FOR j IN first .. last BY 3 LOOP
        x2 := ex * footprint[j] + ey * footprint[j + 1] + ez * footprint[j + 2];
        y2 := nx * footprint[j] + ny * footprint[j + 1] + nz * footprint[j + 2];
        IF x1 * y2 < y1 * x2 THEN
            RETURN false;
        END IF;
        x1 := x2;
        y1 := y2;
    END LOOP;
    RETURN true;
END
$$
"""

IN_POLYGON = """
CREATE FUNCTION archive_sky_in_polygon(
    footprint float8[], first int, last int, px float8, py float8, pz float8
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
-- Whether a unit vector lies in any polygon: the arc from it to the point outside, which stands before the vertices, crosses
-- an odd number of edges.
DECLARE
    ox float8 := footprint[first - 3];
    oy float8 := footprint[first - 2];
    oz float8 := footprint[first - 1];
    -- z towards the point, x across it towards the outside, y across the arc
    out_z float8 := ox * px + oy * py + oz * pz;
    ex float8 := ox - out_z * px;
    ey float8 := oy - out_z * py;
    ez float8 := oz - out_z * pz;
    out_x float8 := sqrt(ex * ex + ey * ey + ez * ez);
    slip float8;
    s float8 := CASE WHEN pz < 0 THEN -1 ELSE 1 END;
    t float8 := -1 / (s + pz);
    nx float8; ny float8; nz float8;
    x1 float8; y1 float8; z1 float8;
    x2 float8; y2 float8; z2 float8;
    side int;
    inside boolean := false;
BEGIN
    IF out_x > 1e-7 THEN
        ex := ex / out_x;
        ey := ey / out_x;
        ez := ez / out_x;
        slip := ex * px + ey * py + ez * pz;
        ex := ex - slip * px;
        ey := ey - slip * py;
        ez := ez - slip * pz;
    ELSE  -- the point outside itself, or its antipode: any direction leads there
        out_x := 0;
        ex := 1 + s * px * px * t;
        ey := s * px * py * t;
        ez := -s * px;
    END IF;
    nx := py * ez - pz * ey;
    ny := pz * ex - px * ez;
    nz := px * ey - py * ex;
    x1 := ex * footprint[last] + ey * footprint[last + 1] + ez * footprint[last + 2];
    y1 := nx * footprint[last] + ny * footprint[last + 1] + nz * footprint[last + 2];
    z1 := px * footprint[last] + py * footprint[last + 1] + pz * footprint[last + 2];
    FOR j IN first .. last BY 3 LOOP
        x2 := ex * footprint[j] + ey * footprint[j + 1] + ez * footprint[j + 2];
        y2 := nx * footprint[j] + ny * footprint[j + 1] + nz * footprint[j + 2];
        z2 := px * footprint[j] + py * footprint[j + 1] + pz * footprint[j + 2];
        IF (y1 < 0) <> (y2 < 0) THEN
            side := CASE WHEN y1 < 0 THEN 1 ELSE -1 END;
            -- the edge crosses the arc's great circle at x = side (x1 y2 - y1 x2), z = side (z1 y2 - y1 z2)
            IF side * (x1 * y2 - y1 * x2) > 0
                AND out_x * side * (z1 * y2 - y1 * z2) > out_z * side * (x1 * y2 - y1 * x2)
            THEN
                inside := NOT inside;
            END IF;
        END IF;
        x1 := x2;
        y1 := y2;
        z1 := z2;
    END LOOP;
    RETURN inside;
END
$$
"""

EDGES_CHORD2 = """
CREATE FUNCTION archive_sky_edges_chord2(
    footprint float8[], first int, last int, px float8, py float8, pz float8, enough float8
) RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED STRICT AS $$
-- The squared chord from a unit vector to the nearest point of a polygon's edges, whose vertices stand in the footprint at
-- first, first + 3 ... last. Stops at the first edge within "enough".
DECLARE
    best float8 := 4;
    sine2 float8;
    -- an edge from a to b; d leads from a to the point, f from a to b
    x1 float8 := footprint[last];
    y1 float8 := footprint[last + 1];
    z1 float8 := footprint[last + 2];
    x2 float8; y2 float8; z2 float8;
    dx float8 := px - x1;
    dy float8 := py - y1;
    dz float8 := pz - z1;
    fx float8; fy float8; fz float8;
    d2 float8 := dx * dx + dy * dy + dz * dz;
    to_b2 float8;
    f2 float8;
    df float8;
BEGIN
    FOR j IN first .. last BY 3 LOOP
        x2 := footprint[j];
        y2 := footprint[j + 1];
        z2 := footprint[j + 2];
        fx := x2 - x1;
        fy := y2 - y1;
        fz := z2 - z1;
        f2 := fx * fx + fy * fy + fz * fz;
        df := dx * fx + dy * fy + dz * fz;
        to_b2 := (px - x2) * (px - x2) + (py - y2) * (py - y2) + (pz - z2) * (pz - z2);
        -- beside the edge: the perpendicular from the point meets it between its ends
        IF df > f2 * d2 / 4 AND f2 - df > f2 * to_b2 / 4 THEN
            sine2 := least(
                (fx * (dy * z1 - dz * y1) + fy * (dz * x1 - dx * z1) + fz * (dx * y1 - dy * x1)) ^ 2 / (f2 * (1 - f2 / 4)), 1
            );
            best := least(best, 2 * sine2 / (1 + sqrt(1 - sine2)));
        ELSE
            best := least(best, to_b2);
        END IF;
        IF best <= enough THEN
            RETURN best;
        END IF;
        x1 := x2;
        y1 := y2;
        z1 := z2;
        dx := px - x1;
        dy := py - y1;
        dz := pz - z1;
        d2 := to_b2;
    END LOOP;
    RETURN best;
END
$$
"""

CHORD2 = """
CREATE FUNCTION archive_sky_chord2(footprint float8[], px float8, py float8, pz float8, enough float8)
RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED STRICT AS $$
-- The squared chord from a unit vector to the nearest point of a footprint, 0 inside it. Stops looking once it has found
-- no more than "enough".
DECLARE
    best float8 := 4;
    size int := cardinality(footprint);
    i int := 2;
    kind float8;
    first int;
    last int;
    beyond float8;
BEGIN
    WHILE i < size LOOP
        kind := footprint[i];
        IF kind = 1 THEN
            last := i + 3;
            beyond := 2 * asin(least(sqrt(
                (px - footprint[i + 2]) ^ 2 + (py - footprint[i + 3]) ^ 2 + (pz - footprint[i + 4]) ^ 2
            ) / 2, 1)) - footprint[i + 5];
            best := least(best, CASE WHEN beyond > 0 THEN 4 * sin(beyond / 2) ^ 2 ELSE 0 END);
        ELSE
            first := CASE WHEN kind = 2 THEN i + 2 ELSE i + 5 END;
            last := first + 3 * footprint[i + 1]::int - 3;
            IF kind = 2 THEN
                IF archive_sky_in_convex(footprint, first, last, px, py, pz) THEN
                    RETURN 0;
                END IF;
            ELSIF archive_sky_in_polygon(footprint, first, last, px, py, pz) THEN
                RETURN 0;
            END IF;
            best := least(best, archive_sky_edges_chord2(footprint, first, last, px, py, pz, enough));
        END IF;
        IF best <= enough THEN
            RETURN best;
        END IF;
        i := last + 3;
    END LOOP;
    RETURN best;
END
$$
"""


def triple_product(a: int, b: int) -> str:
    """SQL for the triple product of the point with the vectors that stand in the footprint at a and b."""
    ax, ay, az = (f"footprint[{a + axis}]" for axis in range(3))
    bx, by, bz = (f"footprint[{b + axis}]" for axis in range(3))
    return f"px * ({ay} * {bz} - {az} * {by}) + py * ({az} * {bx} - {ax} * {bz}) + pz * ({ax} * {by} - {ay} * {bx})"


# The commonest footprint is one convex quadrilateral, 15 numbers. The margin is some rounding errors wide: what it leaves
# in doubt, a point nearly on an edge, is decided by the exact test.
IN_QUADRILATERAL = " AND ".join(
    ["footprint[2] = 2", "cardinality(footprint) = 15"]
    + [f"{triple_product(a, b)} > 1e-15" for a, b in ((4, 7), (7, 10), (10, 13), (13, 4))]
)

# PostgreSQL writes this function's body into the query. It answers 1 or 0 rather than true or false because the planner
# expects 0.5 % of the rows of "= 1" and a third of a boolean function's, which would lead it to walk another index.
# Restricted: the planner expects the box index to give a hundredth of the table and would launch parallel workers, tens of
# milliseconds, for the handful of rows that most circles meet.
MEETS = f"""
CREATE FUNCTION archive_sky_meets(
    cover_x float8, cover_y float8, cover_z float8, cover_radius_deg float8, footprint float8[],
    px float8, py float8, pz float8, chord float8, chord2 float8
) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL RESTRICTED AS $$
SELECT CASE
    -- too far for any part: chords obey the triangle's inequality, and an arc is longer than its chord
    WHEN sqrt((cover_x - px) ^ 2 + (cover_y - py) ^ 2 + (cover_z - pz) ^ 2) > chord + radians(cover_radius_deg) + 1e-12 THEN 0
    -- the cover's centre lies in the circle and, for certain, in the footprint
    WHEN (footprint IS NULL OR footprint[1] = 1)
        AND (cover_x - px) ^ 2 + (cover_y - py) ^ 2 + (cover_z - pz) ^ 2 <= chord2 THEN 1
    WHEN footprint IS NULL THEN 0
    WHEN {IN_QUADRILATERAL} THEN 1
    WHEN archive_sky_chord2(footprint, px, py, pz, chord2) <= chord2 THEN 1
    ELSE 0
END
$$
"""

SEPARATION = """
CREATE FUNCTION archive_sky_separation_arcsec(
    cover_x float8, cover_y float8, cover_z float8, footprint float8[], px float8, py float8, pz float8
) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- 0 inside the footprint; without a footprint the distance of the position.
SELECT 7200 * degrees(asin(least(1, sqrt(CASE
    WHEN footprint IS NULL THEN (cover_x - px) ^ 2 + (cover_y - py) ^ 2 + (cover_z - pz) ^ 2
    ELSE archive_sky_chord2(footprint, px, py, pz, 0)
END) / 2)))
$$
"""

FOOTPRINT_ARGUMENTS = "float8[], int, int, float8, float8, float8"


def function(create: str, name: str, arguments: str) -> migrations.RunSQL:
    return migrations.RunSQL(create, f"DROP FUNCTION {name}({arguments})")


class Migration(migrations.Migration):
    dependencies = [("archive", "0001_initial")]

    operations = [
        migrations.RunSQL(BOX_INDEX, "DROP INDEX archive_obs_sky_box"),
        function(IN_CONVEX, "archive_sky_in_convex", FOOTPRINT_ARGUMENTS),
        function(IN_POLYGON, "archive_sky_in_polygon", FOOTPRINT_ARGUMENTS),
        function(EDGES_CHORD2, "archive_sky_edges_chord2", FOOTPRINT_ARGUMENTS + ", float8"),
        function(CHORD2, "archive_sky_chord2", "float8[], float8, float8, float8, float8"),
        function(
            MEETS,
            "archive_sky_meets",
            "float8, float8, float8, float8, float8[], float8, float8, float8, float8, float8",
        ),
        function(
            SEPARATION,
            "archive_sky_separation_arcsec",
            "float8, float8, float8, float8[], float8, float8, float8",
        ),
    ]
