"""What searching remembers."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, FloatField, Func, Q

from archive.models import Observation


class CachedResolution(models.Model):
    """An answer of a name resolver on the network, kept so that the next person need not wait."""

    key = models.TextField(unique=True)  # the name as compared
    canonical_name = models.TextField(default="", blank=True)  # empty: the resolvers did not know it
    ra_deg = models.FloatField(null=True, blank=True)
    dec_deg = models.FloatField(null=True, blank=True)
    radius_deg = models.FloatField(null=True, blank=True)
    object_type = models.TextField(default="", blank=True)
    resolver = models.TextField(default="", blank=True)
    #: What the other services said in the same answer: search.resolver.interfaces.Resolution of each.
    others = models.JSONField(default=list, blank=True)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Belonging(models.Model):
    """What belongs to a person: to the account, else to the token that the session keeps."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    token = models.UUIDField(null=True, blank=True)

    class Meta:
        abstract = True


class Tab(Belonging):
    """A search that a person has open. What makes it the same tab is its ``key``; see `search.tabs.identity`."""

    key = models.TextField()
    address = models.TextField()  # path and canonical query string, with filters, order and page
    title = models.TextField()
    tooltip = models.TextField(default="", blank=True)
    rows = models.BigIntegerField(default=0)  # that match, whatever the filters show of them
    opened_at = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="search_tab_of_owner"),
            models.UniqueConstraint(fields=["token", "key"], name="search_tab_of_session"),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) ^ Q(token__isnull=True), name="search_tab_has_one_holder"
            ),
        ]
        indexes = [models.Index(fields=["used_at"], condition=Q(owner=None), name="search_tab_forgettable")]

    def __str__(self) -> str:
        return self.title


class SavedSearch(Belonging):
    """A search that a person keeps under a name."""

    name = models.TextField()
    query = models.TextField()  # canonical, with filters and order, without the page
    tooltip = models.TextField(default="", blank=True)
    rows = models.BigIntegerField(default=0)  # shown when it was last opened
    saved_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    #: Deleted, and back with one click until it is forgotten.
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(deleted_at=None), name="search_saved_name_of_owner"
            ),
            models.UniqueConstraint(
                fields=["token", "name"], condition=Q(deleted_at=None), name="search_saved_name_of_session"
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) ^ Q(token__isnull=True), name="search_saved_has_one_holder"
            ),
        ]
        indexes = [models.Index(fields=["opened_at"], condition=Q(owner=None), name="search_saved_forgettable")]

    def __str__(self) -> str:
        return self.name


class KeptChoices(models.Model):
    """How a person likes to see the collections; see `search.choices`. Without an account the session keeps it."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="kept_choices"
    )
    kept = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "kept choices"

    def __str__(self) -> str:
        return str(self.owner)


class TargetList(Belonging):
    """A table that a person brought along."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.TextField()
    format = models.TextField()  # search.lists.table.Format
    fields = models.JSONField(default=list)  # search.lists.table.Field of each column
    roles = models.JSONField(default=dict)  # search.lists.roles.Roles
    #: Why a person has to choose the columns of the position; empty when nobody has to.
    ambiguous = models.TextField(default="", blank=True)
    notes = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField()  # a session's list is forgotten some time after

    class Meta:
        indexes = [
            models.Index(fields=["token"], condition=Q(owner=None), name="search_list_token"),
            models.Index(fields=["used_at"], condition=Q(owner=None), name="search_list_forgettable"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=True) ^ Q(token__isnull=True), name="search_list_has_one_holder"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RowState(models.TextChoices):
    RESOLVED = "resolved", "Resolved"
    UNRESOLVED = "unresolved", "Unresolved"
    BAD = "bad", "Bad line"


class TargetRow(models.Model):
    """A row of a list. Bad lines are rows without cells, or whose cells give no position that can be."""

    target_list = models.ForeignKey(TargetList, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.IntegerField()  # from 1
    line = models.IntegerField()  # in the file
    name = models.TextField(default="", blank=True)
    ra_deg = models.FloatField(null=True, blank=True)  # ICRS
    dec_deg = models.FloatField(null=True, blank=True)
    state = models.TextField(choices=RowState.choices)
    #: The name still has to be asked of a resolver.
    pending = models.BooleanField(default=False)
    source = models.TextField(default="", blank=True)  # coordinates, footprint, or a resolver and its name
    message = models.TextField(default="", blank=True)
    cells = models.JSONField(null=True, blank=True)  # in the order of the list's fields; null for an unreadable line

    class Meta:
        constraints = [models.UniqueConstraint(fields=["target_list", "number"], name="search_row_number")]
        indexes = [models.Index(fields=["target_list", "state", "number"], name="search_row_state")]

    def __str__(self) -> str:
        return self.name or f"row {self.number}"


class CrossMatch(models.Model):
    """The observations around the rows of a list, found once and kept with it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    target_list = models.ForeignKey(TargetList, on_delete=models.CASCADE, related_name="matches")
    radius_arcsec = models.FloatField()
    #: Numbers of the rows that were chosen; empty for all.
    chosen = ArrayField(models.IntegerField(), null=True, blank=True)
    targets = models.IntegerField(default=0)  # rows with a position that were looked for
    targets_matched = models.IntegerField(default=0)
    pairs = models.IntegerField(default=0)
    observations = models.IntegerField(default=0)  # different ones
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.target_list} within {self.radius_arcsec:g}″"


class CrossMatchPair(models.Model):
    """One row of a list and one observation near it."""

    cross_match = models.ForeignKey(CrossMatch, on_delete=models.CASCADE, related_name="found", db_index=False)
    ordinal = models.IntegerField()  # from 1: by the row's number, then by separation
    number = models.IntegerField()  # of the row in its list
    # The row itself. Pairs go before their list does, so that neither a constraint nor an index is needed.
    target = models.ForeignKey(
        TargetRow, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    observation = models.ForeignKey(Observation, on_delete=models.CASCADE, related_name="+")
    separation_arcsec = models.FloatField()  # 0 inside the footprint
    centre_separation_arcsec = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cross_match", "ordinal"], name="search_pair_ordinal")]
        indexes = [models.Index(fields=["cross_match", "number"], name="search_pair_number")]

    def __str__(self) -> str:
        return f"{self.number} × {self.observation_id}"


class SkyMoc(Belonging):
    """A coverage map (MOC) that a person brought along: a region to search by."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.TextField()
    order = models.SmallIntegerField()  # of its finest cells
    cell_count = models.IntegerField()  # in its shortest form
    sky_fraction = models.FloatField()
    # half-open ranges of HEALPix numbers of order 29, sorted and apart: the MOC, and what surrounds it
    starts = ArrayField(models.BigIntegerField())
    stops = ArrayField(models.BigIntegerField())
    near_starts = ArrayField(models.BigIntegerField())
    near_stops = ArrayField(models.BigIntegerField())
    near_reach_deg = models.FloatField()  # nothing outside of the latter is nearer to the MOC
    #: ra_min, ra_max, dec_min, dec_max (degrees) of some boxes around it, one after the other
    boxes = ArrayField(models.FloatField())
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["token"], condition=Q(owner=None), name="search_moc_token"),
            models.Index(fields=["created_at"], condition=Q(owner=None), name="search_moc_forgettable"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=True) ^ Q(token__isnull=True), name="search_moc_has_one_holder"
            ),
        ]

    def __str__(self) -> str:
        return self.name


def _corner(*sides: str) -> Func:
    return Func(*map(F, sides), function="point", output_field=FloatField())


class SkyMocCell(models.Model):
    """A cell of a MOC, to compare footprints with; its box as those of observations."""

    moc = models.ForeignKey(SkyMoc, on_delete=models.CASCADE, related_name="cells", db_index=False)
    footprint = ArrayField(models.FloatField())  # see archive.sky.encoding
    box_ra_min_deg = models.FloatField()
    box_ra_max_deg = models.FloatField()
    box_dec_min_deg = models.FloatField()
    box_dec_max_deg = models.FloatField()

    class Meta:
        indexes = [
            GistIndex(
                Func(
                    _corner("box_ra_min_deg", "box_dec_min_deg"),
                    _corner("box_ra_max_deg", "box_dec_max_deg"),
                    function="box",
                    output_field=FloatField(),
                ),
                name="search_moc_cell_box",
            ),
        ]

    def __str__(self) -> str:
        return f"cell {self.pk} of {self.moc_id}"
