"""Distances to convex footprints from the edges that face the point, and names in the order of their codes.

The nearest point of a convex polygon lies on an edge that has the place on its outer side: one or two of a field's
four. The other edges cost one comparison, and the same loop tells whether the place lies inside.

The index of target names is made anew in the order of codes, whatever the database's own collation: suggestions walk
it from one name to the next.
"""

from importlib import import_module

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models import Value
from django.db.models.functions import Replace, Upper

before = import_module("archive.migrations.0002_sky_search")

CONVEX_CHORD2 = """
CREATE FUNCTION archive_sky_convex_chord2(
    footprint float8[], first int, last int, px float8, py float8, pz float8, enough float8
) RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED STRICT AS $$
-- The squared chord from a unit vector to a convex polygon, 0 inside it. Stops at the first edge within "enough".
DECLARE
    best float8 := 4;
    side float8;
    faces boolean := false;
    outside boolean := false;
    x1 float8 := footprint[last];
    y1 float8 := footprint[last + 1];
    z1 float8 := footprint[last + 2];
    x2 float8; y2 float8; z2 float8;
    dx float8; dy float8; dz float8;
    fx float8; fy float8; fz float8;
    d2 float8; to_b2 float8; f2 float8; df float8;
    sine2 float8;
BEGIN
    FOR j IN first .. last BY 3 LOOP
        x2 := footprint[j];
        y2 := footprint[j + 1];
        z2 := footprint[j + 2];
        side := px * (y1 * z2 - z1 * y2) + py * (z1 * x2 - x1 * z2) + pz * (x1 * y2 - y1 * x2);
        IF side <= 1e-15 THEN  -- some rounding errors wide: what it leaves in doubt is decided below
            faces := true;
            outside := outside OR side < -1e-15;
            dx := px - x1;
            dy := py - y1;
            dz := pz - z1;
            fx := x2 - x1;
            fy := y2 - y1;
            fz := z2 - z1;
            d2 := dx * dx + dy * dy + dz * dz;
            f2 := fx * fx + fy * fy + fz * fz;
            df := dx * fx + dy * fy + dz * fz;
            to_b2 := (px - x2) * (px - x2) + (py - y2) * (py - y2) + (pz - z2) * (pz - z2);
            -- beside the edge: the perpendicular from the point meets it between its ends
            IF df > f2 * d2 / 4 AND f2 - df > f2 * to_b2 / 4 THEN
                sine2 := least(
                    (fx * (dy * z1 - dz * y1) + fy * (dz * x1 - dx * z1) + fz * (dx * y1 - dy * x1)) ^ 2
                    / (f2 * (1 - f2 / 4)), 1
                );
                best := least(best, 2 * sine2 / (1 + sqrt(1 - sine2)));
            ELSE
                best := least(best, to_b2, d2);
            END IF;
            IF outside AND best <= enough THEN
                RETURN best;
            END IF;
        END IF;
        x1 := x2;
        y1 := y2;
        z1 := z2;
    END LOOP;
    IF NOT faces THEN
        RETURN 0;
    END IF;
    IF NOT outside AND archive_sky_in_convex(footprint, first, last, px, py, pz) THEN
        RETURN 0;
    END IF;
    IF best > 1 THEN  -- more than 60 degrees away the nearest edge may face the other way
        RETURN archive_sky_edges_chord2(footprint, first, last, px, py, pz, enough);
    END IF;
    RETURN best;
END
$$
"""

CHORD2 = before.CHORD2.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    """            IF kind = 2 THEN
                IF archive_sky_in_convex(footprint, first, last, px, py, pz) THEN
                    RETURN 0;
                END IF;
            ELSIF archive_sky_in_polygon(footprint, first, last, px, py, pz) THEN
                RETURN 0;
            END IF;
            best := least(best, archive_sky_edges_chord2(footprint, first, last, px, py, pz, enough));
""",
    """            IF kind = 2 THEN
                best := least(best, archive_sky_convex_chord2(footprint, first, last, px, py, pz, enough));
            ELSIF archive_sky_in_polygon(footprint, first, last, px, py, pz) THEN
                RETURN 0;
            ELSE
                best := least(best, archive_sky_edges_chord2(footprint, first, last, px, py, pz, enough));
            END IF;
""",
)
QUADRILATERAL = "footprint[2] = 2 AND cardinality(footprint) = 15"
MEETS = before.MEETS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "    WHEN archive_sky_chord2(",
    f"    WHEN {QUADRILATERAL} THEN\n"
    "        CASE WHEN archive_sky_convex_chord2(footprint, 4, 13, px, py, pz, chord2) <= chord2 THEN 1 ELSE 0 END\n"
    "    WHEN archive_sky_chord2(",
)
SEPARATION = before.SEPARATION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "    ELSE archive_sky_chord2(",
    f"    WHEN {QUADRILATERAL} THEN archive_sky_convex_chord2(footprint, 4, 13, px, py, pz, 0)\n"
    "    ELSE archive_sky_chord2(",
)


def again(function: str) -> str:
    """The function as it was, over the one that took its place."""
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


COMPACT_NAME = Upper(Replace("target_name", Value(" "), Value("")))


class Migration(migrations.Migration):
    dependencies = [("archive", "0005_events")]

    operations = [
        before.function(CONVEX_CHORD2, "archive_sky_convex_chord2", before.FOOTPRINT_ARGUMENTS + ", float8"),
        migrations.RunSQL(CHORD2, again(before.CHORD2)),
        migrations.RunSQL(MEETS, again(before.MEETS)),
        migrations.RunSQL(SEPARATION, again(before.SEPARATION)),
        migrations.RemoveIndex(model_name="observation", name="archive_obs_target_compact"),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(OpClass(COMPACT_NAME, "text_pattern_ops"), name="archive_obs_target_compact"),
        ),
    ]
