"""Footprints that meet an area of the sky: the exact test of two footprints, and what spares most rows it.

`archive.sky.encoding` describes the numbers of a footprint; an area is encoded alike. Distances are squared chords, as in
migration 0002; `archive.sky.area` makes the ranges of cells.
"""

from django.db import migrations

EDGES_MEET = """
CREATE FUNCTION archive_sky_edges_meet(one float8[], first int, last int, other float8[], near int[], enough float8)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED STRICT AS $$
-- Whether edges of two polygons cross, or come as near as "enough". The first polygon's vertices stand in its footprint at
-- first, first + 3 ... last; "near" holds, for the edges of the other to look at, the places of start and end in turn.
DECLARE
    -- edges from u to v and from p to q; g leads from p to q, f from u to v, d from p to u, e from p to v
    px float8; py float8; pz float8;
    qx float8; qy float8; qz float8;
    gx float8; gy float8; gz float8; g2 float8;
    ux float8; uy float8; uz float8;
    vx float8; vy float8; vz float8;
    fx float8; fy float8; fz float8; f2 float8;
    dx float8; dy float8; dz float8; d2 float8;
    ex float8; ey float8; ez float8; e2 float8;
    side_u float8; side_v float8; side_p float8; side_q float8;
    along float8; rest2 float8;
BEGIN
    FOR n IN 1 .. cardinality(near) BY 2 LOOP
        px := other[near[n]]; py := other[near[n] + 1]; pz := other[near[n] + 2];
        qx := other[near[n + 1]]; qy := other[near[n + 1] + 1]; qz := other[near[n + 1] + 2];
        gx := qx - px; gy := qy - py; gz := qz - pz;
        g2 := gx * gx + gy * gy + gz * gz;
        ux := one[last]; uy := one[last + 1]; uz := one[last + 2];
        dx := ux - px; dy := uy - py; dz := uz - pz;
        d2 := dx * dx + dy * dy + dz * dz;
        side_u := gx * (dy * pz - dz * py) + gy * (dz * px - dx * pz) + gz * (dx * py - dy * px);
        FOR j IN first .. last BY 3 LOOP
            vx := one[j]; vy := one[j + 1]; vz := one[j + 2];
            ex := vx - px; ey := vy - py; ez := vz - pz;
            e2 := ex * ex + ey * ey + ez * ez;
            side_v := gx * (ey * pz - ez * py) + gy * (ez * px - ex * pz) + gz * (ex * py - ey * px);
            fx := vx - ux; fy := vy - uy; fz := vz - uz;
            -- the same sides seen from the first polygon's edge
            side_p := -(fx * (dy * uz - dz * uy) + fy * (dz * ux - dx * uz) + fz * (dx * uy - dy * ux));
            IF (side_u < 0) <> (side_v < 0) AND (side_u < 0) <> (side_p < 0) THEN
                side_q := fx * ((qy - uy) * uz - (qz - uz) * uy) + fy * ((qz - uz) * ux - (qx - ux) * uz)
                    + fz * ((qx - ux) * uy - (qy - uy) * ux);
                IF (side_p < 0) <> (side_q < 0) THEN
                    RETURN true;
                END IF;
            END IF;
            -- the vertex v at the edge p q
            IF e2 <= enough THEN
                RETURN true;
            END IF;
            IF side_v * side_v <= enough * g2 * (1 - g2 / 4) THEN
                along := ex * gx + ey * gy + ez * gz;
                rest2 := (vx - qx) * (vx - qx) + (vy - qy) * (vy - qy) + (vz - qz) * (vz - qz);
                IF along > g2 * e2 / 4 AND g2 - along > g2 * rest2 / 4 THEN
                    RETURN true;
                END IF;
            END IF;
            -- the vertex p at the edge u v
            f2 := fx * fx + fy * fy + fz * fz;
            IF side_p * side_p <= enough * f2 * (1 - f2 / 4) THEN
                along := -(dx * fx + dy * fy + dz * fz);
                IF along > f2 * d2 / 4 AND f2 - along > f2 * e2 / 4 THEN
                    RETURN true;
                END IF;
            END IF;
            ux := vx; uy := vy; uz := vz;
            dx := ex; dy := ey; dz := ez;
            d2 := e2;
            side_u := side_v;
        END LOOP;
    END LOOP;
    RETURN false;
END
$$
"""

POLYGON_MEETS = """
CREATE FUNCTION archive_sky_polygon_meets(
    one float8[], other float8[], place int, cx float8, cy float8, cz float8, reach float8, enough float8
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED STRICT AS $$
-- Whether a footprint meets the polygon that stands in another at a place. The circle around the first one has the centre c
-- and the radius "reach" in radians: edges of the polygon away from it are left out.
DECLARE
    convex boolean := other[place] = 2;
    first int := CASE WHEN other[place] = 2 THEN place + 2 ELSE place + 5 END;
    last int := first + 3 * other[place + 1]::int - 3;
    near int[] := '{}';
    x1 float8 := other[last];
    y1 float8 := other[last + 1];
    z1 float8 := other[last + 2];
    x2 float8; y2 float8; z2 float8;
    before int := last;
    size int := cardinality(one);
    i int := 2;
    a_first int;
    a_last int;
    inside boolean;
    beyond float8;
BEGIN
    FOR j IN first .. last BY 3 LOOP
        x2 := other[j];
        y2 := other[j + 1];
        z2 := other[j + 2];
        -- an arc is at most pi/2 chords long
        IF sqrt((x1 - cx) ^ 2 + (y1 - cy) ^ 2 + (z1 - cz) ^ 2)
            <= reach + 1e-9 + 1.5707963267949 * sqrt((x2 - x1) ^ 2 + (y2 - y1) ^ 2 + (z2 - z1) ^ 2)
        THEN
            near := near || before || j;
        END IF;
        before := j;
        x1 := x2;
        y1 := y2;
        z1 := z2;
    END LOOP;
    WHILE i < size LOOP
        IF one[i] = 1 THEN
            a_last := i + 3;
            IF convex THEN
                inside := archive_sky_in_convex(other, first, last, one[i + 2], one[i + 3], one[i + 4]);
            ELSE
                inside := archive_sky_in_polygon(other, first, last, one[i + 2], one[i + 3], one[i + 4]);
            END IF;
            IF inside THEN
                RETURN true;
            END IF;
            beyond := 4 * sin(least(one[i + 5] + sqrt(enough), pi()) / 2) ^ 2;
            IF archive_sky_edges_chord2(other, first, last, one[i + 2], one[i + 3], one[i + 4], beyond) <= beyond THEN
                RETURN true;
            END IF;
        ELSE
            a_first := CASE WHEN one[i] = 2 THEN i + 2 ELSE i + 5 END;
            a_last := a_first + 3 * one[i + 1]::int - 3;
            IF archive_sky_edges_meet(one, a_first, a_last, other, near, enough) THEN
                RETURN true;
            END IF;
            -- no edges meet: one lies in the other with all its vertices, or they are apart
            IF convex THEN
                inside := archive_sky_in_convex(other, first, last, one[a_first], one[a_first + 1], one[a_first + 2]);
            ELSE
                inside := archive_sky_in_polygon(other, first, last, one[a_first], one[a_first + 1], one[a_first + 2]);
            END IF;
            IF inside THEN
                RETURN true;
            END IF;
            IF one[i] = 2 THEN
                inside := archive_sky_in_convex(one, a_first, a_last, x2, y2, z2);
            ELSE
                inside := archive_sky_in_polygon(one, a_first, a_last, x2, y2, z2);
            END IF;
            IF inside THEN
                RETURN true;
            END IF;
        END IF;
        i := a_last + 3;
    END LOOP;
    RETURN false;
END
$$
"""

FOOTPRINTS_MEET = """
CREATE FUNCTION archive_sky_footprints_meet(
    one float8[], other float8[], cx float8, cy float8, cz float8, reach float8, enough float8
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED STRICT AS $$
-- Whether two footprints have a point in common, or come as near as "enough", a squared chord. The circle around the first
-- one has the centre c and the radius "reach" in radians.
DECLARE
    size int := cardinality(other);
    i int := 2;
    around float8;
BEGIN
    WHILE i < size LOOP
        IF other[i] = 1 THEN
            around := 4 * sin(least(other[i + 5] + sqrt(enough), pi()) / 2) ^ 2;
            IF archive_sky_chord2(one, other[i + 2], other[i + 3], other[i + 4], around) <= around THEN
                RETURN true;
            END IF;
            i := i + 6;
        ELSE
            IF archive_sky_polygon_meets(one, other, i, cx, cy, cz, reach, enough) THEN
                RETURN true;
            END IF;
            i := i + 2 + 3 * other[i + 1]::int + CASE WHEN other[i] = 3 THEN 3 ELSE 0 END;
        END IF;
    END LOOP;
    RETURN false;
END
$$
"""

IN_RANGES = """
CREATE FUNCTION archive_sky_in_ranges(hpx bigint, starts bigint[], stops bigint[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- Whether a HEALPix number lies in one of the half-open ranges, which are sorted and apart.
SELECT coalesce(hpx < stops[width_bucket(hpx, starts)], false)
$$
"""

# As archive_sky_meets of migration 0002: written into the query, 1 or 0 for the planner's sake.
IN_AREA = """
CREATE FUNCTION archive_sky_in_area(
    hpx bigint, cover_x float8, cover_y float8, cover_z float8, cover_radius_deg float8, footprint float8[],
    area float8[], px float8, py float8, pz float8, chord float8, enough float8,
    inner_starts bigint[], inner_stops bigint[], near_starts bigint[], near_stops bigint[], near_reach_deg float8
) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL RESTRICTED AS $$
SELECT CASE
    -- the cover's centre lies in a cell of the area and, for certain, in the footprint
    WHEN (footprint IS NULL OR footprint[1] = 1) AND archive_sky_in_ranges(hpx, inner_starts, inner_stops) THEN 1
    -- a small footprint, none of which reaches from its cell to the area
    WHEN cover_radius_deg <= near_reach_deg AND NOT archive_sky_in_ranges(hpx, near_starts, near_stops) THEN 0
    WHEN sqrt((cover_x - px) ^ 2 + (cover_y - py) ^ 2 + (cover_z - pz) ^ 2) > chord + radians(cover_radius_deg) + 1e-12 THEN 0
    WHEN footprint IS NULL THEN
        CASE WHEN archive_sky_chord2(area, cover_x, cover_y, cover_z, enough) <= enough THEN 1 ELSE 0 END
    WHEN archive_sky_footprints_meet(footprint, area, cover_x, cover_y, cover_z, radians(cover_radius_deg), enough) THEN 1
    ELSE 0
END
$$
"""


def function(create: str, name: str, arguments: str) -> migrations.RunSQL:
    return migrations.RunSQL(create, f"DROP FUNCTION {name}({arguments})")


FIVE = "float8, float8, float8, float8, float8"


class Migration(migrations.Migration):
    dependencies = [("archive", "0006_nearer_edges")]

    operations = [
        function(EDGES_MEET, "archive_sky_edges_meet", "float8[], int, int, float8[], int[], float8"),
        function(POLYGON_MEETS, "archive_sky_polygon_meets", f"float8[], float8[], int, {FIVE}"),
        function(FOOTPRINTS_MEET, "archive_sky_footprints_meet", f"float8[], float8[], {FIVE}"),
        function(IN_RANGES, "archive_sky_in_ranges", "bigint, bigint[], bigint[]"),
        function(
            IN_AREA,
            "archive_sky_in_area",
            f"bigint, float8, float8, float8, float8, float8[], float8[], {FIVE}, "
            "bigint[], bigint[], bigint[], bigint[], float8",
        ),
    ]
