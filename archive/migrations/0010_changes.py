"""Every change of observations, and of the files that a grid's rows tell of, leaves a number.

Numbers are added and never changed, so that writers do not wait for each other; old ones go when new ones come. The
table belongs to the database alone: no model writes it, and emptying the tables of models leaves it.
"""

from django.db import migrations

FORWARD = """
CREATE SEQUENCE archive_change_number;
CREATE TABLE archive_change (number bigint PRIMARY KEY);
CREATE FUNCTION archive_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    latest bigint := nextval('archive_change_number');
BEGIN
    DELETE FROM archive_change WHERE number IN (
        SELECT number FROM archive_change WHERE number < latest - 1000 ORDER BY number LIMIT 100 FOR UPDATE SKIP LOCKED
    );
    INSERT INTO archive_change VALUES (latest);
    RETURN NULL;
END
$$;
CREATE TRIGGER archive_observation_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON archive_observation
    FOR EACH STATEMENT EXECUTE FUNCTION archive_changed();
CREATE TRIGGER archive_product_changed AFTER INSERT OR DELETE OR TRUNCATE
    OR UPDATE OF observation_id, held, product_group, dataproduct_type ON archive_product
    FOR EACH STATEMENT EXECUTE FUNCTION archive_changed();
"""
BACKWARD = """
DROP TRIGGER archive_product_changed ON archive_product;
DROP TRIGGER archive_observation_changed ON archive_observation;
DROP FUNCTION archive_changed();
DROP TABLE archive_change;
DROP SEQUENCE archive_change_number;
"""


class Migration(migrations.Migration):
    dependencies = [("archive", "0009_references")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
