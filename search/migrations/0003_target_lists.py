import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("archive", "0003_planned_index"),
        ("search", "0002_tabs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TargetList",
            fields=[
                ("token", models.UUIDField(blank=True, null=True)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("format", models.TextField()),
                ("fields", models.JSONField(default=list)),
                ("roles", models.JSONField(default=dict)),
                ("ambiguous", models.TextField(blank=True, default="")),
                ("notes", models.JSONField(blank=True, default=list)),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CrossMatch",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("radius_arcsec", models.FloatField()),
                (
                    "chosen",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), blank=True, null=True, size=None
                    ),
                ),
                ("targets", models.IntegerField(default=0)),
                ("targets_matched", models.IntegerField(default=0)),
                ("pairs", models.IntegerField(default=0)),
                ("observations", models.IntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                (
                    "target_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="matches", to="search.targetlist"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TargetRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("line", models.IntegerField()),
                ("name", models.TextField(blank=True, default="")),
                ("ra_deg", models.FloatField(blank=True, null=True)),
                ("dec_deg", models.FloatField(blank=True, null=True)),
                (
                    "state",
                    models.TextField(
                        choices=[("resolved", "Resolved"), ("unresolved", "Unresolved"), ("bad", "Bad line")]
                    ),
                ),
                ("pending", models.BooleanField(default=False)),
                ("source", models.TextField(blank=True, default="")),
                ("message", models.TextField(blank=True, default="")),
                ("cells", models.JSONField(blank=True, null=True)),
                (
                    "target_list",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="search.targetlist",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CrossMatchPair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordinal", models.IntegerField()),
                ("number", models.IntegerField()),
                ("separation_arcsec", models.FloatField()),
                ("centre_separation_arcsec", models.FloatField()),
                (
                    "cross_match",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="found",
                        to="search.crossmatch",
                    ),
                ),
                (
                    "observation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="archive.observation"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["cross_match", "number"], name="search_pair_number")],
                "constraints": [models.UniqueConstraint(fields=("cross_match", "ordinal"), name="search_pair_ordinal")],
            },
        ),
        migrations.AddIndex(
            model_name="targetlist",
            index=models.Index(condition=models.Q(("owner", None)), fields=["token"], name="search_list_token"),
        ),
        migrations.AddIndex(
            model_name="targetlist",
            index=models.Index(condition=models.Q(("owner", None)), fields=["used_at"], name="search_list_forgettable"),
        ),
        migrations.AddConstraint(
            model_name="targetlist",
            constraint=models.CheckConstraint(
                condition=models.Q(("owner__isnull", True), ("token__isnull", True), _connector="XOR"),
                name="search_list_has_one_holder",
            ),
        ),
        migrations.AddIndex(
            model_name="targetrow",
            index=models.Index(fields=["target_list", "state", "number"], name="search_row_state"),
        ),
        migrations.AddConstraint(
            model_name="targetrow",
            constraint=models.UniqueConstraint(fields=("target_list", "number"), name="search_row_number"),
        ),
    ]
