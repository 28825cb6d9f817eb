"""A pair of a cross-match knows its row, so that pairs are sorted and filtered by the columns of the list."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE search_crossmatchpair AS pair SET target_id = listed.id
FROM search_crossmatch AS made JOIN search_targetrow AS listed ON listed.target_list_id = made.target_list_id
WHERE pair.cross_match_id = made.id AND pair.number = listed.number
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0007_uploaded_mocs")]

    operations = [
        migrations.AddField(
            model_name="crossmatchpair",
            name="target",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="search.targetrow",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
